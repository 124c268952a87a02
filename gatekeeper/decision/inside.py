"""Is a check red only because it is isolated? Then it is blocked: the branch is not to blame, and nothing was proven.

Told from the merge base, whose code is on the base already: red inside in the same way, and not red outside.
"""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from gatekeeper.decision.fingerprint import normalise
from gatekeeper.evidence.label import label
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import Observation
from gatekeeper.model.result import CheckResult
from gatekeeper.model.vocabulary import Label, Outcome, Severity

_Key = tuple[object, ...]
_SHOWN = 3
_NO_NETWORK = (
    r"Network is unreachable|ENETUNREACH|Connection refused|ECONNREFUSED|[Nn]ame resolution|EAI_AGAIN|ENOTFOUND"
    r"|Name or service not known|[Cc]ould not resolve host"
)
"""What programs say that find no network."""


def alike(head: Observation, inside: Observation) -> bool:
    """Has the merge base, observed inside, at least one of the head's errors? Only then is a look outside worth it."""
    return bool(_keys(head) & _keys(inside))


def excuse(head: Observation, inside: Observation, outside: Observation, network: bool) -> Observation:
    """The head's observation in which errors that come from the isolation are notes, and a gap that blocks it.

    `inside` and `outside` are the merge base with and without isolation; `network` says whether the check has it.
    Errors of the branch's own stay errors.
    """
    if label(outside)[0] is Label.BLOCKED:
        return head
    cause = _keys(head) & _keys(inside) - _keys(outside)
    if not cause:
        return head
    named = tuple(dict.fromkeys(_name(one) for one in head.findings if _key(one, head) in cause))
    return replace(
        head,
        findings=tuple(_noted(one) if _key(one, head) in cause else one for one in head.findings),
        missing=(*head.missing, _reason(head, named, network)),
    )


def explained(result: CheckResult) -> CheckResult:
    """The result with a word about the network, when a failure sounds as if it had missed that. It stays a failure."""
    missed = any(one.rejects and re.search(_NO_NETWORK, one.message) for one in result.findings)
    if result.outcome is not Outcome.FAILED or result.observation.isolation != "files+network" or not missed:
        return result
    hint = f"it ran without network; if it may use it, write network = true in [check.{result.id}]"
    return replace(result, reasons=(*result.reasons, hint))


def _reason(head: Observation, named: tuple[str, ...], network: bool) -> str:
    shown = ", ".join(named[:_SHOWN]) + (", …" if len(named) > _SHOWN else "")
    paths = "name what it reads under [isolation] visible"
    remedy = paths if network else f"give it network = true in [check.{head.check}], or {paths}"
    return f"red only inside the isolation ({shown}): the merge base is so inside and green outside; {remedy}"


def _noted(finding: Finding) -> Finding:
    message = f"{finding.message} (red only inside the isolation)"
    return replace(finding, severity=Severity.NOTE, message=message)


def _keys(observation: Observation) -> set[_Key]:
    return {_key(one, observation) for one in _errors(observation)}


def _errors(observation: Observation) -> Iterator[Finding]:
    return (one for one in observation.findings if one.severity is Severity.ERROR)


def _key(finding: Finding, observation: Observation) -> _Key:
    """What makes two failures the same. Of a whole command it is the exit status, too; its last words may vary."""
    if finding.context or finding.path:
        return finding.rule, finding.path, finding.symbol or normalise(finding.context)
    return finding.rule, finding.symbol, *(run.exit for run in observation.commands)


def _name(finding: Finding) -> str:
    return finding.symbol or finding.path or finding.rule
