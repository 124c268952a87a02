"""What a check is: plan → observe. Judging is the same for all (`decision/judge.py`), so no check can pass itself."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, field

from gatekeeper.checks.seen import Seen
from gatekeeper.git.store import Store
from gatekeeper.model.contract import Contract
from gatekeeper.model.observation import Observation, Past
from gatekeeper.model.policy import CheckSettings, Policy
from gatekeeper.model.subject import Subject
from gatekeeper.model.target import Attestation, Target
from gatekeeper.model.vocabulary import CheckId, CommitId, TreeId
from gatekeeper.process.home import Home
from gatekeeper.tools.contract import Tool

if TYPE_CHECKING:
    from gatekeeper.policy.detect import Detected


class Context(Struct, frozen=True):
    """What a check may look at while planning: facts of git and of the base, and the policy. Nothing is run."""

    subject: Subject
    policy: Policy
    settings: CheckSettings
    seen: Seen
    store: Store
    home: Home
    caller_env: Mapping[str, str] = field(default_factory=dict)
    attestations: tuple[Attestation, ...] = ()
    """Evidence about targets that others brought for this head."""
    contract: Contract | None = None
    """What was agreed for the branch, when something was."""
    self_review: tuple[str, bytes] | None = None
    """A self-review from outside the branch: what it is called, and its content."""

    def __repr__(self) -> str:
        """Without variables: some are secrets."""
        return f"{type(self).__name__}({self.settings.id})"

    @property
    def base_names(self) -> tuple[str, ...]:
        """Every path of the commit that the policy is read from."""
        return self.seen.base_names

    @property
    def head_names(self) -> tuple[str, ...]:
        """Every path of the subject's head."""
        return self.seen.names(self.subject.head_tree)

    @property
    def touched(self) -> tuple[str, ...]:
        """Every path, old and new, in which head and merge base differ. Empty when the whole tree is judged."""
        return self.seen.touched

    @property
    def detected(self) -> "Detected":
        """Languages and tools of the base."""
        return self.seen.detected


class Boot(Struct, frozen=True):
    """How pytest is started by the gate's own boot file. None: no limit."""

    plugins: frozenset[str] | None = None
    """Names that `addopts` may load with `-p` though they lie in the tree: those that base loads."""
    points: tuple[str, ...] | None = None
    """Names under which the project may offer plugins to pytest: those that base offers."""
    config: str = ""
    """File of the tree that configures pytest, in place of the one that pytest would find."""


class Step(Struct, frozen=True):
    """One command of a check.

    `tool` is the name of the executable to resolve. Either `reader` builds the argv (built-in tools) or `command` is
    given by the policy; then `{report}`, `{cache}` and `{root}` in it are replaced.
    """

    tool: str
    reader: Tool
    command: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    fallback: bool = False
    """May gatekeeper's own copy of the tool serve as a last resort?"""
    report: str = ""
    """Path in the tree of the report that the command writes, when it does not write to `{report}`."""
    patience: float = 1.0
    """The part of the check's time that it may take. Below 1 only notes come of it: to be late is a note as well."""
    python: bool = False
    """The tool is a module of the project's Python environment."""
    boot: Boot | None = None
    """pytest, started so that nothing of the tree can stand in for it. `command` holds its arguments alone then."""


class CommandPlan(Struct, frozen=True):
    """Commands to run on the committed tree. `refine` turns what they read into what the check asks."""

    steps: tuple[Step, ...]
    writes: bool
    """True: the check gets a slot of its own. False: it may share one with other readers."""
    refine: Callable[[Observation, CheckSettings], Observation] | None = None
    after: Callable[[Mapping[str, Path], float], tuple[str, ...]] | None = None
    """Looks at what was made: (folders by their prefix in the tree, start in Unix seconds) → why nothing was proven."""
    project: bool = False
    """True: the project itself must be importable, from the slot and from nowhere else."""
    base_when_failing: bool = False
    """Run on the merge base too when the head has errors, to say which failures are old."""
    notes: tuple[str, ...] = ()
    beyond: "Callable[[Observation, Look], Observation] | None" = None
    """Looks at other trees as well and adds what it found to the head's observation."""
    attempt: int = 0
    """Above 0 the same commands are run once more, whatever is known of them."""


class Look(Protocol):
    """What a check that looks beyond the judged tree may ask for. Observations come from the cache where they can."""

    @property
    def tree(self) -> TreeId:
        """The judged tree."""
        ...

    @property
    def base_tree(self) -> TreeId:
        """The tree that it is compared with."""
        ...

    def base(self) -> Observation:
        """The same check on that tree."""
        ...

    def observe(self, plan: CommandPlan, tree: TreeId, timeout_s: float | None = None) -> Observation:
        """Another plan on a tree that is looked at once."""
        ...

    def past(self) -> tuple[Past, ...]:
        """What this check did in earlier runs, the newest first; nothing where nothing is remembered."""
        ...


class TargetPlan(Struct, frozen=True, kw_only=True):
    """A question to a running system: the probe is taken from `base_commit`, the subject from the slot."""

    target: Target
    commit: CommitId
    base_commit: CommitId
    variables: Mapping[str, str]
    """Values of the target's `pass_env` that the caller has. They may be secrets."""
    attestations: tuple[Attestation, ...] = ()

    def __repr__(self) -> str:
        """Without variables: some are secrets."""
        return f"{type(self).__name__}({self.commit!r})"


class FactsPlan(Struct, frozen=True):
    """No command: the check reads git."""

    observe: Callable[[], Observation]


class Inapplicable(Struct, frozen=True):
    """The question has no meaning here, by facts of the base."""

    reason: str


class Unavailable(Struct, frozen=True):
    """The question has a meaning, but nothing can answer it: blocked."""

    reason: str


Plan = CommandPlan | TargetPlan | FactsPlan | Inapplicable | Unavailable


class Check(Protocol):
    """One question about a subject. `cost` orders checks: cheap ones first."""

    id: CheckId
    title: str
    cost: int

    def plan(self, context: Context) -> Plan: ...
