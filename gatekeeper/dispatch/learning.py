"""What a run teaches, told to those that wait for the same."""

from gatekeeper.dispatch.broker import Broker
from gatekeeper.dispatch.estimates import Run
from gatekeeper.process.tree import process_of


def learn(broker: Broker, key: str, run: Run) -> None:
    """Remember a run, and tell those that wait for the same."""
    broker.estimates.learn(key, run)
    learned = broker.estimates.of(key) if broker.anybody_waits() else None
    if learned is not None:
        broker.learned(key, learned.memory, learned.duration_s)


def start_of(pid: int) -> float:
    """When a process started, as the process table has it; 0 when it is gone, or not on Linux."""
    found = process_of(pid)
    return found.start if found else 0.0
