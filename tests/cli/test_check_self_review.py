"""`self-review` end to end: from trailers or a file, bound to the head's tree."""

from pathlib import Path

import pytest

from tests.support.gate import project, run_gate
from tests.support.repo import Repo

pytestmark = pytest.mark.usefixtures("gate_home")
CLAIM = "Gate-Claim: tests=local; pytest -q; 214 passed"


def work(
    tmp_path: Path, policy: str = "[check.self-review]\n[check.tests]\ncommand = 'true'\nreads = 'exit-status'\n"
) -> Repo:
    return project(tmp_path / "p", policy, {"a.txt": "a\n"})


def test_a_trailer_on_the_head_passes(tmp_path: Path) -> None:
    repo = work(tmp_path)
    repo.commit(f"mine\n\n{CLAIM}\n", {"b.txt": "b\n"})
    judged = run_gate(cwd=repo.path)
    assert (judged.outcome("self-review"), judged.status) == ("passed", 0)
    assert [claim["subject"] for claim in judged.report["claims"]] == ["tests"]


def test_none_is_rejected_where_it_is_required(tmp_path: Path) -> None:
    repo = work(tmp_path)
    repo.commit(f"mine\n\n{CLAIM}\n", {"b.txt": "b\n"})
    repo.commit("one more", {"c.txt": "c\n"})
    judged = run_gate(cwd=repo.path)
    assert judged.rejecting("self-review") == {("self-review-missing", None)}
    assert judged.status == 1


def test_none_is_not_applicable_where_it_is_not_required(tmp_path: Path) -> None:
    repo = work(tmp_path, "[check.sync]\n[check.self-review]\nrequired = false\n")
    repo.commit("mine", {"b.txt": "b\n"})
    judged = run_gate(cwd=repo.path)
    assert (judged.outcome("self-review"), judged.status) == ("not-applicable", 0)


def test_a_binding_to_another_tree_is_rejected(tmp_path: Path) -> None:
    repo = work(tmp_path)
    repo.commit(f"mine\n\n{CLAIM}\nGate-Tree: {repo.tree('main')}\n", {"b.txt": "b\n"})
    judged = run_gate(cwd=repo.path)
    assert judged.rejecting("self-review") == {("self-review-unbound", None)}


def test_a_binding_to_this_tree_survives_an_amend(tmp_path: Path) -> None:
    repo = work(tmp_path)
    repo.commit("mine", {"b.txt": "b\n"})
    repo.git("commit", "--quiet", "--amend", "-m", f"mine\n\n{CLAIM}\nGate-Tree: {repo.tree()}\n")
    assert run_gate(cwd=repo.path).outcome("self-review") == "passed"


def test_a_malformed_claim_is_rejected(tmp_path: Path) -> None:
    repo = work(tmp_path)
    repo.commit("mine\n\nGate-Claim: all is well\n", {"b.txt": "b\n"})
    judged = run_gate(cwd=repo.path)
    assert {rule for rule, _ in judged.rejecting("self-review")} == {"self-review-malformed"}


def test_a_claim_about_nothing_known_is_told(tmp_path: Path) -> None:
    repo = work(tmp_path)
    repo.commit(f"mine\n\n{CLAIM}\nGate-Claim: vibes=local; good\n", {"b.txt": "b\n"})
    judged = run_gate(cwd=repo.path)
    assert "claim-unknown" in {rule for rule, _ in judged.found("self-review")}
