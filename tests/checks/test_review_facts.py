"""What git says about the things that a self-review speaks of, from a real repository."""

import os
from pathlib import Path

import pytest

from gatekeeper.checks.review_facts import MAX_SENTENCES, MAX_TEXT, review_facts
from gatekeeper.checks.self_review import bound_tree, read_of
from gatekeeper.evidence.prose import Prose
from gatekeeper.git.facts import find_repository, resolve
from gatekeeper.git.store import Store
from gatekeeper.model.claim import ReviewFacts, SelfReview
from gatekeeper.model.policy import CheckSettings
from gatekeeper.model.target import Target
from gatekeeper.model.vocabulary import CheckId
from gatekeeper.process.home import find_home
from tests.support.repo import Repo

CHECKS = {
    CheckId("tests"): CheckSettings(CheckId("tests")),
    CheckId("shop"): CheckSettings(CheckId("shop"), target=Target("production", ("probe",))),
}
EMPTY = SelfReview((), (), bound=True)


def every_line(text: str) -> list[Prose]:
    return [Prose(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]


def facts(repo: Repo, review: SelfReview | None = EMPTY, *, whole: bool = False) -> ReviewFacts:
    repository = find_repository(str(repo.path))
    store = Store.open(find_home(os.environ), repository)
    subject = resolve(repository, "work", None, whole, store=store)
    return review_facts(store, subject, CHECKS, review, every_line)


@pytest.fixture
def work(tmp_path: Path, gate_home: object) -> Repo:
    repo = Repo.create(tmp_path / "p")
    tests = {"test_a.py": "def test_one(): ...\ndef test_two(): ...\n", "test_b.py": "def test_three(): ...\n"}
    repo.commit("begin", {**tests, "ruff.toml": "a = 1\n", "pyproject.toml": "[project]\nx = 1\n", "README": "x\n"})
    repo.branch("work")
    return repo


def test_removed_tests_and_changed_rules_are_read_from_the_net_change(work: Repo) -> None:
    work.commit("one", {"test_a.py": "def test_one(): ...\n", "test_b.py": None, "ruff.toml": "a = 1\nE501 = 2\n"})
    work.commit(
        "two", {"pyproject.toml": "[project]\nx = 2\n", "mypy.ini": "[mypy]\n", ".gate/self-review/work.toml": ""}
    )
    found = facts(work)
    assert found.tests_removed == ("test_a.py::test_two", "test_b.py")
    assert [(change.path, change.words) for change in found.gate_changes] == [
        ("mypy.ini", ("mypy",)),
        ("ruff.toml", ("E501",)),
    ]
    assert found.subjects == {"tests": "", "shop": "production"}


def test_a_moved_test_and_a_reverted_change_are_nothing(work: Repo) -> None:
    work.commit("one", {"ruff.toml": "b = 1\n"})
    work.commit("two", {"ruff.toml": "a = 1\n", "test_b.py": None, "sub/test_c.py": "def test_three(): ...\n"})
    assert (facts(work).tests_removed, facts(work).gate_changes) == ((), ())


def test_a_rule_file_that_becomes_a_link_is_a_change(work: Repo) -> None:
    (work.path / "ruff.toml").unlink()
    (work.path / "ruff.toml").symlink_to("README")
    (work.path / "tox.ini").symlink_to("README")
    work.commit("links")
    assert [change.path for change in facts(work).gate_changes] == ["ruff.toml", "tox.ini"]


def test_texts_are_those_of_every_commit_without_the_gates_own_trailers(work: Repo) -> None:
    work.commit("first\n\nbody\n\nGate-Claim: tests=local;\n more of it\nSigned-off-by: me\n")
    work.commit("second")
    assert [(one.line, one.text) for one in facts(work, None).prose] == [
        (1, "second"),
        (1, "first"),
        (3, "body"),
        (7, "Signed-off-by: me"),
    ]
    assert facts(work, None).tree == "", "without a review nobody asks for more"
    assert facts(work, whole=True) == ReviewFacts()


def test_what_is_too_long_is_read_to_its_limit_and_said(work: Repo) -> None:
    head = work.commit("long\n\n" + "x" * MAX_TEXT)
    assert facts(work).unread == (f"commit {head[:12]}",)
    work.commit("many\n\n" + "\n".join(f"sentence {number}" for number in range(MAX_SENTENCES)))
    found = facts(work)
    assert len(found.prose) == MAX_SENTENCES
    assert any("sentences" in one for one in found.unread)


def test_a_review_is_read_from_all_its_carriers(work: Repo) -> None:
    work.commit("mine", {"x": "x"})
    repository = find_repository(str(work.path))
    store = Store.open(find_home(os.environ), repository)
    first = resolve(repository, "work", None, False, store=store)
    tree = bound_tree(store, first.head_tree)
    body = f'tree = "{tree}"\n[[claim]]\nsubject = "a"\nlabel = "local"\n'
    work.commit("review\n\nGate-Claim: b=local\n", {".gate/self-review/work.toml": body})
    subject = resolve(repository, "work", None, False, store=store)
    review = read_of(store, subject, ("given.toml", body.replace('"a"', '"c"').encode()))
    assert review is not None
    assert [claim.subject for claim in review.claims] == ["b", "a", "c"]
    assert (review.bound, review.problems) == (True, ())
    assert read_of(store, first) is None
