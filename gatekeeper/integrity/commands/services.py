"""Commands that judge in the CI files of GitLab, CircleCI, Travis, Azure and their like. Pure."""

from collections.abc import Iterator

from gatekeeper.integrity.commands.command import Judge, Soft
from gatekeeper.integrity.commands.shell import judges
from gatekeeper.integrity.reading.data import MAX_DEPTH, Text, flag, rows

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
