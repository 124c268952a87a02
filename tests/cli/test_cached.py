"""The cached path: fast because it imports little, right because it looks at everything that the verdict rested on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.cli.cached import _unpack, ledger_path, pack
from gatekeeper.process.home import find_home
from tests.support.plain import plain_variables
from tests.support.repo import Repo
from tests.support.warm import spoken

GATE_TOML = """\
extends = ["default"]
[check.probe]
command = "sh probe.sh"
[check.lint]
enabled = false
"""


@pytest.fixture
def project(tmp_path: Path, gate_home: object) -> Repo:
    repo = Repo.create(tmp_path / "project")
    repo.commit("start", {"gate.toml": GATE_TOML, "probe.sh": "exit 0\n", "readme.md": "hello\n"})
    repo.branch("work")
    repo.switch("work")
    repo.commit("more", {"readme.md": "hello again\n"})
    return repo


def gate(repo: Repo, *args: str, **env: str) -> "subprocess.CompletedProcess[str]":
    return spoken("check", *args, cwd=repo.path, env={**plain_variables(), **env})


def imports(repo: Repo) -> set[str]:
    """Every module that `gate check` loads, from its start on."""
    argv = [sys.executable, "-X", "importtime", "-m", "gatekeeper", "check"]
    done = subprocess.run(argv, cwd=repo.path, env=plain_variables(), capture_output=True, text=True, check=False)
    return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if "|" in line}


def was_replayed(result: "subprocess.CompletedProcess[str]") -> bool:
    """Every answer from memory says so in a line of its own, and no other does."""
    return any(line.startswith("cached: nothing has changed since run ") for line in result.stdout.splitlines())


def test_an_unchanged_branch_is_answered_from_memory_with_the_same_words(project: Repo) -> None:
    first, second = gate(project), gate(project)
    assert not was_replayed(first)
    assert was_replayed(second)
    said = second.stdout.removeprefix(first.stdout)
    assert said.startswith("cached: nothing has changed since run ")
    assert (second.returncode, len(said.splitlines())) == (first.returncode, 1)
    assert first.returncode == 0


def test_the_cached_path_imports_nothing_heavy(project: Repo) -> None:
    heavy = {
        "pydantic",
        "rich",
        "asyncio",
        "dataclasses",
        "argparse",
        "subprocess",
        "json",
        "pathlib",
        "typing",
        "inspect",
    }
    first, second = imports(project), imports(project)
    assert {"gatekeeper.cli.cached", "gatekeeper.gate"} <= first
    assert "gatekeeper.cli.cached" in second
    assert "gatekeeper.gate" not in second, "what says that it is cached must not have judged"
    assert not second & heavy


@pytest.mark.parametrize(
    "change",
    [
        lambda repo: repo.commit("another", {"x.txt": "1"}),
        lambda repo: repo.write("untracked.txt", "left behind"),
        lambda repo: repo.write("readme.md", "edited"),
        lambda repo: repo.git("config", "gate.base", "HEAD~1"),
        lambda repo: repo.git("branch", "-f", "main", "work~0"),
        lambda repo: repo.git("checkout", "-q", "--detach"),
        lambda repo: repo.git("bisect", "start"),
        lambda repo: repo.git("rm", "-q", "--cached", "readme.md"),
    ],
    ids=["commit", "untracked", "edited", "config", "base moved", "detached", "bisect", "index"],
)
def test_any_change_is_looked_at_again(project: Repo, change: object) -> None:
    gate(project)
    assert was_replayed(gate(project))
    change(project)  # type: ignore[operator]
    assert not was_replayed(gate(project))


def test_without_a_check_of_the_worktree_nothing_rests_on_it(project: Repo) -> None:
    project.switch("main")
    project.commit("less", {"gate.toml": f"{GATE_TOML}[check.worktree]\nenabled = false\n"})
    project.switch("work")
    project.write("uncommitted.md", "mine\n")
    first, second = gate(project, "--base", "main"), gate(project, "--base", "main")
    assert (first.returncode, was_replayed(second)) == (0, True), second.stdout


def test_other_words_and_other_variables_are_another_request(project: Repo) -> None:
    gate(project)
    assert not was_replayed(gate(project, "--fail-fast"))
    assert not was_replayed(gate(project, LANG="C"))


def test_no_cache_looks_again(project: Repo) -> None:
    gate(project, "--no-cache")
    assert not was_replayed(gate(project, "--no-cache"))


def test_a_tool_that_appears_in_path_is_looked_at(project: Repo, tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    path = f"{tools}:{os.environ['PATH']}"
    gate(project, PATH=path)
    assert was_replayed(gate(project, PATH=path))
    (tools / "sh").write_text("#!/bin/sh\nexit 1\n")
    (tools / "sh").chmod(0o755)
    result = gate(project, PATH=path)
    assert not was_replayed(result)
    assert result.returncode == 1


@pytest.mark.parametrize("env", [{"GATE_HOME": "/x/y"}, {"XDG_STATE_HOME": "/s", "HOME": "/h"}, {"HOME": "/h"}])
def test_the_ledger_is_where_the_home_says(env: dict[str, str]) -> None:
    assert ledger_path(env) == str(find_home(env).ledger)


words = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF), min_size=1, max_size=20)


@given(
    st.lists(
        st.tuples(
            st.lists(words, min_size=1, max_size=4), st.dictionaries(st.just("A"), words, min_size=1), st.just("d")
        )
    )
)
def test_probes_come_back_as_they_were(probes: list[tuple[list[str], dict[str, str], str]]) -> None:
    blob = pack(probes, b"rest")
    assert blob is not None
    length = int.from_bytes(blob[:4], "big")
    assert blob[4 + length :] == b"rest"
    assert _unpack(blob[4 : 4 + length].decode()) == probes


def test_a_separator_in_a_path_is_not_remembered() -> None:
    assert pack([(["git", "a\x1fb"], {"A": "b"}, "d")], b"") is None
