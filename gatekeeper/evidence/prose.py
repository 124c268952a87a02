"""Sentences that sound like a claim of proof. Prose is no evidence and decides nothing: it is listed.

An author who writes "verified in production" makes a claim that no structured claim and no observation carries. What
is negated, planned, asked, ordered, quoted, written as code, said of an earlier time or of what code does is none.
What this sees, what it cannot see and how often it errs: docs/explanation/prose.md.
"""

from msgspec import Struct

from gatekeeper.evidence.wording.claims import claim_at, speaking
from gatekeeper.evidence.wording.moods import silent_until, taken_back
from gatekeeper.evidence.wording.text import sentences


class Prose(Struct, frozen=True):
    """One sentence: the line where it begins (from 1), and its text: at most 160 characters, on one line."""

    line: int
    sentence: str


def unverified(text: str) -> tuple[Prose, ...]:
    """Every sentence of a commit message, review or pull request that claims proof, in order. Never raises.

    Time is linear in the length of `text`, whatever it holds. Which of the sentences are covered by a structured claim
    is for the caller to say.
    """
    return tuple(Prose(line, sentence.shown()) for line, sentence in sentences(text) if _claims(sentence.words))


def _claims(words: tuple[str, ...]) -> bool:
    begin = -1
    for index in speaking(words):
        claim = claim_at(words, index)
        if claim < 0:
            continue
        if begin < 0:
            begin = silent_until(words)
        if index >= begin and not taken_back(words, claim):
            return True
    return False
