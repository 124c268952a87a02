"""What a plain Python project says it needs, read from its files without executing any of them."""

import configparser
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from gatekeeper.policy.bounded_toml import MAX_TOML_BYTES, UnreadableToml, read_toml

WORK_GROUPS = frozenset(
    {"check", "ci", "dev", "develop", "development", "lint", "linting", "qa", "test", "testing", "tests", "type"}
    | {"types", "typecheck", "typing", "mypy", "pytest", "unittest"}
)
"""Names of extras and dependency groups that hold the tools of the work itself."""
REQUIREMENTS_FILE = re.compile(r"(?:.*[-_.])?(?:requirements|reqs)(?:[-_.].*)?\.txt$|constraints\.txt$")


class Needs(Struct, frozen=True):
    """Requirements (PEP 508), the extras and groups they came from, and whether the list is known to be incomplete."""

    requirements: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    dynamic: bool = False
    """True when the project computes its dependencies while it is built."""


def toml_of(path: Path) -> Mapping[str, object]:
    """A TOML file; empty when absent, malformed or hostile (the checks that need it say so themselves)."""
    if not path.is_file():
        return {}  # a link to a device would never end
    try:
        with path.open("rb") as file:
            return read_toml(file.read(MAX_TOML_BYTES + 1), MAX_TOML_BYTES)
    except (OSError, UnreadableToml):
        return {}


def table(value: Mapping[str, object], *names: str) -> Mapping[str, object]:
    """The nested table of that name; empty when it is not there or is no table."""
    for name in names:
        inner = value.get(name)
        value = inner if isinstance(inner, dict) else {}
    return value


def strings(value: object) -> tuple[str, ...]:
    """The strings of a list; nothing else."""
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def project_needs(tree: Path) -> Needs:
    """Dependencies of the project in `tree` with its test, lint and type extras and groups."""
    pyproject = toml_of(tree / "pyproject.toml")
    project, groups = table(pyproject, "project"), table(pyproject, "dependency-groups")
    wanted_groups = tuple(sorted(name for name in groups if name.lower() in WORK_GROUPS))
    grouped = [line for name in wanted_groups for line in _group(groups, name, ())]
    dynamic = {"dependencies", "optional-dependencies"} & set(strings(project.get("dynamic")))
    if not project or dynamic:
        return _from_setup_cfg(tree, grouped, wanted_groups, computed=bool(dynamic))
    optional = table(project, "optional-dependencies")
    extras = tuple(sorted(name for name in optional if name.lower() in WORK_GROUPS))
    lines = [*strings(project.get("dependencies")), *_extras(project, extras), *grouped]
    return Needs(tuple(dict.fromkeys(lines)), extras, wanted_groups)


def _extras(project: Mapping[str, object], names: Iterable[str]) -> Iterator[str]:
    """Requirements of extras; one that names the project itself (`flask[async]`) is followed instead of installed."""
    optional, own = table(project, "optional-dependencies"), str(project.get("name", ""))
    waiting, seen = list(names), set[str]()
    while waiting:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen.add(name)
        for line in strings(optional.get(name)):
            inner = re.match(rf"{re.escape(own)}\[([^\]]*)\]", line) if own else None
            if inner:
                waiting.extend(part.strip() for part in inner.group(1).split(","))
            else:
                yield line


def _group(groups: Mapping[str, object], name: str, above: tuple[str, ...]) -> Iterator[str]:
    """PEP 735: strings, and tables that include another group. A cycle ends where it closes."""
    members = groups.get(name)
    for member in members if isinstance(members, list) and name not in above else ():
        if isinstance(member, str):
            yield member
        elif isinstance(member, dict) and isinstance(member.get("include-group"), str):
            yield from _group(groups, str(member["include-group"]), (*above, name))


def _from_setup_cfg(tree: Path, grouped: list[str], groups: tuple[str, ...], *, computed: bool) -> Needs:
    parser, section = _read_cfg(tree / "setup.cfg"), "options.extras_require"
    optional = dict(parser.items(section)) if parser.has_section(section) else {}
    extras = tuple(sorted(name for name in optional if name in WORK_GROUPS))
    plain = parser.get("options", "install_requires", fallback="")
    written = [plain, *(optional[name] for name in extras)]
    lines = [line.strip() for text in written for line in text.splitlines() if line.strip()]
    unknown = computed or ((tree / "setup.py").is_file() and not plain)
    return Needs(tuple(dict.fromkeys([*lines, *grouped])), extras, groups, dynamic=unknown)


def _read_cfg(path: Path) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser()
    if path.is_file():
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            return configparser.RawConfigParser()
    return parser


def requirement_files(names: Iterable[str]) -> tuple[str, ...]:
    """Requirement files of the root and of a `requirements` folder that serve running, testing and checking."""
    found = []
    for name in sorted(names):
        folder, _, file = name.rpartition("/")
        stem = file.removesuffix(".txt").lower()
        if folder == "requirements" and file.endswith(".txt"):
            words = {stem} | set(re.split(r"[-_.]", stem))
            wanted = bool(words & (WORK_GROUPS | {"base", "main", "requirements", "common"}))
        else:
            words = set(re.split(r"[-_.]", stem)) - {"requirements", "reqs", "pip"}
            wanted = not folder and "constraints" not in words and bool(REQUIREMENTS_FILE.match(file))
            wanted = wanted and (not words or bool(words & (WORK_GROUPS | {"base", "main", "common"})))
        if wanted:
            found.append(name)
    return tuple(found)


_LOCAL = re.compile(
    r"^(?:-e|--editable)[ =]*(?P<edited>\S+)|^(?P<plain>\.{1,2}(?:/\S*)?(?:\[[^\]]*\])?)\s*(?:[;#].*)?$"
)


def without_local(text: str) -> tuple[str, tuple[str, ...]]:
    """The requirement file without the lines that install the project itself, and the extras that those asked for.

    The project is installed per slot; from here it would be imported out of another checkout.
    """
    kept, extras = [], list[str]()
    for line in text.splitlines():
        local = _LOCAL.match(line.strip())
        place = (local.group("edited") or local.group("plain") or "") if local else ""
        if place and "://" not in place:
            inner = re.search(r"\[([^\]]*)\]", place)
            extras.extend(part.strip() for part in inner.group(1).split(",")) if inner else None
        else:
            kept.append(line)
    return "\n".join(kept) + "\n", tuple(dict.fromkeys(filter(None, extras)))


def extras_needs(tree: Path, extras: Sequence[str]) -> tuple[str, ...]:
    """Dependencies of the project with exactly these extras, for a requirement file that says `-e .[extras]`."""
    project = table(toml_of(tree / "pyproject.toml"), "project")
    return (*strings(project.get("dependencies")), *_extras(project, extras)) if extras else ()
