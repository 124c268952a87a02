"""The facts document: everything that a rule of the policy may look at, as plain JSON values. Pure and versioned.

What is not known is absent, never empty: a rule that needs it cannot be evaluated, and then it blocks.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from gatekeeper.model.change import ChangeFacts, Repeat
from gatekeeper.model.claim import Claim, SelfReview
from gatekeeper.model.contract import Contract
from gatekeeper.model.finding import Finding
from gatekeeper.model.policy import Policy
from gatekeeper.model.result import CheckResult
from gatekeeper.model.rule import RULES
from gatekeeper.model.subject import Subject
from gatekeeper.model.vocabulary import Novelty

SCHEMA = "gatekeeper/facts/1"
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Facts = Mapping[str, Json]


class Known(Struct, frozen=True):
    """What the facts are made of: the parts of a run that concern its subject."""

    subject: Subject
    change: ChangeFacts | None = None
    results: Sequence[CheckResult] = ()
    review: SelfReview | None = None
    contract: Contract | None = None
    repeats: Sequence[Repeat] = ()
    surfaces: Mapping[str, str] = field(default_factory=dict)
    """Target → the surface that it looks at."""
    gone: frozenset[str] = frozenset()
    """Facts that were known, and taken out of the recording since ("changes", "checks.types"): nobody may be asked
    about them any more.
    """


def facts(known: Known) -> Facts:
    """The document. Places of the machine and times are no part of it."""
    return {name: value for name, value in _whole(known).items() if name not in known.gone}


def _whole(known: Known) -> Facts:
    judged = [result for result in known.results if result.id != RULES]
    document: dict[str, Json] = {
        "schema": SCHEMA,
        "subject": _subject(known.subject),
        "checks": {result.id: _check(result, known.surfaces) for result in judged},
        "findings": _findings(judged),
        "claims": _claims(known.review),
        "self_review": _review(known.review),
        "contract": _contract(known.contract),
        "repeated": [_repeat(one) for one in known.repeats],
    }
    if known.change is not None and known.change.complete:
        document |= _change(known.change)
    return document


def _subject(subject: Subject) -> Json:
    return {
        "branch": subject.branch or "",
        "base": subject.base.name if subject.base else "",
        "head": subject.head,
        "tree": subject.head_tree,
        "ahead": subject.ahead,
        "behind": subject.behind,
        "conflicts": [*subject.conflicts],
        "whole": subject.whole,
    }


def _repeat(one: Repeat) -> Json:
    return {"fingerprint": one.fingerprint, "check": one.check, "rule": one.rule, "times": one.times}


def _change(change: ChangeFacts) -> dict[str, Json]:
    # Both sides of a rename: what was moved away has changed as well.
    paths = {side for one in change.paths for side in (one.path, one.old_path) if side}
    return {
        "changes": {
            "paths": [*sorted(paths)],
            "files": len(change.paths),
            "added": sum(one.added for one in change.paths),
            "deleted": sum(one.deleted for one in change.paths),
            "entries": [
                {"path": one.path, "status": one.status, "added": one.added, "deleted": one.deleted}
                for one in change.paths
            ],
        },
        "commits": [
            {"id": one.id, "subject": one.subject, "author": one.author, "merge": one.merge, "paths": [*one.paths]}
            for one in change.commits
        ],
    }


def surfaces_of(policy: Policy) -> Mapping[str, str]:
    """Target → the surface that it looks at."""
    return {name: one.target.surface for name, one in policy.checks.items() if one.target is not None}


def _check(result: CheckResult, surfaces: Mapping[str, str]) -> Json:
    value: dict[str, Json] = {
        "outcome": result.outcome.value,
        "label": result.label.value if result.label else "",
        "required": result.required,
        "surface": surfaces.get(result.id, ""),
        "reasons": [*result.reasons],
        "counts": dict(result.observation.counts),
        "findings": len(result.findings),
        "rejecting": sum(one.rejects for one in result.findings),
    }
    if result.base is not None and result.base_judged:
        value["base_counts"] = dict(result.base.counts)
    return value


def _findings(judged: Sequence[CheckResult]) -> Json:
    return [_finding(one) for result in judged for one in result.findings]


def _finding(finding: Finding) -> Json:
    return {
        "check": finding.check,
        "rule": finding.rule,
        "path": finding.path or "",
        "line": finding.line or 0,
        "symbol": finding.symbol,
        "severity": finding.severity.value,
        "new": finding.novelty is Novelty.NEW,
        "waived": finding.waiver is not None,
        "rejects": finding.rejects,
        "message": finding.message,
    }


def _claims(review: SelfReview | None) -> Json:
    return [_claim(one) for one in review.claims] if review else []


def _claim(claim: Claim) -> Json:
    return {
        "subject": claim.subject,
        "label": claim.label.value,
        "command": claim.command,
        "statement": claim.statement,
        "carrier": claim.carrier,
        "counts": dict(claim.counts),
    }


def _review(review: SelfReview | None) -> Json:
    if review is None or not review.carriers:
        return None
    return {
        "bound": review.bound,
        "carriers": [*review.carriers],
        "not_done": [*review.not_done],
        "known_failures": [*review.known_failures],
        "tests_removed": [*review.tests_removed],
        "gate_changes": [*review.gate_changes],
    }


def _contract(contract: Contract | None) -> Json:
    if contract is None:
        return None
    return {
        "branch": contract.branch,
        "version": contract.version,
        "by": contract.by,
        "base": contract.base,
        "allow": [*contract.allow],
        "forbid": [*contract.forbid],
        "requires": {check: label.value for check, label in (contract.requires or {}).items()},
        "title": contract.title,
        "package": contract.package,
    }
