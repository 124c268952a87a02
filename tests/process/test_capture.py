"""Short internal commands: whole answers or none."""

import time

import pytest

from gatekeeper.errors import CannotEstablish
from gatekeeper.process.capture import capture

ENV = {"PATH": "/usr/bin:/bin"}


def test_both_streams_and_the_exit() -> None:
    done = capture(["sh", "-c", "echo out; echo err >&2; exit 3"], cwd="/", env=ENV)
    assert (done.exit, done.stdout, done.stderr) == (3, b"out\n", b"err\n")


def test_a_signal_is_negative() -> None:
    assert capture(["sh", "-c", "kill -9 $$"], cwd="/", env=ENV).exit == -9


def test_large_exchange_does_not_deadlock() -> None:
    text = bytes(range(256)) * 20_000
    assert capture(["cat"], cwd="/", env=ENV, stdin=text).stdout == text


def test_unread_input_is_no_error() -> None:
    assert capture(["true"], cwd="/", env=ENV, stdin=b"x" * 1_000_000).exit == 0


def test_only_the_given_environment() -> None:
    assert b"HOME" not in capture(["env"], cwd="/", env=ENV).stdout


def test_late_is_killed_with_its_children() -> None:
    started = time.monotonic()
    with pytest.raises(CannotEstablish, match=r"did not finish within 0.2 s"):
        capture(["sh", "-c", "sleep 300 & sleep 300"], cwd="/", env=ENV, timeout_s=0.2)
    assert time.monotonic() - started < 5


def test_an_endless_talker_is_late_too() -> None:
    with pytest.raises(CannotEstablish, match="did not finish"):
        capture(["sh", "-c", "while :; do echo; done"], cwd="/", env=ENV, timeout_s=0.2)


def test_too_much_is_refused_rather_than_cut() -> None:
    with pytest.raises(CannotEstablish, match="more than 1000 bytes"):
        capture(["head", "-c", "1001", "/dev/zero"], cwd="/", env=ENV, max_bytes=1000)
    assert len(capture(["head", "-c", "1000", "/dev/zero"], cwd="/", env=ENV, max_bytes=1000).stdout) == 1000


def test_missing_is_named() -> None:
    with pytest.raises(CannotEstablish, match="no-such-tool") as caught:
        capture(["no-such-tool"], cwd="/", env=ENV)
    assert "PATH" in caught.value.hint


def test_missing_folder_is_named() -> None:
    with pytest.raises(CannotEstablish, match="/no/such/folder"):
        capture(["true"], cwd="/no/such/folder", env=ENV)
