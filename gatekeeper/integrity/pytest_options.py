"""pytest's options and what they leave out: by expression, by path, by pattern. Pure.

A pattern counts where it leaves out a test file that exists: that is what hides a failure. Without such a file it is
only
a change of configuration.
"""

import shlex
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from posixpath import basename

from msgspec import Struct

from gatekeeper.integrity.knobs import Kind, Panel
from gatekeeper.integrity.reading.data import lines, number, strings, words
from gatekeeper.integrity.selection import within

_SELECTS = frozenset({"-k", "-m", "--deselect"})
_NOTHING_RUNS = frozenset({
    "--collect-only", "--co", "--setup-only", "--setup-plan", "--last-failed", "--lf", "--stepwise", "--sw",
    "--noconftest",
    "--no-cov", "--suppress-no-test-exit-code", "--fixtures", "--version", "--help", "-h", "--pass-with-no-tests",
})  # fmt: skip
_ASKS = frozenset(
    {"--strict-markers", "--strict-config", "--strict", "--runxfail", "--doctest-modules", "--error-for-skips"}
)
_TAKES_VALUE = frozenset({
    "-k", "-m", "-p", "-c", "-o", "-W", "-r", "-n", "--ignore", "--ignore-glob", "--deselect", "--reruns",
    "--cov-fail-under", "--rootdir", "--confcutdir", "--override-ini", "--pythonwarnings", "--cov-config",
    "--cov-report", "--junitxml", "--junit-xml", "--html", "--basetemp", "--maxfail", "--tb", "--timeout", "--dist",
    "--numprocesses", "--durations", "--color", "--log-file", "--log-level", "--log-cli-level", "--import-mode",
    "--config", "--config-file", "--project", "--reporter", "--outputFile", "--maxWorkers", "--cov",
})  # fmt: skip
_MAY_TAKE = frozenset({"--cov"})
"""The value may be left out: a word that is another option is none."""
_OVERRIDES = ("-o", "--override-ini")
_OWN_RULE = ("addopts", "xfail_strict", "strict_xfail")
_COLLECTING = ("testpaths", "norecursedirs", "python_files")
_PYTEST_FILES = frozenset({"test_*.py", "*_test.py"})
_NORECURSE = frozenset({"*.egg", ".*", "_darcs", "build", "CVS", "dist", "node_modules", "venv", "{arch}"})


def options(value: object) -> Iterator[tuple[str, str]]:
    """(option, value) of an argument string or list; bundled short values (`-kfoo`) and `--x=y` are split. Never
    raises.
    """
    waiting = ""
    for word in _split(value):
        if waiting:
            is_value = not (waiting in _MAY_TAKE and word.startswith("-"))
            yield waiting, word if is_value else ""
            waiting = ""
            if is_value:
                continue
        name, given = _option(word)
        if given is None:
            waiting = name
        else:
            yield name, given
    if waiting:
        yield waiting, ""


def _option(word: str) -> tuple[str, str | None]:
    """(option, value) as one word has them; None where the value is the word after it."""
    if word.startswith("--"):
        name, equals, rest = word.partition("=")
        return name, None if not equals and name in _TAKES_VALUE else rest
    if word[:2] in _TAKES_VALUE:
        return word[:2], word[2:].lstrip("=") if len(word) > 2 else None
    return word, ""


def _split(value: object) -> list[str]:
    if not isinstance(value, str):
        return list(strings(value))
    try:
        return shlex.split(value, comments=True)
    except ValueError:
        return value.split()


def pytest(panel: Panel, section: dict[str, object], names: tuple[str, ...]) -> None:
    """pytest's ini options. `names` are test files by pytest's own names, from the folder of the configuration."""
    given = list(options(section.get("addopts")))
    overridden = _overridden(given)
    section = {**section, **overridden}
    _addopts(panel, given)
    panel.add(
        "test-runner-relaxed",
        Kind.STRICT,
        "xfail_strict",
        section.get("xfail_strict", section.get("strict_xfail")),
        at=("xfail_strict",),
    )
    _warnings(panel, lines(section.get("filterwarnings")) or frozenset())
    panel.add("test-runner-loosened", Kind.QUIET, "pythonpath", section.get("pythonpath"))
    for key in ("strict", "strict_markers", "strict_config"):
        panel.add("test-runner-loosened", Kind.STRICT, key, section.get(key))
    panel.add(
        "tests-deselected",
        Kind.QUIET,
        "test files left out",
        _left_out(section, names),
        at=("addopts",) if overridden.keys() & _COLLECTING else _cause(section),
        adopted=False,
    )
    for key, default in (("python_classes", "Test"), ("python_functions", "test")):
        at = "addopts" if key in overridden else key
        _name_patterns(panel, key, words(section.get(key)), default, at)


def _overridden(given: list[tuple[str, str]]) -> dict[str, object]:
    """Keys that `-o key=value` sets in their place: it wins over the file. `xfail_strict` is said as what it is."""
    pairs = (value.partition("=") for name, value in given if name in _OVERRIDES)
    named = ((key.strip(), value) for key, equals, value in pairs if equals)
    return {key: value for key, value in named if key not in _OWN_RULE}


def _warnings(panel: Panel, filters: frozenset[str]) -> None:
    """Are warnings errors, and which of them are passed over?"""
    panel.add(
        "test-runner-relaxed",
        Kind.STRICT,
        "filterwarnings error",
        "error" in filters or "error::" in filters,
        at=("filterwarnings",),
    )
    ignored = frozenset(line for line in filters if line.startswith(("ignore", "i:", "default", "once")))
    panel.add("test-runner-loosened", Kind.QUIET, "filterwarnings", ignored, by_line=True)


def _name_patterns(panel: Panel, key: str, given: frozenset[str] | None, default: str, at: str) -> None:
    """Which classes or functions are tests, by their names."""
    if given and any(default.startswith(name.rstrip("*")) for name in given):
        given |= {default}  # a pattern that is wider than what it replaces ("*", "T*") leaves nothing out
    panel.add("tests-deselected", Kind.SCOPE, key, given or None, absent=frozenset({default}), adopted=False, at=(at,))


def plugins(panel: Panel, section: dict[str, object]) -> None:
    """Entry points that pytest loads by itself where the project is installed."""
    panel.add("test-runner-loosened", Kind.QUIET, "entry points", frozenset(section), at=(), adopted=False)


def _cause(section: dict[str, object]) -> tuple[str, ...]:
    return (next((key for key in _COLLECTING if key in section), "addopts"),)


def _addopts(panel: Panel, given: list[tuple[str, str]]) -> None:
    more = {"at": ("addopts",)}
    selecting = frozenset(f"{name} {value}".strip() for name, value in given if name in _SELECTS)
    nothing = _names(given, _NOTHING_RUNS)
    panel.add("tests-deselected", Kind.QUIET, "addopts", selecting | nothing, adopted=False, **more)
    _plugins_named(panel, frozenset(value for name, value in given if name == "-p"))
    loose = frozenset(said for name, value in given if (said := _forgiving(name, value)))
    panel.add("test-runner-loosened", Kind.QUIET, "addopts that forgive", loose, **more)
    asked = _names(given, _ASKS)
    panel.add(
        "test-runner-loosened", Kind.SCOPE, "addopts that ask for more", asked or None, absent=frozenset(), **more
    )
    for name, value in given:
        _single(panel, name, value)


def _plugins_named(panel: Panel, named: frozenset[str]) -> None:
    """What `-p` switches off and loads."""
    off = frozenset(value for value in named if value.startswith("no:"))
    for key, plugins in (("plugins switched off", off - {"no:cacheprovider"}), ("plugins loaded", named - off)):
        panel.add("test-runner-loosened", Kind.QUIET, key, plugins, adopted=False, at=("addopts",))


def _forgiving(name: str, value: str) -> str:
    """An option by which pytest passes over what goes wrong; "" for others."""
    if name in ("-W", "--pythonwarnings"):
        return f"{name} {value}" if value.startswith("ignore") else ""
    return name if name in ("--continue-on-collection-errors", "--disable-warnings") else ""


def _names(given: list[tuple[str, str]], wanted: frozenset[str]) -> frozenset[str]:
    return frozenset(name for name, _ in given if name in wanted)


def _single(panel: Panel, name: str, value: str) -> None:
    """Options that are settings by themselves."""
    at = ("addopts",)
    if name == "--cov-fail-under":
        panel.add("threshold-weakened", Kind.FLOOR, "fail_under", value, tool="coverage", at=at)
    if name == "--reruns":
        panel.add("test-runner-loosened", Kind.CEILING, "reruns", number(value), absent=0.0, at=at)
    if name in _OVERRIDES and value.replace(" ", "") in ("xfail_strict=false", "strict_xfail=false"):
        panel.add("test-runner-relaxed", Kind.LOOSE, "xfail_strict overridden", True, at=at)


class _Collection(Struct, frozen=True):
    """What a configuration says about the files that pytest looks into."""

    patterns: frozenset[str]
    """Of the names of test files."""
    roots: frozenset[str]
    """Where to look; empty: everywhere."""
    closed: frozenset[str]
    """Names of folders that are passed over, besides those that pytest passes over by itself."""
    ignored: tuple[str, ...]

    def leaves_out(self, name: str) -> bool:
        """Is a file not found that would be a test without the configuration?"""
        if not any(fnmatch(basename(name), pattern) for pattern in self.patterns):
            return True
        if self.roots and not _within_any(name, self.roots):
            return True
        if any(fnmatch(part, folder) for part in name.split("/")[:-1] for folder in self.closed):
            return True
        return _within_any(name, self.ignored)


def _within_any(name: str, paths: Iterable[str]) -> bool:
    return any(within(name, path) for path in paths)


def _left_out(section: dict[str, object], names: tuple[str, ...]) -> frozenset[str]:
    """Test files of Python that pytest would find without this configuration and does not find with it."""
    given = options(section.get("addopts"))
    collection = _Collection(
        patterns=words(section.get("python_files")) or _PYTEST_FILES,
        roots=words(section.get("testpaths")) or frozenset(),
        closed=(words(section.get("norecursedirs")) or _NORECURSE) - _NORECURSE,
        ignored=tuple(value for name, value in given if name in ("--ignore", "--ignore-glob")),
    )
    return frozenset(name for name in names if collection.leaves_out(name))
