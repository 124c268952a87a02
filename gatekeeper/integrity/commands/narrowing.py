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
    added = [
        f"{name} {value}".strip()
        for name, value in new
        if name in _SELECTING and (name, value) not in old and _narrows(name, value)
    ]
    if added:
        return ", ".join(added)
    paths_old, paths_new = _paths(old), _paths(new)
    if paths_new and (not paths_old or paths_new < paths_old):
        return (
            f"only {', '.join(sorted(paths_new))}"
            if any("/" in path or "::" in path or "." in path for path in paths_new)
            else ""
        )
    return ""


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
        tool, key, kind = _LIMITS.get(name, ("", "", Kind.FLOOR))
        if name in ("--fail-under", "--fail_under") and judge.tool in _TOOL_LIMITS:
            tool, key = _TOOL_LIMITS[judge.tool], "fail_under" if judge.tool == "coverage" else "fail-under"
        rank = "ABCDEF".find(value) if len(value) == 1 and value.isalpha() else number(value)
        if tool:
            panel.add("threshold-weakened", kind, key, rank, tool=tool, shown=value)
    return panel
