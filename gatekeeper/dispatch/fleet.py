"""Fleets for the simulator: read from a trace or made up, and the time below which nobody can finish them. Pure."""

import json
import math
import random
from collections.abc import Iterable, Sequence

from msgspec import Struct

from gatekeeper.dispatch.job import MIB
from gatekeeper.errors import UsageError
from gatekeeper.policy.values import parse_duration, parse_size

_SHAPES = (("lint", 150, 4.0), ("types", 900, 25.0), ("tests", 1400, 60.0))
"""Checks of a made-up branch: name, MiB and seconds in the middle."""


class Task(Struct, frozen=True):
    """One command of the fleet. Seconds and bytes; `estimate` is what the broker is told, `peak` what it holds."""

    name: str
    branch: str
    arrival: float
    duration: float
    peak: int
    estimate: int
    cores: int = 0
    priority: int = 0


def read_trace(text: str, where: str) -> tuple[Task, ...]:
    """One JSON object per line: memory and duration, and if need be arrival, estimate, name, branch, cores, priority.

    Raises UsageError that names the line.
    """
    tasks = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            tasks.append(_task(json.loads(line), number))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
            raise UsageError(
                f"{where}, line {number}: {error or 'not a task'}",
                'a line is {"memory": "1500MB", "duration": 8, "arrival": 0, "branch": "worker/a"}',
            ) from error
    if not tasks:
        raise UsageError(f"{where} has no tasks", "one JSON object per line")
    return tuple(tasks)


def _task(row: dict[str, object], number: int) -> Task:
    peak = parse_size(row["memory"])
    arrival = float(str(row.get("arrival", 0)))
    if not 0 <= arrival < 1e9:
        raise ValueError("arrival is a number of seconds from 0")
    return Task(
        name=str(row.get("name", f"job {number}")),
        branch=str(row.get("branch", "")),
        arrival=arrival,
        duration=parse_duration(row["duration"]),
        peak=peak,
        estimate=parse_size(row.get("estimate", peak)),
        cores=int(str(row.get("cores", 0))),
        priority=int(str(row.get("priority", 0))),
    )


def made_up(branches: int, *, seed: int = 1, spread_s: float = 0.0, error: float = 1.0) -> tuple[Task, ...]:
    """A fleet of so many branches with three checks each, the same for the same seed.

    `spread_s`: they arrive within this time. `error`: estimates are this part of the truth.
    """
    dice = random.Random(seed)  # noqa: S311 - a made-up fleet keeps no secret
    tasks = []
    for number in range(branches):
        arrival = dice.uniform(0, spread_s)
        for name, mib, seconds in _SHAPES:
            peak = int(mib * MIB * dice.lognormvariate(0, 0.35))
            duration = seconds * dice.lognormvariate(0, 0.4)
            estimate = max(MIB, int(peak * error))
            tasks.append(Task(name, f"worker/{number}", arrival, duration, peak, estimate, cores=1))
    return tuple(tasks)


def lower_bound(tasks: Sequence[Task], nodes: int, memory: int, cores: int) -> float:
    """Seconds below which no order can finish: memory, cores, the longest, and what cannot stand beside its like."""
    if not tasks:
        return 0.0
    area = sum(task.peak * task.duration for task in tasks) / (memory * nodes)
    work = sum(task.cores * task.duration for task in tasks) / (cores * nodes)
    longest = max(task.arrival + task.duration for task in tasks)
    return max(area, work, longest, *(_packing(tasks, nodes, memory, beside) for beside in range(1, 9)))


def _packing(tasks: Iterable[Task], nodes: int, memory: int, beside: int) -> float:
    """Of jobs above a (beside + 1)th of a node, at most `beside` run on it at once."""
    large = [task.duration for task in tasks if task.peak > memory / (beside + 1)]
    if not large:
        return 0.0
    places = beside * nodes
    return max(sum(large) / places, math.ceil(len(large) / places) * min(large))
