"""What the worker says was proven. A claim is not evidence."""

from dataclasses import dataclass

from gatekeeper.model.vocabulary import Label


@dataclass(frozen=True, slots=True)
class Claim:
    """`subject` is a check id or a target; `carrier` says where the claim was read ("trailer", "file")."""

    subject: str
    label: Label
    command: str = ""
    statement: str = ""
    carrier: str = ""


@dataclass(frozen=True, slots=True)
class SelfReview:
    """All claims of one head. `bound` is False when they name another tree; `problems` are what was malformed."""

    claims: tuple[Claim, ...]
    carriers: tuple[str, ...]
    bound: bool
    problems: tuple[str, ...] = ()
