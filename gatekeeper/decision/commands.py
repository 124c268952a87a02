"""Is the command that a claim names the one that the gate ran? Compared by program, as people write commands. Pure."""

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence

_RUNNERS = frozenset(
    {"make", "just", "npm", "pnpm", "yarn", "bun", "tox", "nox", "invoke", "task", "cargo", "go", "gradle"}
)
_WRAPPERS = frozenset({"npx", "bunx", "uvx", "env", "time", "nice", "xvfb-run"})
_WRAP_WITH_RUN = frozenset({"uv", "poetry", "pdm", "hatch", "pipenv", "rye", "bundle"})
_SHELLS = frozenset({"sh", "bash", "zsh", "dash"})
_SELECTS = frozenset({"-k", "-m", "-t", "--deselect", "--ignore", "--testNamePattern", "--last-failed", "--lf"})
_VALUED = frozenset({"-c", "-o", "-p", "-n", "-W", "--rootdir", "--junitxml", "--config", "--reporter", "--outputFile"})
_OPERATOR = re.compile(r"&&|\|\||[;|&]")
_ENDINGS = (".exe", ".cmd", ".bat")
_FILE = re.compile(r"::|/|\.(?:py|[cm]?[jt]sx?|go|rb)$")
_MOST_WORDS = 400
_BEHIND = {"pytest_boot.py": "pytest"}
"""The gate's own starters, and what they start."""


def disagreement(claimed: str, ran: Iterable[Sequence[str]]) -> str:
    """ "" when the claimed command is one of those that the gate ran, else the difference in words.

    Other options of the same program are no difference; another program is, and so is a smaller selection of tests.
    """
    words = split(claimed)
    commands = [tuple(argv) for argv in ran if argv]
    if not words or not commands:
        return ""
    same = [argv for argv in commands if _mentions(words, argv)]
    if same:
        return _other_selection(words, same)
    programs = ", ".join(dict.fromkeys(" ".join(program(argv)) for argv in commands))
    return f"the gate ran {programs}"


def _other_selection(words: Sequence[str], same: Sequence[Sequence[str]]) -> str:
    chosen = _selection(words, program(same[0])[0])
    if chosen and all(chosen - set(argv) for argv in same):
        return f"it selects {', '.join(sorted(chosen))}, and the gate's run did not"
    return ""


def split(command: str) -> tuple[str, ...]:
    """Words of a command line; quotes that do not close are plain characters."""
    try:
        words = shlex.split(command)
    except ValueError:
        words = command.split()
    return tuple(words[:_MOST_WORDS])


def _after(option: str, words: Sequence[str]) -> str:
    return words[words.index(option) + 1] if option in words[:-1] else ""


def program(argv: Sequence[str]) -> tuple[str, ...]:
    """What a command runs: ("pytest",) of `/env/bin/python -m pytest -q`, ("make", "test") of `make -s test`."""
    words = _unwrapped(list(argv))
    name = _base(words[0])
    if name in _SHELLS and (said := _after("-c", words)):
        inner = split(_OPERATOR.split(said)[0])
        return program(inner) if inner else (name,)
    if name.startswith("python") and (module := _after("-m", words)):
        return (module,)
    return _script_or_task(name, [word for word in words[1:] if not word.startswith("-")])


def _script_or_task(name: str, plain: Sequence[str]) -> tuple[str, ...]:
    """What an interpreter or a task runner is told to run; else the program itself."""
    if name in _SHELLS or name.startswith(("python", "node")):
        script = _base(plain[0]) if plain else name
        return (_BEHIND.get(script, script),)
    if name in _RUNNERS:
        return (name, *[word for word in plain if word not in {"run", "exec"}][:1])
    return (name,)


def _unwrapped(words: list[str]) -> list[str]:
    """Without `uv run`, `npx` and their like, and what they are told."""
    name = _base(words[0])
    start = 1 if name in _WRAPPERS else 2 if name in _WRAP_WITH_RUN and words[1:2] in (["run"], ["exec"]) else 0
    inner = words[start:]
    while start and inner and (inner[0].startswith("-") or "=" in inner[0]):
        inner.pop(0)
    return _unwrapped(inner) if start and inner else words


def _mentions(words: Sequence[str], argv: Sequence[str]) -> bool:
    """Does the command line name the program (and for a runner the task) among its words?"""
    named = {_base(word) for word in words} | {_base(part) for word in words if " " in word for part in split(word)}
    return tuple(words) == tuple(argv) or all(part in named for part in program(argv))


def _selection(words: Sequence[str], name: str) -> set[str]:
    """Words behind a test runner's name that make it run fewer tests."""
    if name not in {"pytest", "jest", "vitest", "unittest"}:
        return set()
    bases = [_base(word) for word in words]
    behind = list(words[bases.index(name) + 1 :]) if name in bases else []
    return set(_selecting(behind))


def _selecting(words: Sequence[str]) -> Iterator[str]:
    for number, word in enumerate(words):
        if _OPERATOR.fullmatch(word) or word.startswith(">"):
            return
        if word.partition("=")[0] in _SELECTS:
            yield word if "=" in word else " ".join(words[number : number + 2])
        elif not word.startswith("-") and _FILE.search(word) and words[max(number - 1, 0)] not in _VALUED:
            yield word


def _base(word: str) -> str:
    name = word.replace("\\", "/").rstrip("/").rpartition("/")[2]
    return next((name.removesuffix(ending) for ending in _ENDINGS if name.endswith(ending)), name)
