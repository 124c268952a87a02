"""What a verifier is asked, what it knows of the world, and what it answers."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

from gatekeeper.model.approval import Approval
from gatekeeper.model.vocabulary import CheckId, CommitId, Label
from gatekeeper.stamp.seen import Standing
from gatekeeper.stamp.sift import Refused, Stamp
from gatekeeper.stamp.view import ChainState


class Answer(StrEnum):
    """`unestablished` says nothing about the commit: what would be needed for an answer is not there."""

    VERIFIED = "verified"
    REJECTED = "rejected"
    UNESTABLISHED = "unestablished"


class Step(Struct, frozen=True):
    """`ok` is None for a step that was not reached. `hint` is what to do next when it failed."""

    number: int
    name: str
    ok: bool | None
    said: str = ""
    hint: str = ""


class Question(Struct, frozen=True):
    """What must be true. With `asked` the requirements come from the caller: a check that does not apply meets none."""

    commit: CommitId
    name: str
    """How the caller calls the commit."""
    requires: Mapping[CheckId, Label]
    asked: bool = False


class Place(Struct, frozen=True):
    """A chain in the log. `digests`: places → `digest_of` what lies there. `about`: places about the commit."""

    state: ChainState | None
    digests: Mapping[int, str]
    about: tuple[int, ...]
    problem: str = ""
    """Why it cannot be read at all."""


class Facts(Struct, frozen=True, kw_only=True):
    """The world as it stands now, beside the lines of the log."""

    log: Standing
    base_name: str
    base: CommitId
    merge_base: str
    policy: str
    contracts: Mapping[str | None, str] | None
    """Branch → digest of the contract that binds it now, "" for none; None where no contracts are kept at all."""
    branch: str | None
    """The branch that was asked about; None for a bare commit, whose stamps name their branches themselves."""
    chains: Mapping[str, Place]
    approvals: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(digest, rule) of every approval of the commit → why it does not hold now, "" when it does."""
    notes: tuple[str, ...] = ()
    """What the reader must know beside the steps."""


class Verified(Struct, frozen=True):
    """The answer, its steps, the stamps that it rests on, and what was found beside them."""

    answer: Answer
    steps: tuple[Step, ...]
    stamps: tuple[Stamp, ...] = ()
    refused: tuple[Refused, ...] = ()
    notes: tuple[str, ...] = ()
    approvals: tuple[Approval, ...] = ()
