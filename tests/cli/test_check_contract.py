"""`gate check` under a contract, with the real binary: every rule, and the stricter of policy and contract."""

import json
from pathlib import Path

import pytest

from gatekeeper.checks import contract_kept
from gatekeeper.cli import main
from gatekeeper.process.home import Home
from tests.support.contract import contract
from tests.support.gate import Judged, project, run_gate
from tests.support.gate_command import BLOCKED, NOTHING, REJECTED, USAGE, gate
from tests.support.plain import plain_variables
from tests.support.repo import Repo
from tests.support.warm import spoken

pytestmark = pytest.mark.usefixtures("gate_home")
POLICY = '[check.paths]\nforbidden = ["/gate.toml"]\n[check.x]\ncommand = "sh x.sh"\nrequired = false\n'


@pytest.fixture
def work(tmp_path: Path) -> Repo:
    """main with a policy; the branch `work`, checked out, has no commit of its own yet."""
    repo = project(tmp_path / "p", POLICY, {"x.sh": "exit 0\n", "src/a.txt": "a\n"})
    repo.config("user.name", "Kim")
    return repo


def agree(repo: Repo, *words: str, branch: str = "work") -> None:
    contract("set", branch, *words, cwd=repo.path).expect(0)


def rules(judged: Judged, check: str = "contract") -> set[str]:
    return {rule for rule, _ in judged.rejecting(check)}


def test_without_a_contract_there_is_no_such_check(work: Repo) -> None:
    work.commit("a", {"src/a.txt": "b\n"})
    judged = run_gate(cwd=work.path)
    assert [check["id"] for check in judged.report["checks"]] == ["paths", "x"]


def test_a_branch_that_keeps_everything_is_accepted(work: Repo, tmp_path: Path) -> None:
    agree(work, "--base", "main", "--worktree", str(work.path), "--allow", "src/**", "--require", "x=local",
          "--title", "Add a", "--commit-format", "^feat: ")  # fmt: skip
    work.commit("feat: Add  a", {"src/a.txt": "b\n", ".gate/self-review/work.toml": ""})
    judged = run_gate(cwd=work.path)
    assert (judged.status, judged.verdict) == (0, "accepted")
    assert judged.outcome("contract") == "passed"
    assert judged.check("contract")["label"] == "local"
    assert judged.check("contract")["observation"]["counts"] == {"commits": 1}


def test_paths_outside_the_contract_in_any_commit(work: Repo) -> None:
    agree(work, "--allow", "src/**", "--forbid", "src/keys/**")
    work.commit("feat", {"src/b.txt": "b\n", "docs/x.md": "x\n", "src/keys/k": "k\n"})
    work.git("revert", "--no-edit", "HEAD")
    work.commit("fine", {"src/c.txt": "c\n"})
    judged = run_gate(cwd=work.path)
    assert judged.rejecting("paths") == {("out-of-contract", "docs/x.md"), ("out-of-contract", "src/keys/k")}
    said = {one["path"]: one["message"] for one in judged.check("paths")["findings"]}
    assert "outside the contract" in said["docs/x.md"]
    assert "the contract forbids" in said["src/keys/k"]


def test_both_sides_of_a_rename_are_held_against_the_contract(work: Repo) -> None:
    agree(work, "--allow", "src/**")
    work.git("mv", "src/a.txt", "a.txt")
    work.git("mv", "x.sh", "src/x.sh")
    work.commit("move")
    assert run_gate(cwd=work.path).rejecting("paths") == {("out-of-contract", "a.txt"), ("out-of-contract", "x.sh")}


def test_only_the_own_self_review_needs_no_mention(work: Repo) -> None:
    agree(work, "--allow", "src/**")
    work.commit("reviews", {".gate/self-review/work.toml": "", ".gate/self-review/other.toml": ""})
    judged = run_gate(cwd=work.path)
    assert judged.rejecting("paths") == {("out-of-contract", ".gate/self-review/other.toml")}
    agree(work, "--allow", "src/**", "--forbid", ".gate/")
    assert len(run_gate(cwd=work.path).rejecting("paths")) == 2


def test_the_policy_holds_on_top_of_the_contract(work: Repo) -> None:
    agree(work, "--allow", "*")
    work.commit("law", {"gate.toml": "extends = []\n"})
    assert rules(run_gate(cwd=work.path), "paths") == {"forbidden-path"}


@pytest.mark.parametrize("table", ["enabled = false", 'severity = "note"'])
def test_a_contract_rejects_paths_where_the_policy_does_not(tmp_path: Path, table: str) -> None:
    policy = f'[check.paths]\n{table}\nforbidden = ["/x.sh"]\n[check.x]\ncommand = "sh x.sh"\n'
    work = project(tmp_path / "p", policy, {"x.sh": "exit 0\n"})
    agree(work, "--allow", "src/**", "--allow", "x.sh")
    work.commit("both", {"x.sh": "exit  0\n", "y": "y\n"})
    judged = run_gate(cwd=work.path)
    assert judged.rejecting("paths") == {("out-of-contract", "y")}
    forbidden = next(one for one in judged.check("paths")["findings"] if one["rule"] == "forbidden-path")
    assert (forbidden["path"], forbidden["severity"]) == ("x.sh", "note")


def test_required_evidence_makes_a_check_required(tmp_path: Path) -> None:
    policy = '[check.x]\ncommand = "no-such-tool"\nrequired = false\n[check.y]\ncommand = "true"\n'
    work = project(tmp_path / "p", policy, {"a": "a\n"})
    work.commit("b", {"b": "b\n"})
    assert run_gate(cwd=work.path).verdict == "accepted"
    agree(work, "--require", "x=local")
    judged = run_gate(cwd=work.path)
    assert (judged.verdict, judged.outcome("x")) == ("blocked", "blocked")


def test_required_evidence_makes_findings_count(tmp_path: Path) -> None:
    policy = '[check.x]\ncommand = "false"\nseverity = "warning"\n[check.off]\ncommand = "false"\nenabled = false\n'
    work = project(tmp_path / "p", policy, {"a": "a\n"})
    work.commit("b", {"b": "b\n"})
    assert run_gate(cwd=work.path).verdict == "accepted"
    agree(work, "--require", "x=local", "--require", "off=local")
    judged = run_gate(cwd=work.path)
    assert (judged.verdict, judged.outcome("x"), judged.outcome("off")) == ("rejected", "failed", "failed")


def test_a_stand_in_is_too_weak_where_the_contract_wants_direct(tmp_path: Path) -> None:
    policy = '[target.shop]\nsurface = "runtime"\nprobe = "sh probe.sh"\nstand_in = true\nrequires = "proxy"\n'
    probe = 'echo seen > "$GATE_ARTEFACTS/body.txt"\n'
    work = project(tmp_path / "p", policy, {"probe.sh": probe})
    work.commit("b", {"b": "b\n"})
    assert run_gate(cwd=work.path).verdict == "accepted"
    agree(work, "--require", "shop=direct")
    judged = run_gate(cwd=work.path)
    assert judged.verdict == "rejected"
    assert rules(judged, "shop") == {"evidence-too-weak"}


def test_a_requirement_that_the_policy_lost_is_an_error(work: Repo) -> None:
    agree(work, "--require", "x=local")
    work.switch("main")
    work.commit("law", {"gate.toml": 'extends = []\n[check.y]\ncommand = "true"\n'})
    work.switch("work")
    work.commit("b", {"b": "b\n"})
    gate(work).expect(USAGE, "the contract of work requires evidence of 'x'", "known: y", "gate contract set work")


def test_the_agreed_base_is_the_base(work: Repo) -> None:
    work.git("branch", "release", "main")
    agree(work, "--base", "release")
    work.commit("b", {"b": "b\n"})
    judged = run_gate(cwd=work.path)
    assert (judged.verdict, judged.report["subject"]["base"]["name"]) == ("accepted", "release")
    assert judged.report["subject"]["base"]["origin"] == "the contract"
    assert run_gate("--base", "main", cwd=work.path).verdict == "accepted", "two names of one commit"


def test_another_base_than_agreed(work: Repo) -> None:
    work.git("branch", "release")
    agree(work, "--base", "release")
    work.switch("main")
    work.commit("m", {"m": "m\n"})
    work.switch("work")
    work.commit("b", {"b": "b\n"})
    judged = run_gate("--base", "main", cwd=work.path)
    assert rules(judged) == {"contract-base"}
    assert "--base release" in judged.check("contract")["findings"][0]["message"]
    work.git("branch", "-D", "release")
    assert rules(run_gate("--base", "main", cwd=work.path)) == {"contract-base"}
    gate(work).expect(NOTHING, "the base 'release' (the contract) does not exist")


def test_another_worktree_than_agreed(work: Repo, tmp_path: Path) -> None:
    agree(work, "--worktree", str(tmp_path / "w"))
    work.commit("b", {"b": "b\n"})
    judged = run_gate(cwd=work.path)
    assert rules(judged) == {"contract-worktree"}
    assert str(work.path) in judged.check("contract")["findings"][0]["message"]
    work.switch("main")
    there = work.worktree("work", tmp_path / "w")
    (tmp_path / "link").symlink_to(tmp_path / "w")
    agree(work, "--worktree", str(tmp_path / "link"))
    assert run_gate("work", cwd=work.path).verdict == "accepted", "the same place by another name"
    there.git("switch", "--quiet", "--detach")
    judged = run_gate("work", cwd=work.path)
    assert rules(judged) == {"contract-worktree"}
    assert "detached HEAD" in judged.check("contract")["findings"][0]["message"]
    there.branch("mine")
    assert "has mine checked out" in run_gate("work", cwd=work.path).check("contract")["findings"][0]["message"]


def test_a_worktree_that_is_gone_or_somebody_elses(work: Repo, tmp_path: Path) -> None:
    agree(work, "--worktree", str(tmp_path / "w"), branch="other")
    there = work.worktree("other", tmp_path / "w")
    there.commit("b", {"b": "b\n"})
    work.git("worktree", "remove", str(tmp_path / "w"))
    assert rules(run_gate("other", cwd=work.path)) == {"worker-cleaned-up"}
    Repo.create(tmp_path / "w")
    judged = run_gate("other", cwd=work.path)
    assert rules(judged) == {"contract-worktree"}
    assert "no worktree of this repository" in judged.check("contract")["findings"][0]["message"]


def test_the_agreed_title_in_some_subject_line(work: Repo) -> None:
    agree(work, "--title", "Add a basket")
    work.commit("add a basket\n\nAdd a basket")
    assert rules(run_gate(cwd=work.path)) == {"contract-title"}, "case counts, and only the subject line"
    work.commit("feat(shop): Add a basket (1/2)")
    work.commit("more")
    assert run_gate(cwd=work.path).verdict == "accepted"


def test_a_merge_commit_carries_no_title_and_needs_no_format(work: Repo) -> None:
    agree(work, "--title", "Add a basket", "--commit-format", "^feat: ")
    work.switch("main")
    work.commit("m", {"m": "m\n"})
    work.switch("work")
    work.commit("feat: b", {"b": "b\n"})
    work.git("merge", "--quiet", "--no-ff", "-m", "Add a basket", "main")
    judged = run_gate(cwd=work.path)
    assert rules(judged) == {"contract-title"}
    assert judged.check("contract")["observation"]["counts"] == {"commits": 1}


def test_every_subject_line_must_match(work: Repo) -> None:
    agree(work, "--commit-format", r"^(feat|fix)(\([\w-]+\))?: \S")
    work.commit("feat: a")
    bad = work.commit("wip \x1b[31m")
    work.commit("")
    work.commit("fix(shop): b")
    judged = run_gate(cwd=work.path)
    assert rules(judged) == {"contract-commit-format"}
    said = [one["message"] for one in judged.check("contract")["findings"]]
    assert len(said) == 2
    assert bad[:12] in said[0]
    gate(work).expect(REJECTED, "contract-commit-format", "wip \\x1b[31m")


def test_a_line_that_is_never_done_blocks(
    work: Repo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In this process, which can make the time shorter: it is spent computing."""
    # Only a line that begins with the word gets to the expensive part.
    agree(work, "--commit-format", "^topic: (a+)+$")
    work.commit("topic: " + "a" * 60 + "!")
    assert contract_kept.FORMAT_TIMEOUT_S == 10
    monkeypatch.setattr(contract_kept, "FORMAT_TIMEOUT_S", 1.0)
    monkeypatch.chdir(work.path)
    status = main.run(["check", "--format", "json"])
    judged = Judged(status, json.loads(capsys.readouterr().out), "", "")
    assert (status, judged.verdict, judged.outcome("contract")) == (BLOCKED, "blocked", "blocked")
    assert "took more than 1 s" in judged.check("contract")["observation"]["missing"][0]


@pytest.mark.parametrize("how", ["fast-forward", "merge commit", "push", "update-ref"])
def test_a_branch_that_merged_itself(work: Repo, how: str) -> None:
    agree(work, "--title", "T")
    work.commit("T", {"b": "b\n"})
    tip = work.head()
    if how == "push":
        work.git("push", "--quiet", ".", "HEAD:main")
    elif how == "update-ref":
        work.git("update-ref", "refs/heads/main", tip)
    else:
        work.switch("main")
        work.git("merge", "--quiet", "--no-ff" if how == "merge commit" else "--ff-only", "--no-edit", "work")
    judged = run_gate("work", cwd=work.path)
    assert (judged.status, judged.verdict) == (REJECTED, "rejected")
    assert rules(judged) == {"worker-merged"}
    said = judged.check("contract")["findings"][0]["message"]
    assert tip[:12] in said
    assert "gate contract remove work" in said
    assert judged.outcome("x") == "blocked"
    assert "not run: main contains the branch already" in judged.check("x")["reasons"]


def test_a_person_who_merged_ends_the_contract(work: Repo) -> None:
    agree(work)
    work.commit("b", {"b": "b\n"})
    work.switch("main")
    work.git("merge", "--quiet", "--ff-only", "work")
    contract("remove", "work", cwd=work.path).expect(0)
    gate(work, "work").expect(NOTHING, "work has nothing that main has not")
    agree(work)
    gate(work, "work").expect(NOTHING, "work has nothing that main has not")
    work.commit("m", {"m": "m\n"})
    work.switch("work")
    work.commit("c", {"c": "c\n"})
    assert run_gate(cwd=work.path).verdict == "accepted", "what was merged before the contract began is no news"


def test_a_part_that_was_merged(work: Repo) -> None:
    agree(work)
    part = work.commit("b", {"b": "b\n"})
    work.git("push", "--quiet", ".", "HEAD:main")
    work.commit("c", {"c": "c\n"})
    judged = run_gate(cwd=work.path)
    assert rules(judged) == {"worker-merged"}
    assert part[:12] in judged.check("contract")["findings"][0]["message"]
    agree(work, "--title", "c")
    assert rules(run_gate(cwd=work.path)) == {"worker-merged"}, "restating the contract hides nothing"


def test_a_fresh_branch_has_nothing_to_judge(work: Repo) -> None:
    agree(work)
    gate(work).expect(NOTHING, "work has nothing that main has not")
    work.switch("main")
    work.commit("m", {"m": "m\n"})
    gate(work, "work").expect(NOTHING, "work is contained in main")
    work.git("branch", "-f", "work", "main")
    gate(work, "work").expect(NOTHING, "work has nothing that main has not")


def test_main_merged_into_the_branch_is_no_merge_of_the_branch(work: Repo) -> None:
    agree(work)
    for number in range(2):
        work.switch("main")
        work.commit(f"m{number}", {f"m{number}": "m\n"})
        work.switch("work")
        work.commit(f"b{number}", {f"b{number}": "b\n"})
        work.git(*(("rebase", "--quiet", "main") if number else ("merge", "--quiet", "--no-edit", "main")))
    assert run_gate(cwd=work.path).verdict == "accepted"


def test_without_a_reflog_a_merge_commit_still_tells(work: Repo) -> None:
    agree(work)
    work.commit("b", {"b": "b\n"})
    work.switch("main")
    work.git("merge", "--quiet", "--no-ff", "--no-edit", "work")
    (work.path / ".git/logs/refs/heads/work").unlink()
    assert rules(run_gate("work", cwd=work.path)) == {"worker-merged"}


def upstream(work: Repo, tmp_path: Path) -> Repo:
    """A bare repository that `work` knows as origin, with its main."""
    work.git("init", "--quiet", "--bare", "-b", "main", str(tmp_path / "up.git"))
    work.git("remote", "add", "origin", str(tmp_path / "up.git"))
    work.git("push", "--quiet", "origin", "main")
    return Repo(tmp_path / "up.git")


@pytest.mark.parametrize("base", ["main", "origin/main"])
def test_a_push_to_the_base(work: Repo, tmp_path: Path, base: str) -> None:
    upstream(work, tmp_path)
    agree(work, "--base", base)
    work.commit("b", {"b": "b\n"})
    work.git("push", "--quiet", "origin", "HEAD:main")
    judged = run_gate(cwd=work.path)
    assert rules(judged) == {"worker-pushed-base"}
    assert "origin/main contains 1 commit of the branch" in judged.check("contract")["findings"][0]["message"]
    work.git("clone", "--quiet", str(tmp_path / "up.git"), str(tmp_path / "other"))
    other = Repo(tmp_path / "other")
    other.commit("theirs", {"t": "t\n"})
    other.git("push", "--quiet", "origin", "main")
    work.git("fetch", "--quiet", "origin")
    work.commit("c", {"c": "c\n"})
    assert rules(run_gate(cwd=work.path)) == {"worker-pushed-base"}, "what came later changes nothing"


def test_a_merge_elsewhere_that_was_fetched_is_no_push(work: Repo, tmp_path: Path) -> None:
    upstream(work, tmp_path)
    agree(work)
    work.commit("b", {"b": "b\n"})
    work.git("push", "--quiet", "origin", "work")
    work.git("clone", "--quiet", str(tmp_path / "up.git"), str(tmp_path / "forge"))
    forge = Repo(tmp_path / "forge")
    forge.git("merge", "--quiet", "--no-ff", "--no-edit", "origin/work")
    forge.git("push", "--quiet", "origin", "main")
    work.git("fetch", "--quiet", "origin")
    judged = run_gate(cwd=work.path)
    assert rules(judged) == {"worker-merged"}
    assert "origin/main" in judged.check("contract")["findings"][0]["message"]


def test_pushing_the_branch_itself_is_fine(work: Repo, tmp_path: Path) -> None:
    upstream(work, tmp_path)
    agree(work)
    work.commit("b", {"b": "b\n"})
    work.git("push", "--quiet", "origin", "work")
    assert run_gate(cwd=work.path).verdict == "accepted"


def test_the_commit_of_a_branch_is_bound_as_the_branch_is(work: Repo) -> None:
    agree(work, "--allow", "src/**")
    work.commit("b", {"b": "b\n"})
    assert rules(run_gate(work.head(), cwd=work.path), "paths") == {"out-of-contract"}
    work.git("switch", "--quiet", "--detach")
    assert rules(run_gate(cwd=work.path), "paths") == {"out-of-contract"}
    work.git("branch", "twin")
    assert rules(run_gate(cwd=work.path), "paths") == {"out-of-contract"}
    agree(work, branch="twin")
    gate(work).expect(USAGE, "several branches with a contract: twin, work", "gate check twin")


def test_the_whole_tree_is_under_no_contract_but_for_its_evidence(work: Repo) -> None:
    agree(work, "--allow", "src/**", "--title", "T", "--require", "x=local")
    work.commit("b", {"b": "b\n"})
    judged = run_gate("--whole", cwd=work.path)
    assert judged.verdict == "accepted"
    assert judged.outcome("contract") == "not-applicable"
    assert judged.check("x")["required"] is True


@pytest.fixture
def kept(tmp_path: Path) -> Repo:
    """As `work`, with the check that a verdict must have before it is remembered."""
    return project(tmp_path / "p", f"{POLICY}[check.worktree]\nenabled = true\n", {"x.sh": "exit 0\n"})


def replayed(repo: Repo, *words: str) -> tuple[bool, int]:
    """Was the verdict said again from memory, and with which exit status?"""
    done = spoken("check", *words, cwd=repo.path, env=plain_variables())
    return "cached: nothing has changed since run " in done.stdout, done.returncode


def test_a_verdict_is_not_said_again_once_the_contract_changed(kept: Repo) -> None:
    kept.commit("b", {"b": "b\n"})
    assert replayed(kept) == (False, 0)
    assert replayed(kept) == (True, 0)
    agree(kept, "--allow", "src/**")
    assert replayed(kept) == (False, 1), "the first contract of all makes the file"
    assert replayed(kept) == (True, 1)
    agree(kept, "--allow", "src/**")
    assert replayed(kept) == (True, 1), "the same contract changes nothing"
    agree(kept, "--allow", "*")
    assert replayed(kept) == (False, 0)
    contract("remove", "work", cwd=kept.path)
    assert replayed(kept)[0] is False


def test_a_verdict_is_not_said_again_after_a_push_to_the_base(kept: Repo, tmp_path: Path) -> None:
    upstream(kept, tmp_path)
    agree(kept, "--worktree", str(kept.path))
    kept.commit("b", {"b": "b\n"})
    assert replayed(kept) == (False, 0)
    assert replayed(kept) == (True, 0)
    kept.git("push", "--quiet", "origin", "HEAD:main")
    assert replayed(kept) == (False, 1)


def test_a_contract_that_cannot_be_read_gives_no_verdict(work: Repo, gate_home: Home) -> None:
    agree(work, "--allow", "src/**")
    work.commit("b", {"src/b": "b\n"})
    assert run_gate(cwd=work.path).verdict == "accepted"
    gate_home.contracts.write_bytes(b"")
    gate(work).expect(0)
    gate_home.contracts.write_bytes(b"\0" * 4096)
    gate(work).expect(3, "contracts file")
