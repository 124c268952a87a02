"""Commands that judge in tox, nox, pre-commit, package.json and the task runners of pyproject.toml. Pure."""

import ast
import shlex
import warnings
from collections.abc import Iterable, Iterator

from gatekeeper.integrity.commands.command import Judge, Soft, judge_of
from gatekeeper.integrity.commands.recipes import empty
from gatekeeper.integrity.commands.shell import judges
from gatekeeper.integrity.reading.data import Text, flag, get, rows, strings, table

_TASK_TABLES = (
    ("poe", "tasks"),
    ("taskipy", "tasks"),
    ("pdm", "scripts"),
    ("hatch", "envs"),
    ("rye", "scripts"),
    ("pixi", "tasks"),
    ("thx", "jobs"),
)


def package_scripts(data: object) -> Iterator[Judge]:
    """ "scripts" of package.json."""
    yield from _named(table(get(data, "scripts")))


def pyproject_tasks(data: object) -> Iterator[Judge]:
    """Scripts of poe, taskipy, pdm, hatch, rye and pixi in pyproject.toml, and tox's own table."""
    tools = table(get(data, "tool"))
    for names in _TASK_TABLES:
        for task, value in table(get(tools, *names)).items():
            for text in strings(value):
                yield from (judge.softened(Soft.NO, task) for judge in judges(text, errexit=True))
    yield from tox_table(tools.get("tox"))
    legacy = get(tools, "tox", "legacy_tox_ini")
    if isinstance(legacy, str):
        yield from tox_commands(
            {"testenv": {"commands": "\n".join(line for line in legacy.splitlines() if line[:1].isspace())}}
        )


def _named(scripts: dict[str, object]) -> Iterator[Judge]:
    for name, text in scripts.items():
        if isinstance(text, str):
            line = text.line if isinstance(text, Text) else 1
            yield from (judge.softened(Soft.NO, name) for judge in judges(text, errexit=False, line=line))
            yield from empty(name, [text], line)


def tox_commands(data: object) -> Iterator[Judge]:
    """tox.ini and setup.cfg: a command a line, no shell; `-` forgives, `ignore_outcome` allows."""
    for section, raw in table(data).items():
        settings = table(raw)
        if not section.startswith(("testenv", "tox:", "env_run_base", "env")):
            continue
        soft = Soft.ALLOWED if flag(settings.get("ignore_outcome")) else Soft.NO
        for key in ("commands", "commands_pre", "commands_post"):
            yield from _tox_lines(str(settings.get(key) or ""), section, soft)


def tox_table(data: object) -> Iterator[Judge]:
    """tox.toml (and [tool.tox] of pyproject.toml): `commands` are lists of words; a leading `-` forgives."""
    environments = {"env_run_base": get(data, "env_run_base"), **table(get(data, "env"))}
    for name, raw in environments.items():
        soft = Soft.ALLOWED if flag(table(raw).get("ignore_outcome")) else Soft.NO
        for argv in rows(table(raw).get("commands")):
            given = [item for item in rows(argv) if isinstance(item, str)]
            forgiven = given[:1] == ["-"]
            judge = judge_of(
                tuple(given[1:] if forgiven else given), 0, soft or (Soft.FORGIVEN if forgiven else Soft.NO)
            )
            if judge is not None:
                yield judge.softened(Soft.NO, name)


def _tox_lines(text: str, where: str, soft: Soft) -> Iterator[Judge]:
    for line in text.replace("\\\n", " ").splitlines():
        command = line.strip()
        forgiven = command.startswith(("- ", "-{")) or (command.startswith("-") and not command.startswith("--"))
        judge = judge_of(
            _words(command.lstrip("-! ").replace("{", " {").replace("}", "} ")),
            0,
            soft or (Soft.FORGIVEN if forgiven else Soft.NO),
        )
        if judge is not None:
            yield judge.softened(Soft.NO, where)


def _words(text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text, comments=True))
    except ValueError:
        return tuple(text.split())


def hooks(data: object) -> Iterator[Judge]:
    """pre-commit: entry (or id) and args of each hook."""
    for repository in rows(get(data, "repos")):
        for raw in rows(table(repository).get("hooks")):
            hook = table(raw)
            name = str(hook.get("id") or "")
            entry, arguments = str(hook.get("entry") or name), [str(item) for item in rows(hook.get("args"))]
            soft = Soft.NEVER if hook.get("stages") in ([], ["manual"]) else Soft.NO
            line = hook["id"].line if isinstance(hook.get("id"), Text) else 1  # type: ignore[attr-defined]
            judge = judge_of((*_words(entry), *arguments), line, soft)
            if judge is not None:
                yield judge.softened(Soft.NO, name)


def noxfile(raw: bytes) -> Iterator[Judge]:
    """`session.run("pytest", …)` of a noxfile, with its `success_codes`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(raw)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="run" | "run_always")):
                judge = _session_run(node)
                if judge is not None:
                    yield judge


def _session_run(call: ast.Call) -> Judge | None:
    argv = tuple(item.value for item in call.args if isinstance(item, ast.Constant) and isinstance(item.value, str))
    return judge_of(argv, call.lineno, Soft.OPTION if _accepts_failure(call.keywords) else Soft.NO)


def _accepts_failure(keywords: Iterable[ast.keyword]) -> bool:
    codes = next((item.value for item in keywords if item.arg == "success_codes"), None)
    given = codes.elts if isinstance(codes, (ast.List, ast.Tuple, ast.Set)) else []
    return isinstance(codes, ast.Call) or any(
        not (isinstance(item, ast.Constant) and item.value == 0) for item in given
    )
