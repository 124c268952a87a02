"""integrity: does the branch weaken what it is judged by? Read from the diff, in process; nothing is run."""

from collections.abc import Iterator, Mapping

from gatekeeper.checks.changed_files import ChangedFiles, changed_files
from gatekeeper.checks.contract import Context, FactsPlan, Inapplicable, Plan
from gatekeeper.integrity.contract import Effect, Hit, Role
from gatekeeper.integrity.examine import Examined, examine
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import Observation
from gatekeeper.model.vocabulary import CheckId, Severity
from gatekeeper.tools.reading import shorten

ID = CheckId("integrity")
UNREAD = "file-not-read"
_SEVERITY = {Effect.BLOCK: Severity.ERROR, Effect.WARN: Severity.WARNING, Effect.NOTE: Severity.NOTE}
_OFF = "off"
_DECIDES = frozenset({Role.TEST, Role.HARNESS, Role.CONFIG, Role.CI, Role.PRODUCT})


class Integrity:
    id = ID
    title = "tests, configuration and tools are not weakened"
    cost = 12

    def plan(self, context: Context) -> Plan:
        if context.subject.whole or context.subject.merge_base is None:
            return Inapplicable("the whole tree is judged: there is nothing before it that could have been weakened")
        return FactsPlan(lambda: observe(context))


def observe(context: Context) -> Observation:
    """Findings of every detector; counts `files` that were looked at and all `hits`, whatever they do."""
    files = changed_files(context)
    seen = examine(files.diff)
    findings = tuple(_findings(seen, files, dict(context.settings.effects)))
    hits = len(seen.hits) + len(files.unread) + sum(seen.beyond.values())
    counts = {"files": len(files.diff.changes), "hits": hits}
    return Observation(check=ID, tree=context.subject.head_tree, findings=findings, counts=counts, missing=seen.failed)


def _findings(seen: Examined, files: ChangedFiles, stated: Mapping[str, str]) -> Iterator[Finding]:
    defaults = {UNREAD: Effect.WARN, **{rule: what.effect for rule, what in seen.rules.items()}}
    for hit in (*_unread(files), *seen.hits):
        severity = severity_of(stated.get(hit.rule, defaults[hit.rule]), hit.harder)
        if severity is not None:
            yield _finding(hit, severity)
    for rule, more in seen.beyond.items():
        severity = severity_of(stated.get(rule, defaults[rule]), harder=False)
        if severity is not None:
            message = f"and {more} more of this rule, which are not listed"
            yield Finding(check=ID, rule=rule, message=message, severity=severity, symbol=f"{more} more")


def severity_of(effect: str, harder: bool) -> Severity | None:
    """What a hit of a rule with this effect is; None where the policy has switched the rule off.

    A warning that something corroborates rejects; a note never does.
    """
    if effect == _OFF:
        return None
    severity = _SEVERITY[Effect(effect)]
    return Severity.ERROR if harder and severity is Severity.WARNING else severity


def _unread(files: ChangedFiles) -> Iterator[Hit]:
    """What was not looked at is said; where it decides what is tested or is code, it is not let through unseen."""
    for one in files.unread:
        yield Hit(UNREAD, one.path, f"{one.why}: it was not looked into", harder=one.role in _DECIDES)


def _finding(hit: Hit, severity: Severity) -> Finding:
    return Finding(
        check=ID,
        rule=hit.rule,
        message=shorten(_told(hit)),
        severity=severity,
        path=hit.path,
        line=hit.line,
        symbol=hit.symbol,
        context=hit.context,
    )


def _told(hit: Hit) -> str:
    """The message with what it is about: two tests that are gone from one file are told apart."""
    return hit.message if hit.symbol in hit.message else f"{hit.symbol}: {hit.message}"
