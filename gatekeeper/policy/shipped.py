"""The policies that come with gatekeeper."""

from collections.abc import Sequence
from pathlib import Path

from gatekeeper.errors import ConfigurationError
from gatekeeper.policy.document import Document, near, parse_toml, read_document

NAMES = ("default", "python", "typescript", "strict", "fleet")
LANGUAGE_POLICIES = ("python", "typescript")
_PACKAGE = Path(__file__).resolve().parent.parent


def policies_folder() -> Path:
    """Where they lie: inside the wheel, else beside the package in a checkout."""
    for folder in (_PACKAGE / "policies", _PACKAGE.parent / "policies"):
        if (folder / "default" / "policy.toml").is_file():
            return folder
    raise ConfigurationError("gatekeeper's own policies are missing", "reinstall branch-gatekeeper")


def shipped(name: str) -> Document:
    """The shipped policy `name`; ConfigurationError when there is none (checked by callers with a better place)."""
    if name not in NAMES:
        raise ConfigurationError(f"no shipped policy {name!r}", near(name, NAMES))
    path = policies_folder() / name / "policy.toml"
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"gatekeeper's own policy {name!r} cannot be read", "reinstall branch-gatekeeper"
        ) from error
    label = f"policies/{name}"
    text, tables = parse_toml(label, raw)
    return read_document(label, text, tables, line_numbers=False)


def closure(names: Sequence[str]) -> tuple[str, ...]:
    """The names and everything they extend, in the order in which they apply.

    default first, then languages, then stances (strict, fleet): whatever order people write, a language's
    settings never loosen what a stance has tightened.
    """
    found: list[str] = []

    def visit(name: str) -> None:
        if name in found:
            return
        extends = shipped(name).tables.get("extends", [])
        for parent in extends if isinstance(extends, list) else ():
            visit(str(parent))
        found.append(name)

    for name in names:
        visit(name)
    return tuple(sorted(found, key=_rank))  # stable: written order decides within a rank


def _rank(name: str) -> int:
    return 0 if name == "default" else 1 if name in LANGUAGE_POLICIES else 2
