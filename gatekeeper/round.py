"""All checks of one run: cheap ones first, as many at once as cores allow, results in a stable order."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import partial

from msgspec import Struct, field
from msgspec.structs import replace

from gatekeeper.checks.contract import Check, CommandPlan, Context, Plan
from gatekeeper.checks.isolation import NONE
from gatekeeper.checks.progress import Progress
from gatekeeper.checks.reproduce import reproduce
from gatekeeper.checks.workshop import Workshop
from gatekeeper.decision.inside import alike, excuse, explained
from gatekeeper.decision.judge import judge
from gatekeeper.dispatch.crew import Crew
from gatekeeper.errors import Interrupted
from gatekeeper.evidence.label import label, trust_of
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import Observation, Past
from gatekeeper.model.policy import CheckSettings, Policy
from gatekeeper.model.result import CheckResult
from gatekeeper.model.subject import Subject
from gatekeeper.model.vocabulary import CheckId, CommitId, Label, Outcome, TreeId

INTEGRITY = CheckId("integrity")


class Planned(Struct, frozen=True):
    """A check with its plan, or with the words that say why it is skipped."""

    check: Check
    plan: Plan | str


class Look(Struct, frozen=True):
    """What a check that looks beyond the judged tree may ask for (see `checks/contract.py`)."""

    workshop: Workshop
    settings: CheckSettings
    tree: TreeId
    base_tree: TreeId
    plan: Callable[[], Plan]

    def base(self) -> Observation:
        return self.workshop.observe(self.plan(), self.settings, self.base_tree)

    def observe(self, plan: CommandPlan, tree: TreeId, timeout_s: float | None = None) -> Observation:
        limit = self.settings.timeout_s if timeout_s is None else timeout_s
        return self.workshop.observe(plan, replace(self.settings, timeout_s=limit), tree, once=True)

    def past(self) -> tuple[Past, ...]:
        return self.workshop.cache.past(self.settings.id) if self.workshop.cache else ()


class Round(Struct, frozen=True):
    """Observes and judges every planned check of one subject."""

    subject: Subject
    policy: Policy
    workshop: Workshop
    context: Callable[[CheckId], Context]
    progress: Progress
    cancelled: threading.Event
    today: date
    jobs: int
    fail_fast: bool = False
    meanwhile: Callable[[], None] = lambda: None
    """Done while the checks take their time."""
    _stop: threading.Event = field(default_factory=threading.Event)

    def results(self, planned: Mapping[CheckId, Planned]) -> tuple[CheckResult, ...]:
        """One result per check, in the order of `planned`. Raises Interrupted when the run is cancelled."""
        ordered = self._ordered(planned.values())
        crew = Crew([partial(self._result, one) for one in ordered], self._size(ordered), "check")
        tried = crew.work(when_failed=self.cancelled.set, meanwhile=self.meanwhile)
        found = {result.id: _slim(result) for result in tried}
        if not self.cancelled.is_set():
            found.update(self._corroborated(found.get(INTEGRITY), planned))
        if self.cancelled.is_set():
            raise Interrupted("interrupted: the checks that were running have been stopped")
        return tuple(found[check_id] for check_id in planned)

    def _ordered(self, planned: Iterable[Planned]) -> list[Planned]:
        """Cheap ones first; where several may be at work, the longest beside them, as everything waits for it."""
        ordered = sorted(planned, key=lambda one: (one.check.cost, one.check.id))
        commands = [one for one in ordered if isinstance(one.plan, CommandPlan)]
        if self.jobs == 1 or self.fail_fast or len(commands) < 3:
            return ordered
        first, longest = commands[0], commands[-1]
        if longest.check.cost > first.check.cost:
            ordered.remove(longest)
            ordered.insert(ordered.index(first), longest)
        return ordered

    def _size(self, planned: Iterable[Planned]) -> int:
        """One more than may be at work: it answers questions to git and gets the next check ready meanwhile.

        What writes waits for its turn before it gets ready, and after a failure nothing is to begin.
        """
        plans = [one.plan for one in planned if not isinstance(one.plan, str)]
        ahead = any(not isinstance(plan, CommandPlan) or not plan.writes for plan in plans)
        return self.jobs + 1 if ahead and not self.fail_fast else self.jobs

    def _result(self, one: Planned) -> CheckResult:
        settings = self.policy.checks[one.check.id]
        if isinstance(one.plan, str):
            return self._not_run(settings, one.plan)
        if self._stop.is_set():
            return self._not_run(settings, "not run: an earlier check failed (--fail-fast)")
        started = time.perf_counter()
        self.progress.started(one.check.id)
        result = explained(self._judged(one.check, one.plan, settings))
        # Of a check that ran commands what they took: before them it may have waited for its turn.
        seen, spent = result.observation, time.perf_counter() - started
        spent = seen.duration_s if seen.commands and seen.cached_from is None else spent
        self.progress.finished(one.check.id, result.outcome, spent)
        if self.fail_fast and result.outcome is Outcome.FAILED:
            self._stop.set()
        return result

    def _corroborated(
        self, result: CheckResult | None, planned: Mapping[CheckId, Planned]
    ) -> dict[CheckId, CheckResult]:
        """`integrity`, where a suppression weighs more on a line that had a finding at the merge base."""
        if result is None or self.subject.merge_base is None:
            return {}
        # Here and not above: a run without that check pays nothing for it.
        from gatekeeper.checks.silenced import SPEAKING, corroborated, suppresses  # noqa: PLC0415

        asked = [planned[one] for one in SPEAKING if one in planned]
        base = self._known_at_base(asked) if suppresses(result.observation) else []
        if not base:
            return {}
        seen = self.context(INTEGRITY).seen
        before = {change.path: change.old_path for change in seen.changes if change.old_path}
        held = corroborated(result.observation, base, before, seen.line_of_head)
        settings = self.policy.checks[INTEGRITY]
        return {INTEGRITY: judge(held, None, settings, self.policy.waivers, self.today)}

    def _known_at_base(self, asked: Sequence[Planned]) -> list[Finding]:
        """What they find at the merge base; most runs have asked before."""
        commit, tree = self.subject.merge_base, self.subject.base_tree
        assert commit is not None  # noqa: S101 - the caller has looked
        checks = [one.check for one in asked if isinstance(one.plan, CommandPlan)]
        seen = (self._at_base(self._base_plan(one, commit, tree), self.policy.checks[one.id]) for one in checks)
        return [finding for observation in seen for finding in observation.findings]

    def _not_run(self, settings: CheckSettings, reason: str) -> CheckResult:
        observation = Observation(check=settings.id, tree=self.subject.head_tree, missing=(reason,))
        return judge(observation, None, settings, self.policy.waivers, self.today)

    def _judged(self, check: Check, plan: Plan, settings: CheckSettings) -> CheckResult:
        """Judge the head; only when something would reject, ask the merge base whether it was there before."""
        tree = self._tree(settings)
        if tree is None:
            return self._not_run(settings, "it runs on the merge result, and the branch does not merge with its base")
        head = self._head(check, plan, settings, tree)
        again = reproduce(plan, head)
        trust = trust_of(self.policy.signers)
        result = judge(head, None, settings, self.policy.waivers, self.today, reproduce=again, trust=trust)
        merge_base = self.subject.merge_base
        if merge_base is None or not isinstance(plan, CommandPlan):
            return result
        if result.outcome is not Outcome.FAILED:
            return self._counted_at_base(check, settings, result, merge_base)
        base_plan = self._base_plan(check, merge_base, self.subject.base_tree)
        base = self._at_base(base_plan, settings) if self._wants_base(plan, settings) else None
        if base is not None:
            result = judge(head, base, settings, self.policy.waivers, self.today, reproduce=again)
        excused = self._excused(plan, base_plan, settings, head, base, result.outcome)
        if excused is head:
            return result
        return judge(excused, base, settings, self.policy.waivers, self.today, reproduce=again)

    def _head(self, check: Check, plan: Plan, settings: CheckSettings, tree: TreeId) -> Observation:
        """The judged tree, and what a check that looks beyond it adds."""
        head = self.workshop.observe(plan, settings, tree)
        compared = self.subject.merge_base is not None and not self.subject.whole
        if compared and isinstance(plan, CommandPlan) and plan.beyond is not None:
            return plan.beyond(head, self._look(check, settings, tree))
        return head

    def _counted_at_base(
        self, check: Check, settings: CheckSettings, result: CheckResult, merge_base: CommitId
    ) -> CheckResult:
        """Some rule compares numbers with the merge base: they are counted there, too, and change nothing else."""
        if not settings.counts_at_base or self.subject.whole:
            return result
        base = self._at_base(self._base_plan(check, merge_base, self.subject.base_tree), settings)
        return replace(result, base=base, base_judged=label(base)[0] is Label.LOCAL)

    def _excused(
        self,
        plan: CommandPlan,
        base_plan: Plan,
        settings: CheckSettings,
        head: Observation,
        base: Observation | None,
        outcome: Outcome,
    ) -> Observation:
        """The head's observation without the errors that only the isolation makes. At most two runs, both cached.

        A test that also fails at base may be let through by the policy: then, too, it must have failed for a reason.
        Where the policy requires isolation nothing is run outside, and the check stays failed.
        """
        asked = outcome is Outcome.FAILED or plan.base_when_failing
        if not asked or self.subject.whole or self.policy.isolation.use != "auto" or head.isolation == NONE:
            return head
        inside = base or self._at_base(base_plan, settings)
        if not alike(head, inside):
            return head
        return excuse(head, inside, self._at_base(base_plan, settings, outside=True), settings.network)

    def _at_base(self, plan: Plan, settings: CheckSettings, *, outside: bool = False) -> Observation:
        return self.workshop.observe(plan, settings, self.subject.base_tree, outside=outside)

    def _wants_base(self, plan: Plan, settings: CheckSettings) -> bool:
        if self.subject.whole or not isinstance(plan, CommandPlan):
            return False
        return settings.baseline == "new" or plan.base_when_failing or settings.counts_at_base

    def _look(self, check: Check, settings: CheckSettings, tree: TreeId) -> Look:
        """Compared with the merge base; a merge result with the base's tip, whose changes are not the branch's."""
        commit, base_tree = self.subject.merge_base, self.subject.base_tree
        if settings.on == "merge" and self.subject.base is not None:
            commit = self.subject.base.tip
            base_tree = self.workshop.store.tree_of(commit)
        assert commit is not None  # noqa: S101 - the caller has looked
        return Look(self.workshop, settings, tree, base_tree, partial(self._base_plan, check, commit, base_tree))

    def _base_plan(self, check: Check, commit: CommitId, tree: TreeId) -> Plan:
        """The same check planned for the merge base: its own names decide the targets."""
        subject = replace(self.subject, head=commit, head_tree=tree)
        return check.plan(replace(self.context(check.id), subject=subject))

    def _tree(self, settings: CheckSettings) -> TreeId | None:
        if settings.on == "merge" and not self.subject.whole:
            return self.subject.merge_tree
        return self.subject.head_tree


def _slim(result: CheckResult) -> CheckResult:
    """Without the list of every test: the ledger keeps it with the observation, a report of a run its counts."""
    return replace(result, observation=replace(result.observation, tests={}, skipped_by={}))
