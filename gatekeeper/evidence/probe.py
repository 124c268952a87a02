"""Observe a running target: start → ready → identify → probe → stop. The only part of evidence with side effects.

`ready`, `identify` and `probe` run in a checkout of the base: a branch cannot edit what it is shown by. `start` runs in
a checkout of the head. What was started is stopped with everything that it started, whatever happens.
"""

import shutil
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from gatekeeper.evidence.artefacts import Kept, keep
from gatekeeper.evidence.identity import MAX_CHARACTERS, identity
from gatekeeper.evidence.label import unreliable
from gatekeeper.evidence.service import Service, serving, until_ready
from gatekeeper.model.observation import CommandRun, Observation, ToolIdentity
from gatekeeper.model.policy import CheckSettings
from gatekeeper.model.target import Identity, ProbeFacts, Target
from gatekeeper.model.vocabulary import CommitId, Ended, ReportState, TreeId
from gatekeeper.policy.variables import expand
from gatekeeper.process.listen import free_port
from gatekeeper.process.redact import Redactor
from gatekeeper.process.run import Command, Completed, run
from gatekeeper.process.sandbox import Sandbox
from gatekeeper.tools.contract import Reading, ToolOutput
from gatekeeper.tools.reading import last_line, shorten
from gatekeeper.tools.registry import READERS

UNOBSERVABLE: Mapping[int, str] = {69: "it is not available", 75: "not now", 77: "no permission"}
"""Exit statuses by which a probe says that it could not look (sysexits.h: UNAVAILABLE, TEMPFAIL, NOPERM): blocked."""
_SHOWN = 200
_SETTLE_S = 0.5


class Place(Struct, frozen=True):
    """A checkout in which commands run, with their environment; `programs` is what answers to the names of programs."""

    folder: Path
    env: Mapping[str, str]
    programs: Mapping[str, tuple[str, ...]]
    sandbox: Sandbox | None = None
    isolation: str = "none"
    """As in `Observation.isolation`."""

    def __repr__(self) -> str:
        """Without variables: some are secrets."""
        return f"{type(self).__name__}({str(self.folder)!r})"


class Inquiry(Struct, frozen=True, kw_only=True):
    """One target, and everything that asking it needs."""

    settings: CheckSettings
    target: Target
    commit: CommitId
    tree: TreeId
    base: Place
    slot: Place | None
    """Where `start` runs; None where nothing is started."""
    tools: tuple[ToolIdentity, ...]
    variables: Mapping[str, str]
    """Values of `pass_env`: they reach ready, identify and probe, and no log."""
    is_commit: Callable[[str], bool]
    scratch: Path
    logs: Path
    artefacts: Path
    cancelled: threading.Event
    on_sample: Callable[[int], None]

    def __repr__(self) -> str:
        """Without variables: some are secrets."""
        return f"{type(self).__name__}({self.commit!r})"


def observe(inquiry: Inquiry) -> Observation:
    """What was seen. Raises CannotEstablish when a log or an artefact cannot be written."""
    inquiry.scratch.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=inquiry.scratch, prefix="probe-"))
    try:
        return _Asked(inquiry, folder, free_port() if inquiry.target.start else 0).observation()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Asked:
    """The steps, in their order. `folder` is empty and outside every tree."""

    def __init__(self, inquiry: Inquiry, folder: Path, port: int) -> None:
        self.inquiry, self.target, self.port = inquiry, inquiry.target, port
        self.report, self.left = folder / "report", folder / "artefacts"
        self.left.mkdir()
        self.redactor = Redactor(inquiry.variables.values())
        offered = {
            "GATE_COMMIT": inquiry.commit,
            "GATE_TREE": inquiry.tree,
            "GATE_ARTEFACTS": str(self.left),
            "GATE_REPORT": str(self.report),
        }
        self.of_start = {"GATE_PORT": str(port)} if port else {}
        self.variables = {**inquiry.variables, **offered, **self.of_start}

    def observation(self) -> Observation:
        slot = self.inquiry.slot
        blank = Observation(check=self.inquiry.settings.id, tree=self.inquiry.tree, tools=self.inquiry.tools)
        if slot is None or not self.target.start:
            return self._asked(blank, None)
        command = self._command("start", self.target.start, slot, self.of_start, self._longest())
        with serving(shorten(self.target.start[0], 80), command, self.inquiry.on_sample) as service:
            seen = self._asked(blank, service)
        # Here it is stopped. That it was is no fact about the target, so it is no command of the observation.
        done = service.future.result()
        return replace(seen, service=_recorded(done, self.target.start), isolation=slot.isolation)

    def _asked(self, blank: Observation, service: Service | None) -> Observation:
        if self.target.ready:
            reason = until_ready(self._ready, service, self.target.ready_timeout_s, self.inquiry.cancelled)
            if reason:
                return replace(blank, missing=(reason,))
        started = service is not None and service.answers_on(self.port)
        facts = ProbeFacts(started, Identity.UNPROVEN)
        seen, facts = self._identified(blank, facts)
        if seen.missing or facts.identity is Identity.CONTRADICTED or any(map(unreliable, seen.commands)):
            return replace(seen, probe=facts)
        seen, facts = self._probed(seen, facts)
        if death := self._death(service):
            return replace(seen, probe=facts, missing=(*seen.missing, f"{death} (while it was probed)"))
        return self._identified_again(seen, facts) if not started else replace(seen, probe=facts)

    def _death(self, service: Service | None) -> str:
        """How what was started has ended by now. Where nothing listens any more the news of that is waited for."""
        if service is None:
            return ""
        return service.death(0.0 if service.answers_on(self.port) else _SETTLE_S)

    def _ready(self, seconds: float) -> Completed:
        return self._run("ready", self.target.ready, seconds)

    def _identified(self, seen: Observation, facts: ProbeFacts) -> tuple[Observation, ProbeFacts]:
        """Ask the target which commit it runs."""
        if not self.target.identify:
            return seen, facts
        done = self._run("identify", self.target.identify, self.inquiry.settings.timeout_s)
        recorded = _recorded(done, self.target.identify)
        if done.ended is Ended.EXITED and done.exit != 0:
            line = last_line(done.stderr.read_bytes(), done.stdout.read_bytes())
            said = f"the target could not be asked which commit it runs: identify ended with {done.exit}"
            recorded = replace(recorded, problem=f"{said}: {line}" if line else said)
        with done.stdout.open("rb") as file:
            printed = file.read(MAX_CHARACTERS + 1).decode("utf-8", "replace")
        found = identity(printed, self.inquiry.commit, self.inquiry.tree, self.inquiry.is_commit)
        shown = shorten(" ".join(printed.split()), _SHOWN)
        return (
            replace(seen, commands=(*seen.commands, recorded)),
            replace(facts, identity=Identity.UNPROVEN if recorded.problem else found, identified=shown),
        )

    def _identified_again(self, seen: Observation, facts: ProbeFacts) -> Observation:
        """Others may have put another commit there while the probe ran: what it saw then is nobody's."""
        if facts.identity is not Identity.PROVEN:
            return replace(seen, probe=facts)
        again, now = self._identified(seen, facts)
        if now.identity is Identity.CONTRADICTED:
            note = (
                f"while it was probed the target changed to another commit: {len(seen.findings)} findings not counted"
            )
            return replace(again, probe=now, findings=(), notes=(*again.notes, note))
        return replace(again, probe=now)

    def _probed(self, seen: Observation, facts: ProbeFacts) -> tuple[Observation, ProbeFacts]:
        settings = self.inquiry.settings
        done = self._run("probe", self.target.probe, settings.timeout_s)
        kept = keep(self.left, self.report, self.inquiry.artefacts, self.redactor)
        reading = self._reading(done, kept)
        state = ReportState.NOT_ASKED if kept.report is None else ReportState.READ
        if settings.reads != "exit-status" and kept.report is None:
            state = ReportState.MISSING
        recorded = replace(_recorded(done, self.target.probe), problem=reading.problem, report=state)
        notes = (*reading.notes, *kept.notes, *_left_behind(done.left_behind))
        return (
            replace(
                seen,
                commands=(*seen.commands, recorded),
                findings=reading.findings,
                counts=reading.counts,
                notes=(*seen.notes, *notes),
            ),
            replace(facts, artefacts=kept.artefacts),
        )

    def _reading(self, done: Completed, kept: Kept) -> Reading:
        """What the probe says. Nothing where it did not come to its end."""
        if done.ended is not Ended.EXITED or done.exit is None:
            return Reading(problem=done.reason if done.ended is Ended.SIGNALLED else "")
        settings = self.inquiry.settings
        streams = done.stdout.read_bytes(), done.stderr.read_bytes()
        reading = READERS[settings.reads].read(
            settings.id, ToolOutput(*streams, done.exit, kept.report, str(self.inquiry.base.folder))
        )
        if done.exit in UNOBSERVABLE:
            line = last_line(streams[1], streams[0])
            said = f"the probe could not look at the target (exit {done.exit}: {UNOBSERVABLE[done.exit]})"
            # The exit status is no finding then; failures that a report names stay what they are.
            findings = () if settings.reads == "exit-status" else reading.findings
            return replace(reading, findings=findings, problem=f"{said}: {line}" if line else said)
        return reading

    def _run(self, step: str, words: tuple[str, ...], seconds: float) -> Completed:
        command = self._command(step, words, self.inquiry.base, self.variables, seconds)
        return run(command, cancelled=self.inquiry.cancelled, on_sample=self.inquiry.on_sample)

    def _command(
        self, step: str, words: tuple[str, ...], place: Place, variables: Mapping[str, str], seconds: float
    ) -> Command:
        arguments = (word.replace("{report}", str(self.report)) for word in expand(words[1:], variables))
        return Command(
            argv=(*place.programs[words[0]], *arguments),
            cwd=str(place.folder),
            env={**place.env, **variables},
            timeout_s=seconds,
            log=self.inquiry.logs / f"{self.inquiry.settings.id}-{step}",
            redactor=self.redactor,
            sandbox=place.sandbox,
        )

    def _longest(self) -> float:
        """Seconds after which nothing can still need what was started."""
        return self.target.ready_timeout_s + 3 * self.inquiry.settings.timeout_s + 60


def _left_behind(count: int) -> tuple[str, ...]:
    if not count:
        return ()
    what = "1 process behind; it was" if count == 1 else f"{count} processes behind; they were"
    return (f"the probe left {what} stopped",)


def _recorded(done: Completed, words: tuple[str, ...]) -> CommandRun:
    """The run, under the words of the policy: values of variables are no part of a record."""
    return CommandRun(
        argv=words,
        ended=done.ended,
        exit=done.exit,
        duration_s=done.duration_s,
        peak_bytes=done.peak_bytes,
        log=str(done.stdout),
        log_sha256=done.log_sha256,
        truncated=done.truncated,
    )
