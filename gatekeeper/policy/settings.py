"""Validated tables → `model.policy.CheckSettings`: commands split, readers chosen, contradictions refused."""

import shlex
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from gatekeeper.errors import ConfigurationError
from gatekeeper.model.policy import CheckSettings, EnvironmentSettings
from gatekeeper.model.vocabulary import CheckId, Severity
from gatekeeper.policy.document import BUILT_IN
from gatekeeper.policy.schema import (
    BuildCheck,
    CommandCheck,
    ComplexityCheck,
    Environment,
    GitCheck,
    IntegrityCheck,
    LintCheck,
    PathsCheck,
    SelfReviewCheck,
    TestsCheck,
)

Origin = Callable[[str], str]
"""Dotted key → where its value came from."""
_OWN_READERS = {"types": "mypy", "lint": "ruff", "complexity": "radon", "tests": "junit"}
_SHELL = {"&&", "||", "|", ";", ">", ">>", "<", "2>&1", "&"}


def settings(check: str, table: GitCheck, origin: Origin) -> CheckSettings:
    """Settings of one check. ConfigurationError with the origin of the value that cannot be used."""
    result = CheckSettings(
        id=CheckId(check),
        enabled=table.enabled,
        required=table.required,
        timeout_s=table.timeout,
        severity=Severity(table.severity),
        own=check not in BUILT_IN,
    )
    if isinstance(table, PathsCheck):
        return replace(result, forbidden=tuple(table.forbidden), allowed=tuple(table.allowed))
    if isinstance(table, IntegrityCheck):
        return replace(result, effects=tuple(sorted(table.effects.items())), undisclosed=table.undisclosed)
    if isinstance(table, SelfReviewCheck):
        warns = (rule for rule in table.warns if rule not in table.rejects)
        return replace(result, rejects=tuple(table.rejects), warns=tuple(warns))
    if not isinstance(table, CommandCheck):
        return result
    result = _special(_command(result, table, origin), table)
    _refuse_contradictions(result, table, origin)
    return result


def _command(base: CheckSettings, table: CommandCheck, origin: Origin) -> CheckSettings:
    argv = split(table.command, f"check.{base.id}.command", origin) if "command" in table.model_fields_set else ()
    reads = table.reads or ("junit" if base.id == "tests" else _OWN_READERS.get(base.id, "") if not argv else "")
    return replace(
        base,
        command=_with_report(argv, reads, table.report),
        reads=reads or "exit-status",
        report=table.report,
        memory_bytes=table.memory,
        inputs=tuple(table.inputs),
        baseline=_baseline(table, reads or "exit-status"),
        on=table.on,
        languages=tuple(table.languages or ()),
        network=table.network,
    )


def _special(base: CheckSettings, table: CommandCheck) -> CheckSettings:
    match table:
        case LintCheck():
            return replace(base, format=table.format)
        case ComplexityCheck():
            return replace(base, max_complexity=table.max_complexity)
        case BuildCheck():
            return replace(base, artefacts=tuple(table.artefacts))
        case TestsCheck():
            return replace(
                base,
                retries=table.retries,
                failing_at_base=table.failing_at_base,
                base_tests=table.base_tests,
                harness=tuple(table.harness),
                perturb=table.perturb,
                perturb_timeout_s=table.perturb_timeout,
            )
        case _:
            return base


def split(command: str | Sequence[str], key: str, origin: Origin) -> tuple[str, ...]:
    """Words of a command. No shell ever sees it, so shell syntax is refused instead of passed on as words."""
    try:
        argv = tuple(shlex.split(command)) if isinstance(command, str) else tuple(command)
    except ValueError as error:
        raise ConfigurationError(f"{origin(key)}: {key}: {str(error).lower()}", "close the quotes") from error
    if not argv or not argv[0]:
        raise ConfigurationError(f"{origin(key)}: {key} is empty", "write the command, or leave the key out")
    if isinstance(command, str):
        _refuse_shell(argv, command, key, origin)
    if "\0" in "".join(argv):
        raise ConfigurationError(f"{origin(key)}: {key} holds a NUL character", "remove it")
    return argv


def _refuse_shell(argv: Sequence[str], command: str, key: str, origin: Origin) -> None:
    operators = [word for word in argv if word in _SHELL]
    if operators:
        raise ConfigurationError(
            f"{origin(key)}: {key} uses {operators[0]!r}, but no shell runs it",
            f"write {key.rpartition('.')[2]} = {shell_form(command)}",
        )


def shell_form(command: str) -> str:
    """How a command line is written when it does need a shell."""
    return f"""["sh", "-c", '''{command}''']"""


def _with_report(argv: tuple[str, ...], reads: str, report: str) -> tuple[str, ...]:
    """pytest is told where the report goes, so that `command = "pytest -x"` just works."""
    runs_pytest = "pytest" in argv[:3]  # pytest, python -m pytest, uv run pytest
    stated = report or any("{report}" in word or word.startswith("--junit") for word in argv)
    return (*argv, "--junitxml={report}") if runs_pytest and reads == "junit" and not stated else argv


def _baseline(table: CommandCheck, reads: str) -> str:
    """An exit status is one bit: it cannot tell new from old, so it never defaults to "new"."""
    return "all" if reads == "exit-status" and "baseline" not in table.model_fields_set else table.baseline


def _refuse_contradictions(result: CheckSettings, table: CommandCheck, origin: Origin) -> None:
    key = f"check.{result.id}"
    if result.reads == "exit-status" and table.baseline == "new" and "baseline" in table.model_fields_set:
        raise ConfigurationError(
            f'{origin(key + ".baseline")}: {key}.baseline = "new", but an exit status cannot tell new from old',
            'write baseline = "all", or name a report with reads = "sarif" (or junit, ruff, mypy, …)',
        )
    if result.reads == "junit" and result.command and not _writes_report(result):
        raise ConfigurationError(
            f"{origin(key + '.command')}: {key} reads junit, but its command writes no report",
            "put {report} where the runner takes the path of its JUnit file, or name the file with report = "
            '"…"; reads = "exit-status" gives up counting the executed tests',
        )


def _writes_report(result: CheckSettings) -> bool:
    return bool(result.report) or any("{report}" in word for word in result.command)


def environment_settings(table: Environment, origin: Origin) -> EnvironmentSettings:
    """[environment], its commands split into words."""
    return EnvironmentSettings(
        inputs=tuple(table.inputs),
        setup=tuple(split(command, "environment.setup", origin) for command in table.setup),
        provides=tuple(table.provides),
        pass_env=tuple(table.pass_env),
        timeout_s=table.timeout,
    )
