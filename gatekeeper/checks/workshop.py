"""Observe one check: facts from git, commands on a bench, or an earlier observation that still holds."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from gatekeeper import __version__
from gatekeeper.checks.bench import Bench, Benches
from gatekeeper.checks.command import Floor, observe, prepare_steps, tools_digest
from gatekeeper.checks.contract import Boot, CommandPlan, FactsPlan, Inapplicable, Plan, Step, TargetPlan, Unavailable
from gatekeeper.checks.isolation import FILES_AND_NETWORK, NOT_ISOLATED, Isolation
from gatekeeper.dispatch.leases import gave_up, refused
from gatekeeper.dispatch.turns import Turns
from gatekeeper.environment.witness import look_at
from gatekeeper.errors import GaveUpWaiting, TooLarge
from gatekeeper.evidence.label import label
from gatekeeper.git.store import Store
from gatekeeper.model.observation import Observation, Past
from gatekeeper.model.policy import CheckSettings
from gatekeeper.model.vocabulary import CheckId, Label, TreeId
from gatekeeper.process.environment import allow_listed_digest

_NO_RESULT = (
    "timeout_s", "memory_bytes", "required", "requires", "enabled", "severity", "baseline", "failing_at_base",
    "harness", "perturb", "perturb_timeout_s", "base_tests",
)  # fmt: skip
"""Settings that cannot change what is observed."""
_NOT_BROUGHT = "the node that observed the branch was not asked for this, or did not come to it"


class Cache(Protocol):
    """Observations of earlier runs."""

    def find(self, key: str) -> Observation | None: ...

    def keep(self, key: str, observation: Observation) -> None: ...

    def past(self, check: CheckId) -> tuple[Past, ...]: ...


class Workshop(Struct):
    """Everything that observing needs. Used from several threads."""

    store: Store
    benches: Benches
    floor: Floor
    cache: Cache | None
    base_tree: TreeId
    ignored_by: str
    """Commit whose .gitignore says which new files do not count as a change of the tree: the base's tip."""
    turns: Turns
    """Which checks may be at work; the others get ready."""
    brought: Mapping[str, Observation] | None = None
    """What a node has observed, by `asked`: then no command of a check runs here."""
    kept: dict[str, Observation] | None = None
    """Where a node keeps what it has observed, by `asked`."""
    _inputs: dict[tuple[TreeId, tuple[str, ...]], str] = field(default_factory=dict)

    def observe(
        self, plan: Plan, settings: CheckSettings, tree: TreeId, *, outside: bool = False, once: bool = False
    ) -> Observation:
        """The observation of one planned check on one tree; `outside` of the isolation only for a comparison.

        `once`: the tree is of no use to anybody else, its checkout may be another one's next.

        Raises GaveUpWaiting when no memory was had before any tool of the run could start.
        """
        if not isinstance(plan, CommandPlan) or (self.brought is None and self.kept is None):
            return self._here(plan, settings, tree, outside=outside, once=once)
        question = asked(plan, settings, tree, self.base_tree, outside=outside)
        if self.brought is not None:
            known = self.brought.get(question)
            return known or Observation(check=settings.id, tree=tree, missing=(_NOT_BROUGHT,))
        observation = self._here(plan, settings, tree, outside=outside, once=once)
        if self.kept is not None:
            self.kept[question] = observation
        return observation

    def _here(self, plan: Plan, settings: CheckSettings, tree: TreeId, *, outside: bool, once: bool) -> Observation:
        try:
            return self._observe(plan, settings, tree, outside=outside, once=once)
        except GaveUpWaiting as error:
            if not self.floor.leases.started.is_set():
                raise  # nothing was observed by anybody: there is no verdict to be had
            return Observation(check=settings.id, tree=tree, missing=(gave_up(error),))
        except TooLarge as error:
            return Observation(check=settings.id, tree=tree, missing=(refused(error),))

    def _observe(self, plan: Plan, settings: CheckSettings, tree: TreeId, *, outside: bool, once: bool) -> Observation:
        match plan:
            case Inapplicable(reason):
                return Observation(check=settings.id, tree=tree, inapplicable=reason)
            case Unavailable(reason):
                return Observation(check=settings.id, tree=tree, missing=(reason,))
            case FactsPlan(facts):
                return facts()
            case CommandPlan():
                isolation = NOT_ISOLATED if outside else self.benches.isolation
                return self._command(plan, settings, tree, isolation, once=once)
            case TargetPlan():
                return self._target(plan, settings, tree)

    def _target(self, plan: TargetPlan, settings: CheckSettings, tree: TreeId) -> Observation:
        """Never from the cache: a running system is another one each time."""
        # Lazy: only a policy with targets pays for what starts and probes them.
        from gatekeeper.checks.target import Stage, observe_target  # noqa: PLC0415

        with self.turns.one(self.floor.cancelled) as turn:
            turn()
            return observe_target(plan, settings, tree, Stage(self.store, self.benches, self.floor))

    def _command(
        self, plan: CommandPlan, settings: CheckSettings, tree: TreeId, isolation: Isolation, *, once: bool
    ) -> Observation:
        gap = isolation.gap(settings)
        if gap:
            return Observation(check=settings.id, tree=tree, missing=(gap,))
        with (
            self.turns.one(self.floor.cancelled) as turn,
            self._bench(tree, plan, turn, once=once) as borrowed,
        ):
            bench = borrowed if isolation is borrowed.isolation else replace(borrowed, isolation=isolation)
            steps, missing = prepare_steps(plan, bench, offline=isolation.level(settings) == FILES_AND_NETWORK)
            if missing:
                return Observation(check=settings.id, tree=tree, missing=missing, notes=plan.notes)
            key = self._key(settings, bench, tree, tools_digest(steps, bench), plan) if self.cache else ""
            known = self.cache.find(key) if self.cache else None
            if known is not None:
                return known
            turn()
            observation = observe(plan, steps, bench, settings, self.floor, self.ignored_by)
        if self.cache and label(observation)[0] is not Label.BLOCKED:
            self.cache.keep(key, observation)
        return observation

    @contextmanager
    def _bench(self, tree: TreeId, plan: CommandPlan, turn: Callable[[], None], *, once: bool) -> Iterator[Bench]:
        """A bench to get ready on before its turn. A check that writes waits first: it may have the slot of the others
        when they are done, and a run of one check at a time needs no second one."""
        if plan.writes:
            turn()
        with self.benches.borrow(tree, exclusive=plan.writes, once=once) as bench:
            yield bench

    def _key(self, settings: CheckSettings, bench: Bench, tree: TreeId, tools: str, plan: CommandPlan) -> str:
        """What the result depends on: change any of it and the check runs again."""
        parts = {
            "tree": self._tree_or_inputs(tree, settings.inputs),
            "base": self.base_tree,
            "settings": _settings(settings),
            "steps": [_step(step) for step in plan.steps],
            "tools": tools,
            "environment": [bench.environment.digest, bench.overlay.digest, bench.contents],
            "isolation": [bench.isolation.level(settings), *look_at(bench.isolation.walls.visible)],
            "variables": allow_listed_digest({name: value for name, value in bench.env.items() if name != "PATH"}),
            "attempt": plan.attempt,
            "gate": __version__,
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode("utf-8", "surrogateescape")).hexdigest()

    def _tree_or_inputs(self, tree: TreeId, inputs: tuple[str, ...]) -> str:
        if not inputs:
            return tree
        if (tree, inputs) not in self._inputs:
            from gatekeeper.policy.globs import Globs  # noqa: PLC0415 - only for a check with inputs of its own

            wanted = Globs(inputs)
            listed = self.store.list_tree(tree)
            rows = [f"{mode} {oid} {path}" for path, (mode, oid) in listed.items() if wanted.match(path)]
            self._inputs[tree, inputs] = hashlib.sha256("\0".join(rows).encode("utf-8", "surrogateescape")).hexdigest()
        return self._inputs[tree, inputs]


def asked(plan: CommandPlan, settings: CheckSettings, tree: TreeId, base_tree: TreeId, *, outside: bool) -> str:
    """What is asked of a tree, whichever machine answers: sha256 over commands, settings and trees."""
    steps = [[*_step(step), *step.command] for step in plan.steps]
    parts = [tree, base_tree, settings.id, _settings(settings), steps, plan.attempt, outside]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode("utf-8", "surrogateescape")).hexdigest()


def _step(step: Step) -> list[str]:
    return [step.tool, step.reader.name, *step.targets, "--", *step.extra, *_boot(step.boot)]


def _boot(boot: Boot | None) -> list[str]:
    """In an order of its own: that of a set is another one in each process."""
    if boot is None:
        return ["None"]
    plugins = "None" if boot.plugins is None else repr(sorted(boot.plugins))
    return [plugins, repr(boot.points), boot.config]


def _settings(settings: CheckSettings) -> Mapping[str, str]:
    return {name: repr(getattr(settings, name)) for name in settings.__struct_fields__ if name not in _NO_RESULT}
