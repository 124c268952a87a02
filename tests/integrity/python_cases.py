"""Changes of Python files for the detectors: written as old and new text, with the roles that their paths have."""

from collections.abc import Iterable
from textwrap import dedent

from gatekeeper.integrity.contract import Detector, Diff, FileChange, Hit
from gatekeeper.integrity.roles import role_of

Text = str | bytes | None


def raw(text: Text) -> bytes | None:
    return dedent(text).encode("utf-8", "surrogatepass") if isinstance(text, str) else text


def change(path: str, old: Text, new: Text, before: str | None = None) -> FileChange:
    """One changed file; None where there is none."""
    status = "A" if old is None else "D" if new is None else "R" if before else "M"
    return FileChange(path, status, raw(old), raw(new), before, role=role_of(path))


def hits(detector: Detector, *changes: FileChange, base: Iterable[str] = (), head: Iterable[str] = ()) -> list[Hit]:
    """All hits of a diff, in the order of its files."""
    old = {c.before for c in changes if c.old is not None} | set(base)
    new = {c.path for c in changes if c.new is not None} | set(head)
    diff = Diff(changes, frozenset(old), frozenset(new))
    return [hit for one in changes for hit in detector.detect(one, diff)]


def rules(detector: Detector, *changes: FileChange) -> list[str]:
    """Rule ids of all hits, each once, sorted; what is corroborated has a `!`."""
    return sorted({hit.rule + "!" * hit.harder for hit in hits(detector, *changes)})
