"""`gate github watch` as a process: a webhook is answered, the watcher killed, and the next one judges and posts."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from gatekeeper.cli.github_work import for_checks
from gatekeeper.process.home import Home
from tests.support.gate import project as lean_project
from tests.support.gate_command import SHELL_CHECK, project
from tests.support.github_client import PERSON
from tests.support.github_fake import REPOSITORY, FakeGitHub, fake_github
from tests.support.repo import Repo
from tests.support.verb import verb
from tests.support.webhooks import KEY, pull_request, push, send

ARGV = [sys.executable, "-m", "gatekeeper", "github", "watch", "--listen", "127.0.0.1:0", "--jobs", "1"]
PATIENCE_S = 60.0


@pytest.fixture
def hub() -> Iterator[FakeGitHub]:
    with fake_github() as fake:
        yield fake


@contextmanager
def watching(where: Path, env: Mapping[str, str]) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    with subprocess.Popen(ARGV, cwd=where, env={**os.environ, **env}, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield until(process, "listening on ").partition("listening on ")[2].split()[0], process
        finally:
            process.kill()


def until(process: "subprocess.Popen[str]", word: str) -> str:
    """The first line with the word."""
    assert process.stdout is not None
    return next(line for line in process.stdout if word in line)


def test_checks_are_given_neither_token_nor_secret() -> None:
    ours = ("GITHUB_TOKEN", "GH_TOKEN", "GATE_GITHUB_APP_KEY", "GATE_GITHUB_TOKEN_FILE", "GATE_WEBHOOK_SECRET")
    assert for_checks(dict.fromkeys(ours, "x") | {"PATH": "/bin", "GATE_HOME": "/h"}) == {
        "PATH": "/bin",
        "GATE_HOME": "/h",
    }


@pytest.mark.timeout(60)
def test_a_newer_head_ends_the_check_that_runs(hub: FakeGitHub, gate_home: Home, tmp_path: Path) -> None:
    """The check tells its process id through a pipe, and would wait at another one for ever."""
    told, never = tmp_path / "told", tmp_path / "never"
    for pipe in (told, never):
        os.mkfifo(pipe)
    probe = f"if [ -e wait.txt ]; then echo $$ > {told}; read word < {never}; fi\n"
    policy = '[check.x]\ncommand = "sh probe.sh"\ntimeout = "10m"\n[isolation]\nuse = "off"\n'
    origin = lean_project(tmp_path / "origin", policy, {"probe.sh": probe})
    older = origin.commit("wait", {"wait.txt": "x\n"})
    Repo(tmp_path).git("clone", "-q", f"file://{origin.path}", "clone")
    newer = origin.commit("go on", {"wait.txt": None})
    env = {
        "GITHUB_API_URL": hub.url, "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_TOKEN": PERSON,
        "GATE_WEBHOOK_SECRET": KEY.decode(),
    }  # fmt: skip
    with watching(tmp_path / "clone", env) as (url, process):
        assert send(url, "push", push(older)) == 202
        check = int(first_line(told))
        os.kill(check, 0)
        assert send(url, "push", push(newer)) == 202
        until(process, f"{older[:12]} was stopped")
        with pytest.raises(ProcessLookupError):
            os.kill(check, 0)
        until(process, f"{newer[:12]}: run ")
    assert [(one["state"], one["sha"]) for one in hub.statuses] == [("success", newer)]


def first_line(pipe: Path) -> str:
    """What is written there first. A reader that waits for a writer cannot be ended by a deadline, a poll can."""
    handle = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert select.select([handle], [], [], PATIENCE_S)[0], "nobody has written there"
        return os.read(handle, 100).decode()
    finally:
        os.close(handle)


def test_killed_and_started_again(hub: FakeGitHub, gate_home: Home, tmp_path: Path) -> None:
    origin = project(tmp_path / "origin", policy=SHELL_CHECK)
    clone = Repo(tmp_path / "clone")
    Repo(tmp_path).git("clone", "-q", f"file://{origin.path}", "clone")
    origin.switch("main")
    origin.branch("later")
    head = origin.commit("later", {"later.txt": "x\n"})  # is nowhere but in origin
    hub.pull(7, head)
    env = {
        "GITHUB_API_URL": hub.url, "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_TOKEN": PERSON,
        "GATE_WEBHOOK_SECRET": KEY.decode(),
    }  # fmt: skip
    with watching(clone.path, env) as (url, process):
        verb(clone.path, "github", "watch", env=env).expect(2, "another gate watches already")
        assert send(url, "push", push(head, "later")) == 202
        process.send_signal(signal.SIGKILL)
        process.wait()
    with watching(clone.path, env) as (url, process):
        until(process, f"{head[:12]}: run ")
        assert send(url, "pull_request", pull_request(head, "later")) == 202  # the same head: done already
        process.terminate()
        assert process.wait(60) == 0
    assert [(one["state"], one["sha"]) for one in hub.statuses] == [("success", head)]
    assert len(hub.comments) == 1
    env["GATE_WEBHOOK_SECRET"] = ""
    verb(clone.path, "github", "watch", env=env).expect(2, "GATE_WEBHOOK_SECRET is not set")
