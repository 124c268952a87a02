"""contract: does the branch keep what was agreed for it, beside the paths and the evidence?

Paths are judged by `paths` and required evidence by the checks that give it (`policy/agreed.py`).
"""

import os
from collections.abc import Iterator

from gatekeeper.checks.by_itself import ID, by_itself
from gatekeeper.checks.contract import Context, FactsPlan, Inapplicable, Plan
from gatekeeper.git.changes import subjects
from gatekeeper.git.facts import commit_of
from gatekeeper.git.worktrees import find_worktree, list_worktrees
from gatekeeper.model.contract import Contract
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import Observation
from gatekeeper.model.subject import Subject
from gatekeeper.process.search import BadPatternError, matching

FORMAT_TIMEOUT_S = 10.0
"""For all subject lines of a branch together; a usual pattern needs milliseconds."""


class ContractKept:
    id = ID
    title = "what was agreed for the branch is kept"
    cost = 9

    def plan(self, context: Context) -> Plan:
        contract = context.contract
        if contract is None:
            return Inapplicable("nothing was agreed for the branch")
        if context.subject.whole:
            return Inapplicable("the whole tree is judged: a contract is about the commits of a branch")
        return FactsPlan(lambda: observe(context, contract))


def observe(context: Context, contract: Contract) -> Observation:
    """Counts `commits`, merges left out. A format that could not be compared in time is `missing`."""
    subject = context.subject
    base = subject.base.tip if subject.base else None
    made = subjects(context.store, base, subject.head)
    misfits, missing = _format(made, contract)
    findings = [
        *_base(subject, contract),
        *_worktree(subject, contract),
        *(_title(made, contract) if made else ()),
        *misfits,
        *by_itself(context.store, subject, contract),
    ]
    return Observation(
        check=ID, tree=subject.head_tree, findings=tuple(findings), counts={"commits": len(made)}, missing=missing
    )


def _base(subject: Subject, contract: Contract) -> Iterator[Finding]:
    """Two names of the same commit are the same base."""
    if not contract.base or subject.base is None:
        return
    wanted = commit_of(subject.repository, contract.base)
    if wanted is None:
        yield _finding("contract-base", f"the agreed base {contract.base} does not exist", contract.base)
    elif wanted != subject.base.tip:
        message = f"judged against {subject.base.name}, and the agreed base is {contract.base}: --base {contract.base}"
        yield _finding("contract-base", message, contract.base)


def _worktree(subject: Subject, contract: Contract) -> Iterator[Finding]:
    """Where the branch is checked out, symbolic links resolved."""
    agreed = contract.worktree
    if not agreed:
        return
    actual = find_worktree(subject.repository, contract.branch)
    if actual is not None and os.path.realpath(actual) != os.path.realpath(agreed):
        message = f"the branch is checked out in {actual}, and the agreed worktree is {agreed}"
        yield _finding("contract-worktree", message, actual)
    elif actual is None and not os.path.isdir(agreed):  # noqa: PTH112 - beside realpath
        message = f"the agreed worktree {agreed} is gone, and the branch is checked out nowhere"
        yield _finding("worker-cleaned-up", message, agreed)
    elif actual is None:
        yield _finding("contract-worktree", f"the agreed worktree {agreed} {_holds(subject, agreed)}", agreed)


def _holds(subject: Subject, worktree: str) -> str:
    place = os.path.realpath(worktree)
    found = next((one for one in list_worktrees(subject.repository) if os.path.realpath(one.path) == place), None)
    if found is None:
        return "is no worktree of this repository"
    return f"has {found.branch} checked out" if found.branch else "is on a detached HEAD"


def _title(made: tuple[tuple[str, str], ...], contract: Contract) -> Iterator[Finding]:
    """White space counts as single spaces; upper and lower case differ."""
    wanted = " ".join(contract.title.split())
    if wanted and not any(wanted in " ".join(line.split()) for _, line in made):
        message = f"no commit of the branch has the agreed title {wanted!r} in its subject line"
        yield _finding("contract-title", message, "title")


def _format(made: tuple[tuple[str, str], ...], contract: Contract) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """Findings for the subject lines that do not match, and why it could not be said."""
    if not contract.commit_format or not made:
        return (), ()
    try:
        matches = matching(contract.commit_format, [line for _, line in made], FORMAT_TIMEOUT_S)
    except BadPatternError as error:
        return (), (f"the agreed commit format {contract.commit_format!r} is no regular expression here: {error}",)
    if matches is None:
        late = f"comparing the subject lines with {contract.commit_format!r} took more than {FORMAT_TIMEOUT_S:g} s"
        return (), (f"{late}; state the contract anew with a simpler format",)
    return tuple(
        _finding(
            "contract-commit-format",
            f"the subject line of {commit[:12]} ({line[:200]}) does not match {contract.commit_format!r}",
            commit[:12],
        )
        for (commit, line), fits in zip(made, matches, strict=True)
        if not fits
    ), ()


def _finding(rule: str, message: str, symbol: str) -> Finding:
    return Finding(check=ID, rule=rule, message=message, symbol=symbol)
