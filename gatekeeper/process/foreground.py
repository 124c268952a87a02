"""Run a command in place of ourselves, as far as anybody can tell: its terminal, pipes, signals and exit status.

It stays in our session and process group, so that job control of the shell works on both. What is only sent to us is
passed on; what the terminal sends reaches the command by itself.
"""

import contextlib
import errno
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from gatekeeper.process.governor import Governor
from gatekeeper.process.marker import RUN_MARKER
from gatekeeper.process.tree import Tree, own_mark, process_ids

_LOOK_S = 0.1
_LOOK_SHARE = 20
"""At most so small a part of the time goes into looking."""
_FIRST_LOOK_S = 0.02
_GRACE_S = 2.0
_PAUSE_S = 0.01
_PASSED_ON = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
_FROM_KERNEL = 0x80
"""si_code of what the terminal sent (SI_KERNEL, sigaction(2)): its whole foreground group has it already."""
_Signals = set[int | signal.Signals]
_RUSAGE_UNIT = 1 if sys.platform == "darwin" else 1024


class Ended(Struct, frozen=True, eq=False):
    """How it ended. `status` as waitpid(2) has it; `peak`: bytes of the largest process; `stopped`: why we ended it."""

    status: int
    peak: int
    duration_s: float
    cpu_s: float
    """Of all processes that were waited for."""
    stopped: str = ""
    left_behind: int = 0


class CannotStart(OSError):
    """There is no such command, or it cannot be run."""

    @property
    def exit(self) -> int:
        """As the shell has it: 127 not found, 126 found and not executable."""
        return 127 if self.errno in (errno.ENOENT, errno.ENOTDIR) else 126


def run_in_foreground(
    argv: Sequence[str],
    env: Mapping[str, str],
    governor: Governor,
    *,
    inherited: Sequence[int] = (),
    on_start: Callable[[int], None] = lambda _pid: None,
) -> Ended:
    """Run to the end; nothing of it is alive afterwards. To be called from the main thread. Raises CannotStart."""
    signals = {*_PASSED_ON, signal.SIGCHLD, signal.SIGTSTP}
    before = process_ids()
    marker = f"{os.environ.get(RUN_MARKER, '')}{own_mark()}.0:"
    started = time.monotonic()
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    try:
        pid = _start(argv, {**env, RUN_MARKER: marker}, inherited, mask)
        on_start(pid)
        return _followed(pid, Tree(pid, marker, before), governor, signals, started)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def die_like(status: int) -> int:
    """Our own exit status for that of the command; does not come back when it was killed by a signal."""
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return code
    import resource  # noqa: PLC0415 - rare

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # one core file is enough
    with contextlib.suppress(OSError, ValueError):
        signal.signal(-code, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.Signals(-code)})
    os.kill(os.getpid(), -code)
    return 128 - code


def _start(argv: Sequence[str], env: Mapping[str, str], inherited: Sequence[int], mask: _Signals) -> int:
    for handle in inherited:
        os.set_inheritable(handle, True)
    try:
        # Ignored signals stay ignored (nohup), those that Python changed go back to their default.
        return os.posix_spawnp(
            argv[0], list(argv), dict(env), setsigmask=mask, setsigdef=[signal.SIGPIPE, signal.SIGXFSZ]
        )
    except (OSError, ValueError) as error:
        number = error.errno if isinstance(error, OSError) else errno.EINVAL
        raise CannotStart(number, getattr(error, "strerror", None) or str(error), argv[0]) from error
    finally:
        for handle in inherited:
            os.set_inheritable(handle, False)


def _followed(pid: int, tree: Tree, governor: Governor, signals: set[signal.Signals], started: float) -> Ended:
    why = ""
    next_look = started + _FIRST_LOOK_S
    while not _exited(pid):
        now = time.monotonic()
        if now >= next_look:
            began = time.thread_time()  # waiting for others costs nobody anything
            why = governor.look(tree) or ""
            if why:
                break
            next_look = now + max(_LOOK_S, _LOOK_SHARE * (time.thread_time() - began))
        _pass_on(pid, _signal(signals, max(0.0, next_look - time.monotonic())), tree)
    left = len(tree.members(thorough=True)) if not why else 0
    _end(tree, grace_s=0.0 if why else _GRACE_S / 4)
    _, status, usage = os.wait4(pid, 0)
    cpu_s = usage.ru_utime + usage.ru_stime
    return Ended(status, usage.ru_maxrss * _RUSAGE_UNIT, time.monotonic() - started, cpu_s, why, left)


def _signal(signals: set[signal.Signals], seconds: float) -> tuple[int, int]:
    """(number, si_code) of the next signal; (0, 0) when none came."""
    if hasattr(signal, "sigtimedwait"):
        try:
            got = signal.sigtimedwait(signals, min(seconds, _LOOK_S))
        except InterruptedError:
            return 0, 0
        return (got.si_signo, got.si_code) if got else (0, 0)
    time.sleep(min(seconds, _PAUSE_S))  # macOS: signals that came meanwhile are pending
    pending = signal.sigpending() & signals
    if not pending:
        return 0, 0
    number = signal.sigwait(pending)
    return number, _FROM_KERNEL if number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP) else 0


def _pass_on(pid: int, got: tuple[int, int], tree: Tree) -> None:
    number, code = got
    if number == signal.SIGTSTP:
        if code != _FROM_KERNEL:
            tree.signal(signal.SIGTSTP)
        os.kill(os.getpid(), signal.SIGSTOP)  # the shell waits for us, too; it continues all of its job
    elif number in _PASSED_ON:
        with contextlib.suppress(ProcessLookupError):
            if code != _FROM_KERNEL:
                os.kill(pid, number)
            if number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP):
                tree.signal(signal.SIGCONT)  # a suspended job can end only when it runs


def _exited(pid: int) -> bool:
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None


def _end(tree: Tree, *, grace_s: float) -> None:
    """What is left after the command, or all of it. The leader stays unreaped: its id is nobody else's meanwhile."""
    deadline = time.monotonic() + grace_s
    asked = False
    while tree.members(thorough=True):
        if time.monotonic() >= deadline:
            tree.signal(signal.SIGKILL)
            if time.monotonic() > deadline + _GRACE_S:
                return
        elif not asked:
            asked = True
            tree.signal(signal.SIGTERM)
        time.sleep(_PAUSE_S)
