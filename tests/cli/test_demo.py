"""`gate demo`: the repository is what the stories say, and the table tells the truth about each verdict."""

import argparse
import subprocess
from pathlib import Path

import pytest
from msgspec.structs import replace

from gatekeeper.cli import demo
from gatekeeper.cli.demo_project import WORKERS, gate_toml
from gatekeeper.errors import CannotEstablish
from gatekeeper.model.vocabulary import Verdict
from gatekeeper.policy.load import load_policy
from gatekeeper.process.home import Home


def _git(repository: Path, *args: str) -> str:
    return subprocess.run(("git", *args), cwd=repository, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    demo.make_repository(tmp_path / "shop", demo._environment(tmp_path))
    return tmp_path / "shop"


def test_every_worker_has_a_clean_worktree_of_its_own(shop: Path) -> None:
    for worker in WORKERS:
        tree = shop.parent / "workers" / worker.branch.rpartition("/")[2]
        assert _git(tree, "branch", "--show-current").strip() == worker.branch
        assert _git(tree, "status", "--porcelain") == ""


def test_only_the_announced_branch_conflicts_with_main(shop: Path) -> None:
    def conflicts(branch: str) -> bool:
        argv = ("git", "merge-tree", "--write-tree", "main", branch)
        return subprocess.run(argv, cwd=shop, check=False, capture_output=True).returncode == 1

    assert [worker.branch for worker in WORKERS if conflicts(worker.branch)] == ["agent/full-discount"]


def test_the_net_diff_of_the_reverted_change_is_innocent(shop: Path) -> None:
    assert "deploy/" not in _git(shop, "diff", "--name-only", "main...agent/region")
    assert "deploy/production.toml" in _git(shop, "log", "--name-only", "main..agent/region")


def test_its_policy_is_valid_also_with_a_python_in_a_folder_with_spaces_and_quotes() -> None:
    python = '/opt/my "own" py/bin/python'
    texts = {"gate.toml": gate_toml(python).encode()}
    policy = load_policy(texts.get, names=lambda: ("gate.toml", "shop.py", "test_shop.py"), where="main")
    tests = next(check for check in policy.checks.values() if check.id == "tests")
    assert tests.command == (python, "run_tests.py", "{report}")
    assert tests.reads == "junit"


def test_the_table_marks_a_verdict_that_was_not_announced_and_escapes_reasons() -> None:
    rows = [demo.Row(worker, worker.expected, "fine", 0, 0.1) for worker in WORKERS]
    assert "announced" not in demo.render(rows)
    rows[1] = replace(rows[1], verdict=Verdict.ACCEPTED, why="a\x1b[31m\nb")
    text = demo.render(rows)
    assert text.count("(announced: rejected)") == 1
    assert "\x1b" not in text
    assert len(text.splitlines()) == 2 * len(WORKERS)


def test_a_folder_that_is_not_empty_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("keep")
    with pytest.raises(CannotEstablish, match="not empty"):
        demo.run(argparse.Namespace(keep=str(tmp_path)))
    assert (tmp_path / "mine").read_text() == "keep"


@pytest.mark.slow
def test_every_branch_gets_the_verdict_that_its_story_announces(
    gate_home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert demo.run(argparse.Namespace(keep=str(tmp_path / "demo"))) == 0, capsys.readouterr().out
    text = capsys.readouterr().out
    for worker in WORKERS:
        assert f"{worker.branch} " in text
    assert "announced" not in text
