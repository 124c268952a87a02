"""The part of a stamp that says what was observed: checks, claims, findings. Pure; everything is scrubbed and bounded.

Times are whole milliseconds and sizes bytes: without fractions there is one way to write a number.
"""

from collections.abc import Iterable, Sequence

from gatekeeper.model.approval import ApprovalUse
from gatekeeper.model.claim import Claim, SelfReview
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import CommandRun, Observation, ToolIdentity
from gatekeeper.model.result import CheckResult, WaiverUse
from gatekeeper.model.target import Attestation, ProbeFacts
from gatekeeper.model.vocabulary import Novelty
from gatekeeper.stamp.scrub import Scrub
from gatekeeper.stamp.strict import Json


def check(result: CheckResult, scrub: Scrub) -> Json:
    """One check: outcome, label and reasons, who observed it, and what."""
    observation = result.observation
    return {
        "id": scrub.text(result.id),
        "outcome": result.outcome.value,
        "label": result.label.value if result.label else None,
        "required": result.required,
        "reasons": [*scrub.texts(result.reasons)],
        "vantage": _vantage(observation, scrub),
        "observation": _observation(observation, scrub),
        "cache": observation.cached_from,
        "findings": _counted(result.findings),
    }


def findings(found: Sequence[Finding], most: int, scrub: Scrub) -> Json:
    """Counts of all findings, and the first `most` of them; those that reject, wait or were approved come first."""
    ordered = sorted(found, key=_rank)  # stable: otherwise as reported
    return {**_counted(found), "shown": [_finding(finding, scrub) for finding in ordered[:most]]}


def _rank(finding: Finding) -> tuple[bool, bool, bool]:
    return not finding.rejects, not finding.awaits, finding.approval is None


def tools(results: Iterable[CheckResult], scrub: Scrub) -> Json:
    """Every tool that answered, once."""
    known = {_key(tool): tool for result in results for tool in result.observation.tools}
    return [_tool(known[key], scrub) for key in sorted(known)]


def claim(one: Claim, scrub: Scrub) -> Json:
    """What the worker says was proven, as it was said."""
    return {
        "subject": scrub.text(one.subject),
        "label": one.label.value,
        "command": scrub.text(one.command),
        "statement": scrub.text(one.statement),
        "carrier": scrub.text(one.carrier),
        "counts": {scrub.text(name): count for name, count in one.counts[: scrub.items]},
        "artefact": scrub.text(one.artefact),
    }


def review(one: SelfReview, scrub: Scrub) -> Json:
    """What the worker disclosed."""
    return {
        "bound": one.bound,
        "problems": [*scrub.texts(one.problems)],
        "not_done": [*scrub.texts(one.not_done)],
        "known_failures": [*scrub.texts(one.known_failures)],
        "tests_removed": [*scrub.texts(one.tests_removed)],
        "gate_changes": [*scrub.texts(one.gate_changes)],
    }


def waiver(use: WaiverUse, scrub: Scrub) -> Json:
    """A waiver of the policy and how many findings it covered."""
    return {
        "check": use.waiver.check,
        "rule": scrub.text(use.waiver.rule),
        "path": scrub.text(use.waiver.path),
        "reason": scrub.text(use.waiver.reason),
        "expires": use.waiver.expires.isoformat(),
        "used": use.used,
        "expired": use.expired,
    }


def approvals(uses: Sequence[ApprovalUse], scrub: Scrub) -> list[Json]:
    """What people approved: all that settled something, and so many of the rest as there is room for."""
    needed = [use for use in uses if use.used]
    return [_approval(use, scrub) for use in (*needed, *[use for use in uses if not use.used][: scrub.items])]


def _approval(use: ApprovalUse, scrub: Scrub) -> Json:
    one = use.approval
    return {
        "rule": scrub.text(one.rule),
        "paths": [*scrub.texts(one.paths)],
        "reason": scrub.text(one.reason),
        "name": scrub.text(one.name),
        "signer": scrub.text(one.signer),
        "trust": "same-user" if one.same_user else "separate-user",
        "made": scrub.text(one.made),
        "expires": scrub.text(one.expires),
        "digest": scrub.text(one.digest),
        "used": use.used,
        "problem": scrub.text(one.problem),
    }


def _vantage(observation: Observation, scrub: Scrub) -> Json:
    """Who observed. What others brought stays apart from what the gate saw itself."""
    looked = bool(observation.commands) or not (observation.missing or observation.inapplicable)
    return {
        "observer": "gate" if looked else "nobody",
        "brought": [_brought(one, scrub) for one in observation.attestations[: scrub.items]],
    }


def _brought(one: Attestation, scrub: Scrub) -> Json:
    return {
        "by": scrub.text(one.by),
        "signer": scrub.text(one.signer),
        "label": scrub.text(one.label),
        "reason": scrub.text(one.reason),
        "made": scrub.text(one.made),
        "expires": scrub.text(one.expires),
        "digest": scrub.text(one.digest),
        "problem": scrub.text(one.problem),
    }


def _observation(observation: Observation, scrub: Scrub) -> Json:
    return {
        "tree": observation.tree,
        "counts": {scrub.text(name): count for name, count in list(observation.counts.items())[: scrub.items]},
        "duration_ms": _milliseconds(observation.duration_s),
        "peak_bytes": observation.peak_bytes,
        "isolation": observation.isolation,
        "commands": [_command(run, scrub) for run in observation.commands[: scrub.items]],
        "tools": [_tool(tool, scrub) for tool in observation.tools[: scrub.items]],
        "probe": _probe(observation.probe, scrub) if observation.probe else None,
        "missing": [*scrub.texts(observation.missing)],
        "inapplicable": scrub.text(observation.inapplicable),
        "tampered": [*scrub.texts(observation.tampered)],
        "notes": [*scrub.texts(observation.notes)],
    }


def _command(run: CommandRun, scrub: Scrub) -> Json:
    """The log itself stays where it is; its digest says whether what somebody shows is it."""
    return {
        "argv": [*scrub.argv(run.argv)],
        "ended": run.ended.value,
        "exit": run.exit,
        "duration_ms": _milliseconds(run.duration_s),
        "peak_bytes": run.peak_bytes,
        "log_sha256": run.log_sha256,
        "truncated": run.truncated,
        "report": run.report.value,
        "problem": scrub.text(run.problem),
    }


def _probe(facts: ProbeFacts, scrub: Scrub) -> Json:
    return {
        "started": facts.started,
        "identity": facts.identity.value,
        "identified": scrub.text(facts.identified),
        "artefacts": [
            {"name": scrub.text(one.name), "sha256": one.sha256, "size": one.size}
            for one in facts.artefacts[: scrub.items]
        ],
    }


def _tool(tool: ToolIdentity, scrub: Scrub) -> Json:
    return {
        "name": scrub.text(tool.name),
        "version": scrub.text(tool.version),
        "digest": tool.digest,
        "origin": scrub.text(tool.origin),
    }


def _key(tool: ToolIdentity) -> tuple[str, str, str]:
    return (tool.name, tool.version, tool.digest)


def _finding(finding: Finding, scrub: Scrub) -> Json:
    return {
        "check": finding.check,
        "rule": scrub.text(finding.rule),
        "message": scrub.text(finding.message),
        "severity": finding.severity.value,
        "path": scrub.text(finding.path) if finding.path is not None else None,
        "line": finding.line,
        "symbol": scrub.text(finding.symbol),
        "fingerprint": scrub.text(finding.fingerprint),
        "novelty": finding.novelty.value,
        "waiver": scrub.text(finding.waiver) if finding.waiver is not None else None,
        "disclosed": scrub.text(finding.disclosed) if finding.disclosed is not None else None,
        "approval": scrub.text(finding.approval) if finding.approval is not None else None,
        "rejects": finding.rejects,
    }


def _counted(found: Iterable[Finding]) -> dict[str, Json]:
    listed = list(found)
    return {
        "total": len(listed),
        "rejecting": sum(finding.rejects for finding in listed),
        "baseline": sum(finding.novelty is Novelty.BASELINE for finding in listed),
        "waived": sum(finding.waiver is not None for finding in listed),
        "approved": sum(finding.approval is not None for finding in listed),
        "awaiting": sum(finding.awaits for finding in listed),
    }


def _milliseconds(seconds: float) -> int:
    return max(round(seconds * 1000), 0)
