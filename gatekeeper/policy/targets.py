"""[target.NAME] → `CheckSettings` with a `Target`: a target is a check that is asked of a running system."""

from collections.abc import Collection, Mapping, Sequence

from gatekeeper.errors import ConfigurationError
from gatekeeper.model.policy import CheckSettings
from gatekeeper.model.target import Target
from gatekeeper.model.vocabulary import CheckId, Label
from gatekeeper.policy.document import BUILT_IN, near
from gatekeeper.policy.evidence_schema import TargetTable
from gatekeeper.policy.settings import Origin, split
from gatekeeper.policy.variables import OF_START, OFFERED, used


def targets(
    tables: Mapping[str, TargetTable], checks: Collection[str], origin: Origin
) -> Mapping[CheckId, CheckSettings]:
    """Settings by name; names in `checks` are taken. ConfigurationError with the origin of what cannot be used."""
    for name in tables:
        if name in checks or name in BUILT_IN:
            raise ConfigurationError(
                f"{origin(f'target.{name}')}: target.{name} has the name of a check",
                f"name it for what is looked at, for example [target.{name}-runtime]",
            )
    return {CheckId(name): _settings(name, table, origin) for name, table in tables.items()}


def _settings(name: str, table: TargetTable, origin: Origin) -> CheckSettings:
    key = f"target.{name}"
    for needed, meaning in (("surface", '"runtime"'), ("probe", '"python probes/NAME.py"')):
        if not getattr(table, needed):
            raise ConfigurationError(f"{origin(key)}: {key} has no {needed!r}", f"add {needed} = {meaning} to it")
    target = Target(
        surface=table.surface,
        probe=_with_report(_command(table, key, "probe", origin), table.reads),
        paths=tuple(table.paths),
        identify=_command(table, key, "identify", origin),
        start=_command(table, key, "start", origin),
        ready=_command(table, key, "ready", origin),
        stand_in=table.stand_in,
        pass_env=tuple(dict.fromkeys(table.pass_env)),
        ready_timeout_s=table.ready_timeout,
    )
    if target.start and not target.ready:
        raise ConfigurationError(
            f"{origin(f'{key}.start')}: {key} has start, but no ready",
            'add ready = "curl -sf http://127.0.0.1:$GATE_PORT/" or whatever exits with 0 once it can be probed',
        )
    return CheckSettings(
        id=CheckId(name),
        enabled=table.enabled,
        required=table.required,
        reads=table.reads,
        timeout_s=table.timeout,
        own=True,
        requires=Label(table.requires),
        target=target,
        network=True,
    )


def _command(table: TargetTable, key: str, field: str, origin: Origin) -> tuple[str, ...]:
    """Words of one command; () when it is not given. Every variable in it must be known."""
    if field not in table.model_fields_set:
        return ()
    where = f"{key}.{field}"
    words = split(getattr(table, field), where, origin)
    if used(words[:1]):
        raise ConfigurationError(
            f"{origin(where)}: {where} begins with a variable", "name the program itself: the policy says what runs"
        )
    known = OF_START if field == "start" else (*table.pass_env, *OFFERED)
    for name in used(words):
        if name not in known:
            raise ConfigurationError(*_unknown(name, where, known, field, origin))
        if name == "GATE_PORT" and "start" not in table.model_fields_set:
            raise ConfigurationError(
                f"{origin(where)}: {where} uses $GATE_PORT, but nothing is started",
                "add start = … (it listens there), or write where the target is",
            )
    return words


def _unknown(name: str, where: str, known: Sequence[str], field: str, origin: Origin) -> tuple[str, str]:
    what = f"{origin(where)}: {where} uses ${name}"
    if field == "start":
        return f"{what}, but start is code of the branch", "it gets $GATE_PORT alone; $$ is a dollar sign"
    if name.startswith("GATE_"):
        return f"{what}, which the gate does not set", near(name, OFFERED)
    return f"{what}, which is not in pass_env", f'add pass_env = ["{name}"]; known here: {", ".join(known)}; $$ is a $'


def _with_report(argv: tuple[str, ...], reads: str) -> tuple[str, ...]:
    """pytest is told where the report goes, as for a check."""
    stated = any("{report}" in word or word.startswith("--junit") for word in argv)
    return (*argv, "--junitxml={report}") if reads == "junit" and "pytest" in argv[:3] and not stated else argv
