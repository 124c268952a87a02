"""The server of tests/support/warm.py: `python warm_server.py DOOR`. Loads the command, then forks for each request.

A request is JSON (words, cwd, env) with four descriptors: the three standard streams, and the one that is told the exit
status. Nothing is read from the repository under test, and nothing of one call is seen by the next.
"""

import contextlib
import gc
import importlib
import io
import json
import os
import pkgutil
import selectors
import signal
import socket
import sys
from pathlib import Path

_NOT_LOADED = ("gatekeeper.__main__", "gatekeeper.tools.cel_worker", "gatekeeper.tools.inside.")  # act at import


def main(door: socket.socket) -> None:
    """Until the other end of the door is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _load()
    gc.freeze()
    waiting = selectors.DefaultSelector()
    waiting.register(door, selectors.EVENT_READ)
    while True:
        for key, _ in waiting.select():
            if key.fileobj is not door:
                _finish(waiting, key)
            elif not _accept(waiting, door):
                return


def _load() -> None:
    """Everything of the command; what is not installed (an extra) is imported, and fails, where it is used."""
    package = importlib.import_module("gatekeeper")
    for module in pkgutil.walk_packages(package.__path__, "gatekeeper."):
        if not module.name.startswith(_NOT_LOADED):
            with contextlib.suppress(ImportError):
                importlib.import_module(module.name)


def _accept(waiting: selectors.BaseSelector, door: socket.socket) -> bool:
    """Fork for one request. False: there will be no more, and what still runs is killed."""
    request, fds, _, _ = socket.recv_fds(door, 1 << 20, 4)
    if not request:
        for key in waiting.get_map().values():
            if key.fileobj is not door:
                os.kill(key.data[0], signal.SIGKILL)
        return False
    pid = os.fork()
    if pid == 0:
        _become(json.loads(request), fds)
    for fd in fds[:3]:
        os.close(fd)
    ended = os.pidfd_open(pid)
    waiting.register(ended, selectors.EVENT_READ, (pid, fds[3], ended))
    waiting.register(fds[3], selectors.EVENT_READ, (pid, fds[3], ended))
    return True


def _finish(waiting: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
    """The command has ended, or nobody waits for it any longer."""
    if key.fd not in waiting.get_map():
        return  # both at once
    pid, answer, ended = key.data
    if key.fd == answer:
        os.kill(pid, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with contextlib.suppress(BrokenPipeError):
        os.write(answer, str(status).encode())
    for fd in (answer, ended):
        waiting.unregister(fd)
        os.close(fd)


def _become(request: dict[str, object], fds: list[int]) -> None:
    """What the interpreter does before the first line of `python -m gatekeeper WORDS`, and then that. Never returns."""
    for number, fd in enumerate(fds[:3]):
        os.dup2(fd, number)
    os.closerange(3, max(fds) + 64)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(str(request["cwd"]))
    command = importlib.import_module("gatekeeper.cli.main")
    sys.path[0] = os.getcwd()
    sys.argv = [str(Path(command.__file__).parents[1] / "__main__.py"), *request["words"]]
    sys.stdin = sys.__stdin__ = _stream(sys.__stdin__, 0, "rb")
    sys.stdout = sys.__stdout__ = _stream(sys.__stdout__, 1, "wb")
    sys.stderr = sys.__stderr__ = _stream(sys.__stderr__, 2, "wb")
    sys.stderr.reconfigure(line_buffering=True)
    command.main()
    sys.exit(0)


def _stream(before: io.TextIOWrapper, fd: int, mode: str) -> io.TextIOWrapper:
    """As the interpreter opened its own at its start, in the same locale."""
    return io.TextIOWrapper(open(fd, mode), before.encoding, before.errors)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
