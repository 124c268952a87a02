"""Does a test command select less than it did? Also: the numbers that commands are given. Pure."""

from collections.abc import Iterable
from itertools import pairwise

from gatekeeper.integrity.commands.command import Judge
from gatekeeper.integrity.knobs import Kind, Panel
from gatekeeper.integrity.pytest_options import options
from gatekeeper.integrity.reading.data import number
from gatekeeper.integrity.roles import CODE_ENDS

_SELECTING = frozenset({
    "-k", "-m", "--ignore", "--ignore-glob", "--deselect", "--lf", "--last-failed", "--sw", "--stepwise",
    "--collect-only", "--co", "--setup-only",
    "--setup-plan", "--noconftest", "-t", "--testNamePattern", "--exclude", "--testPathIgnorePatterns", "--grep",
    "--test-name-pattern",
    "--test-skip-pattern", "--skip", "--onlyChanged", "-o", "--override-ini",
    "--changed",
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


def narrower(before: Judge, after: Judge, tests: Iterable[str] = ()) -> str:
    """What the new command leaves out, in words; "" when nothing. `tests` are the test files of the head: folders that
    hold all of them that ran before are the same.
    """
    if before.category != "tests" or before.tool != after.tool or after.tool not in _TEST_TOOLS:
        return ""
    old, new = list(options(list(before.arguments))), list(options(list(after.arguments)))
    return _selection(old, new) or _only(_paths(old), _paths(new), tests)


def _selection(old: list[tuple[str, str]], new: list[tuple[str, str]]) -> str:
    """Options that choose among the tests and that were not there."""
    return ", ".join(
        f"{name} {value}".strip()
        for name, value in new
        if name in _SELECTING and (name, value) not in old and _narrows(name, value)
    )


def _only(old: frozenset[str], new: frozenset[str], tests: Iterable[str]) -> str:
    """Paths, where there were none, more of them, or folders that hold them."""
    before, after = _clean(old) or frozenset({""}), _clean(new)
    fewer = bool(after) and _is_within(after, before) and not _is_within(before, after)
    if not fewer or not _are_paths(new) or _holds_all(before, after, tests):
        return ""
    return f"only {', '.join(sorted(new))}"


def _holds_all(before: frozenset[str], after: frozenset[str], tests: Iterable[str]) -> bool:
    """Are all tests that ran in the folders that are named now? A file that is named holds no test of tomorrow."""
    ran = [name for name in tests if _is_within((name,), before)]
    return bool(ran) and not any(_is_file(path) for path in after - before) and _is_within(ran, after)


def _clean(paths: Iterable[str]) -> frozenset[str]:
    """Paths as they are compared: "" is everything."""
    return frozenset(path.removeprefix("./").rstrip("/").removesuffix("/.") if path != "." else "" for path in paths)


def _is_within(inner: Iterable[str], outer: Iterable[str]) -> bool:
    """Is each one of the others, or below one of them (a file of a folder, a test of a file)?"""
    above = tuple(outer)
    return all(
        any(not top or path == top or path.startswith((f"{top}/", f"{top}::")) for top in above) for path in inner
    )


def _are_paths(words: Iterable[str]) -> bool:
    """A word without any of these may be the value of an option."""
    return any("/" in word or "::" in word or "." in word for word in words)


def _is_file(path: str) -> bool:
    return "::" in path or path.endswith(CODE_ENDS)


def _narrows(name: str, value: str) -> bool:
    return name not in ("-o", "--override-ini") or value.partition("=")[0].strip() in (
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
