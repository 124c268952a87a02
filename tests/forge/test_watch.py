"""Receiver, queue and workers together, without any gate: what is judged, what is stopped, what survives."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from gatekeeper.errors import CannotEstablish
from gatekeeper.forge import receiver
from gatekeeper.forge.queue import Job, Queue
from gatekeeper.forge.receiver import MAX_BYTES, Receiver
from gatekeeper.forge.watch import TRIES, Judged, Watch
from tests.support.github_emulator import SECRET_OF_HOOKS, emulator, installed
from tests.support.github_fake import REPOSITORY
from tests.support.webhooks import KEY, pull_request, push, send, signature

PATIENCE_S = 60.0
STUBBORN = "f" * 40


class Desk:
    """Judges nothing: notes what it is asked for. STUBBORN waits until it is stopped."""

    def __init__(self) -> None:
        self.judged: list[str] = []
        self.posted: list[str] = []
        self.failing = 0
        self.changed = threading.Condition()

    def judge(self, job: Job, stop: threading.Event) -> Judged:
        self._note(self.judged, job.head)
        if job.head == STUBBORN:
            assert stop.wait(PATIENCE_S)
        return Judged(f"run-{job.head}")

    def post(self, job: Job) -> str:
        if self.failing:
            self.failing -= 1
            raise CannotEstablish("GitHub is away")
        self._note(self.posted, job.run)
        return ""

    def _note(self, where: list[str], what: str) -> None:
        with self.changed:
            where.append(what)
            self.changed.notify_all()

    def until(self, holds: Callable[[], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(holds, PATIENCE_S)


class Now:
    """Time that tests turn forward."""

    def __init__(self) -> None:
        self.value = 1000.0

    def __call__(self) -> float:
        return self.value


@contextmanager
def watching(path: Path, desk: Desk, *, workers: int = 2, forks: bool = False) -> Iterator[tuple[str, Queue]]:
    """The address of the receiver, and the queue."""
    queue = Queue(path)
    watch = Watch(queue, desk, REPOSITORY, forks=forks, say=lambda _: None)
    server = Receiver("127.0.0.1", 0, KEY, watch.accept)
    threads = [threading.Thread(target=watch.work) for _ in range(workers)]
    threads.append(threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}))
    for thread in threads:
        thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/", queue
    finally:
        watch.end()
        server.shutdown()
        server.server_close()
        for thread in threads:
            thread.join()
        queue.close()


def states(queue: Queue) -> dict[str, str]:
    return {job.head: job.state for job in queue.jobs()}


def heads(first: str, count: int) -> list[str]:
    return [f"{first}{number:039x}" for number in range(count)]


def test_a_hundred_webhooks_at_once(tmp_path: Path) -> None:
    """Fifty heads, each as a push and as a pull request: each is judged once, and posted once."""
    desk, wanted = Desk(), heads("a", 50)
    with watching(tmp_path / "q", desk) as (url, queue), ThreadPoolExecutor(25) as pool:
        sent = [("push", push(head, f"b{head}")) for head in wanted]
        sent += [("pull_request", pull_request(head, f"b{head}")) for head in wanted]
        assert set(pool.map(lambda one: send(url, *one), sent)) == {202}
        desk.until(lambda: len(desk.posted) == 50)
        assert sorted(desk.judged) == wanted
        assert sorted(desk.posted) == [f"run-{head}" for head in wanted]
        assert {job.pull for job in queue.jobs()} == {7}


def test_a_hundred_heads_of_ten_branches_at_once(tmp_path: Path) -> None:
    """Whatever order they arrive in, of every branch the one that came last is judged, and what ran at that time."""
    all_came = threading.Event()

    class Waiting(Desk):
        def judge(self, job: Job, stop: threading.Event) -> Judged:
            assert all_came.wait(PATIENCE_S)
            return super().judge(job, stop)

    desk, wanted = Waiting(), heads("b", 100)
    with watching(tmp_path / "q", desk) as (url, queue), ThreadPoolExecutor(25) as pool:
        sent = [("push", push(head, f"branch-{number % 10}")) for number, head in enumerate(wanted)]
        assert set(pool.map(lambda one: send(url, *one), sent)) == {202}
        last = {job.branch: job.head for job in queue.jobs()}
        all_came.set()
        desk.until(lambda: {f"run-{head}" for head in last.values()} <= set(desk.posted))
    found = states(Queue(tmp_path / "q"))
    assert (len(found), len(last), len(desk.judged)) == (100, 10, len(set(desk.judged)))
    assert {head for head, state in found.items() if state == "done"} == set(last.values())
    assert len(desk.judged) <= 10 + 2  # two workers


def test_a_newer_head_stops_the_older_ones(tmp_path: Path) -> None:
    """Of one branch while it waits, of another one while it runs."""
    desk = Desk()
    waiting, newest, running, next_one = "d" * 40, "e" * 40, STUBBORN, "c" * 40
    with watching(tmp_path / "q", desk, workers=1) as (url, _):
        send(url, "push", push(running, "another"))
        desk.until(lambda: desk.judged == [running])
        for head in (waiting, newest):
            send(url, "push", push(head))
        send(url, "push", push(next_one, "another"))
        desk.until(lambda: len(desk.posted) == 2)
        assert desk.judged == [running, newest, next_one]
    again = Queue(tmp_path / "q")
    assert states(again) == {running: "superseded", waiting: "superseded", newest: "done", next_one: "done"}


def test_a_head_that_comes_back_is_judged_after_all(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "q")
    desk = Desk()
    watch = Watch(queue, desk, REPOSITORY, forks=False, say=lambda _: None)
    for number, head in enumerate(("a" * 40, "b" * 40, "a" * 40)):
        body = json.dumps(push(head)).encode()
        assert watch.accept("push", f"delivery {number}", f"digest {number}", body)
    assert states(queue) == {"a" * 40: "queued", "b" * 40: "superseded"}


def test_a_restart_goes_on_where_it_was(tmp_path: Path) -> None:
    queue = Queue(tmp_path / "q")
    watch = Watch(queue, Desk(), REPOSITORY, forks=False, say=lambda _: None)
    for number, head in enumerate(heads("a", 3)):
        body = json.dumps(push(head, f"b{number}")).encode()
        assert watch.accept("push", f"delivery {number}", f"digest {number}", body)
    first, second = queue.take(), queue.take()
    assert first is not None
    assert second is not None
    assert queue.settle(first, "judged", run="run-1")
    posting = queue.take()
    assert posting is not None
    assert (posting.head, posting.state) == (first.head, "judged")
    desk = Desk()  # nothing was closed: as after a kill
    with watching(tmp_path / "q", desk, workers=1) as (url, again):
        assert send(url, "push", push(first.head, "b0"), delivery="delivery 0") == 409
        desk.until(lambda: len(desk.posted) == 3)
        assert (desk.posted[0], sorted(desk.judged)) == ("run-1", heads("a", 3)[1:])
        assert len(again.jobs()) == 3


def test_what_cannot_be_posted_is_tried_again_a_few_times(tmp_path: Path) -> None:
    now, desk = Now(), Desk()
    queue = Queue(tmp_path / "q", clock=now)
    watch = Watch(queue, desk, REPOSITORY, forks=False, say=lambda _: None)
    assert watch.accept("push", "1", "1", json.dumps(push("a" * 40)).encode())
    desk.failing = 99
    waits = []
    job = queue.take()
    assert job is not None
    queue.settle(job, "judged", run="r")
    for _ in range(TRIES):
        taken = queue.take()
        assert taken is not None
        with pytest.raises(CannotEstablish) as caught:
            watch._do(taken)
        watch._failed(taken, caught.value.what)
        assert queue.take() is None
        waits.append(queue.wait_s())
        now.value += queue.wait_s() or 0.0
    assert waits == [30.0, 60.0, 120.0, 240.0, 480.0, None]
    assert [(one.state, one.note) for one in queue.jobs()] == [("failed", "GitHub is away")]


def test_what_is_not_believed_is_not_queued(tmp_path: Path) -> None:
    with watching(tmp_path / "q", Desk()) as (url, queue):
        assert send(url, "push", push("a" * 40), key=b"another word") == 401
        assert send(url, "push", b"{") == 400
        assert send(url, "push", push("a" * 40), delivery="x" * 99) == 400
        assert send(url, "push", push("0" * 40)) == 202
        assert send(url, "pull_request", pull_request("a" * 40, fork=True)) == 202
        assert send(url, "ping", {"zen": "x"}, delivery="one") == 202
        assert send(url, "ping", {"zen": "y"}, delivery="one") == 409
        assert send(url, "ping", {"zen": "x"}, delivery="two") == 409  # the id is not signed, the body is
        assert not queue.jobs()


def test_forks_are_judged_where_that_is_wanted(tmp_path: Path) -> None:
    desk = Desk()
    with watching(tmp_path / "q", desk, forks=True) as (url, _):
        assert send(url, "pull_request", pull_request("a" * 40, fork=True)) == 202
        desk.until(lambda: len(desk.posted) == 1)


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (f"Content-Length: {30 << 20}", b"413"),
        (f"Content-Length: {MAX_BYTES + 1}", b"413"),
        ("Content-Length: " + "9" * 4000, b"413"),
        ("Content-Length: -1", b"411"),
        ("Transfer-Encoding: chunked", b"411"),
        ("Transfer-Encoding: chunked\r\nContent-Length: 5", b"411"),
        ("Content-Length: 5\r\nContent-Length: 6", b"411"),
    ],
)
def test_a_body_that_is_too_large_is_not_read(tmp_path: Path, header: str, status: bytes) -> None:
    with watching(tmp_path / "q", Desk()) as (url, _), dialled(url) as line:
        line.sendall(f"POST / HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n".encode())
        assert line.recv(4096).split()[1] == status
        assert is_hung_up(line)


def dialled(url: str) -> socket.socket:
    return socket.create_connection(("127.0.0.1", int(url.rstrip("/").rpartition(":")[2])), timeout=PATIENCE_S)


def is_hung_up(line: socket.socket) -> bool:
    """Are 30 MB more refused? A line buffers less than that."""
    try:
        line.sendall(b"5\r\nhello\r\n" * 3_000_000)
    except ConnectionError:
        return True
    return False


def head_of(body: bytes, length: int) -> bytes:
    lines = ("POST / HTTP/1.1", "Host: x", "X-GitHub-Event: ping", "X-GitHub-Delivery: 1", f"Content-Length: {length}")
    return "\r\n".join([*lines, f"X-Hub-Signature-256: {signature(body)}", "", ""]).encode()


def test_no_more_is_read_than_the_length_that_was_said(tmp_path: Path) -> None:
    """A body that is longer than it says is cut there: whole by its signature, or not believed."""
    body = b'{"zen": "x"}'
    with watching(tmp_path / "q", Desk()) as (url, _):
        for length, status in ((len(body), b"202"), (len(body) - 1, b"401")):
            with dialled(url) as line:
                line.sendall(head_of(body, length) + body)
                assert line.recv(4096).split()[1] == status
                assert is_hung_up(line)


def test_a_body_that_does_not_come_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut off, and dripping in so slowly that the time is over."""
    body = b'{"zen": "x"}'
    with watching(tmp_path / "q", Desk()) as (url, _):
        with dialled(url) as line:
            line.sendall(head_of(body, len(body)) + body[:5])
            line.shutdown(socket.SHUT_WR)
            assert line.recv(4096).split()[1] == b"408"
        monkeypatch.setattr(receiver, "BODY_S", 0.0)
        with dialled(url) as line:
            line.sendall(head_of(body, len(body)) + body[:5])
            assert line.recv(4096).split()[1] == b"408"


def test_the_emulator_signs_as_github_does(tmp_path: Path) -> None:
    folder = installed()
    assert SECRET_OF_HOOKS.encode() == KEY
    desk = Desk()
    with watching(tmp_path / "q", desk) as (url, queue), emulator(folder, url) as hub:
        desk.until(lambda: f"run-{hub.head}" in desk.posted)
        job = next(job for job in queue.jobs() if job.head == hub.head)
        assert (job.branch, job.base, job.pull) == ("octo/shop:work", "main", 1)


def test_a_defect_ends_the_watch_and_loses_nothing(tmp_path: Path) -> None:
    class Broken(Desk):
        def judge(self, job: Job, stop: threading.Event) -> Judged:
            raise ZeroDivisionError

    queue = Queue(tmp_path / "q")
    watch = Watch(queue, Broken(), REPOSITORY, forks=False, say=lambda _: None)
    assert watch.accept("push", "1", "1", json.dumps(push("a" * 40)).encode())
    with pytest.raises(ZeroDivisionError):
        watch.work()
    assert watch.ended.is_set()
    assert states(Queue(tmp_path / "q")) == {"a" * 40: "queued"}
