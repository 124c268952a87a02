"""What of a branch is read, in which role, and what is left unread, from a real repository."""

import os
from pathlib import Path

import pytest

from gatekeeper.checks import changed_files as module
from gatekeeper.checks.changed_files import ChangedFiles, changed_files
from gatekeeper.checks.contract import Context
from gatekeeper.checks.seen import Seen
from gatekeeper.git.facts import find_repository, resolve
from gatekeeper.git.store import Store
from gatekeeper.integrity.contract import FileChange, Role
from gatekeeper.model.policy import CheckSettings, EnvironmentSettings, Policy
from gatekeeper.model.vocabulary import CheckId
from gatekeeper.process.home import find_home
from tests.support.repo import Repo

INTEGRITY, TESTS = CheckId("integrity"), CheckId("tests")
BASE = {
    "pytest.ini": "[pytest]\ntestpaths = checks\n",
    "checks/test_a.py": "def test_a():\n    assert 1\n",
    "checks/data.txt": "1\n",
    "src/a.py": "x = 1\n",
    "src/gone.py": "y = 2\n" * 20,
    "src/moved.py": "z = 3\n" * 20,
}


@pytest.fixture
def repo(tmp_path: Path, gate_home: object) -> Repo:
    made = Repo.create(tmp_path / "p")
    made.commit("begin", BASE)
    made.branch("work")
    return made


def read(repo: Repo, harness: tuple[str, ...] = ()) -> ChangedFiles:
    repository = find_repository(str(repo.path))
    home = find_home(os.environ)
    store = Store.open(home, repository)
    subject = resolve(repository, "work", "main", False, store=store)
    checks = {INTEGRITY: CheckSettings(INTEGRITY), TESTS: CheckSettings(TESTS, harness=harness)}
    policy = Policy(checks, (), EnvironmentSettings(), (), "", "")
    tip = subject.base.tip if subject.base else subject.head
    return changed_files(Context(subject, policy, checks[INTEGRITY], Seen(store, subject, tip), store, home))


def by_path(found: ChangedFiles) -> dict[str, FileChange]:
    return {change.path: change for change in found.diff.changes}


def test_both_sides_modes_renames_links_and_names(repo: Repo) -> None:
    repo.git("mv", "src/moved.py", "src/renamed.py")
    (repo.path / "link").symlink_to("src/a.py")
    repo.commit("all", {"src/a.py": "x = 2\n", "src/gone.py": None, "src/new.py": "n = 1\n"})
    found = read(repo)
    changes = by_path(found)
    assert set(changes) == {"src/a.py", "src/gone.py", "src/new.py", "src/renamed.py", "link"}
    assert (changes["src/a.py"].old, changes["src/a.py"].new) == (b"x = 1\n", b"x = 2\n")
    assert (changes["src/gone.py"].status, changes["src/gone.py"].new) == ("D", None)
    assert (changes["src/new.py"].status, changes["src/new.py"].old, changes["src/new.py"].old_path) == (
        "A",
        None,
        None,
    )
    assert (changes["src/renamed.py"].before, changes["src/renamed.py"].status) == ("src/moved.py", "R")
    assert (changes["link"].new, changes["link"].new_mode) == (b"src/a.py", "120000")
    assert found.diff.base_names == set(BASE)
    assert found.diff.head_names == {*BASE, "src/new.py", "src/renamed.py", "link"} - {"src/gone.py", "src/moved.py"}


def test_a_submodule_has_no_contents(repo: Repo) -> None:
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{repo.head()},vendor/lib")
    repo.git("commit", "--quiet", "-m", "submodule")
    change = by_path(read(repo))["vendor/lib"]
    assert (change.new, change.old, change.new_mode) == (None, None, "160000")


def test_roles_are_those_of_the_base_and_of_the_policy(repo: Repo) -> None:
    changed = {
        "checks/data.txt": "2\n",
        "src/a.py": "x = 2\n",
        "tools/e2e.py": "e = 1\n",
        "checks/test_a.py": "a = 1\n",
    }
    # The branch's own words about where tests are do not count.
    repo.commit("all", {**changed, "pytest.ini": "[pytest]\ntestpaths = nowhere\n"})
    roles = {path: change.role for path, change in by_path(read(repo)).items()}
    assert roles["checks/data.txt"] is Role.HARNESS
    assert (roles["src/a.py"], roles["tools/e2e.py"]) == (Role.PRODUCT, Role.PRODUCT)
    assert (roles["checks/test_a.py"], roles["pytest.ini"]) == (Role.TEST, Role.HARNESS)
    stated = {path: change.role for path, change in by_path(read(repo, ("tools/", "!checks/test_a.py"))).items()}
    assert (stated["tools/e2e.py"], stated["checks/test_a.py"]) == (Role.HARNESS, Role.PRODUCT)


def test_what_is_as_at_the_tip_is_nobody_s_change(repo: Repo) -> None:
    repo.switch("main")
    repo.commit("theirs", {"src/a.py": "x = 9\n", "src/gone.py": None, "src/theirs.py": "t = 1\n"})
    repo.switch("work")
    repo.commit("the same", {"src/a.py": "x = 9\n", "src/gone.py": None, "src/moved.py": "m = 1\n"})
    assert set(by_path(read(repo))) == {"src/moved.py"}


def test_files_above_the_limit_are_said_and_small_ones_of_the_harness_come_first(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_FILE_BYTES", 1000)
    monkeypatch.setattr(module, "MAX_BYTES", 1500)
    monkeypatch.setattr(module, "_AT_ONCE", 100)
    files = {"big.csv": "1\n" * 600, "src/one.py": "a = 1\n" * 100, "conftest.py": "c = 1\n" * 140}
    repo.commit("much", {**files, "src/two.py": "b = 1\n" * 120, "src/three.py": "d = 1\n" * 110})
    found = read(repo)
    assert set(by_path(found)) == {"conftest.py", "src/one.py"}
    assert {one.path: (one.role, one.why) for one in found.unread} == {
        "big.csv": (Role.OTHER, "it has 0 MB"),
        "src/two.py": (Role.PRODUCT, "the branch changes more than 0 MB"),
        "src/three.py": (Role.PRODUCT, "the branch changes more than 0 MB"),
    }
    assert all(change.new == files[path].encode() for path, change in by_path(found).items())
