"""Commands that judge in the files of other services and of local tools: GitLab and its like, make, just, npm, tox,
nox, pre-commit. Pure.
"""

import ast
import shlex
import warnings
from collections.abc import Iterable, Iterator
from posixpath import basename

from gatekeeper.integrity.commands.command import Judge, Soft, judge_of
from gatekeeper.integrity.commands.shell import harmless, judges
from gatekeeper.integrity.commands.tools import category_of
from gatekeeper.integrity.reading.data import MAX_DEPTH, Text, flag, get, rows, strings, table

_SCRIPT_KEYS = (
    "script",
    "run",
    "command",
    "commands",
    "bash",
    "sh",
    "pwsh",
    "powershell",
    "before_script",
    "after_success",
    "test_script",
    "cmd",
    "cmds",
)
_ALLOWED_KEYS = ("allow_failure", "continueOnError", "continue-on-error", "ignore_error", "allow_failures")
_TASK_TABLES = (
    ("poe", "tasks"),
    ("taskipy", "tasks"),
    ("pdm", "scripts"),
    ("hatch", "envs"),
    ("rye", "scripts"),
    ("pixi", "tasks"),
    ("thx", "jobs"),
)


def service(data: object) -> Iterator[Judge]:
    """CI of GitLab, CircleCI, Travis, Azure, …: every script wherever it stands, with what the mappings around it
    allow.
    """
    yield from _service(data, "", Soft.NO, 0)


def _service(value: object, where: str, soft: Soft, depth: int) -> Iterator[Judge]:
    if depth > MAX_DEPTH:
        return
    if isinstance(value, dict):
        here = soft or _allowed(value)
        for key, inner in value.items():
            if key in _SCRIPT_KEYS:
                yield from _scripts(inner, where, here, depth)
            else:
                yield from _service(inner, where or key, here, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _service(inner, where, soft, depth + 1)


def _allowed(holder: dict[str, object]) -> Soft:
    if any(flag(holder.get(key)) or isinstance(holder.get(key), dict) for key in _ALLOWED_KEYS):
        return Soft.ALLOWED
    never = (
        holder.get("when") in ("never", "manual")
        or flag(holder.get("enabled")) is False
        or holder.get("condition") in (False, "false")
    )
    return Soft.NEVER if never else Soft.NO


def _scripts(value: object, where: str, soft: Soft, depth: int) -> Iterator[Judge]:
    if isinstance(value, dict):
        yield from _service(value, where, soft, depth + 1)
    for text in [value] if isinstance(value, str) else rows(value) if isinstance(value, list) else ():
        if isinstance(text, str):
            line = text.line if isinstance(text, Text) else 1
            yield from (judge.softened(soft, where) for judge in judges(text, errexit=True, line=line))


def makefile(text: str) -> Iterator[Judge]:
    """Recipes of a Makefile or justfile. A line of its own is a shell of its own; `-` forgives; simple variables are
    put in.
    """
    variables: dict[str, str] = {}
    target, ignored, began = "", False, 0
    recipes: list[str] = []
    for number, line in (*_joined(text), (0, "end:")):
        if not line[:1].isspace():
            named = _target(line, variables)
            if named:
                yield from _empty(target, recipes, began)
                target, recipes, began = named, [], number
            ignored = ignored or line.startswith(".IGNORE")
        elif line.strip():
            recipe = line.strip()
            prefix = recipe[: len(recipe) - len(recipe.lstrip("@-+"))]
            soft = Soft.FORGIVEN if "-" in prefix or ignored else Soft.NO
            shell = _filled(recipe.lstrip("@-+ "), variables)
            recipes.append(shell)
            yield from (judge.softened(soft, target) for judge in judges(shell, errexit=False, line=number))


def _joined(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their numbers; those that end with a backslash are one with the next."""
    waiting, first = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        first = first or number
        if line.endswith("\\"):
            waiting += line[:-1] + " "
        else:
            yield first, waiting + line
            waiting, first = "", 0


def _target(line: str, variables: dict[str, str]) -> str:
    """Note a variable, or give the name of the target that begins here."""
    name, equals, value = line.partition("=")
    if equals and ":" not in name.rstrip(":?+ ") and "#" not in name:
        variables[name.rstrip(":?+! \t").removeprefix("export ")] = value.strip()
        return ""
    head, colon, _ = line.partition(":")
    return head.strip().split(" ")[0] if colon and not line.startswith("#") else ""


def _filled(text: str, variables: dict[str, str]) -> str:
    """`$(NAME)` and `{{name}}` by their values, three deep; what remains becomes one word, `$$` a dollar."""
    for _ in range(3):
        for name, value in variables.items():
            if name and name in text and len(text) < 10_000:
                text = text.replace(f"$({name})", value).replace(f"${{{name}}}", value)
    for opening, closing in (("$(", ")"), ("{{", "}}")):
        while opening in text:
            before, _, after = text.partition(opening)
            text = f"{before}VARIABLE{after.partition(closing)[2]}"
    return text.replace("$$", "$")


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
            yield from _empty(name, [text], line)


def _empty(name: str, texts: list[str], line: int) -> Iterator[Judge]:
    """A script or target that is called `test` and does nothing that could fail."""
    category = category_of(name)
    if category and texts and all(harmless(text) for text in texts):
        yield Judge(name, category, (), line, Soft.NEVER, name)


def tox_commands(data: object) -> Iterator[Judge]:
    """tox.ini and setup.cfg: a command a line, no shell; `-` forgives, `ignore_outcome` allows."""
    for section, raw in table(data).items():
        settings = table(raw)
        if not section.startswith(("testenv", "tox:", "env_run_base", "env")):
            continue
        soft = Soft.ALLOWED if flag(settings.get("ignore_outcome")) else Soft.NO
        for key in ("commands", "commands_pre", "commands_post"):
            yield from _tox_lines(str(settings.get(key) or ""), section, soft)


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
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("run", "run_always")
        ):
            argv = tuple(
                item.value for item in node.args if isinstance(item, ast.Constant) and isinstance(item.value, str)
            )
            judge = judge_of(argv, node.lineno, Soft.OPTION if _accepts_failure(node.keywords) else Soft.NO)
            if judge is not None:
                yield judge


def _accepts_failure(keywords: Iterable[ast.keyword]) -> bool:
    codes = next((item.value for item in keywords if item.arg == "success_codes"), None)
    given = codes.elts if isinstance(codes, (ast.List, ast.Tuple, ast.Set)) else []
    return isinstance(codes, ast.Call) or any(
        not (isinstance(item, ast.Constant) and item.value == 0) for item in given
    )


def shell_script(text: str) -> Iterator[Judge]:
    """A script with `#!/bin/sh` or the like; `-e` may stand there."""
    first = text.partition("\n")[0]
    yield from judges(text, errexit=first.startswith("#!") and " -e" in first)


def is_shell_script(path: str, text: str) -> bool:
    """By its ending, or by the interpreter that its first line names."""
    first = text.partition("\n")[0]
    interpreters = {basename(word) for word in first[2:].split()} if first.startswith("#!") else set()
    return path.endswith((".sh", ".bash")) or bool(interpreters & {"sh", "bash", "dash", "zsh"})
