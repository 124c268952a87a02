"""What the worker says was proven. A claim is not evidence."""

from dataclasses import dataclass

from gatekeeper.model.vocabulary import Label


@dataclass(frozen=True, slots=True)
class Claim:
    """`subject` is a check id or a target; `carrier` says where the claim was read ("trailer", a path, "file")."""

    subject: str
    label: Label
    command: str = ""
    statement: str = ""
    carrier: str = ""
    counts: tuple[tuple[str, int], ...] = ()
    """What the claim says was counted, for example (("passed", 214), ("skipped", 3))."""
    artefact: str = ""
    """sha256 of the artefact that the claim rests on."""


@dataclass(frozen=True, slots=True)
class SelfReview:
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
