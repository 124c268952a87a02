"""`paths` end to end: every commit counts, both sides of a rename, and what a name or a mode can hide."""

from pathlib import Path

import pytest

from tests.support.gate import project, run_gate
from tests.support.repo import Repo

pytestmark = pytest.mark.usefixtures("gate_home")
POLICY = '[check.paths]\nforbidden = ["/gate.toml", "secret/**"]\n'


def work(tmp_path: Path, policy: str = POLICY, **files: str) -> Repo:
    return project(tmp_path / "p", policy, {"README.md": "# p\n", "secret/key": "k\n", **files})


def test_an_ordinary_change_passes(tmp_path: Path) -> None:
    repo = work(tmp_path)
    repo.commit("fine", {"src/a.txt": "a\n"})
    judged = run_gate(cwd=repo.path)
    assert (judged.status, judged.verdict, judged.outcome("paths")) == (0, "accepted", "passed")
    assert judged.check("paths")["observation"]["counts"] == {"commits": 1, "paths": 1}


def test_a_forbidden_path_that_the_next_commit_reverts_was_still_touched(tmp_path: Path) -> None:
    repo = work(tmp_path)
    touched = repo.commit("touch", {"secret/key": "mine\n"})
    repo.git("revert", "--no-edit", touched)
    repo.commit("fine", {"a.txt": "a\n"})
    judged = run_gate(cwd=repo.path)
    assert (judged.status, judged.verdict) == (1, "rejected")
    assert judged.rejecting("paths") == {("forbidden-path", "secret/key")}
    assert touched[:12] in judged.check("paths")["findings"][0]["message"]


@pytest.mark.parametrize(("old", "new"), [("secret/key", "public"), ("README.md", "secret/read-me")])
def test_both_sides_of_a_rename_count(tmp_path: Path, old: str, new: str) -> None:
    repo = work(tmp_path)
    repo.git("mv", old, new)
    repo.commit("move")
    judged = run_gate(cwd=repo.path)
    assert judged.rejecting("paths") == {("forbidden-path", old if old.startswith("secret") else new)}


def test_a_changed_mode_is_told(tmp_path: Path) -> None:
    repo = work(tmp_path)
    (repo.path / "README.md").chmod(0o755)
    repo.commit("executable")
    judged = run_gate(cwd=repo.path)
    assert judged.found("paths") == {("mode-changed", "README.md")}
    assert judged.outcome("paths") == "passed"


@pytest.mark.parametrize(
    ("target", "escapes"), [("../../etc/passwd", True), ("/etc/passwd", True), ("../README.md", False)]
)
def test_a_symbolic_link_may_not_leave_the_tree(tmp_path: Path, target: str, escapes: bool) -> None:
    repo = work(tmp_path)
    (repo.path / "docs").mkdir()
    (repo.path / "docs" / "link").symlink_to(target)
    repo.commit("link")
    judged = run_gate(cwd=repo.path)
    assert judged.rejecting("paths") == ({("symlink-escapes", "docs/link")} if escapes else set())
    assert judged.status == (1 if escapes else 0)


def test_names_that_differ_only_in_case_collide(tmp_path: Path) -> None:
    repo = work(tmp_path)
    repo.commit("case", {"readme.md": "other\n"})
    assert run_gate(cwd=repo.path).rejecting("paths") == {("case-collision", "readme.md")}


@pytest.mark.parametrize("name", ["a\u202egpj.exe", "a\nb", "a\x1b[31mb", "zero\u200bwidth"])
def test_names_that_hide_something_are_rejected_and_shown_escaped(tmp_path: Path, name: str) -> None:
    repo = work(tmp_path)
    repo.commit("name", {name: "x\n"})
    judged = run_gate(cwd=repo.path)
    assert judged.rejecting("paths") == {("suspicious-name", name)}
    assert name not in judged.out + judged.err


def test_allowed_paths_forbid_everything_else(tmp_path: Path) -> None:
    repo = work(tmp_path, '[check.paths]\nallowed = ["src/**", "!src/generated/**"]\n')
    repo.commit("both", {"src/a.txt": "a\n", "b.txt": "b\n", "src/generated/c": "c\n"})
    expected = {("path-not-allowed", "b.txt"), ("path-not-allowed", "src/generated/c")}
    assert run_gate(cwd=repo.path).rejecting("paths") == expected


def test_the_gates_own_table_is_forbidden_but_not_the_rest_of_pyproject(tmp_path: Path) -> None:
    text = "[tool.gate]\nextends = []\n[tool.gate.check.paths]\nrequired = true\n[tool.ruff]\nline-length = 80\n"
    repo = Repo.create(tmp_path / "p")
    repo.commit("begin", {"pyproject.toml": text})
    repo.branch("work")
    repo.commit("fine", {"pyproject.toml": text.replace("80", "100")})
    assert run_gate(cwd=repo.path).status == 0
    repo.commit("weaker", {"pyproject.toml": text.replace("true", "false")})
    repo.commit("back", {"pyproject.toml": text})
    judged = run_gate(cwd=repo.path)
    assert judged.rejecting("paths") == {("gate-policy-changed", "pyproject.toml")}


def test_gate_toml_is_forbidden_by_the_shipped_default(tmp_path: Path) -> None:
    repo = Repo.create(tmp_path / "p")
    repo.commit("begin", {"gate.toml": 'extends = ["default"]\n', "a.txt": "a\n"})
    repo.branch("work")
    repo.commit("weaker", {"gate.toml": "extends = []\n[check.paths]\nrequired = false\n"})
    judged = run_gate(cwd=repo.path)
    assert judged.rejecting("paths") == {("forbidden-path", "gate.toml")}


def test_merging_main_blames_nobody_but_an_evil_merge_is_seen(tmp_path: Path) -> None:
    repo = work(tmp_path)
    repo.commit("mine", {"a.txt": "a\n"})
    repo.switch("main")
    repo.commit("theirs", {"secret/key": "rotated\n"})
    repo.switch("work")
    repo.git("merge", "--quiet", "--no-edit", "main")
    assert run_gate(cwd=repo.path).status == 0
    repo.write("secret/key", "slipped in\n")
    repo.git("commit", "--quiet", "--all", "--amend", "--no-edit")
    assert run_gate(cwd=repo.path).rejecting("paths") == {("forbidden-path", "secret/key")}


def test_a_submodule_is_told(tmp_path: Path) -> None:
    repo = work(tmp_path)
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{repo.head()},vendor/sub")
    repo.git("commit", "--quiet", "-m", "submodule")
    assert run_gate(cwd=repo.path).rejecting("paths") == {("submodule-changed", "vendor/sub")}


@pytest.mark.parametrize("hostile", ["x = " + "1" * 5000, "a" + ".a" * 20_000 + " = 1"])
def test_a_hostile_pyproject_neither_breaks_nor_fools_the_gate(tmp_path: Path, hostile: str) -> None:
    repo = work(tmp_path)
    repo.commit("hostile", {"pyproject.toml": f"{hostile}\n"})
    assert run_gate(cwd=repo.path).status == 0
    repo.commit("more so", {"pyproject.toml": f"[tool.gate]\n{hostile}\n"})
    assert run_gate(cwd=repo.path).rejecting("paths") == {("gate-policy-changed", "pyproject.toml")}
