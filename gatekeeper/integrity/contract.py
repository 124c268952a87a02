"""What a detector gets and what it says. No I/O: contents come in, hits go out."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Protocol

from msgspec import Struct, field


class Effect(StrEnum):
    """What a hit does unless the policy says otherwise: reject, be listed, or be mentioned."""

    BLOCK = "block"
    WARN = "warn"
    NOTE = "note"


class Role(StrEnum):
    """What a file is for, by its path and the configuration of the base."""

    PRODUCT = "product"
    TEST = "test"
    HARNESS = "harness"
    """Test configuration and fixtures: conftest.py, pytest.ini, vitest.config.ts, fixtures …"""
    CONFIG = "config"
    """Configuration of tools: pyproject.toml, mypy.ini, .eslintrc, tsconfig.json …"""
    CI = "ci"
    LOCK = "lock"
    DOCS = "docs"
    OTHER = "other"


class Rule(Struct, frozen=True):
    """One thing that can be found. `title` completes "the branch …"."""

    effect: Effect
    title: str


class FileChange(Struct, frozen=True):
    """One file before and after. `old`/`new` are None where there was or is no file (or no regular one).

    `status` is A, M, D, R or T (type change); modes are git's octal strings ("100644", "120000", "160000").
    """

    path: str
    status: str
    old: bytes | None
    new: bytes | None
    old_path: str | None = None
    old_mode: str = "100644"
    new_mode: str = "100644"
    role: Role = Role.OTHER

    @property
    def before(self) -> str:
        """Path before the change."""
        return self.old_path or self.path


class Diff(Struct, frozen=True):
    """Everything that the branch changed against its merge base, and the names of all files on both sides."""

    changes: tuple[FileChange, ...]
    base_names: frozenset[str] = frozenset()
    head_names: frozenset[str] = frozenset()
    beside: Mapping[str, bytes] = field(default_factory=dict)
    """Contents of configuration files that the branch left alone, beside new ones that could win over them."""
    cache: dict[object, object] = field(default_factory=dict)
    """Parsed files and other facts that several detectors share; filled by `parsed.py` and friends."""


class Hit(Struct, frozen=True):
    """One finding. Lines start at 1 and belong to the new file where it has one, else to the old."""

    rule: str
    path: str
    message: str
    line: int | None = None
    symbol: str = ""
    """Test id, function or key that the hit is about."""
    context: str = ""
    """The line's text, stripped; what makes it the same hit after a move."""
    harder: bool = False
    """Corroborated (a blanket suppression, one on a line that had a finding): a warning that rejects."""


class Detector(Protocol):
    """One family of rules."""

    rules: Mapping[str, Rule]

    def detect(self, change: FileChange, diff: Diff) -> Iterator[Hit]:
        """Hits in one changed file."""
        ...
