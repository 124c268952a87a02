"""The port through which commands get their memory: who runs a tool knows this, and not the broker behind it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from msgspec import Struct

from gatekeeper.errors import GaveUpWaiting, TooLarge
from gatekeeper.process.run import Command, Completed, run

MEMORY = "blocked: memory"
CONTENTION = "blocked: contention"


class Wish(Struct, frozen=True):
    """What a tool needs, as far as that is said. `memory` in bytes: the first guess, until something was learned."""

    name: str
    key: str = ""
    memory: int | None = None
    cores: int = 1
    priority: int = 0
    branch: str = ""
    repository: str = ""
    check: str = ""
    directory: str = ""
    suspendable: bool = True
    limit: int | None = None
    """The part of the budget that its repository may have."""


class Leases(Protocol):
    """Runs commands, each under a lease. `started` is set when the first one has got what it needs."""

    started: threading.Event

    def run(
        self,
        command: Command,
        wish: Wish,
        *,
        cancelled: threading.Event | None,
        on_sample: Callable[[int], None],
        again: Callable[[], None],
    ) -> Completed:
        """Run to the end. `again` is called before the command is run another time. Raises GaveUpWaiting."""

    def hold(self, wish: Wish, cancelled: threading.Event | None) -> AbstractContextManager[Callable[[int], None]]:
        """A lease for several commands together; gives whom to tell what they hold. Raises GaveUpWaiting."""


class Unleased:
    """Runs commands as they come: for tests, and for those who call the gate as a library."""

    def __init__(self) -> None:
        self.started = threading.Event()

    def run(
        self,
        command: Command,
        wish: Wish,  # noqa: ARG002 - the port's
        *,
        cancelled: threading.Event | None,
        on_sample: Callable[[int], None],
        again: Callable[[], None],  # noqa: ARG002 - the port's
    ) -> Completed:
        self.started.set()
        return run(command, cancelled=cancelled, on_sample=on_sample)

    @contextmanager
    def hold(self, wish: Wish, cancelled: threading.Event | None) -> Iterator[Callable[[int], None]]:  # noqa: ARG002
        self.started.set()
        yield _told


UNLEASED = Unleased()


def _told(_: int) -> None:
    pass


def gave_up(error: GaveUpWaiting) -> str:
    """Why a check was not run, when others of the same run were."""
    return f"{MEMORY}: {error.what}"


def refused(error: TooLarge) -> str:
    """Why a check was not run: nothing of its size is to run here."""
    return f"{MEMORY}: {error.what}; {error.hint}"
