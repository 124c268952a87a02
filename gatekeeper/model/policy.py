"""The resolved policy: typed, defaulted, with the origin of every value. Made by `policy/load.py`, read by everyone."""

from collections.abc import Mapping
from datetime import date

from msgspec import Struct, field

from gatekeeper.model.rule import Rule
from gatekeeper.model.target import Signer, Target
from gatekeeper.model.vocabulary import CheckId, Label, Severity


class CheckSettings(Struct, frozen=True):
    """Settings of one check. `timeout_s` in seconds, `memory_bytes` in bytes; globs have gitignore semantics."""

    id: CheckId
    enabled: bool = True
    required: bool = True
    command: tuple[str, ...] = ()
    """Replaces the built-in command; a string in gate.toml is split with shlex, never given to a shell."""
    reads: str = "exit-status"
    """How the command's output is read: exit-status, junit, sarif, ruff, mypy, eslint, tsc, radon."""
    report: str = ""
    """Path (relative to the tree) of the report that an own command writes.

    `{report}` in the command is a path outside the tree.
    """
    timeout_s: float = 600.0
    memory_bytes: int | None = None
    inputs: tuple[str, ...] = ()
    """Globs of the files that the result depends on; empty means the whole tree."""
    baseline: str = "all"
    """"new": only findings that are new against the merge base reject; "all": every finding does."""
    on: str = "head"
    """"head" or "merge": which tree the check runs on."""
    severity: Severity = Severity.ERROR
    own: bool = False
    """True for a check that the policy itself defines."""
    max_complexity: int = 10
    artefacts: tuple[str, ...] = ()
    """Globs of what a build must produce."""
    retries: int = 0
    failing_at_base: str = "reject"
    """"reject" or "report": what a test that also fails at the base does."""
    base_tests: str = "auto"
    """tests: "auto" runs base's tests on the branch's code when it touches the tests; "off" never does."""
    harness: tuple[str, ...] = ()
    """tests: globs of what belongs to the tests beside what is detected; `!` takes out."""
    perturb: bool = False
    """tests: alter constants in base's tests, which must fail then."""
    perturb_timeout_s: float = 120.0
    forbidden: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    format: bool = True
    """lint: also check the formatting (ruff format)."""
    languages: tuple[str, ...] = ()
    """Languages detected at base that this check serves ("python", "typescript")."""
    requires: Label = Label.LOCAL
    """The label that must at least be reached; a weaker observation rejects, a missing one blocks."""
    target: Target | None = None
    """Set for [target.NAME]: the question is asked of a running system, not of the tree."""
    rejects: tuple[str, ...] = ()
    """self-review: rules whose findings reject (see `model/claim.py`)."""
    warns: tuple[str, ...] = ()
    """self-review: rules whose findings are warnings; what is neither here nor in `rejects` is a note."""
    effects: tuple[tuple[str, str], ...] = ()
    """integrity: (rule, "block", "warn", "note" or "off") where that is not the rule's default, sorted by rule."""
    undisclosed: str = "warn"
    """integrity: "reject" when warnings that the self-review does not name reject; else "warn"."""
    network: bool = False
    """May the command use the network where checks are isolated?"""
    contract_forbidden: tuple[str, ...] = ()
    """paths: what the contract of the branch forbids, on top of the policy."""
    contract_allowed: tuple[str, ...] = ()
    """paths: when given, everything else is outside the contract."""
    policy_severity: Severity | None = None
    """paths: what the policy's own rules report at most, where only a contract makes the check reject."""
    counts_at_base: bool = False
    """Some rule compares what this check counts with the merge base: it is observed there, too."""


class Waiver(Struct, frozen=True):
    """An item-specific, reasoned, expiring exception."""

    check: CheckId
    rule: str
    path: str
    reason: str
    expires: date


class EnvironmentSettings(Struct, frozen=True):
    """How the tools' environment is built. Empty `setup` means inferred from the lock file."""

    inputs: tuple[str, ...] = ()
    setup: tuple[tuple[str, ...], ...] = ()
    provides: tuple[str, ...] = ()
    pass_env: tuple[str, ...] = ()
    """Names of variables that checks may see beyond the built-in allow-list. Never secrets."""
    timeout_s: float = 1800.0


class StampSettings(Struct, frozen=True):
    """[stamp]: are verdicts signed and logged in the repository?"""

    enabled: bool = True


class IsolationSettings(Struct, frozen=True):
    """[isolation]: `use` is "auto" (where the machine can), "require" (else blocked) or "off"."""

    use: str = "auto"
    visible: tuple[str, ...] = ()
    """Files and folders that are shown beside tree and tools, read-only; absolute, or below "~/"."""


class FixtureSettings(Struct, frozen=True):
    """[fixtures]: `checked`: a fixture needs somebody who approved it and neither made it nor wrote the branch."""

    checked: bool = False


class MemorySettings(Struct, frozen=True):
    """[memory]: `share` in bytes is the most that the commands of this repository hold together; None: no limit.

    It changes when something is observed, and not what: it is no part of the policy's digest.
    """

    share: int | None = None


class Policy(Struct, frozen=True):
    """What must hold. `digest` is the sha256 of the resolved values; `origin` says in words where it came from."""

    checks: Mapping[CheckId, CheckSettings]
    waivers: tuple[Waiver, ...]
    environment: EnvironmentSettings
    extends: tuple[str, ...]
    digest: str
    origin: str
    signers: tuple[Signer, ...] = ()
    stamp: StampSettings = StampSettings()
    isolation: IsolationSettings = IsolationSettings()
    rules: tuple[Rule, ...] = ()
    fixtures: FixtureSettings = FixtureSettings()
    memory: MemorySettings = MemorySettings()
    notes: tuple[str, ...] = ()
    trial: bool = False
    """True with `--policy FILE`: the verdict does not count."""
    origins: Mapping[str, str] = field(default_factory=dict)
    """Dotted key → where its value came from ("gate.toml:12", "policies/strict", "default")."""
