"""Is the work of a branch on its base, under whatever name?"""

from pathlib import Path

import pytest

from gatekeeper.git.facts import find_repository
from gatekeeper.git.landed import CONTAINED, CONTENT, REBASED, SQUASHED, Landed, prove
from gatekeeper.git.store import Store
from gatekeeper.model.vocabulary import CommitId
from gatekeeper.process.home import Home
from tests.support.repo import Repo

LINES = "".join(f"line {number}\n" for number in range(40))


@pytest.fixture
def branched(tmp_path: Path) -> Repo:
    """`work` with two commits, on two files; main has not moved."""
    made = Repo.create(tmp_path / "project")
    made.commit("begin", {"a.txt": LINES, "b.txt": LINES, "c.txt": LINES})
    made.branch("work")
    made.commit("one", {"a.txt": LINES.replace("line 3\n", "line three\n")})
    made.commit("two", {"b.txt": LINES.replace("line 30\n", "line thirty\n")})
    made.switch("main")
    return made


def proof(repo: Repo, home: Home, head: str = "work", base: str = "main") -> Landed:
    store = Store.open(home, find_repository(str(repo.path)))
    commits = [CommitId(repo.head(rev)) for rev in (head, base)]
    store.fetch(commits)
    return prove(store, commits[0], commits[1])


def elsewhere(repo: Repo) -> None:
    repo.commit("meanwhile", {"c.txt": LINES.replace("line 20\n", "line twenty\n")})


def test_what_was_merged_or_forwarded_is_contained(branched: Repo, gate_home: Home) -> None:
    elsewhere(branched)
    branched.git("merge", "-q", "--no-ff", "--no-edit", "work")
    assert proof(branched, gate_home) == Landed(CONTAINED, (CommitId(branched.head("work")),))


def test_what_was_rebased_is_found_commit_by_commit(branched: Repo, gate_home: Home) -> None:
    elsewhere(branched)
    branched.git("cherry-pick", "work~1", "work")
    found = proof(branched, gate_home)
    assert (found.how, set(found.found)) == (REBASED, {branched.head(), branched.head("HEAD~1")})


def test_a_part_that_was_picked_is_not_all_of_it(branched: Repo, gate_home: Home) -> None:
    branched.git("cherry-pick", "work~1")
    found = proof(branched, gate_home)
    assert found.how is None
    assert [subject for _, subject in found.missing] == ["two"]
    assert found.changes == ("b.txt",)


def test_what_was_squashed_is_found_also_after_the_base_moved(branched: Repo, gate_home: Home) -> None:
    elsewhere(branched)
    branched.git("merge", "-q", "--squash", "work")
    squash = branched.commit("all of it")
    branched.commit("later", {"a.txt": LINES.replace("line 39\n", "line last\n")})
    branched.commit("undone", {"b.txt": LINES})  # what comes later does not matter to where it went
    assert proof(branched, gate_home) == Landed(SQUASHED, (CommitId(squash),))


def test_a_branch_that_merged_its_base_is_found_as_one_commit(branched: Repo, gate_home: Home) -> None:
    elsewhere(branched)
    branched.switch("work")
    branched.git("merge", "-q", "--no-edit", "main")
    branched.switch("main")
    branched.git("merge", "-q", "--squash", "work")
    branched.commit("all of it")
    assert proof(branched, gate_home).how == SQUASHED


def test_the_same_content_by_another_way_is_seen(branched: Repo, gate_home: Home) -> None:
    three, thirty = LINES.replace("line 3\n", "line three\n"), LINES.replace("line 30\n", "line thirty\n")
    branched.commit("one, and more", {"a.txt": three, "c.txt": f"{LINES}more\n"})
    branched.commit("two, and more", {"b.txt": thirty, "d.txt": "x\n"})
    assert proof(branched, gate_home).how == CONTENT


def test_a_squash_that_was_changed_on_the_way_is_not_proven(branched: Repo, gate_home: Home) -> None:
    branched.git("merge", "-q", "--squash", "work")
    branched.commit("not quite", {"a.txt": LINES.replace("line 3\n", "line drei\n")})
    found = proof(branched, gate_home)
    assert (found.how, found.changes) == (None, ("a.txt",))


def test_a_mode_that_was_left_behind_is_not_proven(branched: Repo, gate_home: Home) -> None:
    branched.switch("work")
    (branched.path / "c.txt").chmod(0o755)
    branched.commit("executable")
    branched.switch("main")
    branched.git("cherry-pick", "work~2", "work~1")
    assert proof(branched, gate_home).how is None


def test_binary_content_counts(branched: Repo, gate_home: Home) -> None:
    branched.switch("work")
    branched.commit("picture", {"p.bin": b"\0\1\2"})
    branched.switch("main")
    branched.git("merge", "-q", "--squash", "work")
    branched.commit("another picture", {"p.bin": b"\0\1\3"})
    assert proof(branched, gate_home).how is None
    branched.commit("that picture", {"p.bin": b"\0\1\2"})
    assert proof(branched, gate_home).how == CONTENT


def test_unrelated_histories_prove_nothing(branched: Repo, gate_home: Home) -> None:
    branched.git("checkout", "-q", "--orphan", "alone")
    branched.commit("alone")
    assert proof(branched, gate_home, "alone").how is None


def test_attributes_of_the_branch_make_no_proof(branched: Repo, gate_home: Home) -> None:
    """`merge=ours` would make every merge a change of nothing."""
    branched.config("merge.ours.driver", "true")
    branched.switch("work")
    branched.commit("attributes", {".gitattributes": "* merge=ours\n"})
    branched.switch("main")
    branched.commit("attributes", {".gitattributes": "* merge=ours\n"})
    branched.commit("other", {"a.txt": LINES.replace("line 3\n", "line III\n")})
    assert proof(branched, gate_home).how is None
