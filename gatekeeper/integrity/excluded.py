"""Does a list of excluded paths hold code of the product that is there before and after? Pure."""

from posixpath import dirname

from pathspec import GitIgnoreSpec

from gatekeeper.integrity.contract import Diff, Role
from gatekeeper.integrity.roles import CODE_ENDS, role_of

_ASIDE = frozenset({"docs", "doc", "examples", "example", "benchmarks", "scripts", "tools", "generated", "gen",
    "vendor", "third_party",
                    "_vendor", "dist", "build", "migrations", "node_modules"})  # fmt: skip
_ROOT_SCRIPTS = frozenset({"setup.py", "noxfile.py", "conftest.py"})


def excluded_product(items: frozenset[str], path: str, diff: Diff) -> str:
    """The first product file below the configuration's folder that a glob or plain path of `items` takes out, or ""."""
    spec = _spec(items)
    if spec is None:
        return ""
    folder = dirname(path)
    prefix = f"{folder}/" if folder else ""
    there = (name for name in diff.head_names & diff.base_names if name.startswith(prefix) and name.endswith(CODE_ENDS))
    return min((name for name in there if spec.match_file(name[len(prefix) :]) and _is_product(name)), default="")


def _spec(items: frozenset[str]) -> GitIgnoreSpec | None:
    """None where no item is understood."""
    patterns = [pattern for item in sorted(items) if (pattern := _glob(item))]
    if not patterns:
        return None
    try:
        return GitIgnoreSpec.from_lines(patterns)
    except ValueError:
        return None


def _glob(item: str) -> str:
    """A glob as it is; a regular expression (mypy) only when it is a plain path but for anchors and escapes."""
    plain = (
        item.strip()
        .removeprefix("^")
        .removesuffix("$")
        .replace("\\", "")
        .removeprefix("./")
        .removesuffix(".*")
        .removesuffix("(/")
    )
    return "" if not plain or set(plain) & set("()|+^$!#") else f"/{plain.lstrip('/')}"


def _is_product(name: str) -> bool:
    parts = name.split("/")
    return (
        role_of(name) is Role.PRODUCT
        and not _ASIDE & set(parts[:-1])
        and parts[-1] not in _ROOT_SCRIPTS
        and "_pb2" not in name
    )
