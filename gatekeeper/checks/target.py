"""A target of the policy: what a running system shows, probed by the base, with the branch as its subject."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace

from pathspec import GitIgnoreSpec

from gatekeeper.checks.bench import Bench, Benches
from gatekeeper.checks.command import Floor
from gatekeeper.checks.contract import Context, Inapplicable, Plan, TargetPlan, Unavailable
from gatekeeper.checks.origin import import_problems
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


@dataclass(frozen=True, slots=True)
class Stage:
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
        base = _borrow(stack, stage, stage.store.tree_of(plan.base_commit))
        slot = _borrow(stack, stage, tree) if plan.target.start else None
        inquiry, missing_tools = _inquiry(plan, settings, tree, stage, base, slot)
        if missing_tools:
            return replace(blank, missing=missing_tools)
        with stage.floor.cores.lease(stage.floor.cancelled):
            seen = observe(inquiry)
    return replace(seen, attestations=plan.attestations)


def _borrow(stack: ExitStack, stage: Stage, tree: TreeId) -> Bench:
    """A bench of our own, put right again afterwards: probes and servers write where they are."""
    bench = stack.enter_context(stage.benches.borrow(tree, exclusive=True))
    stack.callback(_put_right, bench)
    return bench


def _put_right(bench: Bench) -> None:
    if bench.slot.changes():
        bench.slot.restore()


def _inquiry(
    plan: TargetPlan, settings: CheckSettings, tree: TreeId, stage: Stage, base: Bench, slot: Bench | None
) -> tuple[Inquiry, tuple[str, ...]]:
    """What is asked, and what is missing for it."""
    target = plan.target
    missing = [*base.problems, *(slot.problems if slot else ())]
    tools: dict[str, ToolIdentity] = {}
    asked = [words[0] for words in (target.ready, target.identify, target.probe) if words]
    programs = _programs(asked, base, "at the base", tools, missing)
    started = _programs([target.start[0]], slot, "in the branch's tree", tools, missing) if slot else {}
    if slot and not missing:
        # What is started must be this tree, not another checkout that happens to be installed.
        missing += import_problems(slot, stage.floor.logs)
    inquiry = Inquiry(
        settings=settings,
        target=target,
        commit=plan.commit,
        tree=tree,
        base=Place(base.slot.path, base.env, programs),
        slot=Place(slot.slot.path, slot.env, started) if slot else None,
        tools=tuple(tools.values()),
        variables=plan.variables,
        is_commit=_known_to(stage.store),
        scratch=base.slot.scratch / "probes",
        logs=stage.floor.logs,
        artefacts=stage.benches.home.artefacts_dir,
        cancelled=stage.floor.cancelled,
        on_sample=lambda held: stage.floor.on_sample(settings.id, held),
    )
    return inquiry, tuple(dict.fromkeys(missing))


def _programs(
    names: list[str], bench: Bench, where: str, tools: dict[str, ToolIdentity], missing: list[str]
) -> Mapping[str, tuple[str, ...]]:
    """Name → how it is called there. A relative path is one inside the checkout."""
    found = {}
    for name in names:
        inside = "/" in name and not name.startswith("/")
        tool = bench.tool(str(bench.slot.path / name) if inside else name, fallback=False)
        if tool is None:
            missing.append(f"{name} was not found {where} ({bench.environment.origin})")
        else:
            found[name] = tool.executable
            tools.setdefault(tool.identity.digest, tool.identity)
    return found


def _known_to(store: Store) -> Callable[[str], bool]:
    """Does the worker's repository know a commit by this (abbreviated) id?"""
    git = Git(git_dir=store.source)
    return lambda token: git.ok("cat-file", "-e", f"{token}^{{commit}}")
