"""The versioned JSON of a report, for programs (report.schema.json beside this file). The ledger keeps its own."""

import json
from importlib.resources import files

from gatekeeper.model.approval import ApprovalUse
from gatekeeper.model.claim import Claim
from gatekeeper.model.contract import Contract
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import CommandRun, Observation, ToolIdentity
from gatekeeper.model.result import CheckResult, Report, WaiverUse
from gatekeeper.model.subject import Subject
from gatekeeper.model.target import Attestation, ProbeFacts
from gatekeeper.model.vocabulary import Label
from gatekeeper.report.escape import unicode_only

SCHEMA = "gatekeeper/report/1"
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def render(report: Report) -> str:
    """Indented JSON that ends with a newline; ASCII, so that nothing in it can act on a terminal."""
    return json.dumps(_clean(_report(report)), indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def schema_text() -> str:
    """The JSON Schema (2020-12) that every rendered report satisfies."""
    return files("gatekeeper.report").joinpath("report.schema.json").read_text(encoding="utf-8")


def _report(report: Report) -> Json:
    return {
        "schema": SCHEMA,
        "run": report.run,
        "started": report.started,
        "duration_s": round(report.duration_s, 6),
        "verdict": report.decision.verdict.value,
        "counts": not report.policy.trial,
        "reasons": list(report.decision.reasons),
        "subject": _subject(report.subject),
        "policy": {
            "digest": report.policy.digest,
            "origin": report.policy.origin,
            "extends": list(report.policy.extends),
            "trial": report.policy.trial,
        },
        "contract": _contract(report.contract) if report.contract else None,
        "checks": [_check(result, _requires(result, report)) for result in report.results],
        "findings": [_finding(finding) for finding in report.findings],
        "claims": [_claim(claim) for claim in report.claims],
        "waivers": [_waiver(use) for use in report.decision.waivers],
        "approvals": [_approval(use) for use in report.decision.approvals],
        "notes": list(dict.fromkeys((*report.policy.notes, *report.notes))),
        "timings": {step: round(seconds, 6) for step, seconds in report.timings.items()},
    }


def _subject(subject: Subject) -> Json:
    base = subject.base
    return {
        "repository": subject.repository.root,
        "branch": subject.branch,
        "base": {"name": base.name, "origin": base.origin, "commit": base.tip} if base else None,
        "merge_base": subject.merge_base,
        "head": subject.head,
        "tree": subject.head_tree,
        "merge_tree": subject.merge_tree,
        "ahead": subject.ahead,
        "behind": subject.behind,
        "conflicts": list(subject.conflicts),
        "whole": subject.whole,
        "worktree": subject.worktree,
    }


def _requires(result: CheckResult, report: Report) -> Label:
    settings = report.policy.checks.get(result.id)
    return settings.requires if settings else Label.LOCAL


def _contract(contract: Contract) -> Json:
    return {
        "digest": contract.digest,
        "version": contract.version,
        "made": contract.made,
        "by": contract.by,
        "base": contract.base,
        "worktree": contract.worktree,
        "allow": list(contract.allow),
        "forbid": list(contract.forbid),
        "requires": {check: label.value for check, label in (contract.requires or {}).items()},
        "title": contract.title,
        "pr_title": contract.pr_title,
        "commit_format": contract.commit_format,
        "package": contract.package,
    }


def _check(result: CheckResult, requires: Label) -> Json:
    return {
        "id": result.id,
        "outcome": result.outcome.value,
        "label": result.label.value if result.label else None,
        "required": result.required,
        "requires": requires.value,
        "reasons": list(result.reasons),
        "findings": [_finding(finding) for finding in result.findings],
        "reproduce": result.reproduce,
        "observation": _observation(result.observation),
    }


def _observation(observation: Observation) -> Json:
    # The last command is the one that answered; earlier ones (format, retries) are in `commands`.
    last = observation.commands[-1] if observation.commands else None
    return {
        "tree": observation.tree,
        "argv": list(last.argv) if last else [],
        "exit": last.exit if last else None,
        "duration_s": round(observation.duration_s, 6),
        "peak_bytes": observation.peak_bytes,
        "counts": dict(observation.counts),
        "cache": observation.cached_from,
        "log_sha256": last.log_sha256 if last else None,
        "tools": [_tool(tool) for tool in observation.tools],
        "commands": [_command(run) for run in observation.commands],
        "missing": list(observation.missing),
        "inapplicable": observation.inapplicable,
        "tampered": list(observation.tampered),
        "notes": list(observation.notes),
        "isolation": observation.isolation,
        "probe": _probe(observation.probe) if observation.probe else None,
        "attestations": [_attestation(brought) for brought in observation.attestations],
    }


def _probe(facts: ProbeFacts) -> Json:
    return {
        "started": facts.started,
        "identity": facts.identity.value,
        "identified": facts.identified,
        "artefacts": [{"name": one.name, "sha256": one.sha256, "size": one.size} for one in facts.artefacts],
    }


def _attestation(brought: Attestation) -> Json:
    return {
        "target": brought.target,
        "label": brought.label,
        "reason": brought.reason,
        "by": brought.by,
        "signer": brought.signer,
        "commit": brought.commit,
        "made": brought.made,
        "expires": brought.expires,
        "digest": brought.digest,
        "problem": brought.problem,
    }


def _command(run: CommandRun) -> Json:
    return {
        "argv": list(run.argv),
        "ended": run.ended.value,
        "exit": run.exit,
        "duration_s": round(run.duration_s, 6),
        "peak_bytes": run.peak_bytes,
        "log": run.log,
        "log_sha256": run.log_sha256,
        "truncated": run.truncated,
        "report": run.report.value,
        "problem": run.problem,
    }


def _tool(tool: ToolIdentity) -> Json:
    return {
        "name": tool.name,
        "version": tool.version,
        "path": tool.path,
        "digest": tool.digest,
        "origin": tool.origin,
    }


def _finding(finding: Finding) -> Json:
    return {
        "check": finding.check,
        "rule": finding.rule,
        "message": finding.message,
        "severity": finding.severity.value,
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "symbol": finding.symbol,
        "measure": finding.measure,
        "fingerprint": finding.fingerprint,
        "novelty": finding.novelty.value,
        "waiver": finding.waiver,
        "disclosed": finding.disclosed,
        "approval": finding.approval,
        "rejects": finding.rejects,
        "awaits": finding.awaits,
    }


def _claim(claim: Claim) -> Json:
    return {
        "subject": claim.subject,
        "label": claim.label.value,
        "command": claim.command,
        "statement": claim.statement,
        "carrier": claim.carrier,
        "counts": dict(claim.counts),
        "artefact": claim.artefact,
    }


def _waiver(use: WaiverUse) -> Json:
    waiver = use.waiver
    return {
        "check": waiver.check,
        "rule": waiver.rule,
        "path": waiver.path,
        "reason": waiver.reason,
        "expires": waiver.expires.isoformat(),
        "used": use.used,
        "expired": use.expired,
    }


def _approval(use: ApprovalUse) -> Json:
    one = use.approval
    return {
        "rule": one.rule,
        "paths": list(one.paths),
        "reason": one.reason,
        "name": one.name,
        "signer": one.signer,
        "commit": one.commit,
        "made": one.made,
        "expires": one.expires,
        "digest": one.digest,
        "same_user": one.same_user,
        "withdrawn": one.withdrawn,
        "used": use.used,
        "problem": one.problem,
    }


def _clean(value: Json) -> Json:
    """No lone surrogates (many JSON readers refuse them) and no NaN or infinity (not JSON)."""
    if isinstance(value, str):
        return unicode_only(value)
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {unicode_only(key): _clean(item) for key, item in value.items()}
    if isinstance(value, float) and value - value != 0:
        return None
    return value
