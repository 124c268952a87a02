"""The recorded facts of one check. Plain data: what was run and what came back, no opinion."""

from collections.abc import Mapping

from msgspec import Struct, field

from gatekeeper.model.finding import Finding
from gatekeeper.model.target import Attestation, ProbeFacts
from gatekeeper.model.vocabulary import CheckId, Ended, ReportState, RunId


class ToolIdentity(Struct, frozen=True):
    """Which tool answered. `digest` covers the installed contents and the interpreter, not just a wrapper script."""

    name: str
    version: str
    path: str
    digest: str
    origin: str = ""
    """Where it came from, in words: "the environment", "gatekeeper's own (last resort)", "PATH"."""


class CommandRun(Struct, frozen=True):
    """One process that the gate ran. Times in seconds, memory in bytes (peak over the whole process tree)."""

    argv: tuple[str, ...]
    ended: Ended
    exit: int | None
    duration_s: float
    peak_bytes: int
    log: str
    """Absolute path of the log (standard output and error)."""
    log_sha256: str
    truncated: bool = False
    report: ReportState = ReportState.NOT_ASKED
    problem: str = ""
    """Why the output cannot be relied on ("zero tests executed"); empty when it can."""


class Past(Struct, frozen=True):
    """One earlier run of a check: how many tests it executed, in how many seconds."""

    executed: int
    duration_s: float


class Observation(Struct, frozen=True):
    """Everything that `judge` may look at, so that a fixture can replay it.

    `missing` says why something was not observed; any entry blocks. `inapplicable` says which fact of the base makes
    the question meaningless. `tampered` lists paths of the tree that changed while the check ran.
    """

    check: CheckId
    tree: str
    commands: tuple[CommandRun, ...] = ()
    findings: tuple[Finding, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    tools: tuple[ToolIdentity, ...] = ()
    missing: tuple[str, ...] = ()
    inapplicable: str = ""
    tampered: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    isolation: str = "none"
    """How the commands were kept from the rest of the machine: "none", "files" or "files+network"."""
    probe: ProbeFacts | None = None
    """What was seen at a target; None for every check of the committed tree."""
    service: CommandRun | None = None
    """What the gate started from the slot to be probed, and stopped again: how it ended is no fact about it."""
    attestations: tuple[Attestation, ...] = ()
    """What others brought as evidence about a target."""
    tests: Mapping[str, str] = field(default_factory=dict)
    """Id of every test → passed, failed, error, skipped or xfailed. Not kept in the report of a run: see `counts`."""
    skipped_by: Mapping[str, str] = field(default_factory=dict)
    """Id of a skipped test → the file of the tree that raised the skip, where it is not the test's own."""
    cached_from: RunId | None = None
    """The run that this observation was taken from, when it was not made anew."""

    @property
    def duration_s(self) -> float:
        return sum(run.duration_s for run in self.commands)

    @property
    def peak_bytes(self) -> int:
        beside = self.service.peak_bytes if self.service else 0
        return max((run.peak_bytes for run in self.commands), default=0) + beside
