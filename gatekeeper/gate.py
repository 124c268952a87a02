"""The way of the data: subject → policy → plan → lease → observe → judge → decide → record. One direction."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from gatekeeper.ahead import Ahead, fetching, load_what_follows, try_isolation
from gatekeeper.checks.contract import Check, Context, Plan
from gatekeeper.checks.registry import checks_of
from gatekeeper.checks.seen import Seen
from gatekeeper.decision.approve import settle
from gatekeeper.decision.decide import decide
from gatekeeper.decision.disclose import disclose
from gatekeeper.decision.facts import Known, surfaces_of
from gatekeeper.dispatch.crew import Crew
from gatekeeper.environment.witness import Witness
from gatekeeper.errors import UsageError
from gatekeeper.git.change_facts import change_facts
from gatekeeper.git.facts import find_repository, require_news, resolve
from gatekeeper.git.store import Store
from gatekeeper.ledger.agreement import Agreement
from gatekeeper.ledger.approvals import approvals_of
from gatekeeper.ledger.policies import KeptPolicies
from gatekeeper.ledger.record import Ledger
from gatekeeper.ledger.repeats import again, repeated
from gatekeeper.model.claim import ReviewFacts, SelfReview
from gatekeeper.model.contract import Contract
from gatekeeper.model.policy import Policy
from gatekeeper.model.result import CheckResult, Report
from gatekeeper.model.subject import Subject
from gatekeeper.model.target import Attestation
from gatekeeper.model.vocabulary import CheckId, RunId
from gatekeeper.observing import Brought, Case, observe, policy_commit
from gatekeeper.policy.agreed import CONTRACT, agreed
from gatekeeper.process.tree import stop_orphans
from gatekeeper.request import Ports, Request
from gatekeeper.round import Planned

__all__ = ["Judged", "Ports", "Request", "check", "plans_of", "policy_of", "subject_of", "trial_document"]

_SELF_REVIEW = CheckId("self-review")
_PLANNERS = 3


class Judged(Struct, frozen=True):
    """A report, and the files whose change would make it stale."""

    report: Report
    witnesses: tuple[Witness, ...]
    environments: tuple[tuple[str, str], ...] = ()
    """(digest, origin in words) of the environments that checks ran in."""


class _Clock:
    """Seconds by step, so that the next bottleneck is visible."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started


def check(request: Request, ports: Ports, ledger: Ledger, brought: Brought | None = None) -> Judged:
    """Judge one subject. Raises GateError kinds when there is no verdict to be had; records nothing itself.

    `brought`: what a node has observed of it, in place of running anything here.
    """
    clock, started = _Clock(), ports.now()
    run = RunId(os.urandom(8).hex())
    stop_orphans()  # of a gate that was killed: they would hold memory and write into slots
    with clock.step("subject"):
        store, subject, contract, contracts_file = subject_of(request, ports)
    with clock.step("policy"):
        policy, contexts = policy_of(request, ports, store, subject, contract)
    try_isolation(policy)
    changed = Ahead(partial(change_facts, store, subject))
    with clock.step("plan"):
        plans = plans_of(policy, contexts, request)
    with clock.step("observe"):
        case = Case(run, store, subject, policy, contexts, started.date())
        seen = observe(case, plans, request, ports, ledger, brought, meanwhile=partial(load_what_follows, policy))
    results = seen.results
    with clock.step("hold"):
        approved = approvals_of(subject, policy, ports.home, ports.now(), ledger)
        # Claims are held against what approvals leave open; what is found about the claims may be approved as well.
        results, _ = settle(results, approved.listed, policy)
        review, facts, results = _held(results, policy, contexts, started.date())
        results, _ = settle(results, (*approved.listed, *approved.elsewhere), policy)
    with clock.step("rules"):
        change = changed.get()
        repeats = repeated(ledger, subject, results)
        known = Known(subject, change, results, review, contract, repeats, surfaces_of(policy))
        results = _with_rules(results, known, policy, started.date())
        results, uses = settle(results, (*approved.listed, *approved.elsewhere), policy)
    with clock.step("decide"):
        required = [one for one, settings in policy.checks.items() if settings.enabled and settings.required]
        decision = decide(results, required, policy.waivers, started.date(), approvals=uses, trial=policy.trial)
    report = Report(
        run=run,
        started=started.isoformat(timespec="seconds"),
        duration_s=sum(clock.seconds.values()),
        subject=subject,
        policy=policy,
        decision=decision,
        results=results,
        claims=review.claims if review else (),
        review=review,
        review_facts=facts,
        contract=contract,
        change=change,
        repeats=repeats,
        notes=(
            *_subject_notes(subject),
            *_policy_notes(request, policy),
            *seen.notes,
            *approved.notes,
            *again(repeats),
        ),
        timings=clock.seconds,
    )
    return Judged(report, (*seen.witnesses, contracts_file), seen.environments)


def _held(
    results: tuple[CheckResult, ...], policy: Policy, contexts: Callable[[CheckId], Context], today: date
) -> tuple[SelfReview | None, ReviewFacts | None, tuple[CheckResult, ...]]:
    """The self-review, the facts about what it speaks of, and the results with its claims held against them."""
    settings = policy.checks.get(_SELF_REVIEW)
    if settings is None or not settings.enabled:
        return None, None, disclose(results, None, policy.checks)
    # Like the modules of all checks: only for a policy that enables it.
    from gatekeeper.checks.review_facts import review_facts  # noqa: PLC0415
    from gatekeeper.checks.self_review import read as read_self_review  # noqa: PLC0415
    from gatekeeper.decision.hold import hold  # noqa: PLC0415

    context = contexts(_SELF_REVIEW)
    review = read_self_review(context, context.self_review)
    facts = review_facts(context.store, context.subject, policy.checks, review)
    results = disclose(results, review, policy.checks)
    return review, facts, hold(results, review, facts, settings, policy.waivers, today)


def _with_rules(results: tuple[CheckResult, ...], known: Known, policy: Policy, today: date) -> tuple[CheckResult, ...]:
    """The results, and that of the policy's rules about them."""
    if not policy.rules:
        return results
    # Like the modules of all checks: only for a policy that has rules.
    from gatekeeper.decision.rules import ruled  # noqa: PLC0415
    from gatekeeper.tools.cel import evaluate  # noqa: PLC0415

    ruling = ruled(known, policy, today, evaluate)
    return results if ruling is None else (*results, ruling)


def subject_of(request: Request, ports: Ports) -> tuple[Store, Subject, Contract | None, Witness]:
    """What is judged, the contract that binds it, and the file whose change may change that contract."""
    repository = find_repository(request.directory)
    store = Store.open(ports.home, repository)
    agreement = Agreement(ports.home, repository)
    try:
        subject = resolve(
            repository, request.rev, request.base, request.whole,
            store=store, on_progress=partial(fetching, ports.progress), agreed_base=agreement.base,
        )  # fmt: skip
    except UsageError as error:
        raise agreement.explained(error, request.rev) from error
    if not request.worktree:
        subject = replace(subject, worktree=None)
    if request.branch is not None:
        subject = replace(subject, branch=request.branch)
    contract = agreement.of(subject)
    # A worker that merged has nothing new to judge, and is not to get away with that.
    if not (contract and subject.ahead == 0 and _went_in_by_itself(store, subject, contract)):
        require_news(subject)
    return store, subject, contract, agreement.witness


def _went_in_by_itself(store: Store, subject: Subject, contract: Contract) -> bool:
    from gatekeeper.checks.by_itself import by_itself  # noqa: PLC0415 - like every check: only where it is asked

    return bool(by_itself(store, subject, contract))


def policy_of(
    request: Request, ports: Ports, store: Store, subject: Subject, contract: Contract | None
) -> tuple[Policy, Callable[[CheckId], Context]]:
    """The policy in force, and what each of its checks may look at while it plans."""
    seen = Seen(store, subject, policy_commit(subject))
    policy = agreed(_policy_at_base(request, ports, store, subject, seen), contract)
    if request.merged and subject.merge_tree is not None:  # with a conflict, sync says so
        policy = replace(policy, checks={name: replace(one, on="merge") for name, one in policy.checks.items()})
    _known(request, policy)
    attestations = _attestations(subject, policy, ports.now())

    def context(check_id: CheckId) -> Context:
        return Context(
            subject=subject,
            policy=policy,
            settings=policy.checks[check_id],
            seen=seen,
            store=store,
            home=ports.home,
            caller_env=ports.env,
            contract=contract,
            attestations=attestations,
            self_review=request.self_review,
        )

    return policy, context


def _attestations(subject: Subject, policy: Policy, now: datetime) -> tuple[Attestation, ...]:
    """What others brought about the targets of the policy."""
    if not any(settings.target for settings in policy.checks.values()):
        return ()
    from gatekeeper.stamp.brought import brought  # noqa: PLC0415 - cryptography is for those who have targets

    return brought(subject, policy, now)


def _policy_at_base(request: Request, ports: Ports, store: Store, subject: Subject, seen: Seen) -> Policy:
    tip = policy_commit(subject)
    where = f"{subject.base.name} ({tip[:12]})" if subject.base else f"the head itself ({tip[:12]})"
    if request.policy_rev is not None:
        from gatekeeper.policy.elsewhere import policy_elsewhere  # noqa: PLC0415 - as below

        return policy_elsewhere(request.policy_rev, store, subject, tip, lambda: seen.base_names)
    trial = trial_document(request)

    def load() -> Policy:
        # Lazy: pydantic behind it costs more than the rest of the gate, and the policy of a commit is kept.
        from gatekeeper.policy.load import load_policy  # noqa: PLC0415

        return load_policy(
            lambda path: store.read(tip, path),
            names=lambda: seen.base_names,
            where=where,
            trial=trial is not None,
            document=trial,
        )

    return load() if trial else KeptPolicies(ports.home.cache / "policies").of(tip, where, load)


def trial_document(request: Request) -> tuple[str, bytes] | None:
    """Name and content of a policy that is tried out. Raises UsageError when it cannot be read."""
    if request.policy_document is not None or request.policy_file is None:
        return request.policy_document
    try:
        return request.policy_file, Path(request.policy_file).read_bytes()
    except OSError as error:
        raise UsageError(
            f"the policy {request.policy_file} cannot be read: {error.strerror}", "name a TOML file"
        ) from error


def _known(request: Request, policy: Policy) -> None:
    for name in (*request.only, *request.skip):
        if name not in policy.checks:
            known = ", ".join(policy.checks)
            raise UsageError(f"there is no check {name!r} in the policy", f"the checks are: {known}")


def plans_of(policy: Policy, contexts: Callable[[CheckId], Context], request: Request) -> dict[CheckId, Planned]:
    """Every check of the policy with its plan, in their order. Made side by side: most of it is waiting for git."""
    checks = checks_of(policy)
    tasks = [partial(_plan, one, contexts(one.id), request) for one in checks]
    made = Crew(tasks, _PLANNERS, "plan").work(when_failed=lambda: None)
    return {one.id: Planned(one, plan) for one, plan in zip(checks, made, strict=True)}


def _plan(one: Check, context: Context, request: Request) -> Plan | str:
    """The plan, or why it is skipped."""
    subject = context.subject
    if subject.base and not subject.whole and subject.ahead == 0 and one.id != CONTRACT:
        return f"not run: {subject.base.name} contains the branch already"
    if request.only and one.id not in request.only:
        return "not asked for (--only)"
    if one.id in request.skip:
        return "skipped (--skip)"
    return one.plan(context)


def _policy_notes(request: Request, policy: Policy) -> tuple[str, ...]:
    elsewhere = (f"policy: {policy.origin}, not that of the base",) if request.policy_rev is not None else ()
    return (*elsewhere, *policy.notes)


def _subject_notes(subject: Subject) -> tuple[str, ...]:
    if subject.whole or subject.base is None:
        return ("the whole tree is judged against the empty tree (--whole)",)
    base = subject.base
    name = base.tip[:12] if base.name == base.tip else base.name
    return (f"base: {name} (from {base.origin}), {subject.ahead} ahead, {subject.behind} behind",)
