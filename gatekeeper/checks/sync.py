"""sync: does the branch contain the tip of its base; if not, does it merge cleanly?"""

from gatekeeper.checks.contract import Context, FactsPlan, Inapplicable, Plan
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import Observation
from gatekeeper.model.subject import Subject
from gatekeeper.model.vocabulary import CheckId, Severity

ID = CheckId("sync")


class Sync:
    id = ID
    title = "contains its base, or merges cleanly"
    cost = 5

    def plan(self, context: Context) -> Plan:
        if context.subject.whole:
            return Inapplicable("the whole tree is judged: there is no base to be in step with")
        return FactsPlan(lambda: observe(context.subject))


def observe(subject: Subject) -> Observation:
    """Counts `ahead`, `behind` and `conflicts`; a conflict is an error, being behind a note."""
    base = subject.base.name if subject.base else "the base"
    findings = [
        Finding(
            check=ID,
            rule="merge-conflict",
            path=path,
            message=f"conflicts with {base}; merge or rebase, and resolve it",
        )
        for path in subject.conflicts
    ]
    if subject.merge_tree is None and not findings:
        findings.append(Finding(check=ID, rule="merge-conflict", message=f"does not merge with {base}"))
    if subject.behind:
        commits = f"{subject.behind} commit{'s' if subject.behind != 1 else ''}"
        findings.append(
            Finding(
                check=ID,
                rule="behind-base",
                message=f"{commits} behind {base}",
                severity=Severity.NOTE,
                symbol="behind",
            )
        )
    counts = {"ahead": subject.ahead, "behind": subject.behind, "conflicts": len(subject.conflicts)}
    return Observation(check=ID, tree=subject.head_tree, findings=tuple(findings), counts=counts)
