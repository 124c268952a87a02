"""What a tool file offers: how to call the tool and how to read what it said. Pure: nothing is run, no file read."""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct, field

from gatekeeper.model.finding import Finding
from gatekeeper.model.vocabulary import CheckId


class ToolRequest(Struct, frozen=True):
    """How one tool is to be called.

    `executable` is the resolved start of the command line, for example `("/env/bin/python", "-m", "mypy")`. `root` is
    the absolute path of the slot, `report` an absolute path outside the tree that does not exist yet (for `build` the
    folder of the artefacts), `cache` an absolute folder outside the tree. Empty `targets` leave the choice of files to
    the tool's own default; `extra` goes in before them.
    """

    executable: tuple[str, ...]
    root: str
    report: str
    cache: str
    targets: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()


class ToolOutput(Struct, frozen=True):
    """What came back from a process that exited by itself. `report` is None when no report file was asked for or made.

    `root` is the absolute path of the slot as the tool saw it, symbolic links resolved.
    """

    stdout: bytes
    stderr: bytes
    exit: int
    report: bytes | None
    root: str


class Reading(Struct, frozen=True):
    """The output in the words of the house.

    A non-empty `problem` says why the output proves nothing (crash, contradiction, zero tests): the check cannot pass.
    Findings may stand beside a problem; errors among them still show a failure.
    """

    findings: tuple[Finding, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    problem: str = ""
    notes: tuple[str, ...] = ()
    tests: Mapping[str, str] = field(default_factory=dict)
    """Id of every test in a report → passed, failed, error, skipped or xfailed."""
    skipped_by: Mapping[str, str] = field(default_factory=dict)
    """Id of a skipped test → the file of the tree in which the skip was raised, where it is not the test's own."""


class Tool(Protocol):
    """One tool: its command line and its output. Implementations hold no state; `read` never raises."""

    @property
    def name(self) -> str:
        """The word used in `reads = "…"` and in messages."""

    def argv(self, request: ToolRequest) -> tuple[str, ...]:
        """The complete command line; the tool is called with the slot as its working folder."""

    def read(self, check: CheckId, output: ToolOutput) -> Reading:
        """Findings, counts, and why the output cannot be relied on, if it cannot."""
