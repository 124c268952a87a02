"""Is a pull request done? A list of items, each with outcome and label. Pure.

What GitHub knows of its own (open, synced, threads) is `direct`: it is the surface that is asked about, and its answer
names the commit. What others report through it (CI, reviewers) is `proxy`. What the gate observed, here or where it has
signed a stamp, has the label that it was given there.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from gatekeeper.forge.proof import Proof
from gatekeeper.forge.pull import Ci, Job, Pull, Review
from gatekeeper.model.finding import Finding
from gatekeeper.model.vocabulary import CheckId, Label, Outcome, Verdict
from gatekeeper.report.github import weakest

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


def items(pull: Pull, proof: Proof | None, claims: Sequence[Finding], missing: str = "") -> tuple[Item, ...]:
    """`proof` is what the gate has said about the head, None without anything that counts: `missing` may say why.

    `claims` are the findings about what the text of the pull request claims.
    """
    unproven = _unproven(pull, missing)
    return (
        _open(pull),
        _synced(pull),
        _ci(pull),
        _check("lint clean", "lint", proof, unproven),
        _check("tests passed", "tests", proof, unproven),
        _evidence(pull, proof, claims, unproven),
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


def _check(name: str, check: str, proof: Proof | None, unproven: str) -> Item:
    if proof is None:
        return _blocked(name, unproven)
    settings = proof.policy.checks.get(CheckId(check))
    if settings is None or not settings.enabled:
        return Item(name, Outcome.NOT_APPLICABLE, None, f"the policy at the base has no check {check}")
    result = next((one for one in proof.results if one.id == check), None)
    if result is None:
        return _blocked(name, f"{proof.by} left {check} out")
    return Item(name, result.outcome, result.label, "; ".join(result.reasons) or proof.by)


def _evidence(pull: Pull, proof: Proof | None, claims: Sequence[Finding], unproven: str) -> Item:
    name = "evidence sufficient"
    if proof is None:
        return _blocked(name, unproven)
    label = weakest(proof.results)
    if proof.verdict is Verdict.REJECTED:
        return Item(name, Outcome.FAILED, label, f"{proof.by}: rejected: {_some(proof.reasons)}")
    doubt = _doubt(pull, proof)
    if doubt:
        return _blocked(name, f"{proof.by} {doubt}")
    refused = [one.message for one in claims if one.rejects or one.awaits]
    if refused:
        return Item(name, Outcome.FAILED, label, f"what the pull request claims does not hold: {_some(refused)}")
    return Item(name, Outcome.PASSED, label, f"{proof.by}: accepted")


def _doubt(pull: Pull, proof: Proof) -> str:
    """Why a verdict that does not reject is not enough; "" when it is."""
    if pull.base_tip is None:
        return f"cannot be compared: {pull.missing.get('behind', 'GitHub does not say where the base is')}"
    if proof.base != pull.base_tip:
        judged = "nothing" if proof.base is None else proof.base[:12]
        now = f"{pull.base_name} is at {pull.base_tip[:12]}"
        return f"judged against {judged}, and {now}: git fetch; gate check --base origin/{pull.base_name}"
    if proof.verdict is not Verdict.ACCEPTED:
        return f"is blocked: {_some(proof.reasons)}"
    return ""


def _unproven(pull: Pull, missing: str) -> str:
    stamps = f"; stamps: {missing}" if missing else ""
    fetch = f"git fetch origin pull/{pull.number}/head"
    return f"no run here has judged {pull.head[:12]}: {fetch}; gate check FETCH_HEAD{stamps}"


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
