"""The way of the data: subject → policy → plan → lease → observe → judge → decide → record. One direction, no way back."""

import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from gatekeeper.checks.bench import Benches
from gatekeeper.checks.command import Floor
from gatekeeper.checks.contract import Check, CommandPlan, Context, Plan
from gatekeeper.checks.progress import Progress
from gatekeeper.checks.registry import checks_of
from gatekeeper.checks.reproduce import reproduce
from gatekeeper.checks.self_review import read as read_self_review
from gatekeeper.checks.workshop import Workshop
from gatekeeper.decision.decide import decide
from gatekeeper.decision.judge import judge
from gatekeeper.dispatch.cores import Cores
from gatekeeper.environment.witness import Witness
from gatekeeper.errors import GateError, Interrupted, UsageError
from gatekeeper.git.facts import find_repository, resolve
from gatekeeper.git.slots import Slots
from gatekeeper.git.store import Store, key_of
from gatekeeper.git.worktrees import list_worktrees
from gatekeeper.ledger.record import Ledger
from gatekeeper.model.observation import Observation
from gatekeeper.model.policy import CheckSettings, Policy
from gatekeeper.model.result import CheckResult, Report
from gatekeeper.model.subject import Subject
from gatekeeper.model.vocabulary import CheckId, CommitId, Outcome, RunId, TreeId
from gatekeeper.policy.detect import detect
from gatekeeper.policy.load import load_policy
from gatekeeper.process.home import Home, ensure_writable


@dataclass(frozen=True, slots=True)
class Request:
    """What the caller asks for. `only` and `skip` are ids of checks; `jobs` is how many tools may run at once."""

    directory: str
    rev: str | None = None
    base: str | None = None
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    whole: bool = False
    fail_fast: bool = False
    use_cache: bool = True
    jobs: int = 2
    policy_file: str | None = None


@dataclass(frozen=True, slots=True)
class Ports:
    """What the gate needs of the world: where its home is, the caller's variables, the time, who watches, who may stop it."""

    home: Home
    env: Mapping[str, str]
    progress: Progress
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    cancelled: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True, slots=True)
class Judged:
    """A report, and the files whose change would make it stale."""

    report: Report
    witnesses: tuple[Witness, ...]


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


def check(request: Request, ports: Ports, ledger: Ledger) -> Judged:
    """Judge one subject. Raises GateError kinds when there is no verdict to be had; records nothing itself."""
    clock, started = _Clock(), ports.now()
    run = RunId(secrets.token_hex(8))
    with clock.step("subject"):
        store, subject = _subject(request, ports)
    with clock.step("policy"):
        policy, contexts = _policy(request, ports, store, subject)
    with clock.step("plan"):
        plans = {one.id: (one, _plan(one, contexts(one.id), request)) for one in checks_of(policy)}
    logs = ensure_writable(ports.home.logs_dir / run)
    cache = _LedgerCache(ledger, run) if request.use_cache else None
    benches = Benches(
        ports.home, Slots(store, ports.home.slots_dir / key_of(subject.repository)), policy.environment, ports.env,
        _main_worktree(subject), logs, ports.cancelled, ports.progress.message,
    )  # fmt: skip
    floor = Floor(Cores(request.jobs), logs, ports.cancelled, ports.progress.sample)
    workshop = Workshop(store, benches, floor, cache, subject.base_tree)
    try:
        with clock.step("observe"):
            results = _Round(request, ports, subject, policy, workshop, contexts).results(plans)
        witnesses, notes = benches.witnesses(), benches.notes()
    finally:
        benches.close()
    with clock.step("decide"):
        required = [one for one, settings in policy.checks.items() if settings.enabled and settings.required]
        decision = decide(results, required, policy.waivers, started.date(), trial=policy.trial)
    review = read_self_review(contexts(CheckId("self-review"))) if "self-review" in policy.checks else None
    report = Report(
        run=run,
        started=started.isoformat(timespec="seconds"),
        duration_s=sum(clock.seconds.values()),
        subject=subject,
        policy=policy,
        decision=decision,
        results=results,
        claims=review.claims if review else (),
        notes=(*_subject_notes(subject), *policy.notes, *notes),
        timings=clock.seconds,
    )
    return Judged(report, witnesses)


def _subject(request: Request, ports: Ports) -> tuple[Store, Subject]:
    repository = find_repository(request.directory)
    store = Store.open(ports.home, repository)
    subject = resolve(
        repository, request.rev, request.base, request.whole, store=store, on_progress=ports.progress.message
    )
    return store, subject


def policy_commit(subject: Subject) -> CommitId:
    """The commit that the policy is read from: the base's tip. Without any base (`--whole`), the head itself."""
    return subject.base.tip if subject.base else subject.head


def _policy(
    request: Request, ports: Ports, store: Store, subject: Subject
) -> tuple[Policy, Callable[[CheckId], Context]]:
    tip = policy_commit(subject)
    names = tuple(store.list_tree(tip))
    head_names = tuple(store.list_tree(subject.head))
    where = f"{subject.base.name} ({tip[:12]})" if subject.base else f"the head itself ({tip[:12]})"
    policy = load_policy(
        lambda path: store.read(tip, path),
        names=lambda: names,
        where=where,
        trial=request.policy_file is not None,
        document=_trial_document(request),
    )
    _known(request, policy)
    detected = detect(names, lambda path: store.read(tip, path))

    def context(check_id: CheckId) -> Context:
        return Context(
            subject=subject,
            policy=policy,
            settings=policy.checks[check_id],
            detected=detected,
            base_names=names,
            head_names=head_names,
            store=store,
            home=ports.home,
        )

    return policy, context


def _trial_document(request: Request) -> tuple[str, bytes] | None:
    if request.policy_file is None:
        return None
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


def _plan(one: Check, context: Context, request: Request) -> Plan | str:
    """The plan, or why it is skipped."""
    if request.only and one.id not in request.only:
        return "not asked for (--only)"
    if one.id in request.skip:
        return "skipped (--skip)"
    return one.plan(context)


def _main_worktree(subject: Subject) -> str | None:
    """Where the environment of a project without a lock file is: the first worktree."""
    listed = list_worktrees(subject.repository)
    return listed[0].path if listed else None


def _subject_notes(subject: Subject) -> tuple[str, ...]:
    if subject.whole or subject.base is None:
        return ("the whole tree is judged against the empty tree (--whole)",)
    base = subject.base
    return (f"base: {base.name} (from {base.origin}), {subject.ahead} ahead, {subject.behind} behind",)


class _LedgerCache:
    """The ledger as the cache of observations; one connection, one user at a time."""

    def __init__(self, ledger: Ledger, run: RunId) -> None:
        self._ledger = ledger
        self._run = run
        self._lock = threading.Lock()

    def find(self, key: str) -> Observation | None:
        with self._lock:
            return self._ledger.observation(key)

    def keep(self, key: str, observation: Observation) -> None:
        with self._lock:
            self._ledger.keep_observation(key, observation, self._run)


class _Round:
    """All checks of one run: cheap ones first, as many at once as cores allow, results in a stable order."""

    def __init__(
        self,
        request: Request,
        ports: Ports,
        subject: Subject,
        policy: Policy,
        workshop: Workshop,
        contexts: Callable[[CheckId], Context],
    ) -> None:
        self._request = request
        self._ports = ports
        self._subject = subject
        self._policy = policy
        self._workshop = workshop
        self._contexts = contexts
        self._stop = threading.Event()

    def results(self, plans: Mapping[CheckId, tuple[Check, Plan | str]]) -> tuple[CheckResult, ...]:
        """One result per check, in the order of `plans`."""
        ordered = sorted(plans.values(), key=lambda item: (item[0].cost, item[0].id))
        pool = ThreadPoolExecutor(max_workers=self._request.jobs, thread_name_prefix="check")
        try:
            futures = {one.id: pool.submit(self._result, one, plan) for one, plan in ordered}
            while not all(future.done() for future in futures.values()):
                # A wait with a timeout, so that Ctrl-C reaches this thread.
                for future in futures.values():
                    if not future.done():
                        _settle(future.exception, 0.2)
                        break
        except BaseException:
            self._ports.cancelled.set()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        if self._ports.cancelled.is_set():
            raise Interrupted("interrupted: the checks that were running have been stopped")
        return tuple(futures[check_id].result() for check_id in plans)

    def _result(self, one: Check, plan: Plan | str) -> CheckResult:
        settings = self._policy.checks[one.id]
        if isinstance(plan, str) or self._stop.is_set():
            reason = plan if isinstance(plan, str) else "not run: an earlier check failed (--fail-fast)"
            observation = Observation(check=one.id, tree=self._subject.head_tree, missing=(reason,))
            return judge(observation, None, settings, self._policy.waivers, self._ports.now().date())
        started = time.perf_counter()
        self._ports.progress.started(one.id)
        result = self._judged(one, plan, settings)
        self._ports.progress.finished(one.id, result.outcome, time.perf_counter() - started)
        if self._request.fail_fast and result.outcome is Outcome.FAILED:
            self._stop.set()
        return result

    def _judged(self, one: Check, plan: Plan, settings: CheckSettings) -> CheckResult:
        """Judge the head; only when something would reject, ask the merge base whether it was there before."""
        tree = self._tree(settings)
        if tree is None:
            observation = Observation(
                check=one.id,
                tree="",
                missing=("it is to run on the merge result, and the branch does not merge with its base",),
            )
            return judge(observation, None, settings, self._policy.waivers, self._ports.now().date())
        head = self._workshop.observe(plan, settings, tree)
        again = reproduce(plan, head)
        today = self._ports.now().date()
        result = judge(head, None, settings, self._policy.waivers, today, reproduce=again)
        merge_base = self._subject.merge_base
        if result.outcome is not Outcome.FAILED or merge_base is None or not self._wants_base(plan, settings):
            return result
        base = self._workshop.observe(self._base_plan(one, merge_base), settings, self._subject.base_tree)
        return judge(head, base, settings, self._policy.waivers, today, reproduce=again)

    def _wants_base(self, plan: Plan, settings: CheckSettings) -> bool:
        if self._subject.whole or not isinstance(plan, CommandPlan):
            return False
        return settings.baseline == "new" or plan.base_when_failing

    def _base_plan(self, one: Check, merge_base: CommitId) -> Plan:
        """The same check planned for the merge base: its own names decide the targets."""
        subject = replace(self._subject, head=merge_base, head_tree=self._subject.base_tree)
        context = self._contexts(one.id)
        names = tuple(context.store.list_tree(self._subject.base_tree))
        return one.plan(replace(context, subject=subject, head_names=names))

    def _tree(self, settings: CheckSettings) -> TreeId | None:
        if settings.on == "merge" and not self._subject.whole:
            return self._subject.merge_tree
        return self._subject.head_tree


def _settle(wait: Callable[[float], object], seconds: float) -> None:
    try:
        wait(seconds)
    except TimeoutError:
        return


def default_jobs() -> int:
    """How many tools may run at once: the cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


__all__: Sequence[str] = ("GateError", "Judged", "Ports", "Request", "check", "default_jobs", "policy_commit")
