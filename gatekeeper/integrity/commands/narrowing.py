"""Does a test command select less than it did? Also: the numbers that commands are given. Pure."""

from itertools import pairwise

from gatekeeper.integrity.commands.command import Judge
from gatekeeper.integrity.knobs import Kind, Panel
from gatekeeper.integrity.pytest_options import options
from gatekeeper.integrity.reading.data import number

_SELECTING = frozenset({
    "-k", "-m", "--ignore", "--ignore-glob", "--deselect", "--lf", "--last-failed", "--sw", "--stepwise",
    "--collect-only", "--co", "--setup-only",
    "--setup-plan", "--noconftest", "-t", "--testNamePattern", "--exclude", "--testPathIgnorePatterns", "--grep",
    "--test-name-pattern",
    "--test-skip-pattern", "--skip", "--onlyChanged", "-o", "--changed",
})  # fmt: skip
_LIMITS = {
    "--cov-fail-under": ("coverage", "fail_under", Kind.FLOOR), "--max-warnings": ("eslint", "max-warnings",
    Kind.CEILING),
    "--max-complexity": ("complexity", "max-complexity", Kind.CEILING), "--max-absolute": ("xenon", "max-absolute",
    Kind.CEILING),
    "--max-modules": ("xenon", "max-modules", Kind.CEILING), "--max-average": ("xenon", "max-average", Kind.CEILING),
    "--lines": ("coverage threshold", "lines", Kind.FLOOR), "--branches": ("coverage threshold", "branches",
    Kind.FLOOR),
    "--functions": ("coverage threshold", "functions", Kind.FLOOR), "--statements": ("coverage threshold",
    "statements", Kind.FLOOR),
}  # fmt: skip
_TOOL_LIMITS = {"coverage": "coverage", "pylint": "pylint", "interrogate": "interrogate", "diff-cover": "diff-cover"}
_TEST_TOOLS = frozenset({"pytest", "py.test", "unittest", "vitest", "jest", "mocha", "node --test"})


def narrower(before: Judge, after: Judge) -> str:
    """What the new command leaves out, in words; "" when nothing."""
    if before.category != "tests" or before.tool != after.tool or after.tool not in _TEST_TOOLS:
        return ""
    old, new = list(options(list(before.arguments))), list(options(list(after.arguments)))
    return _selection(old, new) or _only(_paths(old), _paths(new))


def _selection(old: list[tuple[str, str]], new: list[tuple[str, str]]) -> str:
    """Options that choose among the tests and that were not there."""
    return ", ".join(
        f"{name} {value}".strip()
        for name, value in new
        if name in _SELECTING and (name, value) not in old and _narrows(name, value)
    )


def _only(old: frozenset[str], new: frozenset[str]) -> str:
    """Paths, where there were none or more of them."""
    fewer = bool(new) and (not old or new < old)
    # A word without any of these may be the value of an option.
    are_paths = any("/" in path or "::" in path or "." in path for path in new)
    return f"only {', '.join(sorted(new))}" if fewer and are_paths else ""


def _narrows(name: str, value: str) -> bool:
    return name != "-o" or value.partition("=")[0].strip() in (
        "testpaths",
        "python_files",
        "norecursedirs",
        "python_functions",
        "python_classes",
    )


def _paths(given: list[tuple[str, str]]) -> frozenset[str]:
    return frozenset(
        name for name, value in given if not name.startswith("-") and not value and name not in ("run", "discover")
    )


def limits(judge: Judge) -> Panel:
    """The thresholds on the command line, as settings."""
    panel = Panel("command")
    arguments = [part for word in judge.arguments for part in (word.split("=", 1) if word.startswith("--") else [word])]
    for name, value in pairwise(arguments):
        limit = _limit(name, judge.tool)
        if limit is not None:
            tool, key, kind = limit
            rank = "ABCDEF".find(value) if len(value) == 1 and value.isalpha() else number(value)
            panel.add("threshold-weakened", kind, key, rank, tool=tool, shown=value)
    return panel


def _limit(option: str, tool: str) -> tuple[str, str, Kind] | None:
    """(tool, key, kind) of the threshold that an option of a command sets."""
    if option in ("--fail-under", "--fail_under") and tool in _TOOL_LIMITS:
        return _TOOL_LIMITS[tool], "fail_under" if tool == "coverage" else "fail-under", Kind.FLOOR
    return _LIMITS.get(option)
