"""The statement that a stamp signs: an in-toto Statement v1 about one commit. Pure: a report in, plain JSON out."""

from dataclasses import dataclass

TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://branch-gatekeeper.dev/verdict/v1"
"""Name of the predicate. A name, not an address that has to answer (in-toto: TypeURI)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Where a stamp stands among those of its signer on its machine. Made by the log, under its lock."""

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
    """Git tree of all earlier stamps of this chain as they lie in the log (`chains/<id>`); empty for the first.

    The statement carries it beside the other fields: so the newest stamp of a chain vouches for every older one, and
    none of them can be taken out or exchanged unnoticed, without reading them all.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What the report does not know about the signing (`circumstances.py` finds it out)."""

    same_user: bool
    """Signer and worker are the same user of the machine: the worker could have read the key."""
    machine: str
    """`keys.machine_id`."""
    gate_version: str
    remote: str = ""
    """URL of the repository's origin without user and password; empty when it has none."""
    environments: tuple[tuple[str, str], ...] = ()
    """(digest, origin in words) of every environment that checks ran in."""
    places: tuple[tuple[str, str], ...] = ()
    """(absolute folder, what stands for it in a stamp): no stamp names folders of the machine."""
    hidden: tuple[tuple[str, str], ...] = ()
    """(value, name of the variable): values that checks and probes were given and that no stamp may repeat."""
