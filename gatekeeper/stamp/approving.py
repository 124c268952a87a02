"""The statement that `gate approve` signs. Pure: what is approved in, one line of the log out."""

from msgspec import Struct

from gatekeeper.model.subject import Subject
from gatekeeper.stamp.approval import LONGEST_TEXT
from gatekeeper.stamp.envelope import IN_TOTO, SigningKey, sign
from gatekeeper.stamp.form import APPROVAL, Chain, utc
from gatekeeper.stamp.scrub import Scrub
from gatekeeper.stamp.statement import about, chain_json
from gatekeeper.stamp.strict import Json, dump


class Word(Struct, frozen=True, kw_only=True):
    """What somebody approves, or takes back. `made` is taken from the chain; `expires` is ISO 8601 UTC."""

    rules: tuple[str, ...]
    paths: tuple[str, ...]
    reason: str
    expires: str
    same_user: bool
    """Signer and worker are the same user of the machine: the worker could have signed it."""
    withdrawn: bool = False


def approve(word: Word, subject: Subject, chain: Chain, key: SigningKey) -> bytes:
    """The signed envelope, one line. The same input gives the same bytes."""
    predicate: Json = {
        # As they are: a rule or pattern that is cut or scrubbed would be another one.
        "rules": [*word.rules],
        "paths": [*word.paths],
        "reason": Scrub(limit=LONGEST_TEXT).text(word.reason),
        "withdrawn": word.withdrawn,
        "trust": "same-user" if word.same_user else "separate-user",
        "made": chain.time,
        "expires": utc(word.expires),
        "chain": chain_json(chain, ""),
    }
    return sign(dump(about(subject, APPROVAL, predicate)), IN_TOTO, key)
