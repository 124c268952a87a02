"""`gate github watch`: a server of one's own that judges what is pushed, and posts what came of it."""

import argparse
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gatekeeper.cli import exits
from gatekeeper.cli.github_client import access_for
from gatekeeper.cli.github_work import GateWorker
from gatekeeper.cli.output import emit
from gatekeeper.errors import UsageError
from gatekeeper.forge.access import secret_of
from gatekeeper.forge.queue import Queue
from gatekeeper.forge.receiver import Accept, Receiver
from gatekeeper.forge.watch import Watch
from gatekeeper.git.facts import find_repository
from gatekeeper.git.lock import try_lock
from gatekeeper.process.home import ensure_writable, find_home
from gatekeeper.report.escape import single_line

HELP = "receive webhooks, judge, and post"
WEBHOOK = "GATE_WEBHOOK_SECRET"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `gate github watch`."""
    parser.add_argument(
        "--listen", type=_address, default=("127.0.0.1", 8391), metavar="HOST:PORT", help="default: 127.0.0.1:8391"
    )
    parser.add_argument("--jobs", type=_jobs, default=2, metavar="N", help="heads that are judged at once (default: 2)")
    parser.add_argument("--forks", action="store_true", help="judge pull requests of forks: runs code of strangers")


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or int(port) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no HOST:PORT")
    return host.strip("[]") or "127.0.0.1", int(port)


def _jobs(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 64")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Until it is told to end (Ctrl-C, SIGTERM); 0 then. What is not finished is done by the next one."""
    access, env = access_for(args, os.environ), os.environ
    secret = secret_of(env, WEBHOOK)
    repository, home = find_repository(args.repo), find_home(env)
    path = ensure_writable(home.state / "webhooks") / f"{access.repository.replace('/', '--')}.sqlite3"
    with _alone(path):
        queue = Queue(path)
        watch = Watch(
            queue, GateWorker(repository.root, access.repository, home, env), access.repository, forks=args.forks,
            say=_say,
        )  # fmt: skip
        with _serving(args, secret.encode(), watch.accept) as server:
            host, port = server.server_address[:2]
            _say(f"listening on http://{host!s}:{port} for {access.repository}")
            status = _work(watch, args.jobs)
        queue.close()
    return status


def _work(watch: Watch, jobs: int) -> int:
    """0 after Ctrl-C or SIGTERM, of which `main` makes the same; 70 when a worker came upon a defect."""
    workers = [threading.Thread(target=watch.work) for _ in range(jobs)]
    for worker in workers:
        worker.start()
    try:
        watch.ended.wait()
        return exits.INTERNAL
    except KeyboardInterrupt:
        _say("ending; what is not finished is done by the next one")
        return exits.ACCEPTED
    finally:
        watch.end()
        for worker in workers:
            worker.join()


@contextmanager
def _serving(args: argparse.Namespace, secret: bytes, accept: Accept) -> Iterator[Receiver]:
    host, port = args.listen
    try:
        server = Receiver(host, port, secret, accept)
    except OSError as error:
        where = f"cannot listen on {host}:{port}"
        raise UsageError(f"{where}: {error.strerror}", "name another: --listen HOST:PORT") from error
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Two watchers of one queue would do everything twice. The lock is the kernel's: a kill gives it back."""
    handle = try_lock(f"{path}.lock")
    if handle is None:
        raise UsageError(f"another gate watches already ({path})", "end that one first")
    try:
        yield
    finally:
        os.close(handle)


def _say(text: str) -> None:
    emit(f"{single_line(text)}\n", sys.stdout)
