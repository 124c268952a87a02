"""Where the gate keeps its things."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gatekeeper.errors import CannotEstablish
from gatekeeper.process.home import ensure_writable, find_home
from tests.support.plain import plain_variables

ROOT = Path(__file__).parents[2]


def test_gate_home_wins(tmp_path: Path) -> None:
    home = find_home({"GATE_HOME": str(tmp_path), "HOME": "/h", "XDG_CACHE_HOME": "/x"})
    assert (home.cache, home.state) == (tmp_path / "cache", tmp_path / "state")
    assert home.store_dir.parent == home.slots_dir.parent == home.environments_dir.parent == home.cache
    assert home.logs_dir == tmp_path / "state" / "logs"
    assert home.ledger == tmp_path / "state" / "ledger.sqlite3"


def test_gate_home_may_be_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_home({"GATE_HOME": "here/../there"}).cache == tmp_path / "there" / "cache"


def test_xdg_and_its_defaults() -> None:
    plain = find_home({"HOME": "/h"})
    assert (str(plain.cache), str(plain.state)) == ("/h/.cache/gatekeeper", "/h/.local/state/gatekeeper")
    chosen = find_home({"HOME": "/h", "XDG_CACHE_HOME": "/c", "XDG_STATE_HOME": "relative"})
    assert (str(chosen.cache), str(chosen.state)) == ("/c/gatekeeper", "/h/.local/state/gatekeeper")


def test_ensure_writable_creates_and_leaves_nothing(tmp_path: Path) -> None:
    assert ensure_writable(tmp_path / "a" / "b") == tmp_path / "a" / "b"
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(CannotEstablish, match=f"{tmp_path}/a/b: Not a directory") as caught:
        ensure_writable(tmp_path / "a" / "b")
    assert "GATE_HOME=" in caught.value.hint


def test_a_read_only_mount_is_named() -> None:
    with pytest.raises(CannotEstablish, match="cannot write in /proc"):
        ensure_writable(Path("/proc"))


@pytest.mark.skipif(os.getuid() == 0, reason="nothing is read-only for root")
def test_a_read_only_folder_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(CannotEstablish, match="Permission denied"):
        ensure_writable(tmp_path)


def test_the_cached_path_stays_light() -> None:
    """What `gate check` imports before it knows whether there is anything to do."""
    script = (
        "import sys; import gatekeeper.process.home, gatekeeper.process.capture; "
        "print([name for name in ('pydantic', 'rich', 'asyncio', 'psutil', 'logging') if name in sys.modules])"
    )
    argv, env = [sys.executable, "-c", script], plain_variables()
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
