"""Subjects, results and facts in a line each, for tests of what is pure."""

from collections.abc import Mapping, Sequence

from gatekeeper.decision.facts import Known
from gatekeeper.decision.fingerprint import fingerprint
from gatekeeper.model.change import ChangedPath, ChangeFacts, CommitFacts
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import Observation
from gatekeeper.model.result import CheckResult
from gatekeeper.model.subject import Base, Repository, Subject
from gatekeeper.model.vocabulary import CheckId, CommitId, Label, Outcome, TreeId

A, B = "a" * 40, "b" * 40


def subject(branch: str | None = "work") -> Subject:
    return Subject(
        repository=Repository("/r", "/r/.git", "/r/.git"),
        branch=branch,
        base=Base("main", "a test", CommitId(B)),
        head=CommitId(A),
        head_tree=TreeId(A),
        merge_base=CommitId(B),
        base_tree=TreeId(B),
        merge_tree=TreeId(A),
        ahead=1,
        behind=0,
    )


def result(
    check: str,
    outcome: Outcome = Outcome.PASSED,
    label: Label | None = Label.LOCAL,
    findings: Sequence[Finding] = (),
    counts: Mapping[str, int] | None = None,
    base: Mapping[str, int] | None = None,
) -> CheckResult:
    """`counts` at the head, `base` those at the merge base."""
    seen = Observation(CheckId(check), A, counts=counts or {"files": 1})
    at_base = None if base is None else Observation(CheckId(check), B, counts=base)
    return CheckResult(
        CheckId(check), outcome, label, ("because",), fingerprint(findings), seen,
        base_judged=base is not None, base=at_base,
    )  # fmt: skip


def change(
    *paths: str, lines: int = 1, commits: Sequence[tuple[str, str]] = (("change", "A <a@x.org>"),)
) -> ChangeFacts:
    """`commits` are (subject, author); each touched all paths."""
    made = tuple(CommitFacts(f"{n:040x}", text, author, False, paths) for n, (text, author) in enumerate(commits))
    return ChangeFacts(tuple(ChangedPath(path, "M", "", lines, 0) for path in paths), made)


def known(*results: CheckResult, paths: Sequence[str] = ("src/app.py",), branch: str | None = "work") -> Known:
    return Known(subject(branch), change(*paths), results)
