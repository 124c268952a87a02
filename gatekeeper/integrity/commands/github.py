"""GitHub workflows and composite actions as facts: what judges, when, with which rights and whose code. Pure."""

from collections.abc import Mapping
from posixpath import basename

from msgspec import Struct, field

from gatekeeper.integrity.commands.command import Judge, Soft
from gatekeeper.integrity.commands.expressions import constant
from gatekeeper.integrity.commands.shell import HARMLESS, judges
from gatekeeper.integrity.reading.data import Table, Text, get, rows, table, words

_STRONGER = ("always()", "success()", "failure()", "cancelled()")
_NOT_SHELLS = ("python", "node", "perl", "ruby", "cmd")


class Use(Struct, frozen=True):
    """`uses: name@version`."""

    name: str
    version: str
    line: int
    with_: str = ""


class Workflow(Struct, frozen=True):
    """One workflow or action."""

    judges: tuple[Judge, ...] = ()
    events: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """Event → its filters (branches, paths, types …)."""
    uses: tuple[Use, ...] = ()
    rights: Mapping[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    """(job or "", scope) → (level, line)."""
    scripts: tuple[tuple[str, int], ...] = ()
    """Texts of `run`, as they are written, with the line where each begins."""
    timeouts: Mapping[str, tuple[float, int]] = field(default_factory=dict)
    environment: tuple[tuple[str, str, int], ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict)
    """Lines of the top keys."""


def read_workflow(data: object) -> Workflow:
    """The facts of a workflow or composite action."""
    top = table(data)
    seen = _Seen()
    seen.rights_of("", top)
    seen.environment_of(top)
    shell = get(top, "defaults", "run", "shell")
    for name, raw in table(top.get("jobs")).items():
        seen.job(name, table(raw), shell)
    for step in rows(get(top, "runs", "steps")):
        seen.step(table(step), "runs", shell, Soft.NO, "")
    return Workflow(
        tuple(seen.judges), events(top.get("on")), tuple(seen.uses), seen.rights, tuple(seen.scripts), seen.timeouts,
        tuple(seen.environment), top.lines if isinstance(top, Table) else {},
    )  # fmt: skip


def events(value: object) -> dict[str, Mapping[str, object]]:
    """`on:` in any of its three forms."""
    if isinstance(value, dict):
        return {name: table(filters) for name, filters in value.items()}
    return {name: {} for name in words(value) or ()}


class _Seen:
    """Collects while jobs and steps are walked."""

    def __init__(self) -> None:
        self.judges: list[Judge] = []
        self.uses: list[Use] = []
        self.rights: dict[tuple[str, str], tuple[str, int]] = {}
        self.scripts: list[tuple[str, int]] = []
        self.timeouts: dict[str, tuple[float, int]] = {}
        self.environment: list[tuple[str, str, int]] = []

    def job(self, name: str, job: dict[str, object], shell: object) -> None:
        self.rights_of(name, job)
        self.environment_of(job)
        minutes = job.get("timeout-minutes")
        if isinstance(minutes, (int, float)) and not isinstance(minutes, bool):
            self.timeouts[name] = (float(minutes), line_of(job, "timeout-minutes"))
        shell = get(job, "defaults", "run", "shell") or shell
        soft, condition = _surroundings(job)
        if isinstance(job.get("uses"), str):
            self.use(str(job["uses"]), name, line_of(job, "uses"), soft, condition)
        for step in rows(job.get("steps")):
            self.step(table(step), name, shell, soft, condition)

    def step(self, step: dict[str, object], where: str, shell: object, soft: Soft, condition: str) -> None:
        own_soft, own_condition = _surroundings(step)
        soft, condition = soft or own_soft, _both(condition, own_condition)
        self.environment_of(step)
        if isinstance(step.get("uses"), str):
            line = line_of(step, "uses")
            self.uses.append(_use(str(step["uses"]), line, str(get(step, "with", "ref") or "")))
            self.use(str(step["uses"]), where, line, soft, condition, listed=True)
        text = step.get("run")
        if isinstance(text, str):
            line = text.line if isinstance(text, Text) else line_of(step, "run")
            self.scripts.append((str(text), line))
            shell = step.get("shell") or shell
            soft = soft or _runs_nothing(shell)
            found = judges(plain(text), *_modes(shell), line=line)
            self.judges += [judge.softened(soft, where, condition) for judge in found]

    def use(self, uses: str, where: str, line: int, soft: Soft, condition: str, listed: bool = False) -> None:
        """An action or reusable workflow that judges, by its name (`…/pytest-action`)."""
        if not listed:
            self.uses.append(_use(uses, line, ""))
        category = _judging_action(uses)
        if category:
            name = uses.partition("@")[0]
            self.judges.append(Judge(name, category, (), line, soft, where, condition))

    def rights_of(self, job: str, holder: dict[str, object]) -> None:
        given = holder.get("permissions")
        line = line_of(holder, "permissions")
        if isinstance(given, str):
            self.rights[(job, "all")] = (given.removesuffix("-all"), line)
        for scope, level in table(given).items():
            if isinstance(level, str):
                self.rights[(job, scope)] = (level, line_of(table(given), scope) or line)

    def environment_of(self, holder: dict[str, object]) -> None:
        given = table(holder.get("env"))
        self.environment += [(name, str(value), line_of(given, name)) for name, value in given.items()]


def line_of(holder: dict[str, object], key: str) -> int:
    """Where a key stands; 0 when that is not known."""
    return holder.lines.get(key, 0) if isinstance(holder, Table) else 0


def _use(uses: str, line: int, with_: str) -> Use:
    name, _, version = uses.partition("@")
    return Use(name, version.strip(), line, with_)


def _surroundings(holder: dict[str, object]) -> tuple[Soft, str]:
    """What a job's or step's own keys do to the commands in it."""
    condition = holder.get("if")
    if condition is not None and never(condition):
        return Soft.NEVER, ""
    if _always(holder.get("continue-on-error")):
        return Soft.ALLOWED, ""
    text = str(_expression(condition)) if condition is not None and condition is not True else ""
    return Soft.NO, "" if not text or text == "true" or text.startswith(_STRONGER) else text


def _both(outer: str, inner: str) -> str:
    """The condition under which two hold; "" where neither is given."""
    return " && ".join(part for part in (outer, inner) if part)


def _expression(value: object) -> object:
    text = value.strip() if isinstance(value, str) else value
    return text[3:-2].strip() if isinstance(text, str) and text.startswith("${{") and text.endswith("}}") else text


def never(condition: object) -> bool:
    """Is the condition false whatever happens? Constants, `false && …`, literals that are compared."""
    text = _expression(condition)
    if isinstance(text, str):
        return not text or constant(text) is False
    return text in (False, 0)


def _always(condition: object) -> bool:
    text = _expression(condition)
    return text is True or (isinstance(text, str) and constant(text) is True)


def _modes(shell: object) -> tuple[bool, bool]:
    """(errexit, pipefail) of a step's shell: GitHub runs `bash -e`, and `bash -eo pipefail` where bash is named."""
    if not isinstance(shell, str) or shell in ("sh", "pwsh", "powershell"):
        return True, False
    if shell == "bash":
        return True, True
    if shell.startswith(_NOT_SHELLS):
        return True, True
    given = shell.split()[1:]
    return any(word.startswith("-") and "e" in word.partition("o")[0] for word in given), "pipefail" in given


def _runs_nothing(shell: object) -> Soft:
    """`shell: cat {0}` shows the script and succeeds."""
    words = shell.split() if isinstance(shell, str) else []
    return Soft.NEVER if words and basename(words[0]) in HARMLESS else Soft.NO


def plain(text: str) -> str:
    """Shell text with `${{ … }}` replaced by as many word characters: the shell never sees the expression."""
    out: list[str] = []
    rest = text
    while "${{" in rest:
        before, _, after = rest.partition("${{")
        inside, closed, rest = after.partition("}}")
        out += [before, "x" * (len(inside) + 5 if closed else 0)]
    return "".join(out) + rest


_ACTIONS = {
    "pre-commit": "all", "ruff-action": "lint", "golangci-lint-action": "lint", "super-linter": "lint",
    "eslint": "lint", "mypy": "types",
    "pytest": "tests", "tests": "tests", "test": "tests", "lint": "lint", "typecheck": "types", "types": "types",
    "ci": "all", "check": "all",
    "checks": "all", "black": "format", "flake8": "lint", "pyright": "types", "pyright-action": "types",

}  # fmt: skip


def _judging_action(uses: str) -> str:
    path = uses.partition("@")[0]
    leaf = path.rpartition("/")[2].removesuffix(".yml").removesuffix(".yaml")
    found = next((_ACTIONS[part] for part in path.split("/")[1:3] if part in _ACTIONS), "")
    return found or next(
        (_ACTIONS[part] for part in leaf.replace("_", "-").split("-") if part in _ACTIONS and path.startswith(".")), ""
    )
