"""`gate self-review new|check|rebind` with real repositories."""

import tomllib
from pathlib import Path

import pytest

from gatekeeper.evidence.review_file import MAX_BYTES
from tests.support.gate import run_gate
from tests.support.gate_command import BLOCKED, REJECTED, USAGE, Said
from tests.support.repo import Repo
from tests.support.verb import verb

pytestmark = pytest.mark.usefixtures("gate_home")
POLICY = """extends = []
[check.self-review]
required = false
[check.tests]
command = "sh probe.sh {report}"
reads = "junit"
[check.broken]
command = "no-such-tool"
required = false
"""
PROBE = """cat > "$1" <<X
<testsuite name="t" tests="2"><testcase classname="t" name="a"/><testcase classname="t" name="b"/></testsuite>
X
"""
FILE = ".gate/self-review/work.toml"


def self_review(repo: Repo, *words: str) -> Said:
    return verb(repo.path, "self-review", *words)


@pytest.fixture
def work(tmp_path: Path) -> Repo:
    """The branch `work` with a removed test and a changed rule file; not judged yet."""
    repo = Repo.create(tmp_path / "p")
    begin = {"gate.toml": POLICY, "probe.sh": PROBE, "tests/a_spec.rb": "it 'adds' do\n", "Jenkinsfile": "x\n"}
    repo.commit("begin", {**begin, "lines.txt": "".join(f"{number}\n" for number in range(40))})
    repo.branch("work")
    repo.commit("mine", {"b.txt": "b\n", "tests/a_spec.rb": None, "Jenkinsfile": "y\n"})
    return repo


@pytest.fixture
def judged(work: Repo) -> Repo:
    assert run_gate(cwd=work.path).status == 0
    return work


def test_a_draft_says_what_was_observed_and_passes_once_it_is_completed(judged: Repo) -> None:
    self_review(judged, "new").expect(0, f"Wrote {FILE}")
    text = (judged.path / FILE).read_text()
    drafted = tomllib.loads(text)
    tests = {"subject": "tests", "label": "local", "command": "sh probe.sh report.out", "counts": {"passed": 2}}
    claimed, broken = drafted["claim"]
    assert claimed == {**tests, "statement": ""}
    assert (broken["subject"], broken["label"]) == ("broken", "blocked")
    assert "no-such-tool" in broken["statement"]
    assert drafted["tests_removed"] == ["tests/a_spec.rb"]
    assert drafted["tree"] == judged.tree()
    self_review(judged, "check").expect(0, "2 claims", "nothing rejects", "undisclosed-change", "without a reason")
    judged.commit("review", {FILE: text.replace('"Jenkinsfile — "', '"Jenkinsfile — the stage was renamed"')})
    self_review(judged, "check").expect(0, "nothing rejects")
    report = run_gate(cwd=judged.path)
    assert (report.outcome("self-review"), report.status) == ("passed", 0)
    assert {rule for rule, _ in report.found("self-review")} == {"disclosed"}
    self_review(judged, "check").expect(0, "nothing rejects")


def test_without_a_run_there_is_nothing_to_draft_from_or_to_judge_against(work: Repo) -> None:
    self_review(work, "new").expect(BLOCKED, "no run has judged this head", "gate check work")
    self_review(work, "check").expect(USAGE, FILE, "self-review new")
    work.write(FILE, f'tree = "{work.tree()}"\n')
    self_review(work, "check").expect(BLOCKED, "gate check work")
    assert run_gate("--policy", "gate.toml", cwd=work.path).status == 3
    self_review(work, "new").expect(BLOCKED, "no run has judged this head")


def test_a_draft_is_never_overwritten_without_being_asked(judged: Repo) -> None:
    judged.write(FILE, "mine\n")
    self_review(judged, "new").expect(USAGE, "already there")
    assert (judged.path / FILE).read_text() == "mine\n"
    self_review(judged, "new", "--force").expect(0)
    assert "tree" in (judged.path / FILE).read_text()
    assert [path.name for path in (judged.path / FILE).parent.iterdir()] == ["work.toml"]


def test_a_draft_can_be_written_elsewhere_and_for_another_branch(judged: Repo, tmp_path: Path) -> None:
    judged.switch("main")
    self_review(judged, "new", "work").expect(USAGE, "checked out nowhere")
    self_review(judged, "new", "work", "--output", str(tmp_path / "r.toml")).expect(0)
    assert tomllib.loads((tmp_path / "r.toml").read_text())["tree"] == judged.tree("work")


def test_a_draft_is_not_written_through_a_link_of_the_branch(judged: Repo, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (judged.path / ".gate").symlink_to(outside)
    for words in (("new",), ("new", "--output", FILE), ("new", "--force")):
        self_review(judged, *words).expect(USAGE, "symbolic link")
    assert list(outside.rglob("*")) == []
    (judged.path / ".gate").unlink()
    (judged.path / ".gate/self-review").mkdir(parents=True)
    (judged.path / FILE).symlink_to(outside / "x.toml")
    self_review(judged, "new", "--force").expect(USAGE, "symbolic link")
    assert list(outside.rglob("*")) == []


@pytest.mark.parametrize(
    ("body", "status", "rule"),
    [
        ('[[claim]]\nsubject = "tests"\nlabel = "direct"\n', REJECTED, "overclaim"),
        ('[[claim]]\nsubject = "tests"\nlabel = "local"\ncounts = { passed = 3 }\n', REJECTED, "count-mismatch"),
        ('[[claim]]\nsubject = "tests\\u001b[31m"\nlabel = "local"\n', REJECTED, "self-review-malformed"),
        ("#" * MAX_BYTES, REJECTED, "self-review-malformed"),
        ('[[claim]]\nsubject = "broken"\nlabel = "local"\n', 0, "unsupported"),
        ("", 0, "empty-review"),
    ],
)
def test_a_file_is_judged_before_it_is_committed(judged: Repo, body: str, status: int, rule: str) -> None:
    judged.write(FILE, f'tree = "{judged.tree()}"\n{body}')
    self_review(judged, "check").expect(status, rule)


def test_a_file_for_another_tree_is_stale(judged: Repo) -> None:
    judged.write(FILE, f'tree = "{judged.tree("main")}"\n[[claim]]\nsubject = "tests"\nlabel = "local"\n')
    self_review(judged, "check").expect(REJECTED, "stale", judged.tree())


def test_a_file_beside_the_branch_may_name_the_commit(judged: Repo, tmp_path: Path) -> None:
    given = tmp_path / "r.toml"
    given.write_text(f'commit = "{judged.head()}"\n[[claim]]\nsubject = "tests"\nlabel = "local"\n')
    self_review(judged, "check", str(given)).expect(0, "1 claim")


@pytest.fixture
def reviewed(judged: Repo) -> Repo:
    """The draft is committed, and the base has moved on in another part of the same file."""
    self_review(judged, "new").expect(0)
    judged.commit("review", {"lines.txt": (judged.path / "lines.txt").read_text().replace("35\n", "35 work\n")})
    assert run_gate(cwd=judged.path).status == 1, "the content changed after the draft"
    self_review(judged, "new", "--force").expect(0)
    judged.commit("review again")
    judged.switch("main")
    judged.commit("main", {"lines.txt": "main\n" * 9 + (judged.path / "lines.txt").read_text()})
    judged.switch("work")
    return judged


def test_a_review_is_carried_over_a_rebase_that_changed_nothing_of_the_branch(reviewed: Repo) -> None:
    self_review(reviewed, "rebind").expect(0, "bound to this head already")
    reviewed.git("rebase", "--quiet", "main")
    assert run_gate(cwd=reviewed.path).rejecting("self-review") == {("stale", None)}
    self_review(reviewed, "rebind").expect(0, "now")
    text = (reviewed.path / FILE).read_text()
    assert text.startswith("# Self-review of work"), "only the tree is another one"
    reviewed.commit("rebind")
    report = run_gate(cwd=reviewed.path)
    assert (report.outcome("self-review"), report.status) == ("passed", 0)


def test_a_review_is_not_carried_over_a_change_of_the_branch(reviewed: Repo) -> None:
    reviewed.git("rebase", "--quiet", "main")
    reviewed.commit("more", {"b.txt": "something else\n"})
    before = (reviewed.path / FILE).read_text()
    self_review(reviewed, "rebind").expect(BLOCKED, "another patch-id", "range-diff")
    assert (reviewed.path / FILE).read_text() == before


@pytest.mark.parametrize("changed", [{"logo.bin": b"\0\2"}, {"mode": None}])
def test_contents_of_binary_files_and_modes_count_as_changes(judged: Repo, changed: dict[str, bytes | None]) -> None:
    judged.commit("binary", {"logo.bin": b"\0\1"})
    assert run_gate(cwd=judged.path).status == 0
    self_review(judged, "new").expect(0)
    if "mode" in changed:
        (judged.path / "b.txt").chmod(0o755)
        judged.commit("mode")
    else:
        judged.commit("other bytes", changed)
    self_review(judged, "rebind").expect(BLOCKED, "another patch-id")


def test_a_review_whose_head_is_unknown_is_not_carried_over(reviewed: Repo) -> None:
    text = (reviewed.path / FILE).read_text()
    tree = tomllib.loads(text)["tree"]
    reviewed.write(FILE, text.replace(tree, "ab" * 20))
    self_review(reviewed, "rebind").expect(BLOCKED, "no earlier head of the branch has it")
    reviewed.write(FILE, "not_done = []\n")
    self_review(reviewed, "rebind").expect(USAGE, "tree = ")
    reviewed.write(FILE, "a." * 20000 + "b = 1\n")
    self_review(reviewed, "rebind").expect(USAGE, "dots")


def test_the_ledger_knows_the_old_head_where_the_reflog_does_not(reviewed: Repo) -> None:
    reviewed.git("rebase", "--quiet", "main")
    reviewed.git("reflog", "expire", "--expire=now", "--all")
    self_review(reviewed, "rebind").expect(0, "now")
