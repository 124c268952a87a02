"""Bubblewrap around a command: a root with nothing but what is named, its own processes, its own loopback.

What bubblewrap can do here is tried, not assumed: some distributions and many containers restrict it.
"""

import functools
import os
import signal
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from gatekeeper.errors import CannotEstablish
from gatekeeper.process.capture import capture
from gatekeeper.process.machine import system_view
from gatekeeper.process.mounts import View, options

_SHELLS = frozenset({"sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "busybox"})
_LAST_SIGNAL = 31
_trying = threading.Lock()
"""Two checks that ask at once wait for one answer."""


class Ability(Struct, frozen=True):
    """What bubblewrap can do here. `program` is empty when it can do nothing; `reason` says what is missing."""

    program: str = ""
    network: bool = False
    """Can the network be kept away?"""
    user_namespace: bool = False
    """Only with a user namespace of its own, which root has to ask for."""
    reason: str = ""


class Sandbox(Struct, frozen=True):
    """bubblewrap and its options. The command comes behind them."""

    words: tuple[str, ...]

    def argv(self, command: Sequence[str], status: int) -> tuple[str, ...]:
        """The whole command line. bubblewrap tells descriptor `status` what became of the command."""
        return (*self.words, "--json-status-fd", str(status), "--", *command)


def sandbox(ability: Ability, view: View, *, network: bool) -> Sandbox:
    """A sandbox that shows `view` on top of the system's own part. Without `network` only its own loopback is there."""
    return Sandbox((ability.program, *_namespaces(ability, network), *_root(system_view(network=network) + view)))


def _namespaces(ability: Ability, network: bool) -> tuple[str, ...]:
    return (
        "--unshare-pid",  # nothing outlives the command, and nobody else's process can be seen
        "--unshare-ipc",
        "--die-with-parent",
        *(("--unshare-user",) if ability.user_namespace else ()),
        *(() if network else ("--unshare-net",)),
        # To root bubblewrap would leave every capability: the mounts could be taken off again.
        *(("--cap-drop", "ALL") if os.geteuid() == 0 else ()),
    )


def _root(view: View) -> tuple[str, ...]:
    # Root owns /proc/sys without any capability: core_pattern alone would lead out of the sandbox.
    proc = ("--proc", "/proc", *(("--remount-ro", "/proc") if os.geteuid() == 0 else ()))
    return (
        *("--dev", "/dev", *proc, "--symlink", "/run", "/var/run", "--symlink", "/tmp", "/var/tmp", "--dir", "/run"),  # noqa: S108 - places in the sandbox
        *options(view),
        *("--remount-ro", "/"),
    )


def ability() -> Ability:
    """Tried once per process and PATH; a few milliseconds."""
    with _trying:
        return _tried(_found(os.environ))


def available() -> bool:
    """Can files be kept away from a command here?"""
    return bool(ability().program)


def _found(env: Mapping[str, str]) -> str:
    # Relative entries of PATH could lead into the branch.
    folders = [folder for folder in env.get("PATH", "").split(os.pathsep) if folder.startswith("/")]
    return next((f"{folder}/bwrap" for folder in folders if os.access(f"{folder}/bwrap", os.X_OK)), "")


@functools.cache
def _tried(program: str) -> Ability:
    if not program:
        return Ability(reason="bubblewrap (bwrap) is not installed")
    said = ""
    for network in (True, False):
        for user in (False, True) if os.geteuid() == 0 else (False,):
            candidate = Ability(program, network=network, user_namespace=user, reason=said)
            problem = _try(candidate)
            if not problem:
                return candidate
            said = said or problem
    return Ability(reason=f"bubblewrap does not work here ({said})")


def _try(candidate: Ability) -> str:
    """Why it does not work, or ""."""
    made = sandbox(candidate, View(), network=not candidate.network)
    try:
        # The status goes to standard error here: it has to be written, as later for every command.
        done = capture(made.argv(("/bin/sh", "-c", ":"), 2), cwd="/", env={}, timeout_s=10)
    except CannotEstablish as error:
        return error.what
    if done.exit == 0 and was_started(done.stderr):
        return ""
    said = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if not line.startswith("{")]
    return " ".join(said)[:200] or f"exit {done.exit}"


def was_started(status: bytes) -> bool:
    """Did the command itself run? bubblewrap writes its exit status only then, not when it could not be executed."""
    return b'"exit-code"' in status


def signal_of(command: Sequence[str], exit_status: int) -> int:
    """The signal that ended the command, as bubblewrap tells it (128 + number); 0 when it exited by itself.

    A shell exits so itself when one of its commands was killed: for a shell it stays an exit status.
    """
    number = exit_status - 128
    name = Path(os.path.realpath(command[0])).name if command else ""
    if name in _SHELLS or not 0 < number <= _LAST_SIGNAL or number not in signal.valid_signals():
        return 0
    return number


def failure(command: Sequence[str], cwd: str, stderr: bytes) -> tuple[int | None, str]:
    """(127 or 126, why) for a command that could not be executed; (None, why) when bubblewrap itself failed."""
    last = stderr.decode("utf-8", "replace").strip().rpartition("\n")[2].removeprefix("bwrap: ")
    if not last.startswith("execvp "):
        return None, f"the isolation could not be set up: {last[:300] or 'bubblewrap said nothing'}"
    if "No such file" not in last and "Not a directory" not in last:
        return 126, f"not executable ({last.rpartition(': ')[2]})"
    if "/" not in command[0] or not os.path.lexists(Path(cwd, command[0])):
        return 127, "not found"
    return 127, "it, or the interpreter of its first line, is not there inside the isolation"
