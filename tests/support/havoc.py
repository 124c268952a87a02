"""Kill holders, waiters and jobs of a broker at random, and say what is left. Used by the tests and by a benchmark."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from gatekeeper.dispatch.broker import Broker, short
from gatekeeper.dispatch.job import MIB
from gatekeeper.dispatch.rows import Ask
from gatekeeper.dispatch.settings import Settings

JOB = "sleep 0.6 & (setsid sleep 0.8 &) ; sleep 0.7; wait"


@dataclass(frozen=True)
class Left:
    """After the last kill. `held` in bytes; `orphans` are processes that carry the mark of a lease."""

    kills: dict[str, int]
    held: int
    entries: int
    orphans: int
    intact: bool
    whole_budget_free: bool


def havoc(folder: Path, kills: int, *, seed: int = 1, gates: int = 6, budget: int = 64 * MIB) -> Left:
    """Keep `gates` commands running and waiting, and kill one of them, or its job, until `kills` are done."""
    dice = random.Random(seed)  # noqa: S311 - chance, not secrecy
    some = Broker(Settings(folder=str(folder / "broker"), budget=budget))
    env = {**os.environ, "GATE_BROKER_DIR": str(folder / "broker"), "GATE_MEMORY_BUDGET": str(budget)}
    running: list[subprocess.Popen[bytes]] = []
    done = {"holder": 0, "waiter": 0, "job": 0}
    while sum(done.values()) < kills:
        running = [one for one in running if one.poll() is None]
        while len(running) < gates:
            argv = (
                sys.executable,
                "-m",
                "gatekeeper",
                "run",
                "--memory",
                f"{dice.randint(8, 40)}MiB",
                "--",
                "sh",
                "-c",
                JOB,
            )
            running.append(subprocess.Popen(argv, env=env, stderr=subprocess.DEVNULL))
        time.sleep(dice.uniform(0.0, 0.06))
        kind = _kill_one(some, running, dice)
        if kind:
            done[kind] += 1
    for one in running:
        one.wait(60)
    return _left(some, done, budget)


def _kill_one(some: Broker, running: "list[subprocess.Popen[bytes]]", dice: random.Random) -> str:
    """What was killed; "" when it was gone already, or was only just being started."""
    entries = {entry.holder: entry for entry in some.look()[1]}
    process = dice.choice(running)
    entry = entries.get(process.pid)
    if entry is None:
        if dice.random() < 0.02:
            process.kill()
        return ""
    if entry.leader and dice.random() < 0.4:
        with contextlib.suppress(ProcessLookupError):
            os.kill(entry.leader, signal.SIGKILL)
            return "job"
        return ""
    process.kill()
    return "holder" if entry.job.granted is not None else "waiter"


def _left(some: Broker, done: dict[str, int], budget: int) -> Left:
    try:
        some.release(some.acquire(Ask(budget), wait_s=20.0))
        free = True
    except Exception:  # noqa: BLE001 - whatever it is, the budget is not free
        free = False
    some.tidy()
    state, entries, _ = some.look()
    intact = some.book.look("PRAGMA integrity_check") == [("ok",)]
    held = sum(job.held for job in state.running)
    return Left(done, held, len(entries), _marked(short(some.settings.folder)), intact, free)


def _marked(folder: str) -> int:
    """Living processes under any lease of the folder."""
    count = 0
    for name in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            if name.isdecimal() and f":{folder}\0".encode() in Path(f"/proc/{name}/environ").read_bytes():
                count += b") Z " not in Path(f"/proc/{name}/stat").read_bytes()
    return count
