"""Which tool a command line runs, below its wrappers. Pure."""

from collections.abc import Sequence
from itertools import pairwise
from posixpath import basename

_TOOLS = {
    **dict.fromkeys(("pytest", "py.test", "unittest", "nose2", "nosetests", "trial", "stestr", "vitest", "jest",
    "mocha", "ava", "tap", "karma",
                     "playwright", "cypress", "web-test-runner", "wtr", "uvu", "behave", "robot", "doctest", "ctest",
                     "rspec", "phpunit",
                     "gotestsum", "nextest", "bats", "coverage"), "tests"),
    **dict.fromkeys(("mypy", "dmypy", "pyright", "basedpyright", "pyre", "pytype", "pyrefly", "ty", "tsc", "vue-tsc",
    "tsd", "svelte-check"), "types"),
    **dict.fromkeys(("ruff", "flake8", "pylint", "pyflakes", "pycodestyle", "pydocstyle", "bandit", "vulture",
    "xenon", "eslint", "oxlint", "biome",
                     "stylelint", "xo", "standard", "lint-imports", "deptry", "semgrep", "shellcheck", "hadolint",
                     "actionlint", "yamllint",
                     "markdownlint", "codespell", "golangci-lint", "interrogate", "zizmor", "knip", "lizard"), "lint"),
    **dict.fromkeys(("black", "isort", "prettier", "clang-format", "gofmt", "yapf", "autopep8", "dprint"), "format"),
    **dict.fromkeys(("tox", "nox", "pre-commit", "prek", "gate", "hatch-test", "lint-staged", "nx", "turbo"), "all"),
}  # fmt: skip
_PREFIXES = frozenset({"sudo", "time", "env", "exec", "command", "nice", "xvfb-run", "nohup", "stdbuf",
    "dbus-run-session", "npx", "bunx", "pnpx",
                       "cross-env", "cross-env-shell", "dotenv", "timeout", "retry", "builtin", "then", "uvx",
                       "winpty", "catchsegv"})  # fmt: skip
_RUNNERS = {
    "uv": ("run", "tool"), "poetry": ("run",), "pdm": ("run",), "pipenv": ("run",), "rye": ("run",),
    "hatch": ("run",), "pixi": ("run",),
    "conda": ("run",), "micromamba": ("run",), "coverage": ("run",), "pipx": ("run",), "npm": ("exec", "x"),
    "pnpm": ("exec", "dlx"),
    "yarn": ("exec", "dlx"), "bun": ("x",), "docker": ("run",), "uvicorn": (),
}  # fmt: skip
_SCRIPT_RUNNERS = frozenset({"npm", "pnpm", "yarn", "bun", "make", "gmake", "just", "task", "poe", "hatch", "pdm",
    "rake", "deno", "node",
                             "cargo", "go", "mvn", "gradle", "gradlew", "mvnw", "dotnet", "swift", "mix", "sbt",
                             "bazel", "composer"})  # fmt: skip
_OWN_SCRIPTS = frozenset({"hatch", "pdm", "pixi", "rye", "pipenv", "poetry", "uv"})
_WORDS = {
    **dict.fromkeys(("test", "tests", "spec", "specs", "unit", "e2e", "integration", "coverage", "cov", "pytest"),
    "tests"),
    **dict.fromkeys(("smoke", "sanity", "selftest"), "smoke"),
    **dict.fromkeys(("lint", "linter", "eslint", "style", "clippy", "vet", "ruff"), "lint"),
    **dict.fromkeys(("typecheck", "types", "type", "tsc", "mypy", "typing"), "types"),
    **dict.fromkeys(("format", "fmt"), "format"),
    **dict.fromkeys(("check", "checks", "ci", "verify", "validate", "qa", "all", "gate", "precommit"), "all"),
}  # fmt: skip
_COMPARES = frozenset({"--check", "--diff", "-c", "--list-different", "-l", "--check-only", "check"})
"""By these a formatter only says what it would change."""
_REWRITES = frozenset({"--fix", "--write", "--update", "-u", "--fix-only"})
_NOT_JUDGING = {
    "ruff": ("format",), "coverage": ("xml", "html", "json", "combine", "erase", "lcov", "debug"),
    "pre-commit": ("install", "autoupdate", "clean"),
    "playwright": ("install", "install-deps"), "cypress": ("install", "open", "verify"), "nox": ("-l", "--list"),
    "tox": ("-l", "list", "config"),
}  # fmt: skip
_BUILDS = frozenset(
    {
        "docs",
        "doc",
        "docset",
        "build",
        "package",
        "pkg",
        "release",
        "publish",
        "changelog",
        "bump",
        "dev",
        "manifest",
        "linkcheck",
    }
)
_RUN = ("run", "run-script")
_JUDGING_NPM = (*_RUN, "test", "t", "--prefix", "-w", "--workspace")
_NO_TARGETS = (*_RUN, "workspaces", "workspace", "task")
_MANY_TARGETS = ("make", "gmake", "just", "task")
"""Runners that take several targets on one line."""
_PYTHON_TAKES_VALUE = "cmWX"
_INFORMS = frozenset({"--version", "-V", "--help", "-h"})


def judging(argv: Sequence[str]) -> tuple[str, str, tuple[str, ...]] | None:
    """(tool, category, arguments) of a command that judges the project, or None. Categories: tests, types, lint,
    format, all.
    """
    words = _unwrapped(list(argv))
    if not words:
        return None
    name, rest = basename(words[0]).removesuffix(".exe").removesuffix(".cmd"), words[1:]
    if name in _TOOLS:
        return _tool(name, rest)
    if name in _SCRIPT_RUNNERS:
        return _script(name, rest)
    if basename(argv[0]) in _OWN_SCRIPTS:  # `hatch run lint`: a script of the project's own, not a program
        return _script(basename(argv[0]), list(argv[1:]))
    return _by_path(words[0], rest)


def _tool(name: str, rest: list[str]) -> tuple[str, str, tuple[str, ...]] | None:
    if name in ("tox", "nox"):
        return _environment(name, rest)
    if _does_something_else(name, rest) or _rewrites(name, set(rest)):
        return None
    return name, _TOOLS[name], tuple(rest)


def _does_something_else(name: str, rest: list[str]) -> bool:
    """`mypy --version`, `coverage xml`, `playwright install`: the tool, but no judgement."""
    given = set(rest)
    if _INFORMS & given:
        return True
    first = next((word for word in rest if not word.startswith("-")), "")
    return first in _NOT_JUDGING.get(name, ()) and not {"--check", "--diff"} & given


def _rewrites(name: str, given: set[str]) -> bool:
    """Does a formatter or a linter change what it does not like, and succeed?"""
    match _TOOLS[name]:
        case "format":
            return not _COMPARES & given
        case "lint":
            return bool(_REWRITES & given) and "--exit-non-zero-on-fix" not in given and name not in ("eslint", "ruff")
        case _:
            return False


def _environment(name: str, rest: list[str]) -> tuple[str, str, tuple[str, ...]] | None:
    """`tox -e docs` builds, `nox -s lint` lints; environments of other names run everything."""
    named = next((two for one, two in pairwise(rest) if one in ("-e", "-s", "--session", "--sessions")), "")
    parts = set(named.replace(",", "-").replace("_", "-").split("-"))
    if _INFORMS & set(rest) or rest[:1] in (["list"], ["-l"], ["--list"], ["config"]) or parts & _BUILDS:
        return None
    return name, category_of(named) or "all", tuple(rest)


def _script(name: str, rest: list[str]) -> tuple[str, str, tuple[str, ...]] | None:
    """`npm run lint:ci`, `make check`, `go test ./...`, `node --test`: by the words of the first name."""
    if name == "node":
        return _node(rest)
    if name == "npm" and rest[:1] and rest[0] not in _JUDGING_NPM:
        return None  # `npm ci` installs
    for word in filter(_may_be_target, rest):
        found = _target(name, word, rest)
        if found is not None or name not in _MANY_TARGETS:
            return found
    return None


def _node(rest: list[str]) -> tuple[str, str, tuple[str, ...]] | None:
    if "--test" in rest:
        return "node --test", "tests", tuple(rest)
    return _by_path(next((word for word in rest if not word.startswith("-")), ""), [])


def _may_be_target(word: str) -> bool:
    """The name of a script or target, for all that one word shows: no option, variable or verb of the runner."""
    return not word.startswith(("-", "+")) and "=" not in word and word not in _NO_TARGETS


def _target(runner: str, word: str, rest: list[str]) -> tuple[str, str, tuple[str, ...]] | None:
    """A target with a word of judging in its name, or a tool that the runner starts."""
    category = category_of(word)
    if category:
        return f"{runner} {word}", category, tuple(rest)
    if basename(word) in _TOOLS:
        return basename(word), _TOOLS[basename(word)], tuple(rest[rest.index(word) + 1 :])
    return None


def _by_path(path: str, rest: list[str]) -> tuple[str, str, tuple[str, ...]] | None:
    """`./scripts/test.sh`, `.ci/run`: a script of the repository with a word of judging in its name."""
    if "/" not in path and not path.endswith((".sh", ".py", ".js", ".mjs", ".ts")):
        return None
    category = "all" if path.removeprefix("./").startswith(".ci/") else category_of(basename(path).partition(".")[0])
    return (path, category, tuple(rest)) if category else None


def category_of(word: str) -> str:
    """The category that a name of a script or target speaks of; "" for none."""
    parts = word.lower().replace(":", "-").replace("_", "-").replace(".", "-").replace("/", "-").split("-")
    return next((found for part in parts if (found := _WORDS.get(part) or _TOOLS.get(part))), "")


def _unwrapped(words: list[str]) -> list[str]:
    """Without `sudo`, `env A=b`, `uv run --extra x`, `python -m`, …. Bounded by the length of the line."""
    for _ in range(len(words)):
        inner = _inside(words) if words else None
        if inner is None:
            return words
        words = inner
    return words


def _inside(words: list[str]) -> list[str] | None:
    """What the outermost wrapper of a line runs; None where there is no wrapper."""
    name = basename(words[0])
    if _is_assignment(words[0]) or words[0] in ("!", "--", "@", "-"):
        return words[1:]
    if name in _PREFIXES:
        return _past_options(words[1:])
    if len(words) > 1 and words[1] in _RUNNERS.get(name, ()):
        return _past_options(words[3:] if words[1:3] == ["tool", "run"] else words[2:])
    return _module(words) if _is_python(name) else None


def _is_assignment(word: str) -> bool:
    name, equals, _ = word.partition("=")
    return bool(equals) and name.replace("_", "a").isalnum() and not name[:1].isdigit()


def _is_python(name: str) -> bool:
    """`python`, `python3.12`, `pypy3`, `py`, `{envpython}`, and a variable of a Makefile that stands before `-m`."""
    bare = name.lower().strip("{}$").removeprefix("env").rstrip("0123456789.")
    return bare in ("python", "pypy", "py", "variable", "python_bin", "py_exe") or bare.endswith("_python")


def _module(words: list[str]) -> list[str] | None:
    """What follows `-m` (also bundled: `-Im pytest`, `-mpytest`); the script of `python script.py`; None for others."""
    rest = words[1:]
    while rest and rest[0].startswith("-"):
        letter, value = _with_value(rest[0])
        if letter == "m":
            return [value, *rest[1:]] if value else rest[1:]
        if letter == "c":
            return None
        rest = rest[2 if letter and not value else 1 :]
    return rest if rest and rest[0].endswith(".py") else None


def _with_value(option: str) -> tuple[str, str]:
    """(letter, value) of the first of Python's options in a bundle that takes a value; ("", "") where none does."""
    if option.startswith("--"):
        return "", ""
    index = next((index for index, letter in enumerate(option) if letter in _PYTHON_TAKES_VALUE), None)
    return (option[index], option[index + 1 :]) if index is not None else ("", "")


def _past_options(words: list[str]) -> list[str]:
    """From the first word that could be a command: options, their probable values and durations are passed over."""
    for index, word in enumerate(words):
        if word.startswith("-") or _is_assignment(word) or word.rstrip("smh").isdigit():
            continue
        if _is_known(basename(word)) or not _is_value(words, index):
            return words[index:]
    return []


def _is_known(name: str) -> bool:
    return name in _TOOLS or name in _RUNNERS or _is_python(name) or name in _PREFIXES


def _is_value(words: list[str], index: int) -> bool:
    """Does a word follow an option that may take it, and does a tool come soon after?"""
    follows_option = index > 0 and words[index - 1].startswith("--") and "=" not in words[index - 1]
    return follows_option and any(
        basename(other) in _TOOLS or _is_python(basename(other)) for other in words[index + 1 : index + 4]
    )
