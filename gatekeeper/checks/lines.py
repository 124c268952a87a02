"""The text of the line that a finding is about: it makes the finding recognisable after a move."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Set
from pathlib import Path

from msgspec.structs import replace

from gatekeeper.model.finding import Finding

_LARGEST_BYTES = 64 << 20
_LONGEST_BYTES = 2000
"""Kept of one line."""


def with_lines(findings: Iterable[Finding], root: Path) -> Iterator[Finding]:
    """The findings, in their order, with the lines that they name in the tree at `root`. A file is read once."""
    given, real = list(findings), root.resolve()
    texts = {name: dict(_read(real / name, real, numbers)) for name, numbers in _wanted(given).items()}
    for finding in given:
        text = texts.get(finding.path or "", {}).get(finding.line or 0)
        yield replace(finding, context=text) if text and not finding.context else finding


def _wanted(findings: Iterable[Finding]) -> dict[str, set[int]]:
    """The numbers of the lines that are asked for, by file."""
    wanted = defaultdict[str, set[int]](set)
    for finding in findings:
        if finding.path is not None and finding.line is not None and not finding.context:
            wanted[finding.path].add(finding.line)
    return wanted


def _read(path: Path, root: Path, numbers: Set[int]) -> Iterator[tuple[int, str]]:
    """(number, text) of these lines, counted from 1. Nothing of a link, of what is no file, and of a huge one."""
    if path.is_symlink() or not path.resolve().is_relative_to(root):
        return  # a folder on the way may be a link, too, and lead out of the tree
    if not path.is_file() or path.stat().st_size > _LARGEST_BYTES:
        return
    last = max(numbers)
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if number in numbers:
                yield number, line[:_LONGEST_BYTES].decode("utf-8", "replace").strip()
            if number >= last:
                return
