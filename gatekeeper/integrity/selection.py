"""Which tests a runner's configuration leaves out: options of pytest, folders and patterns of pytest, jest and vitest.
Pure.

A pattern counts where it leaves out a test file that exists: that is what hides a failure. Without such a file it is
only
a change of configuration.
"""

import shlex
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from posixpath import basename

from pathspec import GitIgnoreSpec

from gatekeeper.integrity.knobs import Kind, Panel
from gatekeeper.integrity.reading.data import get, lines, number, strings, words
from gatekeeper.integrity.roles import is_test_name

_SELECTS = frozenset({"-k", "-m", "--deselect"})
_NOTHING_RUNS = frozenset({
    "--collect-only", "--co", "--setup-only", "--setup-plan", "--last-failed", "--lf", "--stepwise", "--sw",
    "--noconftest",
    "--no-cov", "--suppress-no-test-exit-code", "--fixtures", "--version", "--help", "-h", "--pass-with-no-tests",
})  # fmt: skip
_ASKS = frozenset(
    {"--strict-markers", "--strict-config", "--strict", "--runxfail", "--doctest-modules", "--error-for-skips"}
)
_TAKES_VALUE = frozenset({"-k", "-m", "-p", "-c", "-o", "-W", "-r", "-n", "--ignore", "--ignore-glob", "--deselect",
    "--reruns",
                          "--cov-fail-under", "--rootdir", "--confcutdir", "--override-ini",
                          "--pythonwarnings"})  # fmt: skip
MAX_ALTERNATIVES = 200
_PYTEST_FILES = frozenset({"test_*.py", "*_test.py"})
_NORECURSE = frozenset({"*.egg", ".*", "_darcs", "build", "CVS", "dist", "node_modules", "venv", "{arch}"})


def options(value: object) -> Iterator[tuple[str, str]]:
    """(option, value) of an argument string or list; bundled short values (`-kfoo`) and `--x=y` are split. Never
    raises.
    """
    if isinstance(value, str):
        try:
            given = shlex.split(value, comments=True)
        except ValueError:
            given = value.split()
    else:
        given = list(strings(value))
    waiting = ""
    for word in given:
        if waiting:
            yield waiting, word
            waiting = ""
        elif word.startswith("--"):
            name, equals, rest = word.partition("=")
            if not equals and name in _TAKES_VALUE:
                waiting = name
            else:
                yield name, rest
        elif word.startswith("-") and word[:2] in _TAKES_VALUE:
            waiting = word if len(word) == 2 else ""
            if len(word) > 2:
                yield word[:2], word[2:].lstrip("=")
        else:
            yield word, ""
    if waiting:
        yield waiting, ""


def pytest(panel: Panel, section: dict[str, object], names: frozenset[str]) -> None:
    """pytest's ini options. `names` are the files of the head."""
    _addopts(panel, list(options(section.get("addopts"))))
    panel.add(
        "test-runner-relaxed",
        Kind.STRICT,
        "xfail_strict",
        section.get("xfail_strict", section.get("strict_xfail")),
        at=("xfail_strict",),
    )
    warnings = lines(section.get("filterwarnings")) or frozenset()
    panel.add(
        "test-runner-relaxed",
        Kind.STRICT,
        "filterwarnings error",
        "error" in warnings or "error::" in warnings,
        at=("filterwarnings",),
    )
    ignored = frozenset(line for line in warnings if line.startswith(("ignore", "i:", "default", "once")))
    panel.add("test-runner-loosened", Kind.QUIET, "filterwarnings", ignored, by_line=True)
    for key in ("strict", "strict_markers", "strict_config"):
        panel.add("test-runner-loosened", Kind.STRICT, key, section.get(key))
    panel.add(
        "tests-deselected",
        Kind.QUIET,
        "test files left out",
        _left_out(section, names),
        at=_cause(section),
        adopted=False,
    )
    for key, default in (("python_classes", "Test"), ("python_functions", "test")):
        given = words(section.get(key))
        # A pattern that is wider than what it replaces ("*", "T*") leaves nothing out.
        wide = (
            frozenset({default})
            if given and any(default.startswith(name.rstrip("*")) for name in given)
            else frozenset()
        )
        panel.add(
            "tests-deselected",
            Kind.SCOPE,
            key,
            (given | wide) if given else None,
            absent=frozenset({default}),
            adopted=False,
        )


def _cause(section: dict[str, object]) -> tuple[str, ...]:
    return (
        next((key for key in ("testpaths", "norecursedirs", "python_files", "addopts") if key in section), "addopts"),
    )


def _addopts(panel: Panel, given: list[tuple[str, str]]) -> None:
    more = {"at": ("addopts",)}
    selecting = frozenset(f"{name} {value}".strip() for name, value in given if name in _SELECTS)
    nothing = frozenset(name for name, _ in given if name in _NOTHING_RUNS)
    panel.add("tests-deselected", Kind.QUIET, "addopts", selecting | nothing, adopted=False, **more)
    plugins_off = frozenset(value for name, value in given if name == "-p" and value.startswith("no:"))
    panel.add(
        "test-runner-loosened",
        Kind.QUIET,
        "plugins switched off",
        plugins_off - {"no:cacheprovider"},
        adopted=False,
        **more,
    )
    loose = frozenset(
        f"{name} {value}".strip()
        for name, value in given
        if name in ("-W", "--pythonwarnings") and value.startswith("ignore")
    )
    loose |= frozenset(name for name, _ in given if name in ("--continue-on-collection-errors", "--disable-warnings"))
    panel.add("test-runner-loosened", Kind.QUIET, "addopts that forgive", loose, **more)
    asked = frozenset(name for name, _ in given if name in _ASKS)
    panel.add(
        "test-runner-loosened", Kind.SCOPE, "addopts that ask for more", asked or None, absent=frozenset(), **more
    )
    for name, value in given:
        if name == "--cov-fail-under":
            panel.add("threshold-weakened", Kind.FLOOR, "fail_under", value, tool="coverage", **more)
        if name == "--reruns":
            panel.add("test-runner-loosened", Kind.CEILING, "reruns", number(value), absent=0.0, **more)
        if name in ("-o", "--override-ini") and value.replace(" ", "") in ("xfail_strict=false", "strict_xfail=false"):
            panel.add("test-runner-relaxed", Kind.LOOSE, "xfail_strict overridden", True, **more)


def _left_out(section: dict[str, object], names: frozenset[str]) -> frozenset[str]:
    """Test files of Python that pytest would find without this configuration and does not find with it."""
    files = words(section.get("python_files")) or _PYTEST_FILES
    roots = words(section.get("testpaths"))
    folders = words(section.get("norecursedirs")) or _NORECURSE
    given = list(options(section.get("addopts")))
    ignored = [value for name, value in given if name in ("--ignore", "--ignore-glob")]
    candidates = [
        name
        for name in names
        if name.endswith(".py") and is_test_name(name) and basename(name) not in ("tests.py", "test.py")
    ]
    return frozenset(
        name for name in candidates
        if not any(fnmatch(basename(name), pattern) for pattern in files | _also_default(section))
        or (roots and not any(within(name, root) for root in roots))
        or any(fnmatch(part, folder) for part in name.split("/")[:-1] for folder in folders - _NORECURSE)
        or any(within(name, path) for path in ignored)
    )  # fmt: skip


def _also_default(section: dict[str, object]) -> frozenset[str]:
    return frozenset() if section.get("python_files") else _PYTEST_FILES


def within(name: str, root: str) -> bool:
    """Is the file the one, below the folder, or matched by the glob that `root` names?"""
    clean = root.removeprefix("./").rstrip("/")
    return (
        clean in ("", ".")
        or name == clean
        or name.startswith(clean + "/")
        or fnmatch(name, clean)
        or fnmatch(name, clean + "/*")
    )


def script_tests(names: Iterable[str]) -> frozenset[str]:
    """Files that jest and vitest take for tests."""
    return frozenset(
        name for name in names if not name.endswith(".py") and is_test_name(name) and "node_modules/" not in name
    )


def vitest_left_out(section: object, names: frozenset[str]) -> frozenset[str]:
    """Test files that vitest's include, exclude and dir leave out."""
    return _by_globs(
        names,
        words(get(section, "test", "include")),
        words(get(section, "test", "exclude")),
        get(section, "test", "dir"),
    )


def jest_left_out(section: dict[str, object], names: frozenset[str]) -> frozenset[str]:
    """Test files that jest's testMatch, roots and testPathIgnorePatterns leave out.

    Ignore patterns are regular expressions of another language; those that are plain paths once anchors and escapes
    are taken away
    are followed, others are not (the observer of executed tests sees their effect).
    """
    ignored = {_plain_path(item) for item in words(section.get("testPathIgnorePatterns")) or ()} - {""}
    matched = words(section.get("testMatch"))
    left = _by_globs(
        names, frozenset(item.replace("<rootDir>/", "") for item in matched) if matched else None, None, None
    )
    return left | frozenset(name for name in script_tests(names) if any(item in f"/{name}" for item in ignored))


def _plain_path(pattern: str) -> str:
    clean = pattern.replace("<rootDir>", "").replace("\\", "").strip("^$").replace(".*", "")
    return clean if not set(clean) & set("()[]|+?*{}") else ""


def _by_globs(
    names: frozenset[str], include: frozenset[str] | None, exclude: frozenset[str] | None, folder: object
) -> frozenset[str]:
    found = script_tests(names)
    kept = _matching(found, include, found) if include else found
    kept -= _matching(found, exclude, frozenset()) if exclude else frozenset()
    if isinstance(folder, str):
        kept = frozenset(name for name in kept if within(name, folder))
    return found - kept


def _matching(names: frozenset[str], globs: frozenset[str], otherwise: frozenset[str]) -> frozenset[str]:
    """Names that a glob of picomatch matches; `otherwise` where the globs say more than can be followed."""
    simple = [one for pattern in globs if not pattern.startswith("!") for one in expanded(pattern.removeprefix("./"))]
    if len(simple) > MAX_ALTERNATIVES:
        return otherwise
    try:
        return frozenset(GitIgnoreSpec.from_lines(f"/{one.lstrip('/')}" for one in simple).match_files(names))
    except ValueError:
        return otherwise


def expanded(pattern: str) -> list[str]:
    """`{a,b}`, `@(a|b)` and `?(a)` written out; other groups become `*`. Bounded: more than it returns are too many."""
    waiting: list[str] = [pattern]
    done: list[str] = []
    while waiting and len(waiting) + len(done) <= MAX_ALTERNATIVES:
        here = waiting.pop()
        opened = next((index for index, char in enumerate(here) if char in "{("), -1)
        closed = here.find("}" if here[opened] == "{" else ")", opened) if opened >= 0 else -1
        if closed < 0:
            done.append(here)
            continue
        head, inner, tail = here[:opened], here[opened + 1 : closed], here[closed + 1 :]
        kind = head[-1:] if here[opened] == "(" else ""
        head = head[:-1] if kind and kind in "?@+*!" else head
        choices = inner.split("," if here[opened] == "{" else "|") + ([""] if kind == "?" else [])
        waiting.extend(f"{head}{choice}{tail}" for choice in (choices if kind in ("", "?", "@") else ["*"]))
    return done + waiting
