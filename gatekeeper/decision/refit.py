"""A recorded observation as it would have been made under other settings: thresholds and globs of the policy. Pure.

Only what can be told from the recording is told anew: measured numbers against the limit, touched paths against globs,
and a self-review that was not there when none was required.
"""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from gatekeeper.checks import self_review
from gatekeeper.checks.complexity import over_limit
from gatekeeper.checks.paths import JUDGED_BY_GLOBS, broken_rules
from gatekeeper.evidence.claims import file_for
from gatekeeper.model.change import ChangeFacts
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import Observation
from gatekeeper.model.policy import CheckSettings
from gatekeeper.model.vocabulary import CheckId, Severity, TreeId

COMPLEXITY, PATHS = CheckId("complexity"), CheckId("paths")
_LIMIT = "; the limit is "


def refit(seen: Observation, settings: CheckSettings, change: ChangeFacts | None, branch: str) -> Observation:
    """The observation with the findings that `settings` make of what was measured. `change` None: paths stay."""
    if seen.check == COMPLEXITY:
        plain = (replace(one, message=one.message.partition(_LIMIT)[0]) for one in seen.findings)
        return over_limit(replace(seen, findings=tuple(plain)), settings)
    if seen.check == PATHS and change is not None and change.commits:
        return _repathed(seen, _touched(settings, change, branch))
    if seen.check == self_review.ID and seen.inapplicable == self_review.NOT_REQUIRED and settings.required:
        return self_review.observe(None, TreeId(seen.tree))
    return seen


def _repathed(seen: Observation, touched: Iterable[Finding]) -> Observation:
    kept = [one for one in seen.findings if one.rule not in JUDGED_BY_GLOBS]
    first = {one.path for one in kept if one.rule == "first-policy"}
    return replace(seen, findings=(*kept, *_once(one for one in touched if one.path not in first)))


def _touched(settings: CheckSettings, change: ChangeFacts, branch: str) -> Iterator[Finding]:
    for commit in change.commits:
        where = f"in {commit.id[:12]} ({commit.subject})"
        for path in commit.paths:
            for rule, message in broken_rules(path, settings, file_for(branch) if branch else None):
                severity = settings.policy_severity if rule != "out-of-contract" else None
                yield Finding(PATHS, rule, f"{message} {where}", severity or Severity.ERROR, path)


def _once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """One per rule and path: the first commit that did it."""
    first: dict[tuple[str, str | None], Finding] = {}
    for one in findings:
        first.setdefault((one.rule, one.path), one)
    return tuple(first.values())
