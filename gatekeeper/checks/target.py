"""A target of the policy: what a running system shows, probed by the base, with the branch as its subject."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

from msgspec import Struct
from msgspec.structs import replace
from pathspec import GitIgnoreSpec

from gatekeeper.checks.bench import Bench, Benches
from gatekeeper.checks.command import Floor
from gatekeeper.checks.contract import Context, Inapplicable, Plan, TargetPlan, Unavailable
from gatekeeper.checks.jail import inside, jail
from gatekeeper.checks.origin import import_problems
from gatekeeper.dispatch.leases import Wish
from gatekeeper.evidence.probe import Inquiry, Place, observe
from gatekeeper.git.command import Git
from gatekeeper.git.store import Store
from gatekeeper.model.observation import Observation, ToolIdentity
from gatekeeper.model.policy import CheckSettings
from gatekeeper.model.subject import Subject
from gatekeeper.model.target import Attestation, Target
from gatekeeper.model.vocabulary import CheckId, TreeId


class TargetCheck:
    """One target that the policy defines."""

    title = "a running system, probed"
    cost = 70

    def __init__(self, check: CheckId) -> None:
        self.id = check

    def plan(self, context: Context) -> Plan:
        target = context.settings.target
        if target is None:
            return Unavailable("the policy says nothing about it")
        if not _concerns(target, context):
            return Inapplicable(f"the branch touches none of its paths ({', '.join(target.paths)})")
        subject = context.subject
        return TargetPlan(
            target=target,
            commit=subject.head,
            base_commit=subject.base.tip if subject.base else subject.head,
            variables={name: value for name in target.pass_env if (value := context.caller_env.get(name))},
            attestations=tuple(
                _bound(one, subject) for one in context.attestations if one.target == context.settings.id
            ),
        )


def _concerns(target: Target, context: Context) -> bool:
    """Must the branch be shown there? A contract that names the target asks whatever the branch touches."""
    if context.subject.whole or not target.paths:
        return True
    if context.contract and context.settings.id in (context.contract.requires or {}):
        return True
    spec = GitIgnoreSpec.from_lines(target.paths)
    return any(spec.match_file(path) for path in context.touched)


def _bound(one: Attestation, subject: Subject) -> Attestation:
    if one.problem or one.commit == subject.head:
        return one
    return replace(one, problem=f"it is about another commit ({one.commit[:12]})")


class Stage(Struct, frozen=True):
    """What observing a target needs beside its plan."""

    store: Store
    benches: Benches
    floor: Floor


def observe_target(plan: TargetPlan, settings: CheckSettings, tree: TreeId, stage: Stage) -> Observation:
    """Probe the target from a checkout of the base; what is started runs in a checkout of `tree`."""
    blank = Observation(check=settings.id, tree=tree, attestations=plan.attestations)
    unset = [name for name in plan.target.pass_env if name not in plan.variables]
    if unset:
        asks = f"where the gate runs; pass_env of [target.{settings.id}] asks for it"
        return replace(blank, missing=tuple(f"{name} is not set {asks}" for name in unset))
    with ExitStack() as stack:
        room = _Room(stack, stage)
        base = room.borrow(stage.store.tree_of(plan.base_commit))
        place = room.place(base, _asked(plan.target), "at the base")
        slot = room.for_start(tree, settings, plan.target) if plan.target.start else None
        if room.missing:
            return replace(blank, missing=tuple(dict.fromkeys(room.missing)))
        inquiry = Inquiry(
            settings=settings,
            target=plan.target,
            commit=plan.commit,
            tree=tree,
            base=place,
            slot=slot,
            tools=tuple(room.tools.values()),
            variables=plan.variables,
            is_commit=_known_to(stage.store),
            scratch=base.slot.scratch / "probes",
            logs=stage.floor.logs,
            artefacts=stage.benches.home.artefacts_dir,
            cancelled=stage.floor.cancelled,
            on_sample=lambda held: stage.floor.on_sample(settings.id, held),
        )
        with stage.floor.cores.lease(stage.floor.cancelled), _lease(stage.floor, settings) as told:
            seen = observe(replace(inquiry, on_sample=_both(inquiry.on_sample, told)))
    return replace(seen, attestations=plan.attestations)


def _both(one: Callable[[int], None], other: Callable[[int], None]) -> Callable[[int], None]:
    def tell(held: int) -> None:
        one(held)
        other(held)

    return tell


def _lease(floor: Floor, settings: CheckSettings) -> AbstractContextManager[Callable[[int], None]]:
    """One lease for what is started and everything that asks it; gives whom to tell what it holds."""
    wish = Wish(
        name=f"{floor.branch or 'gate'} {settings.id}", memory=settings.memory_bytes, branch=floor.branch,
        key="\n".join((floor.repository, settings.id, "target")), repository=floor.repository, check=settings.id,
        limit=floor.share,
    )  # fmt: skip
    return floor.leases.hold(wish, floor.cancelled)


def _asked(target: Target) -> list[str]:
    """Names of the programs that ask the target."""
    return [words[0] for words in (target.ready, target.identify, target.probe) if words]


class _Room:
    """Checkouts, programs and the sandbox for one target, held until the stack is left; `missing` says what lacks."""

    def __init__(self, stack: ExitStack, stage: Stage) -> None:
        self.tools: dict[str, ToolIdentity] = {}
        self.missing: list[str] = []
        self._stack, self._stage = stack, stage

    def borrow(self, tree: TreeId) -> Bench:
        """A bench of our own, put right again afterwards: probes and servers write where they are."""
        bench = self._stack.enter_context(self._stage.benches.borrow(tree, exclusive=True))
        self._stack.callback(_put_right, bench)
        return bench

    def place(self, bench: Bench, names: list[str], where: str) -> Place:
        """The checkout with what answers to the names of programs there. A relative path is one inside the checkout."""
        self.missing.extend(bench.problems)
        programs = {}
        for name in names:
            inner = "/" in name and not name.startswith("/")
            tool = bench.tool(str(bench.slot.path / name) if inner else name, fallback=False)
            if tool is None:
                self.missing.append(f"{name} was not found {where} ({bench.environment.origin})")
            else:
                programs[name] = tool.executable
                self.tools.setdefault(tool.identity.digest, tool.identity)
        return Place(bench.slot.path, bench.env, programs)

    def for_start(self, tree: TreeId, settings: CheckSettings, target: Target) -> Place:
        """The branch's tree, in a sandbox where there is one: what is started is code of the branch."""
        bench = self.borrow(tree)
        place = self.place(bench, [target.start[0]], "in the branch's tree")
        if gap := bench.isolation.gap(settings):
            self.missing.append(gap)
        if self.missing:
            return place
        # What is started must be this tree, not another checkout that happens to be installed.
        self.missing.extend(import_problems(bench, self._stage.floor.logs))
        programs = place.programs[target.start[0]]
        sandbox = self._stack.enter_context(jail(bench, f"{settings.id}-start", network=True, programs=programs))
        level = bench.isolation.level(settings)
        return replace(place, env=inside(bench.env, sandbox), sandbox=sandbox, isolation=level)


def _put_right(bench: Bench) -> None:
    if bench.slot.changes():
        bench.slot.restore()


def _known_to(store: Store) -> Callable[[str], bool]:
    """Does the worker's repository know a commit by this (abbreviated) id?"""
    git = Git(git_dir=store.source)
    return lambda token: git.ok("cat-file", "-e", f"{token}^{{commit}}")
