"""What is seen while checks run: a live list on a terminal, plain lines elsewhere, nothing with -q."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TextIO

from gatekeeper.cli.output import color_wanted, emit
from gatekeeper.model.vocabulary import Outcome
from gatekeeper.report.escape import single_line
from gatekeeper.report.summary import duration, size

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

HEARTBEAT_S = 15.0
Clock = Callable[[], float]


class Progress(Protocol):
    """Told of what happens, from any thread. Used as a context manager; times in seconds, memory in bytes."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def started(self, check: str) -> None: ...
    def sample(self, check: str, peak_bytes: int) -> None: ...
    def finished(self, check: str, outcome: Outcome, duration_s: float) -> None: ...
    def message(self, text: str) -> None: ...


def make_progress(stream: TextIO, env: Mapping[str, str], *, quiet: bool = False) -> "Progress":
    """The right one for where `stream` (standard error) leads to."""
    if quiet:
        return QuietProgress()
    if color_wanted(stream, env):
        return RichProgress(stream)
    return PlainProgress(stream)


class QuietProgress:
    """Says nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def started(self, check: str) -> None: ...
    def sample(self, check: str, peak_bytes: int) -> None: ...
    def finished(self, check: str, outcome: Outcome, duration_s: float) -> None: ...
    def message(self, text: str) -> None: ...


class _Running:
    """The checks that run now: since when, and their peak so far. Not locked; its owners lock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.since: dict[str, float] = {}
        self.peaks: dict[str, int] = {}

    def start(self, check: str) -> None:
        self.since[check] = self._clock()
        self.peaks[check] = 0

    def sample(self, check: str, peak_bytes: int) -> None:
        if check in self.since:
            self.peaks[check] = max(self.peaks[check], peak_bytes)

    def finish(self, check: str) -> int:
        self.since.pop(check, None)
        return self.peaks.pop(check, 0)

    def lines(self) -> Iterator[tuple[str, str]]:
        now = self._clock()
        for check, since in self.since.items():
            yield check, f"{duration(now - since)}, peak {size(self.peaks[check])}"


class PlainProgress:
    """One plain line per event and one heartbeat line every 15 seconds while something runs. No escapes."""

    def __init__(self, stream: TextIO, *, clock: Clock = time.monotonic, heartbeat_s: float = HEARTBEAT_S) -> None:
        self._stream = stream
        self._running = _Running(clock)
        self._heartbeat_s = heartbeat_s
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat_on, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def started(self, check: str) -> None:
        with self._lock:
            self._running.start(check)

    def sample(self, check: str, peak_bytes: int) -> None:
        with self._lock:
            self._running.sample(check, peak_bytes)

    def finished(self, check: str, outcome: Outcome, duration_s: float) -> None:
        with self._lock:
            peak = self._running.finish(check)
            self._say(f"{single_line(check)}: {outcome.value} in {duration(duration_s)}" + _peak(peak))

    def message(self, text: str) -> None:
        with self._lock:
            self._say(single_line(text))

    def beat(self) -> None:
        """The heartbeat line; nothing when nothing runs."""
        with self._lock:
            running = "; ".join(f"{single_line(check)} {state}" for check, state in self._running.lines())
            if running:
                self._say(f"still running: {running}")

    def _beat_on(self) -> None:
        while not self._ended.wait(self._heartbeat_s):
            self.beat()

    def _say(self, line: str) -> None:
        emit(f"gate: {line}\n", self._stream)


class RichProgress:
    """The live list: spinner, elapsed time, peak memory. It is taken away at the end; the report says the rest."""

    def __init__(self, stream: TextIO, *, clock: Clock = time.monotonic) -> None:
        self._stream = stream
        self._running = _Running(clock)
        self._done: dict[str, tuple[Outcome, str]] = {}
        self._message = ""
        self._spinners: dict[str, RenderableType] = {}
        self._lock = threading.Lock()
        self._live: Live | None = None

    def __enter__(self) -> Self:
        # Imported here: rich costs about 80 ms, which runs without a terminal and cached runs do not pay.
        from rich.console import Console
        from rich.live import Live

        console = Console(file=self._stream, highlight=False, markup=False, emoji=False)
        self._live = Live(
            console=console, get_renderable=self.renderable, refresh_per_second=8, transient=True, redirect_stdout=False
        )
        self._live.start(refresh=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def started(self, check: str) -> None:
        with self._lock:
            self._message = ""
            self._running.start(check)

    def sample(self, check: str, peak_bytes: int) -> None:
        with self._lock:
            self._running.sample(check, peak_bytes)

    def finished(self, check: str, outcome: Outcome, duration_s: float) -> None:
        with self._lock:
            peak = self._running.finish(check)
            self._done[check] = (outcome, duration(duration_s) + _peak(peak))

    def message(self, text: str) -> None:
        with self._lock:
            self._message = single_line(text)

    def renderable(self) -> "RenderableType":
        """The list as it stands now; called by rich's own thread."""
        from rich.spinner import Spinner
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 1))
        with self._lock:
            for check, (outcome, state) in self._done.items():
                style = _STYLES[outcome]
                table.add_row(Text(_MARKS[outcome], style), Text(single_line(check)), Text(f"{outcome.value}, {state}"))
            for check, state in self._running.lines():
                table.add_row(self._spinner(check, Spinner), Text(single_line(check), "bold"), Text(state, "dim"))
            if self._message:
                table.add_row(self._spinner("", Spinner), Text(""), Text(self._message, "dim"))
        return table

    def _spinner(self, key: str, make: "Callable[[str], RenderableType]") -> "RenderableType":
        # One spinner per check for all frames: a new one would start again at its first picture.
        if key not in self._spinners:
            self._spinners[key] = make("dots")
        return self._spinners[key]


_MARKS = {Outcome.PASSED: "✓", Outcome.FAILED: "✗", Outcome.BLOCKED: "■", Outcome.NOT_APPLICABLE: "-"}
_STYLES = {Outcome.PASSED: "green", Outcome.FAILED: "red", Outcome.BLOCKED: "yellow", Outcome.NOT_APPLICABLE: "dim"}


def _peak(peak_bytes: int) -> str:
    return f", peak {size(peak_bytes)}" if peak_bytes else ""
