"""What is seen while checks run."""

import io
import re
import subprocess
import sys
import threading

import pytest
from rich.console import Console

from gatekeeper.cli import live
from gatekeeper.cli.output import emit
from gatekeeper.model.vocabulary import Outcome
from tests.support.reports import HOSTILE


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("stream", "env", "quiet", "kind"),
    [
        (Terminal(), {"TERM": "xterm"}, False, live.RichProgress),
        (Terminal(), {"TERM": "xterm", "NO_COLOR": "1"}, False, live.PlainProgress),
        (Terminal(), {"TERM": "dumb"}, False, live.PlainProgress),
        (io.StringIO(), {"TERM": "xterm"}, False, live.PlainProgress),
        (Terminal(), {"TERM": "xterm"}, True, live.QuietProgress),
    ],
)
def test_the_right_progress(stream: io.StringIO, env: dict[str, str], quiet: bool, kind: type) -> None:
    assert type(live.make_progress(stream, env, quiet=quiet)) is kind


def test_plain_lines() -> None:
    out, clock = io.StringIO(), Clock()
    with live.PlainProgress(out, clock=clock) as progress:
        progress.message(f"fetching {HOSTILE}")
        progress.beat()
        progress.started("tests")
        progress.started("lint")
        progress.sample("tests", 3 << 20)
        progress.sample("tests", 1 << 20)
        progress.sample("unknown", 1)
        clock.now += 61.0
        progress.beat()
        progress.finished("lint", Outcome.PASSED, 0.25)
        progress.finished("tests", Outcome.BLOCKED, 100.0)
        progress.beat()
    first, *rest = out.getvalue().splitlines()
    assert first.startswith("gate: fetching \\x1b[31mred")
    assert rest == [
        "gate: still running: tests 61.0 s, peak 3 MiB; lint 61.0 s, peak 0 B",
        "gate: lint: passed in 250 ms",
        "gate: tests: blocked in 1m40s, peak 3 MiB",
    ]


def test_the_heartbeat_beats_by_itself_and_ends() -> None:
    heard = threading.Event()

    class Ear(io.StringIO):
        def write(self, text: str) -> int:
            if "still running: tests" in text:
                heard.set()
            return super().write(text)

    with live.PlainProgress(Ear(), heartbeat_s=0.01) as progress:
        progress.started("tests")
        assert heard.wait(10)
    assert not [thread for thread in threading.enumerate() if thread.name == "heartbeat"]


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with live.QuietProgress() as progress:
        progress.started("a")
        progress.sample("a", 1)
        progress.message("x")
        progress.finished("a", Outcome.PASSED, 1.0)
    assert capsys.readouterr() == ("", "")


def test_the_live_list_shows_what_runs_and_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    out, clock = Terminal(), Clock()
    with live.RichProgress(out, clock=clock) as progress:
        progress.started("tests")
        progress.sample("tests", 5 << 20)
        clock.now += 2
        progress.started(HOSTILE)
        progress.finished(HOSTILE, Outcome.FAILED, 1.5)
        progress.message("[bold]no markup[/bold]")
        shown = _rendered(progress)
    assert re.search(r"\S tests +2\.0 s, peak 5 MiB", shown)
    assert "failed, 1.5 s" in shown
    assert "[bold]no markup[/bold]" in shown
    assert "\x1b[31m" not in shown
    assert out.getvalue().endswith("\x1b[2K") or "\x1b[?25h" in out.getvalue(), "the cursor is shown again"


def test_the_live_list_is_ended_by_an_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    out = Terminal()
    with pytest.raises(KeyboardInterrupt), live.RichProgress(out) as progress:
        progress.started("tests")
        raise KeyboardInterrupt
    assert "\x1b[?25h" in out.getvalue()


def test_rich_is_imported_only_for_a_terminal() -> None:
    lines = ("import sys, io, gatekeeper.cli.live as l", "with l.make_progress(io.StringIO(), {}): pass")
    code = "\n".join((*lines, "print('rich' in sys.modules)"))
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_emit_in_a_narrow_encoding() -> None:
    raw = io.BytesIO()
    narrow = io.TextIOWrapper(raw, encoding="ascii")
    emit("✓ passed\n", narrow)
    assert raw.getvalue() == b"\\u2713 passed\n"
    narrow.close()


def test_a_reader_that_left_is_no_error() -> None:
    code = "import sys; sys.stdin.read(); from gatekeeper.cli.output import emit; emit('x' * 100000)"
    argv = [sys.executable, "-c", code]
    writer = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert writer.stdout is not None
    writer.stdout.close()
    writer.stdout = None
    _, complaint = writer.communicate()  # closes standard input: only now does it write
    assert (writer.returncode, complaint) == (0, b"")


def _rendered(progress: live.RichProgress) -> str:
    console = Console(file=io.StringIO(), width=200, color_system=None)
    with console.capture() as captured:
        console.print(progress.renderable())
    return captured.get()
