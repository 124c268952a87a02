"""The part of a gate that a node of a cluster does: fetch the commits, hold them against their trees, observe.

The node judges only to know what else it has to observe. Nothing of that is sent back: the head judges, decides and
signs, from the observations alone.
"""

import os
from collections.abc import Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from gatekeeper import __version__
from gatekeeper.checks.contract import TargetPlan
from gatekeeper.errors import CannotEstablish, ConfigurationError, GateError, GaveUpWaiting, NothingToJudge, UsageError
from gatekeeper.gate import plans_of, policy_of, subject_of, trial_document
from gatekeeper.git.mirror import mirror
from gatekeeper.git.relation import relate
from gatekeeper.git.store import Store
from gatekeeper.ledger.record import Ledger
from gatekeeper.model.contract import Contract
from gatekeeper.model.observation import Observation
from gatekeeper.model.subject import Subject
from gatekeeper.model.vocabulary import RunId
from gatekeeper.observing import Brought, Case, observe
from gatekeeper.process.tree import stop_orphans
from gatekeeper.request import Ports, Request
from gatekeeper.round import Planned

_KINDS: Mapping[str, type[GateError]] = {
    one.__name__: one for one in (ConfigurationError, GaveUpWaiting, NothingToJudge, UsageError)
}
_AT_THE_HEAD = "a target is asked from where the gate was called"


class Order(Struct, frozen=True):
    """What a node is to observe. `url` is where it fetches from; all else is as the head has resolved it."""

    version: str
    url: str
    subject: Subject
    contract: Contract | None = None
    policy: tuple[str, str] | None = None
    """A policy that is tried out: its name, and its text in Latin-1, which holds any bytes."""
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    jobs: int = 2
    use_cache: bool = True
    wait_s: float | None = None
    oversize: str = ""
    memory: int = 0
    """Bytes: the most that any check of the policy declares to need; 0 when none does. For the head's first guess."""


class Answer(Struct, frozen=True):
    """What it has observed; or, with `kind`, why nothing (see `gatekeeper.errors`)."""

    observations: Mapping[str, Observation] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    environments: tuple[tuple[str, str], ...] = ()
    lacked: int = 0
    """Bytes that a command would have needed which the node had no memory for."""
    kind: str = ""
    what: str = ""
    hint: str = ""

    def brought(self, subject: Subject) -> Brought:
        """For `gate.check`. Raises the error that there was in place of it."""
        if self.kind:
            raise _KINDS.get(self.kind, CannotEstablish)(self.what, self.hint)
        tip = subject.base.tip if subject.base else None
        return Brought(subject.head, tip, self.observations, self.notes, self.environments)


def order_of(request: Request, ports: Ports, url: str, *, wait_s: float | None = None, oversize: str = "") -> Order:
    """What a node has to know about a subject. Raises what `gate.check` raises before it observes anything."""
    store, subject, contract, _ = subject_of(request, ports)
    policy, _ = policy_of(request, ports, store, subject, contract)
    memory = max((one.memory_bytes or 0 for one in policy.checks.values()), default=0)
    trial = trial_document(request)
    return Order(
        version=__version__, url=url, subject=subject, contract=contract,
        policy=None if trial is None else (trial[0], trial[1].decode("latin-1")),
        only=request.only, skip=request.skip, jobs=request.jobs, use_cache=request.use_cache,
        wait_s=wait_s, oversize=oversize, memory=memory,
    )  # fmt: skip


def carry_out(order: Order, ports: Ports, ledger: Ledger) -> Answer:
    """Observe everything that the head will ask for. Raises GateError kinds when nothing can be observed."""
    if order.version != __version__:
        raise ConfigurationError(
            f"{os.uname().nodename} has gate {__version__}, and {order.version} has asked it",
            "install the same version of branch-gatekeeper on every node",
        )
    stop_orphans()
    subject = order.subject
    base = [subject.base.tip] if subject.base else []
    store, repository = mirror(ports.home, order.url, list(dict.fromkeys([subject.head, *base])), ports.env)
    verify(store, subject)
    here = replace(subject, repository=repository, worktree=None, worktrees=())
    request = _request(order)
    policy, contexts = policy_of(request, ports, store, here, order.contract)
    kept: dict[str, Observation] = {}
    case = Case(RunId(os.urandom(8).hex()), store, here, policy, contexts, ports.now().date())
    plans = {one: _possible(planned) for one, planned in plans_of(policy, contexts, request).items()}
    seen = observe(case, plans, request, ports, ledger, kept=kept)
    return Answer(kept, seen.notes, seen.environments)


def together(answers: Sequence[Answer]) -> Answer:
    """One answer for a subject whose checks were observed in several places; the first error among them."""
    failed = next((answer for answer in answers if answer.kind), None)
    if failed is not None:
        return failed
    whole = Answer()
    for one in answers:
        whole = Answer(
            {**whole.observations, **one.observations}, tuple(dict.fromkeys((*whole.notes, *one.notes))),
            tuple(dict.fromkeys((*whole.environments, *one.environments))), max(whole.lacked, one.lacked),
        )  # fmt: skip
    return whole


def refusal(error: GateError) -> Answer:
    """The answer for an error that the head is to raise."""
    return Answer(kind=type(error).__name__, what=error.what, hint=error.hint)


def verify(store: Store, subject: Subject) -> None:
    """Hold the trees of what has arrived against those that the head has resolved. Raises CannotEstablish."""
    base = None if subject.whole or subject.base is None else subject.base.tip
    found = relate(store, subject.head, base)
    here: list[tuple[str, object, object]] = [("tree of the head", found.head_tree, subject.head_tree)]
    if base is not None:
        here += [
            ("merge base", found.merge_base, subject.merge_base),
            ("tree of the merge base", found.base_tree, subject.base_tree),
            ("merge result", found.merge_tree, subject.merge_tree),
        ]
    for name, seen, wanted in here:
        if seen != wanted:
            raise CannotEstablish(
                f"the {name} is {seen} on {os.uname().nodename}, and {wanted} where the gate was called",
                "the same commits must be read everywhere: compare the versions of git, and look for replaced objects",
            )


def _request(order: Order) -> Request:
    document = None if order.policy is None else (order.policy[0], order.policy[1].encode("latin-1"))
    # Never --fail-fast: what is left out depends on who is faster. The head leaves out the same as without a node.
    return Request(
        directory="/", only=order.only, skip=order.skip, whole=order.subject.whole, use_cache=order.use_cache,
        jobs=order.jobs, policy_document=document, worktree=False,
    )  # fmt: skip


def _possible(planned: Planned) -> Planned:
    """Targets are asked from where their secrets are."""
    return Planned(planned.check, _AT_THE_HEAD) if isinstance(planned.plan, TargetPlan) else planned
