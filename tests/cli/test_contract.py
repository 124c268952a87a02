"""`gate contract` with the real binary: state, show, end, and everything that can be wrong about it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gatekeeper.process.home import Home
from tests.support.contract import contract
from tests.support.gate_command import ACCEPTED, BLOCKED, REJECTED, USAGE, gate
from tests.support.repo import Repo

POLICY = """\
extends = []
[check.x]
command = "true"
[target.shop]
surface = "runtime"
probe = "sh probe.sh"
paths = ["shop/**"]
"""


@pytest.fixture
def work(tmp_path: Path, gate_home: Home) -> Repo:
    """main with a policy; the branch `work` with one commit is checked out."""
    repo = Repo.create(tmp_path / "project")
    repo.config("user.name", "Kim")
    repo.config("user.email", "kim@example.org")
    repo.commit("begin", {"gate.toml": POLICY, "src/a.txt": "a\n"})
    repo.branch("work")
    repo.commit("feat: a", {"src/a.txt": "b\n"})
    return repo


def test_set_and_show(work: Repo) -> None:
    words = ("--base", "main", "--worktree", "../w", "--allow", "src/**", "--allow", "*.md", "--forbid", "/gate.toml",
             "--require", "x=local", "--require", "shop=direct", "--title", "Add a", "--pr-title", "PR",
             "--commit-format", "^feat: ", "--package", "P-17")  # fmt: skip
    said = contract("set", "work", *words, cwd=work.path).expect(0)
    assert said.err == ""
    assert said.out == contract("show", "work", cwd=work.path).expect(0).out.replace(
        f"  problem        the agreed worktree {work.path.parent / 'w'} is not there yet\n", ""
    )
    lines = [line.split(maxsplit=1) for line in said.out.splitlines()[1:]]
    assert said.out.startswith("contract of work, version 1\n")
    assert ["set", lines[1][1]] == lines[1]
    assert lines[1][1].endswith(" by Kim <kim@example.org>")
    assert lines[2:-1] == [
        ["package", "P-17"],
        ["base", "main"],
        ["worktree", str(work.path.parent / "w")],
        ["allow", "src/**"],
        ["allow", "*.md"],
        ["forbid", "/gate.toml"],
        ["require", "shop=direct"],
        ["require", "x=local"],
        ["title", "Add a"],
        ["pr", "title       PR"],
        ["commit", "format  ^feat: "],
    ]
    assert lines[-1][1].split()[:2] == ["at", f"{work.head('main')[:12]},"]


def test_json(work: Repo) -> None:
    contract("set", "work", "--allow", "src/**", "--by", "CI", cwd=work.path)
    contract("set", "work", "--require", "x=local", "--by", "CI", cwd=work.path)
    shown = json.loads(contract("show", "work", "--history", "--format", "json", cwd=work.path).out)
    (one,) = shown["contracts"]
    assert shown["schema"] == "gatekeeper/contracts/1"
    assert (one["branch"], one["version"], one["by"], one["allow"]) == ("work", 2, "CI", [])
    assert (one["require"], one["base_tip"], one["head"]) == ({"x": "local"}, work.head("main"), work.head())
    assert [entry["contract"]["allow"] for entry in shown["history"]] == [["src/**"], []]
    assert json.loads(contract("show", "--format", "json", cwd=work.path).out)["contracts"] == [one]


def test_a_new_version_says_what_holds_no_longer(work: Repo) -> None:
    contract("set", "work", "--allow", "src/**", "--title", "T", cwd=work.path)
    said = contract("set", "work", "--allow", "docs/**", cwd=work.path).expect(0, "version 2")
    assert [line.split() for line in said.out.splitlines() if "no longer" in line] == [
        ["no", "longer", "allow", "src/**"],
        ["no", "longer", "title", "T"],
    ]
    contract("set", "work", "--allow", "docs/**", cwd=work.path).expect(0, "unchanged, version 2 of")
    told = contract("show", "work", "--history", cwd=work.path).expect(0).out
    assert [line.split() for line in told.splitlines() if line.startswith("    ")] == [
        ["+", "allow", "src/**"],
        ["+", "title", "T"],
        ["-", "allow", "src/**"],
        ["-", "title", "T"],
        ["+", "allow", "docs/**"],
    ]


def test_the_end_of_a_contract_stays_in_its_history(work: Repo) -> None:
    contract("set", "work", "--allow", "src/**", cwd=work.path)
    contract("remove", "work", "--by", "Alex", cwd=work.path).expect(0, "ended")
    contract("remove", "work", cwd=work.path).expect(USAGE, "work has no contract")
    contract("show", "work", cwd=work.path).expect(USAGE, "work has no contract", "gate contract set")
    contract("show", "work", "--history", cwd=work.path).expect(0, "version 2", "Alex", "the contract ends")
    assert contract("show", cwd=work.path).expect(0).out.startswith("No contracts.")
    contract("set", "work", cwd=work.path).expect(0, "version 3")


def test_the_list_names_what_is_gone(work: Repo) -> None:
    contract("set", "not-begun", "--title", "T", cwd=work.path).expect(0, "there is no such branch yet")
    work.git("branch", "gone")
    for name in ("gone", "work"):
        contract("set", name, cwd=work.path)
    work.git("branch", "-D", "gone")
    lines = contract("show", cwd=work.path).expect(0).out.splitlines()
    assert lines[0].startswith("gone  version 1  ")
    assert lines[1].split()[:2] == ["problem", "worker-cleaned-up:"]
    assert lines[2].startswith("not-begun  version 1")
    assert "not begun yet" in lines[3]
    assert lines[4].split()[0] == "work"
    assert len(lines) == 5


def test_a_branch_that_the_gate_judged_was_there(work: Repo) -> None:
    contract("set", "later", cwd=work.path)
    work.git("branch", "later")
    gate(work, "later").expect(ACCEPTED)
    work.git("branch", "-D", "later")
    contract("show", "later", cwd=work.path).expect(0, "worker-cleaned-up: the branch is gone", "contract remove later")
    said = gate(work, "later").expect(USAGE, "there is no commit 'later'", "worker-cleaned-up", "contract remove later")
    assert "did you mean" not in said.err


def test_a_worktree_that_was_removed_after_work(work: Repo, tmp_path: Path) -> None:
    contract("set", "away", "--worktree", str(tmp_path / "w"), cwd=work.path)
    there = work.worktree("away", tmp_path / "w")
    there.commit("more", {"src/b.txt": "b\n"})
    assert "problem" not in contract("show", "away", cwd=work.path).out
    work.git("worktree", "remove", str(tmp_path / "w"))
    contract("show", "away", cwd=work.path).expect(
        0, f"worker-cleaned-up: the agreed worktree {tmp_path / 'w'} is gone"
    )


def test_the_contracts_are_those_of_the_repository_whatever_worktree_asks(work: Repo, tmp_path: Path) -> None:
    other = work.worktree("other", tmp_path / "w")
    contract("set", "other", "--title", "T", cwd=other.path)
    contract("show", "other", cwd=work.path).expect(0, "title")
    contract("show", "other", "--repo", str(other.path / "src"), cwd=tmp_path).expect(0, "title")
    assert not list(other.path.rglob("*.sqlite3*")), "it lies outside every worktree"


def test_by_is_the_git_user_of_the_caller_else_the_login(work: Repo, tmp_path: Path) -> None:
    work.git("config", "--unset", "user.name")
    work.git("config", "--unset", "user.email")
    own = tmp_path / "own.gitconfig"
    own.write_text("[user]\nname = Alex\n")
    contract("set", "work", cwd=work.path, env={"GIT_CONFIG_GLOBAL": str(own)}).expect(0, " by Alex\n")
    said = contract("set", "x", cwd=work.path, env={"GIT_CONFIG_GLOBAL": os.devnull, "LOGNAME": "sam"})
    said.expect(0, " by sam\n")


@pytest.mark.parametrize(
    ("words", "what", "hint"),
    [
        (("work", "--require", "y=local"), "requires evidence of 'y', which is no check or target", "known: x, shop"),
        (("work", "--require", "x=direct"), "direct evidence of x", "x=local"),
        (("work", "--require", "x"), "--require: x= is no requirement", "tests=local"),
        (("work", "--require", "x=blocked"), "--require: x=blocked is no requirement", "direct, proxy, local"),
        (("work", "--commit-format", "(a"), "--commit-format: '(a' is no regular expression", "re module"),
        (("work", "--allow", ""), "--allow: '' matches no path", ".gitignore"),
        (("work", "--title", "a\x1b[31m"), "--title holds a control character", "one line"),
        (("a..b",), "BRANCH: 'a..b' cannot be the name of a branch", "check-ref-format"),
        (("work", "--base", "mian"), "the base 'mian' does not exist", "did you mean main?"),
        (("main",), "main would be judged against itself", "--base REV"),
        (("work", "--base", "work"), "work would be judged against itself", "--base REV"),
    ],
)
def test_wrong_input_states_nothing(work: Repo, words: tuple[str, ...], what: str, hint: str) -> None:
    contract("set", *words, cwd=work.path).expect(USAGE, what, hint)
    assert contract("show", cwd=work.path).out.startswith("No contracts.")


def test_wrong_usage(work: Repo, tmp_path: Path) -> None:
    contract("set", cwd=work.path).expect(USAGE, "BRANCH")
    contract(cwd=work.path).expect(USAGE, "VERB")
    contract("show", "--history", cwd=work.path).expect(USAGE, "gate contract show BRANCH --history")
    contract("show", cwd=tmp_path).expect(USAGE, "not in a git repository")
    contract("set", "work", cwd=work.path)
    contract("show", "wrok", cwd=work.path).expect(USAGE, "wrok has no contract", "there are contracts of: work")


def test_hostile_names_are_escaped(work: Repo) -> None:
    contract("set", "a\u202eb", "--package", "##[group]x \u202e", cwd=work.path).expect(0, "a\\u202eb")
    contract("show", cwd=work.path).expect(0, "a\\u202eb")
    contract("show", "a\u202eb", "--history", cwd=work.path).expect(0, "\\x23#[group]x")


def test_bytes_that_are_no_utf8_are_made_visible(work: Repo) -> None:
    contract("set", "work", "--title", os.fsdecode(b"\xff"), "--allow", os.fsdecode(b"src/\xff"), cwd=work.path).expect(
        0
    )
    (one,) = json.loads(contract("show", "work", "--format", "json", cwd=work.path).expect(0).out)["contracts"]
    assert (one["title"], one["allow"]) == ("\\xff", ["src/\\xff"])
    work.commit("x", {os.fsdecode(b"src/\xff"): "x"})
    gate(work).expect(REJECTED, "src/a.txt  paths/out-of-contract", "contract-title")


def test_a_damaged_file_blocks_and_says_so(work: Repo, gate_home: Home) -> None:
    contract("set", "work", "--forbid", "src/**", cwd=work.path)
    gate_home.contracts.write_bytes(b"damaged" * 1000)
    for said in (contract("show", cwd=work.path), contract("set", "work", cwd=work.path), gate(work)):
        said.expect(BLOCKED, "contracts file", "damaged", "backup")


FILE = """
[[contract]]
branch = "work"
worktree = "w"
allow = ["src/**"]
require = {x = "local"}
by = "Orchestrator"

[[contract]]
branch = "other"
pr_title = "Other"
"""


def test_from_file(work: Repo, tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(FILE)
    said = contract("from-file", str(tmp_path / "c.toml"), cwd=work.path).expect(
        0, "work, version 1", "other, version 1"
    )
    assert f"worktree       {tmp_path / 'w'}\n" in said.out, "relative to the file"
    assert said.out.count(" by Orchestrator\n") == said.out.count(" by Kim <kim@example.org>\n") == 1
    contract("from-file", "-", "--by", "CI", cwd=work.path, stdin='branch = "work"').expect(0, "version 2", "by CI")
    contract("from-file", str(tmp_path / "c.toml"), cwd=work.path).expect(0, "work, version 3", "other: unchanged")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("branch = ", "c.toml:1: not valid TOML"),
        ('branch = "b"\nalow = []', "c.toml: unknown key 'alow'"),
        ('[contract]\nbranch = "b"', "contract is no list of tables"),
        ('title = "T"\n[[contract]]\nbranch = "b"', "title stands outside of [[contract]]"),
        ('[[contract]]\nbranch = "b"\n[[contract]]\nallow = ["a"]', "c.toml: contract 2: branch is missing"),
        ('[[contract]]\nbranch = "b"\n[[contract]]\nbranch = "refs/heads/b"', "contracts 1 and 2 are both for b"),
        ('[[contract]]\nbranch = "b"\n[[contract]]\nbranch = "c"\nrequire = ["y=local"]', "requires evidence of 'y'"),
        ('[[contract]]\nbranch = "b"\n[[contract]]\nbranch = "c"\nbase = "mian"', "the base 'mian' does not exist"),
        ("", "branch is missing"),
    ],
)
def test_a_file_with_one_mistake_states_nothing(work: Repo, tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "c.toml").write_text(text)
    contract("from-file", str(tmp_path / "c.toml"), cwd=work.path).expect(USAGE, what)
    assert contract("show", cwd=work.path).out.startswith("No contracts.")


def test_a_file_that_is_not_there(work: Repo) -> None:
    contract("from-file", "no.toml", cwd=work.path).expect(USAGE, "no.toml cannot be read", "standard input")


def test_a_file_within_reach_of_the_worker_is_refused(work: Repo, tmp_path: Path) -> None:
    work.write("c.toml", 'branch = "work"')
    contract("from-file", "c.toml", cwd=work.path).expect(USAGE, "its worker could write it", "from-file -")
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "c.toml").write_text('branch = "new"\nworktree = "."')
    contract("from-file", str(tmp_path / "w" / "c.toml"), cwd=work.path).expect(USAGE, "its worker could write it")


def test_two_commands_at_once_lose_nothing(work: Repo) -> None:
    argv = [sys.executable, "-m", "gatekeeper", "contract", "set", "work", "--title"]
    running = [subprocess.Popen([*argv, f"T{number}"], cwd=work.path, stdout=subprocess.PIPE) for number in range(6)]
    assert [one.wait(60) for one in running] == [0] * 6
    for one in running:
        one.communicate()
    shown = json.loads(contract("show", "work", "--history", "--format", "json", cwd=work.path).out)
    assert [entry["version"] for entry in shown["history"]] == [1, 2, 3, 4, 5, 6]
    assert {entry["contract"]["title"] for entry in shown["history"]} == {f"T{number}" for number in range(6)}


def test_a_reader_that_has_left_is_no_trouble(work: Repo) -> None:
    contract("set", "work", cwd=work.path)
    argv = f"{sys.executable} -m gatekeeper contract show | head -c 1 >/dev/null; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", argv], cwd=work.path, capture_output=True, check=False)
    assert done.returncode in {0, -signal.SIGPIPE}
    assert b"Traceback" not in done.stderr
