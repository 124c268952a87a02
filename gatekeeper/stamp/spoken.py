"""What somebody has signed about one commit beside the stamps: whose word it is, about which commit, how long. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from gatekeeper.model.target import Signer
from gatekeeper.model.vocabulary import CommitId
from gatekeeper.stamp.envelope import BadEnvelope, digest_of, read
from gatekeeper.stamp.form import commit_of, utc
from gatekeeper.stamp.strict import Json

SKEW = timedelta(minutes=5)
"""How far two clocks may differ before a time is a problem."""
LONGEST = timedelta(days=366)
"""What people say about a commit does not stay true; what is to hold longer is said again."""
UNREADABLE_TIMES = "its times cannot be read"


class Spoken(Struct, frozen=True):
    """One statement. `signer` is None when none of those asked for has signed it as it stands."""

    predicate: Mapping[str, Json]
    signer: Signer | None
    commit: CommitId
    """Empty when it names no commit, or more than one."""
    digest: str
    """`envelope.digest_of` the line."""

    def text(self, name: str) -> str:
        """A text of the predicate; empty when there is none."""
        value = self.predicate.get(name)
        return value if isinstance(value, str) else ""

    def texts(self, name: str) -> tuple[str, ...] | None:
        """A list of texts; None when it is something else."""
        value = self.predicate.get(name)
        if not isinstance(value, list):
            return None
        listed = tuple(one for one in value if isinstance(one, str))
        return listed if len(listed) == len(value) else None

    @property
    def sequence(self) -> int:
        """Its place in the chain of its signer; 0 when it says none."""
        chain = self.predicate.get("chain")
        sequence = chain.get("sequence") if isinstance(chain, dict) else None
        return sequence if type(sequence) is int else 0

    @property
    def times(self) -> tuple[datetime, datetime] | None:
        """When it was made and when it ends; None when that cannot be read."""
        try:
            made, expires = utc(self.text("made")), utc(self.text("expires"))
            return datetime.fromisoformat(made), datetime.fromisoformat(expires)
        except (ValueError, OverflowError):
            return None


def spoken(line: bytes, kind: str, signers: Sequence[Signer]) -> Spoken | None:
    """The statement of that predicate type in a line of the log; None for everything else."""
    try:
        envelope = read(line)
        statement = envelope.statement()
    except BadEnvelope:
        return None
    predicate = statement.get("predicate")
    if statement.get("predicateType") != kind or not isinstance(predicate, dict):
        return None
    return Spoken(predicate, envelope.signer(signers), _commit(statement), digest_of(line))


def unbound(one: Spoken, commit: CommitId) -> str:
    """Why it is nobody's word about this commit, "" when it is somebody's."""
    if one.signer is None:
        return "no signer of the policy at base has signed it as it stands"
    if not one.commit:
        return "it names no commit, or more than one"
    return "" if one.commit == commit else f"it is about another commit ({one.commit[:12]})"


def outdated(made: datetime, expires: datetime, now: datetime) -> str:
    """Why it does not hold now, "" when it does."""
    if made > now + SKEW:
        return f"it was made in the future ({utc(made.isoformat())}): a clock is wrong"
    if expires < now - SKEW:
        return f"it has expired ({utc(expires.isoformat())})"
    return "" if expires - made <= LONGEST else "it was made to hold for more than a year"


def _commit(statement: Mapping[str, Json]) -> CommitId:
    try:
        return CommitId(commit_of(statement))
    except BadEnvelope:
        return CommitId("")
