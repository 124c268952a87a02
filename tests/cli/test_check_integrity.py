"""`integrity` end to end: what each effect does, what disclosing, waiving and merging do, and what cannot be read."""

from pathlib import Path

import pytest

from tests.support.gate import project, run_gate
from tests.support.repo import Repo

pytestmark = pytest.mark.usefixtures("gate_home")
REVIEWED = "[check.self-review]\nrequired = false\n"
POLICY = f"[check.integrity]\n{REVIEWED}"
LIMIT = "[tool.coverage.report]\nfail_under = {}\n"
TEST = "def test_a():\n    assert 1 + 1 == 2\n\n\ndef test_b():\n    assert 2 + 2 == 4\n"
SKIPPED = TEST.replace("def test_b", "@pytest.mark.skip\ndef test_b").replace("def", "import pytest\n\n\ndef", 1)
CODE = "def one():\n    return 1\n"
WEAKENED, SKIP = ("threshold-weakened", "pyproject.toml"), ("test-skipped", "tests/test_a.py")


def work(tmp_path: Path, policy: str = POLICY, **files: str | bytes) -> Repo:
    known = {"pyproject.toml": LIMIT.format(90), "tests/test_a.py": TEST, "src/a.py": CODE}
    return project(tmp_path / "p", policy, {**known, **files})


def lower(repo: Repo, message: str = "lower") -> None:
    repo.commit(message, {"pyproject.toml": LIMIT.format(40)})


def skip(repo: Repo, message: str = "skip") -> None:
    repo.commit(message, {"tests/test_a.py": SKIPPED})


def test_an_ordinary_change_passes(tmp_path: Path) -> None:
    repo = work(tmp_path)
    tests = {"tests/test_c.py": "from a import one\n\n\ndef test_c():\n    assert one() == 1\n"}
    repo.commit("fine", {"src/a.py": CODE.replace("1", "2 - 1"), "pyproject.toml": LIMIT.format(95), **tests})
    judged = run_gate(cwd=repo.path)
    assert (judged.status, judged.outcome("integrity")) == (0, "passed")
    assert judged.check("integrity")["label"] == "local"
    assert judged.check("integrity")["observation"]["counts"] == {"files": 3, "hits": 0}


def test_what_blocks_rejects(tmp_path: Path) -> None:
    repo = work(tmp_path)
    lower(repo)
    judged = run_gate(cwd=repo.path)
    assert (judged.status, judged.verdict) == (1, "rejected")
    assert judged.rejecting("integrity") == {WEAKENED}


def test_what_warns_is_listed_and_rejects_nothing(tmp_path: Path) -> None:
    repo = work(tmp_path)
    skip(repo)
    judged = run_gate(cwd=repo.path)
    assert (judged.status, judged.outcome("integrity")) == (0, "passed")
    assert (judged.found("integrity"), judged.rejecting("integrity")) == ({SKIP}, set())
    assert judged.check("integrity")["findings"][0]["severity"] == "warning"


def test_a_warning_that_something_corroborates_rejects(tmp_path: Path) -> None:
    repo = work(tmp_path)
    repo.commit("silence", {"src/a.py": "# mypy: ignore-errors\n" + CODE})
    judged = run_gate(cwd=repo.path)
    assert judged.rejecting("integrity") == {("suppression-blanket", "src/a.py")}


def test_what_is_a_note_rejects_nothing(tmp_path: Path) -> None:
    repo = work(tmp_path)
    repo.commit("python 2", {"src/old.py": "print 'one'\n"})
    judged = run_gate(cwd=repo.path)
    assert judged.status == 0
    assert [(one["rule"], one["severity"]) for one in judged.check("integrity")["findings"]] == [
        ("unreadable-source", "note")
    ]


@pytest.mark.parametrize(
    ("effect", "rejects", "listed"),
    [("block", True, True), ("warn", False, True), ("note", False, True), ("off", False, False)],
)
def test_the_policy_says_what_a_rule_does(tmp_path: Path, effect: str, rejects: bool, listed: bool) -> None:
    effects = f'effects = {{ threshold-weakened = "{effect}", test-skipped = "{effect}" }}\n'
    repo = work(tmp_path, f"[check.integrity]\n{effects}")
    lower(repo)
    skip(repo)
    judged = run_gate(cwd=repo.path)
    both = {WEAKENED, SKIP}
    assert judged.status == (1 if rejects else 0)
    assert judged.rejecting("integrity") == (both if rejects else set())
    assert judged.found("integrity") == (both if listed else set())


def test_a_rule_that_nobody_knows_is_a_mistake_with_a_suggestion(tmp_path: Path) -> None:
    repo = work(tmp_path, '[check.integrity]\neffects = { treshold-weakened = "off" }\n')
    lower(repo)
    judged = run_gate(cwd=repo.path)
    assert judged.status == 2
    assert "gate.toml:3" in judged.err
    assert "did you mean 'threshold-weakened'?" in judged.err


def test_a_waiver_of_the_base_lets_through_what_it_names_and_stays_counted(tmp_path: Path) -> None:
    waiver = (
        '[[waiver]]\ncheck = "integrity"\nrule = "threshold-weakened"\npath = "pyproject.toml"\n'
        'reason = "coverage is measured elsewhere"\nexpires = 2099-12-31\n'
    )
    repo = work(tmp_path, POLICY + waiver)
    lower(repo)
    judged = run_gate(cwd=repo.path)
    assert judged.status == 0
    assert (judged.found("integrity"), judged.rejecting("integrity")) == ({WEAKENED}, set())


def test_what_is_disclosed_with_a_reason_goes_to_a_person(tmp_path: Path) -> None:
    repo = work(tmp_path)
    lower(repo, "lower\n\nGate-Change: pyproject.toml — the generated client is counted now\n")
    judged = run_gate(cwd=repo.path)
    assert (judged.status, judged.verdict, judged.outcome("integrity")) == (3, "blocked", "blocked")
    assert judged.rejecting("integrity") == set()
    assert "a person must approve" in judged.report["reasons"][0]


@pytest.mark.parametrize("said", ["pyproject.toml", "test-skipped — flaky"])
def test_what_is_disclosed_without_a_reason_or_is_something_else_rejects(tmp_path: Path, said: str) -> None:
    repo = work(tmp_path)
    lower(repo, f"lower\n\nGate-Change: {said}\n")
    judged = run_gate(cwd=repo.path)
    assert judged.status == 1
    assert judged.rejecting("integrity") == {WEAKENED}


def test_one_disclosure_does_not_cover_another_change(tmp_path: Path) -> None:
    repo = work(tmp_path)
    hook = "def pytest_sessionfinish(session, exitstatus):\n    session.exitstatus = 0\n"
    repo.commit("hook", {"tests/conftest.py": hook})
    lower(repo, "lower\n\nGate-Change: pyproject.toml — agreed\n")
    judged = run_gate(cwd=repo.path)
    assert judged.status == 1
    assert {path for _, path in judged.rejecting("integrity")} == {"tests/conftest.py"}


def test_disclosing_blocks_even_where_the_check_is_not_required(tmp_path: Path) -> None:
    repo = work(tmp_path, f"[check.integrity]\nrequired = false\n[check.paths]\n{REVIEWED}")
    lower(repo, "lower\n\nGate-Change: pyproject.toml — agreed\n")
    assert (run_gate(cwd=repo.path).status, run_gate("--skip", "integrity", cwd=repo.path).status) == (3, 0)


@pytest.mark.parametrize(
    ("trailer", "status"),
    [("", 1), ("\n\nGate-Change: test-skipped — the service is gone\n", 3), ("\n\nGate-Change: README.md — typo\n", 1)],
)
def test_undisclosed_warnings_reject_where_the_policy_says_so(tmp_path: Path, trailer: str, status: int) -> None:
    repo = work(tmp_path, f'[check.integrity]\nundisclosed = "reject"\n{REVIEWED}')
    skip(repo, f"skip{trailer}")
    judged = run_gate(cwd=repo.path)
    assert judged.status == status
    assert judged.found("integrity") == {SKIP}


def test_a_removed_test_is_disclosed_as_one(tmp_path: Path) -> None:
    repo = work(tmp_path, f'[check.integrity]\nundisclosed = "reject"\n{REVIEWED}')
    kept = TEST.partition("\n\n\n")[0] + "\n"
    repo.commit("less\n\nGate-Test-Removed: tests/test_a.py::test_b — twice\n", {"tests/test_a.py": kept})
    judged = run_gate(cwd=repo.path)
    assert (judged.status, judged.outcome("integrity")) == (3, "blocked")


def test_the_claim_that_nothing_was_changed_is_an_overclaim_when_something_was(tmp_path: Path) -> None:
    repo = work(tmp_path)
    skip(repo, "skip\n\nGate-Claim: no-gate-change=local\n")
    judged = run_gate(cwd=repo.path)
    assert judged.status == 1
    assert {rule for rule, _ in judged.rejecting("self-review")} == {"overclaim"}


def test_the_same_claim_is_fine_when_nothing_was(tmp_path: Path) -> None:
    repo = work(tmp_path)
    repo.commit("fine\n\nGate-Claim: no_gate_change=local\n", {"src/a.py": CODE.replace("1", "2 - 1")})
    judged = run_gate(cwd=repo.path)
    assert (judged.status, judged.found("self-review")) == (0, set())


def test_that_claim_is_unsupported_where_nobody_looked(tmp_path: Path) -> None:
    repo = work(tmp_path, f"[check.paths]\n{REVIEWED}")
    repo.commit("fine\n\nGate-Claim: no_gate_change=local\n", {"src/a.py": CODE.replace("1", "2 - 1")})
    assert {rule for rule, _ in run_gate(cwd=repo.path).found("self-review")} == {"unsupported"}


def test_the_whole_tree_has_nothing_to_be_compared_with(tmp_path: Path) -> None:
    repo = work(tmp_path, POLICY + "[check.paths]\n")
    lower(repo)
    judged = run_gate("--whole", cwd=repo.path)
    assert (judged.status, judged.outcome("integrity")) == (0, "not-applicable")


def test_what_main_weakened_is_not_blamed_on_a_branch_that_merged_it(tmp_path: Path) -> None:
    repo = work(tmp_path)
    repo.commit("mine", {"src/b.py": CODE})
    repo.switch("main")
    lower(repo)
    repo.switch("work")
    repo.git("merge", "--quiet", "--no-edit", "main")
    skip(repo)
    assert run_gate(cwd=repo.path).found("integrity") == {SKIP}


def test_criss_cross_merges_blame_nobody_either(tmp_path: Path) -> None:
    repo = work(tmp_path)
    repo.commit("mine", {"src/b.py": CODE})
    repo.switch("main")
    lower(repo)
    mine, theirs = repo.head("work"), repo.head("main")
    repo.git("merge", "--quiet", "--no-edit", mine)
    repo.switch("work")
    repo.git("merge", "--quiet", "--no-edit", theirs)
    repo.commit("more", {"src/c.py": CODE})
    assert len(repo.git("merge-base", "--all", "main", "work").split()) == 2
    judged = run_gate(cwd=repo.path)
    assert (judged.status, judged.found("integrity")) == (0, set())
    assert judged.check("integrity")["observation"]["counts"]["files"] == 1


ODD = (
    b"def broken(:\n", b"print 'two'\n", b"\xff\xfe\x00x = 1\n", b"# -*- coding: utf-16 -*-\nx = 1\n", b"x = (" * 300,
    b"\0" * 64, b'{"cells": 1', b"- [" * 500,
)  # fmt: skip


def test_files_that_cannot_be_parsed_are_said_and_no_defect(tmp_path: Path) -> None:
    repo = work(tmp_path)
    names = ("src/odd{}.py", "src/odd{}.ts", "odd{}.yaml", ".github/workflows/odd{}.yml", "odd{}.ipynb", "a{}/tox.ini")
    repo.commit("odd", {name.format(at): odd for at, odd in enumerate(ODD) for name in names})
    judged = run_gate(cwd=repo.path)
    assert judged.status == 0, judged.out
    assert judged.outcome("integrity") == "passed"
    assert {rule for rule, _ in judged.found("integrity")} == {"unreadable-source"}


def test_a_file_that_is_too_large_is_not_read_and_code_is_not_let_through_unread(tmp_path: Path) -> None:
    repo = work(tmp_path)
    repo.commit("data", {"data/rows.csv": b"1,2\n" * 5_000_001})
    judged = run_gate(cwd=repo.path)
    assert (judged.status, judged.found("integrity")) == (0, {("file-not-read", "data/rows.csv")})
    repo.commit("conftest", {"tests/conftest.py": b"# one\n" * 3_400_000})
    assert run_gate(cwd=repo.path).rejecting("integrity") == {("file-not-read", "tests/conftest.py")}


def test_renamed_and_recreated_files_are_compared_with_what_they_were(tmp_path: Path) -> None:
    repo = work(tmp_path)
    repo.commit("away", {"tests/test_a.py": None})
    repo.commit("back", {"tests/test_moved.py": TEST})
    judged = run_gate(cwd=repo.path)
    assert (judged.status, judged.found("integrity")) == (0, set())


def test_more_hits_of_a_rule_than_are_listed_are_counted(tmp_path: Path) -> None:
    repo = work(tmp_path)
    lines = "".join(f"import a{number}  # noqa: F401\n" for number in range(250))
    repo.commit("many", {"src/many.py": lines})
    findings = run_gate(cwd=repo.path).check("integrity")["findings"]
    assert len(findings) == 201
    assert any("and 50 more" in one["message"] for one in findings)


def test_a_suppression_on_a_line_that_had_a_finding_at_base_rejects(tmp_path: Path) -> None:
    lint = '[check.lint]\nlanguages = ["python"]\nformat = false\n'
    files = {"src/old.py": "import os\n", "ruff.toml": 'lint.select = ["F"]\n'}
    repo = work(tmp_path, POLICY + lint, **files)
    repo.commit("beside new code", {"src/new.py": "import sys  # noqa: F401\n"})
    repo.commit("silence what is known", {"src/old.py": "import os  # noqa: F401\n"})
    judged = run_gate(cwd=repo.path)
    assert judged.rejecting("integrity") == {("suppression-added", "src/old.py")}
    assert "lint found F401 on this line at base" in judged.out
