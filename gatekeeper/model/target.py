"""What a branch must be shown to do on a real surface, and what was seen there."""

from enum import StrEnum

from msgspec import Struct

from gatekeeper.model.vocabulary import CommitId

SURFACES_OF_THE_SLOT = frozenset({"runtime", "browser"})
"""Surfaces that the gate itself can bring up from the slot: what it started there *is* this commit."""


class Identity(StrEnum):
    """Did the target prove that it runs this very commit?"""

    PROVEN = "proven"
    CONTRADICTED = "contradicted"
    """It named another commit: whatever was observed there is no evidence about this one."""
    UNPROVEN = "unproven"


class Target(Struct, frozen=True):
    """[target.NAME] of the policy. Commands are split, never given to a shell; times in seconds.

    `$NAME` in `probe`, `identify` and `ready` is replaced for the names in `pass_env` and for what the gate offers
    (GATE_COMMIT, GATE_TREE, GATE_PORT, GATE_ARTEFACTS, GATE_REPORT); `start` gets GATE_PORT alone.
    """

    surface: str
    """runtime, browser, device, database, preprod, production, ci, release, log … or a word of the project's own."""
    probe: tuple[str, ...]
    paths: tuple[str, ...] = ()
    """Globs (gitignore semantics); a branch that touches none of them need not show anything. Empty: every branch."""
    identify: tuple[str, ...] = ()
    start: tuple[str, ...] = ()
    ready: tuple[str, ...] = ()
    stand_in: bool = False
    pass_env: tuple[str, ...] = ()
    ready_timeout_s: float = 60.0


class Artefact(Struct, frozen=True):
    """Something that a probe left behind, kept under its sha256 (hexadecimal). `size` in bytes."""

    name: str
    sha256: str
    size: int


class ProbeFacts(Struct, frozen=True):
    """What happened at the target beside the commands of the observation."""

    started: bool
    """The gate started the target from the slot, and it was this process that answered."""
    identity: Identity
    identified: str = ""
    """What `identify` printed, shortened."""
    artefacts: tuple[Artefact, ...] = ()


class Attestation(Struct, frozen=True):
    """Evidence that somebody else brought. Times are ISO 8601 UTC; `problem` says why it does not count."""

    target: str
    label: str
    reason: str
    by: str
    signer: str
    """Key id (see `stamp/keys.py`)."""
    commit: CommitId
    made: str
    expires: str = ""
    digest: str = ""
    """sha256 of the signed envelope."""
    problem: str = ""


class Signer(Struct, frozen=True):
    """[[signer]] of the policy: a public key, what it is called, and what it may say.

    `surfaces`: those for which its attestations count as stated; for every other they are `proxy` at most.
    `stamps`: its stamps are believed by `gate verify`. `approves`: rules that it may approve (see `gate approve`).
    """

    name: str
    key: str
    """An OpenSSH public key line ("ssh-ed25519 AAAA…")."""
    id: str
    """Key id: sha256 over the raw public key, hexadecimal."""
    stamps: bool = True
    surfaces: tuple[str, ...] = ()
    approves: tuple[str, ...] = ()
