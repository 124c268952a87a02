"""worktree: where the branch is checked out, is everything committed?

The worker's worktree is compared with the head through the gate's own index, so that nothing configured in the
worker's repository can hide a file or start a program.
"""

from gatekeeper.checks.contract import Context, FactsPlan, Inapplicable, Plan
from gatekeeper.git.worktree import WorktreeState, inspect
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import Observation
from gatekeeper.model.vocabulary import CheckId, Severity

ID = CheckId("worktree")
POLICY_FILE = "gate.toml"


class Worktree:
    id = ID
    title = "the worker's worktree is clean"
    cost = 8

    def plan(self, context: Context) -> Plan:
        path = context.subject.worktree
        if path is None:
            return Inapplicable(
                "the branch is checked out nowhere: there is no worktree that could hold uncommitted work"
            )
        return FactsPlan(lambda: observe(context, path))


def observe(context: Context, path: str) -> Observation:
    subject = context.subject
    state = inspect(path, context.store, subject.head, context.home, subject.worktrees)
    findings = [_dirty(status, name) for status, name in state.dirty]
    findings += _states(state)
    counts = {"worktrees": 1, "uncommitted": len(state.dirty)}
    return Observation(check=ID, tree=context.subject.head_tree, findings=tuple(findings), counts=counts)


def _dirty(status: str, name: str) -> Finding:
    if status == "?" and name == POLICY_FILE:
        message = "is not committed yet: the shipped default judges until it is on the base"
        return Finding(check=ID, rule="policy-untracked", path=name, message=message, severity=Severity.NOTE)
    rule, word = ("untracked", "is not committed") if status == "?" else ("uncommitted", "differs from the commit")
    return Finding(check=ID, rule=rule, path=name, message=f"{word}; commit it, ignore it in .gitignore, or remove it")


def _states(state: WorktreeState) -> list[Finding]:
    findings = []
    if state.operation:
        message = f"a {state.operation} is in progress in the worktree; finish or abort it"
        findings.append(Finding(check=ID, rule="operation-in-progress", message=message, symbol=state.operation))
    if state.detached:
        message = "the worktree is on a detached HEAD: new commits would belong to no branch"
        findings.append(
            Finding(check=ID, rule="detached-head", message=message, severity=Severity.WARNING, symbol="detached")
        )
    return findings
