"""What the worker says was proven. A claim is not evidence."""

from collections.abc import Mapping

from msgspec import Struct, field

from gatekeeper.model.vocabulary import Label

REVIEW_RULES = (
    "overclaim", "stale", "count-mismatch", "false-known-failure", "unsupported", "command-mismatch",
    "undisclosed-change", "blocked-without-reason", "empty-review", "claim-unknown", "unverified-prose",
    "claim-repeated", "disclosed",
)  # fmt: skip
"""Rules by which claims are held against observations; what each of them does is the policy's ([check.self-review])."""


class Claim(Struct, frozen=True):
    """`subject` is a check id or a target; `carrier` says where the claim was read ("trailer", or a path)."""

    subject: str
    label: Label
    command: str = ""
    statement: str = ""
    carrier: str = ""
    counts: tuple[tuple[str, int], ...] = ()
    """What the claim says was counted, for example (("passed", 214), ("skipped", 3))."""
    artefact: str = ""
    """sha256 of the artefact that the claim rests on."""


class SelfReview(Struct, frozen=True):
    """All claims of one head. `bound` is False when they name another tree; `problems` are what was malformed.

    The disclosures are sentences or names, as the worker wrote them: test ids under `known_failures` and
    `tests_removed`, paths or rule ids with a reason under `gate_changes`.
    """

    claims: tuple[Claim, ...]
    carriers: tuple[str, ...]
    bound: bool
    problems: tuple[str, ...] = ()
    not_done: tuple[str, ...] = ()
    known_failures: tuple[str, ...] = ()
    tests_removed: tuple[str, ...] = ()
    gate_changes: tuple[str, ...] = ()
    unbound: tuple[str, ...] = ()
    """Carriers that name another tree or commit, or none."""
    repeated: tuple[str, ...] = ()
    """Subjects of claims that were made more than once in the same words."""


class Sentence(Struct, frozen=True):
    """A sentence that sounds like a claim of proof. `where` is "commit 1a2b3c…" or a path; `line` counts from 1."""

    where: str
    line: int
    text: str
    path: str | None = None
    """Path in the repository, when it was read from a file there."""


class GateChange(Struct, frozen=True):
    """A changed file that decides what is asked of the branch. `words` occur in its changed lines (rule ids do)."""

    path: str
    words: tuple[str, ...] = ()


class ReviewFacts(Struct, frozen=True):
    """What git and the policy say about the things that a self-review speaks of."""

    tree: str = ""
    """The head's tree without `.gate/self-review/`: what a self-review is to be bound to."""
    subjects: Mapping[str, str] = field(default_factory=dict)
    """Every check and target of the policy → the surface that it looks at, "" for the committed tree."""
    tests_removed: tuple[str, ...] = ()
    """Paths of deleted test files, and `path::name` of tests that are gone from files that remain."""
    gate_changes: tuple[GateChange, ...] = ()
    prose: tuple[Sentence, ...] = ()
    unread: tuple[str, ...] = ()
    """Texts that were too long to be read to their end."""
