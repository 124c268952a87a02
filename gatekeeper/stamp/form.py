"""What signer and verifier agree on: the types of statements, the place in a chain, the commit that is spoken of.

Light imports: every `gate verify` goes through here.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from msgspec import Struct

from gatekeeper.stamp.strict import BadEnvelope, Json

TYPE = "https://in-toto.io/Statement/v1"
VERDICT = "https://branch-gatekeeper.dev/verdict/v1"
"""Type of a stamp's predicate. A name, not an address that has to answer (in-toto: TypeURI)."""
ATTESTATION = "https://branch-gatekeeper.dev/attestation/v1"
"""Type of the predicate of `gate attest`."""
APPROVAL = "https://branch-gatekeeper.dev/approval/v1"
"""Type of the predicate of `gate approve`."""


class Chain(Struct, frozen=True, kw_only=True):
    """Where a stamp stands among those of its signer on its machine. Made by the log, under its lock.

    Everything that goes into the log says it, attestations too: under `chain` of its predicate, by these names.
    """

    id: str
    """One per signer and machine (`keys.chain_id`)."""
    sequence: int
    """1 for the first; no gaps."""
    previous: str
    """`envelope.digest_of` the stamp before, empty for the first."""
    time: str
    """ISO 8601 UTC, whole seconds: 2026-01-02T03:04:05Z."""
    run: str = ""
    """Id of the run; the statement fills in that of its report."""
    earlier: str = ""
    """Git tree of the chain as it lay in the log (`chains/<id>`) before this stamp; empty for the first.

    The statement carries it beside the other fields: so the newest stamp of a chain vouches for every older one, and
    none of them can be taken out or exchanged unnoticed, without reading them all.
    """


def commit_of(statement: Mapping[str, Json]) -> str:
    """The commit that a signed statement is about. Raises BadEnvelope unless it is exactly one, by nothing else."""
    subjects = statement.get("subject")
    if statement.get("_type") != TYPE or not isinstance(subjects, list) or len(subjects) != 1:
        raise BadEnvelope("not an in-toto Statement v1 about one subject")
    digest = subjects[0].get("digest") if isinstance(subjects[0], dict) else None
    if not isinstance(digest, dict) or list(digest) != ["gitCommit"] or not isinstance(digest["gitCommit"], str):
        raise BadEnvelope("the subject is not named by its gitCommit alone")
    return digest["gitCommit"]


def utc(time: str) -> str:
    """An ISO 8601 time as RFC 3339 in UTC, whole seconds: what in-toto calls a Timestamp."""
    moment = datetime.fromisoformat(time)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
