"""Run the commands of one check on a bench and turn what came back into an observation."""

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from gatekeeper.checks.bench import Bench
from gatekeeper.checks.building import is_build, prepare_build, variables
from gatekeeper.checks.contract import CommandPlan, Step
from gatekeeper.checks.jail import inside, jail
from gatekeeper.checks.lines import with_lines
from gatekeeper.checks.start import Start
from gatekeeper.dispatch.cores import Cores
from gatekeeper.dispatch.leases import Leases, Unleased, Wish
from gatekeeper.environment.contract import Environment, ResolvedTool
from gatekeeper.model.observation import CommandRun, Observation
from gatekeeper.model.policy import CheckSettings
from gatekeeper.model.vocabulary import Ended, ReportState
from gatekeeper.process.remove import remove
from gatekeeper.process.run import Command, Completed
from gatekeeper.tools.contract import Reading, ToolOutput, ToolRequest

MAX_REPORT_BYTES = 64 << 20
_STALE_SLACK_S = 2.0
"""Some file systems keep times in coarse steps."""
_NOT_MEASURED = "not measured, for it took longer than such a note is worth"


class Floor(Struct, frozen=True):
    """Where commands run: the lease, the folder for logs, the way to stop, and who watches."""

    cores: Cores
    logs: Path
    cancelled: threading.Event
    on_sample: Callable[[str, int], None]
    leases: Leases = field(default_factory=Unleased)
    repository: str = ""
    branch: str = ""
    share: int | None = None
    """The most that this repository may hold, in bytes."""


class Prepared(Struct, frozen=True):
    """A step whose tool was found."""

    step: Step
    tool: ResolvedTool
    builder: Environment | None = None
    """The environment in which it runs, when that is not the bench's own."""


def prepare_steps(
    plan: CommandPlan, bench: Bench, *, offline: bool = False
) -> tuple[tuple[Prepared, ...], tuple[str, ...]]:
    """The steps with their tools, and what is missing. `offline`: they will have no network."""
    found: list[Prepared] = []
    missing = list(bench.problems)
    for step in plan.steps:
        if offline and is_build(step):
            if not missing:
                without, built_by, made = prepare_build(step, bench)
                missing += made.problems
                found += [Prepared(without, built_by, made)] if built_by else []
            continue
        tool = bench.tool(step.tool, fallback=step.fallback)
        if tool is None:
            missing.append(
                f"{step.tool} was not found in the environment ({bench.environment.origin}); {_remedy(step)}"
            )
        else:
            found.append(Prepared(step, tool))
    return tuple(found), tuple(dict.fromkeys(missing))


def _remedy(step: Step) -> str:
    if step.command:
        return "let [environment] setup install it, or correct the command of the check"
    return "add it to the project's development dependencies (a dev or test group or extra), or name another command"


def observe(
    plan: CommandPlan,
    steps: Sequence[Prepared],
    bench: Bench,
    settings: CheckSettings,
    floor: Floor,
    ignored_by: str,
) -> Observation:
    """Run every step, in order, on the bench; then hold the tree against the commit.

    What the .gitignore files of the commit or tree `ignored_by` ignore does not count as a change of the tree.
    """
    started = time.time()
    identities = tuple({prepared.tool.identity.name: prepared.tool.identity for prepared in steps}.values())
    blank = Observation(check=settings.id, tree=bench.slot.tree or "", tools=identities, notes=plan.notes)
    notes = [note for prepared in steps if prepared.builder for note in prepared.builder.notes]
    blank = replace(blank, isolation=bench.isolation.level(settings), notes=(*plan.notes, *notes))
    missing = _foreign(bench, floor) if plan.project else ()
    if missing:
        return replace(blank, missing=missing)
    _forget(bench, plan.attempt)
    runs, readings = _run_all(steps, bench, settings, floor)
    after = plan.after(_made(settings, bench), started) if plan.after else ()
    observation = replace(_told(blank, readings, bench.slot.path), commands=runs, missing=after)
    observation = replace(observation, tampered=_tampered(bench, plan, ignored_by))
    return plan.refine(observation, settings) if plan.refine else observation


def _forget(bench: Bench, attempt: int) -> None:
    """Take away what the first attempt could have left for the second: code may count how often it was run."""
    if not attempt:
        return
    for name in ("cache", "home"):
        remove(bench.slot.scratch / name)
    (bench.slot.scratch / "home").mkdir()
    bench.slot.sweep()


def _foreign(bench: Bench, floor: Floor) -> tuple[str, ...]:
    """See `import_problems`."""
    from gatekeeper.checks.origin import import_problems  # noqa: PLC0415 - only for what imports the project

    return import_problems(bench, floor.logs)


def _told(blank: Observation, readings: Sequence[Reading], root: Path) -> Observation:
    """What the tools said, in one observation. `root` is the tree as it is after the commands."""
    return replace(
        blank,
        findings=tuple(with_lines((finding for reading in readings for finding in reading.findings), root)),
        counts=_sum(reading.counts for reading in readings),
        notes=(*blank.notes, *(note for reading in readings for note in reading.notes)),
        tests={test: state for reading in readings for test, state in reading.tests.items()},
        skipped_by={test: place for reading in readings for test, place in reading.skipped_by.items()},
    )


def _run_all(
    steps: Sequence[Prepared], bench: Bench, settings: CheckSettings, floor: Floor
) -> tuple[tuple[CommandRun, ...], tuple[Reading, ...]]:
    runs: list[CommandRun] = []
    readings: list[Reading] = []
    for number, prepared in enumerate(steps, 1):
        done, reading = _run_step(prepared, number, bench, settings, floor)
        if prepared.step.patience < 1 and done.ended in {Ended.TIMEOUT, Ended.MEMORY}:
            readings.append(Reading(notes=(f"{prepared.step.reader.name}: {_NOT_MEASURED}",)))
            continue
        runs.append(done)
        readings.append(reading)
        if done.ended is Ended.INTERRUPTED:
            break
    return tuple(runs), tuple(readings)


def _made(settings: CheckSettings, bench: Bench) -> Mapping[str, Path]:
    """Where a build leaves what it makes: in the tree; `python -m build` in a folder outside that stands for dist."""
    return {"": bench.slot.path, "dist/": bench.slot.scratch / "reports" / f"{settings.id}-1"}


def _run_step(
    prepared: Prepared, number: int, bench: Bench, settings: CheckSettings, floor: Floor
) -> tuple[CommandRun, Reading]:
    step = prepared.step
    outside, report = _report_paths(step, f"{settings.id}-{number}", bench)
    cache = bench.slot.scratch / "cache" / step.tool.replace("/", "_")
    cache.mkdir(parents=True, exist_ok=True)
    started = time.time()
    stem = f"{settings.id}-{number}"
    begin, words = _call(prepared, bench, str(outside), str(cache))
    if begin.observed:
        _prepare(begin, bench, floor)
    argv = (*begin.executable, *words)
    with (
        jail(
            bench, stem, network=settings.network, programs=argv[:3], kept=cache, also=prepared.builder,
            visible=begin.visible,
        ) as sandbox,
        floor.cores.lease(floor.cancelled),
    ):  # fmt: skip
        command = Command(
            argv=argv,
            cwd=str(bench.slot.path),
            env={**variables(inside(bench.env, sandbox), prepared.builder), **begin.variables},
            timeout_s=settings.timeout_s * step.patience,
            log=floor.logs / stem,
            sandbox=sandbox,
            channel=begin.observed,
        )
        done = _leased(command, prepared, stem, settings, bench, floor, report)
    if done.channel is not None:
        _remember(bench, done.channel)
    content, state = _read_report(report, started, asked=_asks_report(step))
    reading = _read(step, settings, done, content, state, str(bench.slot.path))
    return _command_run(done, state, reading), replace(reading, notes=(*reading.notes, *begin.notes))


def _prepare(start: Start, bench: Bench, floor: Floor) -> None:
    """See `bytecode.prepare`."""
    from gatekeeper.checks.bytecode import prepare  # noqa: PLC0415 - for pytest only

    prepare(start, bench, floor)


def _remember(bench: Bench, channel: Path) -> None:
    """See `bytecode.remember`."""
    from gatekeeper.checks.bytecode import remember  # noqa: PLC0415 - for pytest only

    remember(bench, channel)


def _leased(
    command: Command, prepared: Prepared, stem: str, settings: CheckSettings, bench: Bench, floor: Floor, report: Path
) -> Completed:
    """Run it under a lease. Tests are not made to stand still: those that look at a clock would fail for it."""
    identity, cache = prepared.tool.identity, bench.slot.scratch / "cache" / prepared.step.tool.replace("/", "_")
    warmth = "warm" if any(cache.iterdir()) else "cold"
    wish = Wish(
        name=f"{floor.branch or 'gate'} {stem}", memory=settings.memory_bytes, branch=floor.branch,
        key="\n".join((floor.repository, stem, f"{identity.name} {identity.version}", warmth)),
        repository=floor.repository, check=settings.id, directory=str(bench.slot.path),
        suspendable=settings.id != "tests", limit=floor.share,
    )  # fmt: skip

    def again() -> None:
        remove(report)
        if bench.exclusive:
            bench.slot.restore()  # what the first run left half-way

    return floor.leases.run(
        command, wish, cancelled=floor.cancelled, on_sample=lambda peak: floor.on_sample(settings.id, peak), again=again
    )


def _call(prepared: Prepared, bench: Bench, report: str, cache: str) -> tuple[Start, tuple[str, ...]]:
    """What is started, and its arguments."""
    step, tool = prepared.step, prepared.tool
    words = _arguments(prepared, bench, report, cache)
    if step.boot is None:
        return Start(tool.executable), words
    # Here and not above: parsers of INI and TOML, for pytest only.
    from gatekeeper.checks.pytest_start import interpreter, start, unobserved  # noqa: PLC0415

    python = interpreter(bench, tool)
    if python is None:
        return unobserved(tool.executable), words
    return start(step.boot, python, bench, tool.identity.version, words), words


def _arguments(prepared: Prepared, bench: Bench, report: str, cache: str) -> tuple[str, ...]:
    step, tool = prepared.step, prepared.tool
    if step.command:
        places = {"{report}": report, "{cache}": cache, "{root}": str(bench.slot.path)}
        given = tuple(_filled(word, places) for word in step.command[1:])
        return (*given, *step.extra, *step.targets) if step.boot else given
    extra = step.extra
    if step.tool == "mypy" and bench.overlay.python and tool.executable[0] != bench.overlay.python:
        extra = ("--python-executable", bench.overlay.python, *extra)
    request = ToolRequest((), str(bench.slot.path), report, cache, step.targets, extra)
    return step.reader.argv(request)


def _filled(word: str, places: Mapping[str, str]) -> str:
    for name, value in places.items():
        word = word.replace(name, value)
    return word


def _report_paths(step: Step, stem: str, bench: Bench) -> tuple[Path, Path]:
    """(path given to the tool, path that is read afterwards); both are deleted first, so that nothing old is read."""
    outside = bench.slot.scratch / "reports" / stem
    outside.parent.mkdir(parents=True, exist_ok=True)
    remove(outside)
    if not step.report:
        return outside, outside
    inside = bench.slot.path / step.report
    remove(inside)
    return outside, inside


def _asks_report(step: Step) -> bool:
    if step.report:
        return True
    return any("{report}" in word for word in step.command) or (not step.command and step.tool == "pytest")


def _read_report(path: Path, started: float, *, asked: bool) -> tuple[bytes | None, ReportState]:
    # A link could lead to a report that another run made.
    if path.is_symlink() or not path.is_file():
        return None, ReportState.MISSING if asked else ReportState.NOT_ASKED
    facts = path.stat()
    if facts.st_size > MAX_REPORT_BYTES:
        return None, ReportState.OVERSIZED
    if facts.st_mtime < started - _STALE_SLACK_S:
        return None, ReportState.STALE
    return path.read_bytes(), ReportState.READ


_STATE_PROBLEMS = {
    ReportState.STALE: "the report is older than the run that should have written it",
    ReportState.OVERSIZED: f"the report is larger than {MAX_REPORT_BYTES >> 20} MiB",
}


def _read(
    step: Step, settings: CheckSettings, done: Completed, report: bytes | None, state: ReportState, root: str
) -> Reading:
    if state in _STATE_PROBLEMS:
        return Reading(problem=_STATE_PROBLEMS[state])
    if done.ended is not Ended.EXITED or done.exit is None:
        return Reading()
    output = ToolOutput(done.stdout.read_bytes(), done.stderr.read_bytes(), done.exit, report, root)
    reading = step.reader.read(settings.id, output)
    if done.channel is not None:
        from gatekeeper.tools import observed  # noqa: PLC0415 - as for its start

        reading = observed.hold(settings.id, reading, observed.read(done.channel.read_bytes(), root), done.exit)
    if state is ReportState.MISSING and not reading.problem:
        return replace(reading, problem="the report that it was to write is missing")
    if done.truncated and report is None and not reading.problem:
        return replace(reading, problem="its output was too large to be read to the end")
    return reading


def _command_run(done: Completed, state: ReportState, reading: Reading) -> CommandRun:
    if state is ReportState.READ and reading.problem:
        state = ReportState.MALFORMED if "report" in reading.problem else state
    return CommandRun(
        argv=done.argv,
        ended=done.ended,
        exit=done.exit,
        duration_s=done.duration_s,
        peak_bytes=done.peak_bytes,
        log=str(done.stdout),
        log_sha256=done.log_sha256,
        truncated=done.truncated,
        report=state,
        problem=reading.problem or _why(done),
    )


def _why(done: Completed) -> str:
    """What there is to say beside how it ended."""
    told = done.ended in {Ended.SIGNALLED, Ended.MISSING} or done.reason.startswith("blocked: ")
    return done.reason if told else ""


def _tampered(bench: Bench, plan: CommandPlan, ignored_by: str) -> tuple[str, ...]:
    """What the check changed in the tree; put right again, so that the next check judges the commit."""
    own = {step.report for step in plan.steps if step.report} | set(bench.overlay.placed)
    changed = bench.slot.changes(ignored_by)
    kept = tuple(path for path in changed if path not in own and path.split("/")[0] not in own)
    if changed:
        bench.slot.restore()
    return kept


def _sum(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    return dict(sorted(total.items()))


def tools_digest(steps: Sequence[Prepared], bench: Bench) -> str:
    """sha256 over what every tool of the steps is. The place of the slot is left out: slots are alike."""
    identities = [prepared.tool.identity for prepared in steps]
    place = str(bench.slot.scratch.parent)
    parts = [f"{one.path.replace(place, '')}\0{one.version}\0{one.digest}" for one in identities]
    parts += [prepared.builder.digest for prepared in steps if prepared.builder]
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()
