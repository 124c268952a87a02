"""What the base's own configuration says about the shipped settings: one layer between languages and stances.

A project that never asked for mypy is not rejected by mypy; a project without a build system has nothing to build.
Every fact carries its reason, which becomes the origin of the value and, where people must know, a note.
"""

from collections.abc import Collection, Iterable, Mapping

from msgspec import Struct

from gatekeeper.policy.detect import Detected

_NPM_STUB = "no test specified"
TYPESCRIPT_TESTS = "tests-typescript"
"""Id of the check that runs the TypeScript tests where `tests` already runs those of Python."""


class Fact(Struct, frozen=True):
    """One value of one check, why, and the note that readers get while the value stands."""

    check: str
    key: str
    value: object
    reason: str
    note: str = ""


def facts(detected: Detected, policies: Collection[str], mentioned: Collection[str]) -> tuple[Fact, ...]:
    """Facts for the languages among `policies`. A check `mentioned` in gate.toml is never switched off."""
    python, typescript = "python" in policies, "typescript" in policies
    strict = "strict" in policies
    found: list[Fact] = []
    found += _types(detected, python=python, typescript=typescript, strict=strict)
    found += _lint(detected, python=python, typescript=typescript)
    found += _complexity(python=python)
    found += _build(detected, python=python)
    found += _tests(detected, python=python, typescript=typescript)
    return tuple(fact for fact in found if not (fact.key == "enabled" and fact.check in mentioned))


def _types(detected: Detected, *, python: bool, typescript: bool, strict: bool) -> Iterable[Fact]:
    tsc = typescript and detected.tool("tsc") is not None
    unasked = "mypy is not configured at base" if python and not detected.tool("mypy") else ""
    if tsc and unasked and not strict:
        yield Fact("types", "languages", ["typescript"], unasked, f"types: {unasked}; only TypeScript is checked")
        return
    yield from _served("types", python=python, typescript=tsc, missing="no tsconfig.json at base" * typescript)
    if unasked and not tsc:
        yield Fact("types", "required", False, unasked, f"types: {unasked}; mypy's findings are shown, none rejects")
        yield Fact("types", "severity", "warning", unasked)


def _served(check: str, *, python: bool, typescript: bool, missing: str) -> Iterable[Fact]:
    """Which languages the check looks at; without any it is off. `missing` says what TypeScript lacks."""
    languages = ["python"] * python + ["typescript"] * typescript
    yield Fact(check, "languages", languages, "languages at base")
    if not languages:
        reason = missing or "no language at base that it serves"
        yield Fact(check, "enabled", False, reason, f"{check}: {missing}; not checked" if missing else "")


def _lint(detected: Detected, *, python: bool, typescript: bool) -> Iterable[Fact]:
    eslint = typescript and detected.tool("eslint") is not None
    yield from _served("lint", python=python, typescript=eslint, missing="no eslint configuration at base" * typescript)
    if not python:
        return
    if not detected.tool("ruff"):
        reason = "ruff is not configured at base"
        yield Fact("lint", "format", False, reason, f"lint: {reason}; its default rules, and no formatting")
    elif detected.tool("black") and not detected.tool("ruff-format"):
        yield Fact("lint", "format", False, "the base formats with black")


def _complexity(*, python: bool) -> Iterable[Fact]:
    yield Fact("complexity", "languages", ["python"] * python, "languages at base")
    if not python:
        yield Fact("complexity", "enabled", False, "no language at base that it serves")


def _build(detected: Detected, *, python: bool) -> Iterable[Fact]:
    yield Fact("build", "languages", ["python"] * python, "languages at base")
    if not (python and detected.builds):
        yield Fact("build", "enabled", False, "no build system at base")


def _tests(detected: Detected, *, python: bool, typescript: bool) -> Iterable[Fact]:
    first = "python" if python else "typescript"
    yield Fact("tests", "languages", [first] if python or typescript else [], "languages at base")
    if not python and not typescript:
        yield Fact("tests", "enabled", False, "no language at base that it serves")
    if python and not detected.tests:
        yield Fact("tests", "required", True, "default", "tests: no test files at base; without tests it blocks")
    if typescript:
        yield from _node_tests(detected, beside_python=python)


def _node_tests(detected: Detected, *, beside_python: bool) -> Iterable[Fact]:
    runner = _node_runner(detected)
    if runner is None:
        note = "tests: no TypeScript test runner found at base; name a command"
        yield Fact("tests", "required", True, "default", note)
        return
    check = TYPESCRIPT_TESTS if beside_python else "tests"
    for key, value in {**runner.settings, "languages": ["typescript"]}.items():
        yield Fact(check, key, value, runner.where, runner.note if key == "command" else "")


class _Runner(Struct, frozen=True):
    settings: Mapping[str, object]
    where: str
    note: str = ""


def _node_runner(detected: Detected) -> _Runner | None:
    if vitest := detected.tool("vitest"):
        command = ["vitest", "run", "--reporter=junit", "--outputFile={report}"]
        return _Runner({"command": command, "reads": "junit"}, vitest.where)
    script = detected.scripts.get("test", "")
    if script.startswith("node --test"):
        junit = ["--test-reporter=junit", "--test-reporter-destination={report}"]
        return _Runner({"command": [*script.split(), *junit], "reads": "junit"}, "package.json scripts.test")
    if script and _NPM_STUB not in script:
        note = "tests: npm test is read by its exit status alone; how many tests ran is not known"
        return _Runner({"command": ["npm", "test"], "reads": "exit-status"}, "package.json scripts.test", note)
    if jest := detected.tool("jest"):
        note = "tests: jest is read by its exit status alone; how many tests ran is not known"
        return _Runner({"command": ["jest", "--ci"], "reads": "exit-status"}, jest.where, note)
    return None
