"""One policy text → checked raw tables. Every mistake becomes file, line, what was meant and what to write."""

import difflib
import tomllib
from collections.abc import Mapping, Sequence

from msgspec import Struct
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gatekeeper.errors import ConfigurationError
from gatekeeper.policy.evidence_schema import SignerTable, StampTable, TargetTable
from gatekeeper.policy.integrity_rules import INTEGRITY_RULES
from gatekeeper.policy.isolation_schema import IsolationTable
from gatekeeper.policy.lines import KeyPath, Lines, scan_lines
from gatekeeper.policy.memory_schema import MemoryTable
from gatekeeper.policy.rule_schema import FixturesTable, RuleTable, WhenTable
from gatekeeper.policy.schema import Checks, Environment, GateFile, OwnCheck, WaiverTable

BUILT_IN = tuple(field.alias or name for name, field in Checks.model_fields.items())
"""Ids of the built-in checks, in the order of reports."""
MAX_BYTES = 1024 * 1024
_NAME_HELP = "names of checks and targets are lower-case letters, digits and dashes, for example spell-check"
_RESERVED = {
    "contract": "the check of that name asks for what gate contract set agreed; choose another one",
    "rules": "the check of that name is made of every [[rule]] of the policy; choose another one",
}
_COMMANDS = frozenset({"command", "setup", "probe", "identify", "start", "ready"})
_EXPECTED = {
    "bool_type": "true or false",
    "string_type": 'a string in quotes, "…"',
    "list_type": 'a list: ["…"]',
    "int_type": "a whole number",
    "date_type": "a date without quotes: 2026-12-31",
    "model_type": "a table",
    "dict_type": "a table",
    "model_attributes_type": "a table",
}


class Document(Struct, frozen=True):
    """A checked policy text. `tables` is what it says, nothing defaulted; `name` is shown to people."""

    name: str
    tables: Mapping[str, object]
    lines: Lines
    prefix: KeyPath = ()
    line_numbers: bool = True

    def origin(self, path: Sequence[str | int]) -> str:
        """ "gate.toml:12" for the key, or the bare name where line numbers do not help (shipped policies)."""
        return place(self.name, self.lines.find((*self.prefix, *path)) if self.line_numbers else None)


def place(name: str, line: int | None) -> str:
    """ "gate.toml:12", or "gate.toml" when the line is unknown."""
    return name if line is None else f"{name}:{line}"


def parse_toml(name: str, raw: bytes) -> tuple[str, dict[str, object]]:
    """Text and tables of a TOML file. ConfigurationError names the file and line of what cannot be read."""
    if len(raw) > MAX_BYTES:
        raise ConfigurationError(f"{name} is larger than 1 MiB", "keep the policy to what a person can read")
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ConfigurationError(f"{name}:{line}: not UTF-8", "save the file as UTF-8") from error
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(name, text, str(error)) from error
    except RecursionError as error:
        raise ConfigurationError(f"{name}: nested too deeply", "write plain tables") from error


def _syntax_error(name: str, text: str, message: str) -> ConfigurationError:
    head, _, position = message.partition(" (at line ")
    number = position.split(",")[0]
    if not number.isdigit():  # "(at end of document)"
        number, head = str(text.count("\n") + 1), message
    lines = text.splitlines()
    shown = lines[int(number) - 1].strip()[:80] if int(number) <= len(lines) else ""
    return ConfigurationError(
        f"{name}:{number}: not valid TOML: {head}" + (f": {shown}" if shown else ""),
        'write key = "value" lines under [table] headers; strings in quotes, true and false in lower case',
    )


def read_document(
    name: str, text: str, tables: Mapping[str, object], prefix: KeyPath = (), *, line_numbers: bool = True
) -> Document:
    """Check the tables against the schema. ConfigurationError lists every mistake, the first one in full."""
    document = Document(name, tables, scan_lines(text), prefix, line_numbers)
    try:
        GateFile.model_validate(tables)
    except ValidationError as error:
        in_order = sorted(error.errors(), key=lambda problem: _line_of(document, problem["loc"]))
        problems = _once([_explain(document, problem) for problem in in_order])
        raise _combined(problems) from error
    _check_names(document)
    _check_effects(document)
    return document


def _line_of(document: Document, path: Sequence[str | int]) -> int:
    return document.lines.find((*document.prefix, *path)) or 0


def mistake(document: Document, path: Sequence[str | int], what: str, hint: str) -> ConfigurationError:
    """A ConfigurationError that starts with file and line of the key."""
    line = document.lines.find((*document.prefix, *path))
    return ConfigurationError(f"{place(document.name, line)}: {what}", hint)


def near(word: str, known: Sequence[str]) -> str:
    """ "did you mean 'tests'?" for a near match, else the list of what is known."""
    matches = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"did you mean {matches[0]!r}?" if matches else f"known here: {', '.join(known)}"


def _once(problems: Sequence[ConfigurationError]) -> list[ConfigurationError]:
    """A union reports each of its arms; people have made one mistake."""
    return list({problem.what: problem for problem in problems}.values())


def _combined(problems: Sequence[ConfigurationError]) -> ConfigurationError:
    first, *others = problems
    hint = "\n".join([first.hint, *(f"also: {other.what} ({other.hint})" for other in others[:9])])
    return ConfigurationError(first.what, hint)


def _explain(document: Document, problem: ErrorDetails) -> ConfigurationError:
    path = tuple(part for part in problem["loc"] if part not in {"str", "list[str]"})
    if problem["type"] == "extra_forbidden":
        return _unknown_key(document, path)
    if problem["type"] == "missing":
        return _missing(document, path)
    where = dotted(path)
    if problem["type"] in {"string_type", "list_type"} and _COMMANDS.intersection(path):
        return mistake(document, path, f"{where} is not a command", 'write "tool --flag" or a list of words')
    expected = _EXPECTED.get(
        problem["type"], problem["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    )
    return mistake(document, path, f"{where} = {_shown(problem['input'])} is not understood", f"write {expected}")


def _unknown_key(document: Document, path: KeyPath) -> ConfigurationError:
    key, parent = str(path[-1]), path[:-1]
    table = f"[{dotted(parent)}]" if parent else "the policy"
    hint = f"write [check.{key}]" if not parent and key in BUILT_IN else near(key, _known_keys(parent))
    return mistake(document, path, f"unknown key {key!r} in {table}", hint)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _missing(document: Document, path: KeyPath) -> ConfigurationError:
    if len(path) == 3 and path[0] == "check":
        name = str(path[1])
        matches = difflib.get_close_matches(name, BUILT_IN, n=1, cutoff=0.6)
        meant = f"did you mean [check.{matches[0]}]? " if matches else f"built-in ones: {', '.join(BUILT_IN)}. "
        return mistake(document, path, f"unknown check {name!r}", f'{meant}A check of your own needs command = "…"')
    parent = dotted(path[:-1])
    return mistake(document, path, f"{parent} has no {path[-1]!r}", f"add {path[-1]} = … to it")


def _known_keys(path: KeyPath) -> list[str]:
    """Keys that the table at `path` may have."""
    model: type[BaseModel] = GateFile
    if path[:1] == ("rule",) and {"when", "unless"}.intersection(path):
        model = WhenTable
    elif path and path[0] in _TABLES:
        model = _TABLES[str(path[0])]
    elif path[:1] == ("check",) and len(path) > 1:
        model = check_model(str(path[1]))
    return [field.alias or name for name, field in model.model_fields.items()]


_TABLES: Mapping[str, type[BaseModel]] = {
    "environment": Environment,
    "waiver": WaiverTable,
    "target": TargetTable,
    "signer": SignerTable,
    "stamp": StampTable,
    "isolation": IsolationTable,
    "fixtures": FixturesTable,
    "rule": RuleTable,
    "memory": MemoryTable,
}


def check_model(check: str) -> type[BaseModel]:
    """The schema of [check.NAME]."""
    for name, field in Checks.model_fields.items():
        if (field.alias or name) == check:
            arms = getattr(field.annotation, "__args__", ())
            return next((arm for arm in arms if isinstance(arm, type) and issubclass(arm, BaseModel)), OwnCheck)
    return OwnCheck


def _check_names(document: Document) -> None:
    for kind in ("check", "target"):
        named = document.tables.get(kind, {})
        for name in named if isinstance(named, Mapping) else ():
            if not (name.isascii() and name.replace("-", "").isalnum() and name == name.lower() and name[0] != "-"):
                raise mistake(document, (kind, name), f"{name!r} cannot be the name of a {kind}", _NAME_HELP)
            if name in _RESERVED:
                raise mistake(document, (kind, name), f"{name!r} cannot be the name of a {kind}", _RESERVED[name])


def _check_effects(document: Document) -> None:
    checks = document.tables.get("check", {})
    table = checks.get("integrity", {}) if isinstance(checks, Mapping) else {}
    for rule in table.get("effects", {}) if isinstance(table, Mapping) else ():
        if rule not in INTEGRITY_RULES:
            what = f"unknown rule {rule!r} in [check.integrity] effects"
            matches = difflib.get_close_matches(rule, INTEGRITY_RULES, n=1, cutoff=0.6)
            hint = f"did you mean {matches[0]!r}?" if matches else "docs/checks/integrity.md lists the rules"
            raise mistake(document, ("check", "integrity", "effects", rule), what, hint)


def dotted(path: Sequence[str | int]) -> str:
    """ "check.tests.timeout", "waiver[1].rule" (people count from 1)."""
    out = ""
    for part in path:
        out += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if out else str(part)
    return out
