"""Observe every planned check of one subject: here, or from what a node has observed of it already."""

from collections.abc import Callable, Mapping
from datetime import date

from msgspec import Struct, field

from gatekeeper.checks.bench import Benches
from gatekeeper.checks.command import Floor
from gatekeeper.checks.contract import Context
from gatekeeper.checks.isolation import isolate
from gatekeeper.checks.workshop import Workshop
from gatekeeper.dispatch.cores import Cores
from gatekeeper.dispatch.turns import Turns
from gatekeeper.environment.witness import Witness
from gatekeeper.errors import CannotEstablish
from gatekeeper.git.slots import Slots
from gatekeeper.git.store import Store, key_of
from gatekeeper.ledger.cache import LedgerCache
from gatekeeper.ledger.record import Ledger
from gatekeeper.model.observation import Observation
from gatekeeper.model.policy import Policy
from gatekeeper.model.result import CheckResult
from gatekeeper.model.subject import Subject
from gatekeeper.model.vocabulary import CheckId, CommitId, RunId
from gatekeeper.process.home import ensure_writable
from gatekeeper.process.remove import Broom
from gatekeeper.request import Ports, Request
from gatekeeper.round import Planned, Round


class Case(Struct, frozen=True):
    """One subject, and what is asked about it."""

    run: RunId
    store: Store
    subject: Subject
    policy: Policy
    contexts: Callable[[CheckId], Context]
    today: date


class Brought(Struct, frozen=True):
    """What a node has observed of one subject. `observations` by what was asked (`checks.workshop.asked`)."""

    head: CommitId
    base: CommitId | None
    """Tip of the base that it was compared with."""
    observations: Mapping[str, Observation] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    environments: tuple[tuple[str, str], ...] = ()
    """(digest, origin in words) of the environments in which the checks ran."""


class Observed(Struct, frozen=True):
    """The judged checks, where what they rest on came from, and the files whose change would make that stale."""

    results: tuple[CheckResult, ...]
    witnesses: tuple[Witness, ...]
    notes: tuple[str, ...]
    environments: tuple[tuple[str, str], ...]


def policy_commit(subject: Subject) -> CommitId:
    """The commit that the policy is read from: the base's tip. Without any base (`--whole`), the head itself."""
    return subject.base.tip if subject.base else subject.head


def observe(
    case: Case,
    plans: Mapping[CheckId, Planned],
    request: Request,
    ports: Ports,
    ledger: Ledger,
    brought: Brought | None = None,
    kept: dict[str, Observation] | None = None,
    meanwhile: Callable[[], None] = lambda: None,
) -> Observed:
    """Run what has to be run, and judge it. `kept` is given every observation that a command had to be run for.

    `meanwhile` is done when the checks take their time.

    Raises CannotEstablish when what was brought is about another commit.
    """
    subject = case.subject
    _same(subject, brought)
    broom = ports.broom or Broom()
    benches, floor = _place(case, request, ports, broom)
    cache = LedgerCache(ledger, case.run, subject.repository.common_dir) if request.use_cache else None
    workshop = Workshop(
        case.store, benches, floor, cache, subject.base_tree, policy_commit(subject), Turns(request.jobs),
        brought=None if brought is None else brought.observations, kept=kept,
    )  # fmt: skip
    try:
        results = Round(
            subject=subject, policy=case.policy, workshop=workshop, context=case.contexts, progress=ports.progress,
            cancelled=ports.cancelled, today=case.today, jobs=request.jobs, fail_fast=request.fail_fast,
            meanwhile=meanwhile,
        ).results(plans)  # fmt: skip
        notes, environments = benches.notes(), benches.environments()
        if brought is not None:
            # Targets are asked from here: their environment comes after those of the node.
            notes = tuple(dict.fromkeys((*brought.notes, *notes)))
            environments = tuple(dict.fromkeys((*brought.environments, *environments)))
        return Observed(results, benches.witnesses(), notes, environments)
    finally:
        benches.close()
        if ports.broom is None:
            broom.close()


def _place(case: Case, request: Request, ports: Ports, broom: Broom) -> tuple[Benches, Floor]:
    """Where commands run, and with what."""
    subject, policy = case.subject, case.policy
    repository = subject.repository
    logs = ensure_writable(ports.home.logs_dir / case.run)
    hidden = (repository.common_dir, repository.git_dir, *subject.worktrees)
    benches = Benches(
        ports.home, Slots(case.store, ports.home.slots_dir / key_of(repository)), policy.environment, ports.env,
        # The environment of a project without a lock file is in the first worktree.
        next(iter(subject.worktrees), None), logs, ports.cancelled, ports.progress.message, broom,
        isolate(policy.isolation, ports.home, ports.env, hidden), ports.leases,
    )  # fmt: skip
    floor = Floor(
        Cores(request.jobs), logs, ports.cancelled, ports.progress.sample, ports.leases,
        repository.common_dir, subject.branch or subject.head[:12], policy.memory.share,
    )  # fmt: skip
    return benches, floor


def _same(subject: Subject, brought: Brought | None) -> None:
    if brought is None or (brought.head, brought.base) == (subject.head, subject.base and subject.base.tip):
        return
    raise CannotEstablish(
        f"{subject.branch or subject.head[:12]} or its base has moved while a node observed it", "judge it again"
    )
