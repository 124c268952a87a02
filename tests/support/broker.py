"""A broker of a temporary folder with a kernel whose facts the test says, and processes that hold memory."""

import sys
from pathlib import Path

from gatekeeper.dispatch.broker import Broker
from gatekeeper.dispatch.job import MIB
from gatekeeper.dispatch.pressure import Reading
from gatekeeper.dispatch.settings import Settings


class FakeKernel:
    """Says what it was told to say."""

    def __init__(self, total: int | None = 16 << 30, reading: Reading | None = None) -> None:
        self.bytes = total
        self.reading = reading or Reading()

    def total(self) -> int | None:
        return self.bytes

    def read(self) -> Reading:
        return self.reading


def broker(folder: Path, budget: int = 64 * MIB, kernel: FakeKernel | None = None, **settings: object) -> Broker:
    """A broker of its own in `folder`."""
    made = Settings(folder=str(folder / "broker"), budget=budget, guess=16 * MIB, **settings)  # type: ignore[arg-type]
    return Broker(made, kernel or FakeKernel())


def holding(mib: int, seconds: float, *, steps: int = 10) -> tuple[str, ...]:
    """A command that grows by `mib` in `steps` and then holds it for `seconds`."""
    program = (
        "import sys, time\n"
        f"held = []\nfor _ in range({steps}):\n"
        f"    held.append(bytearray(b'x' * ({mib} * (1 << 20) // {steps})))\n    time.sleep(0.05)\n"
        f"time.sleep({seconds})"
    )
    return (sys.executable, "-ISs", "-c", program)


def alive(pid: int | str) -> bool:
    """Does it run? A zombie does not: nobody may have asked for its status yet."""
    try:
        return b") Z " not in Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False
