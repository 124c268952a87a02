"""Fixtures for every test. No test may write to the developer's HOME or read the developer's git configuration."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from gatekeeper.process.home import Home, find_home
from tests.support.repo import Repo

# A busy machine is no failure: what is slow is measured by benchmarks/.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts its background jobs so; the processes that the tests interrupt would inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _no_real_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """HOME lies below a file: writing there fails, for root too."""
    blocker = tmp_path_factory.getbasetemp() / "home-is-a-file"
    blocker.touch()
    monkeypatch.setenv("HOME", str(blocker / "home"))
    for name in list(os.environ):
        if name.startswith(("GIT_", "GATE_", "XDG_")):
            monkeypatch.delenv(name)


@pytest.fixture
def gate_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The gate's cache and state in a folder of this test; $GATE_HOME says so to commands that the test starts."""
    user = tmp_path / "user-home"
    user.mkdir()
    monkeypatch.setenv("HOME", str(user))
    monkeypatch.setenv("GATE_HOME", str(tmp_path / "gate-home"))
    return find_home(os.environ)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A repository with one commit on main: README.md and src/app.py."""
    made = Repo.create(tmp_path / "project")
    made.commit("begin", {"README.md": "# project\n", "src/app.py": "def answer() -> int:\n    return 42\n"})
    return made
