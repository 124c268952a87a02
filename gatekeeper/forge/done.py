"""Is a pull request done? A list of items, each with outcome and label. Pure.

What GitHub knows of its own (open, synced, threads) is `direct`: it is the surface that is asked about, and its answer
names the commit. What others report through it (CI, reviewers) is `proxy`. What the gate observed has the label of its
run.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from gatekeeper.forge.pull import Ci, Job, Pull, Review
from gatekeeper.model.finding import Finding
from gatekeeper.model.result import Report
from gatekeeper.model.vocabulary import CheckId, Label, Outcome, Verdict
from gatekeeper.report.github import label as weakest
from gatekeeper.report.summary import short

_SHOWN = 5


class Item(Struct, frozen=True):
    """One condition. Holds when it passed, or does not apply by the policy at the base; then it has no label."""

    name: str
    outcome: Outcome
    label: Label | None
    why: str

    @property
    def holds(self) -> bool:
        return self.outcome in {Outcome.PASSED, Outcome.NOT_APPLICABLE}


def items(pull: Pull, report: Report | None, claims: Sequence[Finding]) -> tuple[Item, ...]:
    """`report` is the newest run of the head that counts, None without one.

    `claims` are the findings about what the text of the pull request claims.
    """
    return (
        _open(pull),
        _synced(pull),
        _ci(pull),
        _check("lint clean", "lint", pull, report),
        _check("tests passed", "tests", pull, report),
        _evidence(pull, report, claims),
        _reviewed(pull),
        _threads(pull),
    )


def _blocked(name: str, why: str) -> Item:
    return Item(name, Outcome.BLOCKED, Label.BLOCKED, why)


def _seen(name: str, label: Label, why: str, *, good: bool) -> Item:
    return Item(name, Outcome.PASSED if good else Outcome.FAILED, label, why)


def _open(pull: Pull) -> Item:
    why = "it is a draft" if pull.state == "open" and pull.draft else f"it is {pull.state}"
    return _seen("pull request open", Label.DIRECT, why, good=pull.state == "open" and not pull.draft)


def _synced(pull: Pull) -> Item:
    name = "branch synced"
    if pull.mergeable is False:
        return _seen(name, Label.DIRECT, f"it conflicts with {pull.base_name}", good=False)
    if pull.behind is None:
        return _blocked(name, pull.missing.get("behind", "GitHub does not say"))
    why = f"{pull.behind} commits behind {pull.base_name}" if pull.behind else f"has all of {pull.base_name}"
    return _seen(name, Label.DIRECT, why, good=pull.behind == 0)


def _ci(pull: Pull) -> Item:
    """Missing, running and skipped are not green. What the gate has posted itself is no CI, but counts when red."""
    name = "CI green"
    if pull.jobs is None or pull.required is None:
        return _blocked(name, pull.missing.get("jobs") or pull.missing.get("required") or "GitHub does not say")
    red = _named(pull.jobs, Ci.RED)
    if red:
        return _seen(name, Label.PROXY, f"failed: {_some(red)}", good=False)
    why = "; ".join(_wanting(pull.jobs, pull.required))
    if why:
        return _blocked(name, why)
    green = _named([job for job in pull.jobs if not job.own], Ci.GREEN)
    return _seen(name, Label.PROXY, f"{len(green)} reported success: {_some(green)}", good=True)


def _wanting(jobs: Sequence[Job], required: Sequence[str]) -> Iterator[str]:
    running, green = _named(jobs, Ci.RUNNING), _named(jobs, Ci.GREEN)
    if running:
        yield f"not finished: {_some(running)}"
    absent = [name for name in required if name not in {*green, *running}]
    if absent:
        yield f"required, and not reported or skipped: {_some(absent)}"
    if not running and not _named([job for job in jobs if not job.own], Ci.GREEN):
        yield "no CI has reported success for this commit"


def _named(jobs: Sequence[Job], state: Ci) -> list[str]:
    return [job.name for job in jobs if job.state is state]


def _check(name: str, check: str, pull: Pull, report: Report | None) -> Item:
    if report is None:
        return _blocked(name, _no_run(pull))
    settings = report.policy.checks.get(CheckId(check))
    if settings is None or not settings.enabled:
        return Item(name, Outcome.NOT_APPLICABLE, None, f"the policy at the base has no check {check}")
    result = next((one for one in report.results if one.id == check), None)
    if result is None:
        return _blocked(name, f"run {short(report.run)} left {check} out")
    return Item(name, result.outcome, result.label, "; ".join(result.reasons) or f"run {short(report.run)}")


def _evidence(pull: Pull, report: Report | None, claims: Sequence[Finding]) -> Item:
    name = "evidence sufficient"
    if report is None:
        return _blocked(name, _no_run(pull))
    run, label = f"run {short(report.run)}", Label(weakest(report))
    if report.decision.verdict is Verdict.REJECTED:
        return Item(name, Outcome.FAILED, label, f"{run}: rejected: {_some(report.decision.reasons)}")
    doubt = _doubt(pull, report)
    if doubt:
        return _blocked(name, f"{run} {doubt}")
    refused = [one.message for one in claims if one.rejects or one.awaits]
    if refused:
        return Item(name, Outcome.FAILED, label, f"what the pull request claims does not hold: {_some(refused)}")
    return Item(name, Outcome.PASSED, label, f"{run}: accepted")


def _doubt(pull: Pull, report: Report) -> str:
    """Why a run that did not reject is not enough; "" when it is."""
    if pull.base_tip is None:
        return f"cannot be compared: {pull.missing.get('behind', 'GitHub does not say where the base is')}"
    base = report.subject.base
    if base is None or base.tip != pull.base_tip:
        judged = "nothing" if base is None else base.tip[:12]
        now = f"{pull.base_name} is at {pull.base_tip[:12]}"
        return f"judged against {judged}, and {now}: git fetch; gate check --base origin/{pull.base_name}"
    if report.decision.verdict is not Verdict.ACCEPTED:
        return f"is blocked: {_some(report.decision.reasons)}"
    return ""


def _no_run(pull: Pull) -> str:
    return f"no run here has judged {pull.head[:12]}: git fetch origin pull/{pull.number}/head; gate check FETCH_HEAD"


def _reviewed(pull: Pull) -> Item:
    name = "reviewed"
    if pull.reviews is None:
        return _blocked(name, pull.missing.get("reviews", "GitHub does not say"))
    trusted = [one for one in pull.reviews if one.trusted and one.login != pull.author]
    against = [one.login for one in trusted if one.state == "CHANGES_REQUESTED"]
    if against:
        return _seen(name, Label.PROXY, f"changes are requested by {_some(against)}", good=False)
    return _approved(name, pull, [one for one in trusted if one.state == "APPROVED"])


def _approved(name: str, pull: Pull, approvals: Sequence[Review]) -> Item:
    current = [one.login for one in approvals if one.commit == pull.head]
    if current:
        return _seen(name, Label.PROXY, f"approved by {_some(current)}", good=True)
    earlier = f"; {_some([one.login for one in approvals])} approved an earlier head" if approvals else ""
    return _blocked(name, f"nobody but the author, bots and strangers has approved this head{earlier}")


def _threads(pull: Pull) -> Item:
    name = "no unresolved threads"
    if pull.unresolved is None:
        return _blocked(name, pull.missing.get("unresolved", "GitHub does not say"))
    return _seen(name, Label.DIRECT, f"{pull.unresolved} unresolved", good=pull.unresolved == 0)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
