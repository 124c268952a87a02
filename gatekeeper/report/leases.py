"""Who holds memory and who waits for it, as text and as data. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from gatekeeper.dispatch.admission import Waits
from gatekeeper.dispatch.job import LeaseId, Machine, Phase, State
from gatekeeper.dispatch.rows import Entry
from gatekeeper.report.escape import single_line
from gatekeeper.report.summary import duration, size

_NAME = 32


class Seen(Struct, frozen=True):
    """One look at the broker. `origin` says in words where the budget comes from."""

    state: State
    entries: Sequence[Entry]
    waits: Mapping[LeaseId, Waits]
    origin: str
    folder: str


def text(seen: Seen) -> str:
    """Lines for people: the budget, those that hold, those that wait in the order of the queue."""
    holders = [entry for entry in seen.entries if entry.job.phase is not Phase.WAITING]
    waiting = _queue(seen)
    lines = [*_machine(seen)]
    lines += ["", "holds", *_table([_held(entry, seen.state.now) for entry in holders])] if holders else []
    lines += ["", "waits", *_table([_waiting(entry, seen) for entry in waiting])] if waiting else []
    return "\n".join(lines) + ("" if holders or waiting else "\nNothing runs through the gate just now.") + "\n"


def _queue(seen: Seen) -> list[Entry]:
    order = {number: at for at, number in enumerate(seen.waits)}
    waiting = [entry for entry in seen.entries if entry.job.phase is Phase.WAITING]
    return sorted(waiting, key=lambda entry: order.get(entry.job.id, len(order)))


def data(seen: Seen) -> dict[str, Any]:
    """The same for programs: sizes in bytes, times in seconds."""
    machine = seen.state.machine
    return {
        "schema": 1,
        "folder": seen.folder,
        "budget": machine.budget,
        "budget_origin": seen.origin,
        "in_use": _used(seen),
        "held": _reserved(seen),
        "available": machine.available,
        "floor": machine.floor,
        "memory_pressure": machine.memory_pressure,
        "io_pressure": machine.io_pressure,
        "leases": [_entry(entry, seen) for entry in seen.entries],
    }


def _used(seen: Seen) -> int:
    return sum(job.used for job in seen.state.running)


def _reserved(seen: Seen) -> int:
    return sum(job.held for job in seen.state.running)


def _machine(seen: Seen) -> list[str]:
    machine = seen.state.machine
    share = 100 * _reserved(seen) // machine.budget
    return [
        f"budget {size(machine.budget)} ({seen.origin})",
        f"held   {size(_reserved(seen))} ({share} %), in use {size(_used(seen))}; {_rest(machine)}",
    ]


def _rest(machine: Machine) -> str:
    left = "" if machine.available is None else f"machine: {size(machine.available)} left"
    known = [("memory", machine.memory_pressure), ("I/O", machine.io_pressure)]
    pressure = ", ".join(f"{name} {value:.0f} %" for name, value in known if value is not None)
    return ", ".join(part for part in (left, f"pressure: {pressure}" if pressure else "pressure not known") if part)


def _held(entry: Entry, now: float) -> list[str]:
    job = entry.job
    since = "" if job.granted is None else duration(max(0.0, now - job.granted))
    state = "" if job.phase is Phase.RUNNING else job.phase.value
    memory = f"{size(job.used)} of {size(job.reserved)}"
    return [f"#{job.id}", single_line(entry.name, _NAME), memory, since, _whose(entry), state]


def _waiting(entry: Entry, seen: Seen) -> list[str]:
    job, why = entry.job, seen.waits.get(entry.job.id)
    reason = "starts now" if why is None else why.obstacle.value
    expected = (
        "" if why is None or why.start is None else f"expected in {duration(max(0.0, why.start - seen.state.now))}"
    )
    since = duration(max(0.0, seen.state.now - job.asked))
    return [f"#{job.id}", single_line(entry.name, _NAME), size(job.estimate), since, _whose(entry), reason, expected]


def _whose(entry: Entry) -> str:
    return single_line(" ".join(part for part in (entry.branch, entry.check) if part), _NAME)


def _table(rows: list[list[str]]) -> list[str]:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def _entry(entry: Entry, seen: Seen) -> dict[str, Any]:
    job, why = entry.job, seen.waits.get(entry.job.id)
    return {
        "id": job.id,
        "phase": job.phase.value,
        "name": entry.name,
        "repository": job.group,
        "branch": entry.branch,
        "check": entry.check,
        "directory": entry.directory,
        "estimate": job.estimate,
        "reserved": job.reserved,
        "in_use": job.used,
        "cores": job.cores,
        "locks": sorted(job.locks),
        "priority": job.priority,
        "waited_s": round(max(0.0, (job.granted if job.granted is not None else seen.state.now) - job.asked), 3),
        "runs_s": None if job.granted is None else round(max(0.0, seen.state.now - job.granted), 3),
        "why": None if why is None else why.obstacle.value,
        "expected_start_s": None if why is None or why.start is None else round(why.start - seen.state.now, 3),
    }
