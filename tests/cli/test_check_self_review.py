"""`self-review` end to end: from trailers or files, bound to the head's tree, held against what the gate ran."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support import shop
from tests.support.gate import Judged, project, run_gate
from tests.support.repo import Repo

pytestmark = pytest.mark.usefixtures("gate_home")
POLICY = """
[check.self-review]
[check.tests]
command = "sh probe.sh {report}"
reads = "junit"
[check.broken]
command = "no-such-tool"
required = false
"""
PROBE = """cat > "$1" <<X
<testsuite name="t" tests="3">
<testcase classname="t" name="a"/><testcase classname="t" name="b"/>
<testcase classname="t" name="c"><skipped/></testcase>
</testsuite>
X
"""
FAILS = """cat > "$1" <<X
<testsuite name="t" tests="2" failures="1">
<testcase classname="t" name="a"/><testcase classname="t" name="b"><failure message="boom"/></testcase>
</testsuite>
X
exit 1
"""
GOOD = "Gate-Claim: tests=local; sh probe.sh; 2 passed, 1 skipped"


def work(
    tmp_path: Path, message: str = "", policy: str = POLICY, files: Mapping[str, str | bytes | None] | None = None
) -> Repo:
    """A branch with one commit whose message ends in `message`."""
    # No file of a language that is known: no environment is built.
    base = {"probe.sh": PROBE, "tests/a_spec.rb": "it 'adds' do\n", "Jenkinsfile": "stage 'lint'\n", "a.txt": "a\n"}
    repo = project(tmp_path / "p", policy, base)
    repo.commit(f"mine\n\n{message}\n", files or {"b.txt": "b\n"})
    return repo


def severities(judged: Judged) -> dict[str, str]:
    """Rule → severity of the findings on self-review."""
    return {one["rule"]: one["severity"] for one in judged.check("self-review")["findings"]}


def review_file(tree: str, body: str = '[[claim]]\nsubject = "tests"\nlabel = "local"\n') -> str:
    return f'tree = "{tree}"\n{body}'


def test_an_honest_trailer_on_the_head_passes(tmp_path: Path) -> None:
    judged = run_gate(cwd=work(tmp_path, GOOD).path)
    assert (judged.outcome("self-review"), judged.status, severities(judged)) == ("passed", 0, {})
    assert [claim["subject"] for claim in judged.report["claims"]] == ["tests"]


def test_none_is_rejected_where_it_is_required(tmp_path: Path) -> None:
    repo = work(tmp_path, GOOD)
    repo.commit("one more", {"c.txt": "c\n"})
    judged = run_gate(cwd=repo.path)
    assert judged.rejecting("self-review") == {("self-review-missing", None)}
    assert judged.status == 1


def test_none_is_not_applicable_where_it_is_not_required(tmp_path: Path) -> None:
    policy = POLICY.replace("[check.self-review]", "[check.self-review]\nrequired = false")
    judged = run_gate(cwd=work(tmp_path, policy=policy).path)
    assert (judged.outcome("self-review"), judged.status) == ("not-applicable", 0)


def test_a_binding_to_another_tree_is_stale(tmp_path: Path) -> None:
    repo = work(tmp_path)
    repo.git("commit", "--quiet", "--amend", "-m", f"mine\n\n{GOOD}\nGate-Tree: {repo.tree('main')}\n")
    judged = run_gate(cwd=repo.path)
    assert judged.rejecting("self-review") == {("stale", None)}
    assert repo.tree() in judged.out
    repo.git("commit", "--quiet", "--amend", "-m", f"mine\n\n{GOOD}\nGate-Tree: {repo.tree()}\n")
    assert run_gate(cwd=repo.path).outcome("self-review") == "passed"


def test_a_file_of_the_branch_is_bound_to_the_tree_without_it(tmp_path: Path) -> None:
    repo = work(tmp_path)
    repo.commit("review", {".gate/self-review/work.toml": review_file(repo.tree())})
    assert run_gate(cwd=repo.path).outcome("self-review") == "passed"
    repo.commit("more", {"c.txt": "c\n"})
    assert run_gate(cwd=repo.path).rejecting("self-review") == {("stale", None)}


@pytest.mark.parametrize(
    ("claims", "rule", "severity"),
    [
        ("Gate-Claim: tests=direct", "overclaim", "error"),
        ("Gate-Claim: tests=local; sh probe.sh; 3 passed", "count-mismatch", "error"),
        ("Gate-Claim: broken=local", "unsupported", "warning"),
        ("Gate-Claim: tests=local; make test", "command-mismatch", "warning"),
        ("Gate-Claim: vibes=local; good", "claim-unknown", "warning"),
        ("Gate-Claim: broken=blocked", "blocked-without-reason", "warning"),
        (f"{GOOD}\nGate-Not-Done: load test", "blocked-without-reason", "warning"),
        (f"{GOOD}\nGate-Not-Done: load test — no staging", "disclosed", "note"),
        (f"{GOOD}\n{GOOD}", "claim-repeated", "note"),
        ("Gate-Tree: {tree}", "empty-review", "warning"),
        ("Gate-Claim: all is well", "self-review-malformed", "error"),
        ("Gate-Claim: tests=local\nGate-Claim: tests=proxy", "self-review-malformed", "error"),
        ("Gate-Claim: tests=local\x1b]0;title\x07", "self-review-malformed", "error"),
        ("Gate-Claim: tests=local; " + "x" * 70_000, "self-review-malformed", "error"),
        ("Gate-Claim: tests=local\n" + "  more\n" * 200_000, "self-review-malformed", "error"),
    ],
)
def test_every_rule_of_a_claim(tmp_path: Path, claims: str, rule: str, severity: str) -> None:
    repo = work(tmp_path)
    message = f"mine\n\n{claims.replace('{tree}', repo.tree())}\n"
    repo.git("commit", "--quiet", "--amend", "-F", "-", stdin=message.encode())
    judged = run_gate(cwd=repo.path)
    assert severities(judged)[rule] == severity
    assert judged.status == (1 if severity == "error" else 0)
    assert "\x1b" not in judged.out


def test_a_newline_that_only_python_knows_makes_no_second_trailer(tmp_path: Path) -> None:
    repo = work(tmp_path)
    repo.git("commit", "--quiet", "--amend", "-F", "-", stdin=f"mine\n\n{GOOD}\x0bGate-Not-Done: x — y\n".encode())
    judged = run_gate(cwd=repo.path)
    assert judged.rejecting("self-review") == {("self-review-malformed", None)}
    assert "disclosed" not in severities(judged)


def test_a_claim_that_a_failed_check_passed_is_an_overclaim(tmp_path: Path) -> None:
    judged = run_gate(cwd=work(tmp_path, "Gate-Claim: tests=local", files={"probe.sh": FAILS}).path)
    assert judged.rejecting("self-review") == {("overclaim", None)}
    told = "Gate-Claim: tests=local; sh probe.sh; 1 passed, 1 failed"
    judged = run_gate(cwd=work(tmp_path / "told", told, files={"probe.sh": FAILS}).path)
    assert (judged.outcome("self-review"), judged.outcome("tests"), judged.status) == ("passed", "failed", 1)


@pytest.mark.parametrize(("at_base", "rejects"), [(PROBE, True), (FAILS, False)])
def test_a_known_failure_fails_at_the_base(tmp_path: Path, at_base: str, rejects: bool) -> None:
    repo = project(tmp_path / "p", POLICY, {"probe.sh": at_base})
    repo.commit("mine\n\nGate-Known-Failure: b — since monday\n", {"probe.sh": FAILS, "b.txt": "b\n"})
    judged = run_gate(cwd=repo.path)
    assert judged.rejecting("self-review") == ({("false-known-failure", None)} if rejects else set())
    assert "disclosed" in severities(judged)
    assert judged.outcome("tests") == "failed", "disclosing makes nothing pass"


def test_removed_tests_and_changed_rules_are_to_be_disclosed(tmp_path: Path) -> None:
    changed = {"tests/a_spec.rb": None, "Jenkinsfile": "stage 'nothing'\n"}
    judged = run_gate(cwd=work(tmp_path, GOOD, files=changed).path)
    assert judged.found("self-review") == {
        ("undisclosed-change", "tests/a_spec.rb"),
        ("undisclosed-change", "Jenkinsfile"),
    }
    told = f"{GOOD}\nGate-Test-Removed: tests/a_spec.rb\nGate-Change: lint — generated code\n"
    judged = run_gate(cwd=work(tmp_path / "told", told, files=changed).path)
    assert set(severities(judged)) == {"disclosed"}


def test_prose_is_listed_with_its_line_and_decides_nothing(tmp_path: Path) -> None:
    message = f"All tests pass.\n\nVerified in production.\nNot verified in staging.\n\n{GOOD}"
    judged = run_gate(cwd=work(tmp_path, message).path)
    found = [one["message"] for one in judged.check("self-review")["findings"]]
    assert len(found) == 1, found
    assert "line 5" in found[0]
    assert "Verified in production" in found[0]
    assert judged.status == 0


def test_prose_is_listed_without_a_review(tmp_path: Path) -> None:
    policy = POLICY.replace("[check.self-review]", "[check.self-review]\nrequired = false")
    judged = run_gate(cwd=work(tmp_path, "All tests pass.", policy).path)
    assert (judged.outcome("self-review"), severities(judged)) == ("not-applicable", {"unverified-prose": "warning"})
    assert judged.status == 0


def test_the_policy_says_what_rejects(tmp_path: Path) -> None:
    settings = '[check.self-review]\nrejects = ["claim-unknown"]\nwarns = ["overclaim"]'
    policy = POLICY.replace("[check.self-review]", settings)
    claims = "Gate-Claim: tests=direct\nGate-Claim: vibes=local\nGate-Claim: broken=local"
    judged = run_gate(cwd=work(tmp_path, claims, policy).path)
    assert severities(judged) == {"claim-unknown": "error", "overclaim": "warning", "unsupported": "note"}


def test_cached_observations_are_held_against_like_new_ones(tmp_path: Path) -> None:
    repo = work(tmp_path, GOOD)
    assert run_gate(cwd=repo.path).status == 0
    repo.git("commit", "--quiet", "--amend", "-m", "mine\n\nGate-Claim: tests=local; sh probe.sh; 9 passed\n")
    judged = run_gate(cwd=repo.path)
    assert judged.check("tests")["observation"]["cache"], "the tree is the same"
    assert judged.rejecting("self-review") == {("count-mismatch", None)}


def test_a_self_review_of_ten_megabytes_is_not_read(tmp_path: Path) -> None:
    repo = work(tmp_path)
    repo.commit("review", {".gate/self-review/work.toml": "#" * 10_000_000})
    judged = run_gate(cwd=repo.path)
    assert {rule for rule, _ in judged.rejecting("self-review")} == {"self-review-malformed", "stale"}
    assert "10000000 bytes" in judged.out


def test_a_file_from_outside_the_branch_is_another_carrier(tmp_path: Path) -> None:
    repo = work(tmp_path, GOOD)
    given = tmp_path / "given.toml"
    given.write_text(f'commit = "{repo.head()}"\nnot_done = ["load test — no staging"]\n')
    judged = run_gate("--self-review", str(given), cwd=repo.path)
    assert (judged.outcome("self-review"), set(severities(judged))) == ("passed", {"disclosed"})
    given.write_text(review_file(repo.tree(), '[[claim]]\nsubject = "tests"\nlabel = "proxy"\n'))
    judged = run_gate("--self-review", str(given), cwd=repo.path)
    assert set(severities(judged)) == {"self-review-malformed", "overclaim"}, "carriers contradict each other"
    given.write_text(f'commit = "{repo.head("main")}"\nnot_done = ["x — y"]\n')
    assert {rule for rule, _ in run_gate("--self-review", str(given), cwd=repo.path).rejecting("self-review")} == {
        "stale"
    }
    assert run_gate("--self-review", str(tmp_path / "none.toml"), cwd=repo.path).status == 2


def test_a_file_from_outside_serves_where_one_is_required_and_is_read_again_each_time(tmp_path: Path) -> None:
    repo = work(tmp_path)
    given = tmp_path / "given.toml"
    given.write_text(review_file(repo.tree()))
    argv = [sys.executable, "-m", "gatekeeper", "check", "--self-review", str(given)]
    said = [subprocess.run(argv, cwd=repo.path, env=os.environ, capture_output=True, check=False)]
    given.write_text(review_file(repo.tree(), '[[claim]]\nsubject = "tests"\nlabel = "direct"\n'))
    said.append(subprocess.run(argv, cwd=repo.path, env=os.environ, capture_output=True, check=False))
    assert [one.returncode for one in said] == [0, 1], said


def test_claims_about_a_target_are_held_against_what_was_seen_there(tmp_path: Path) -> None:
    digest = hashlib.sha256(b'{"price": 3}').hexdigest()
    repo = shop.work(tmp_path, shop.STARTED + "[check.self-review]\n")
    honest = f"Gate-Claim: shop=direct; python probes/price.py; sha256:{digest}"
    repo.git("commit", "--quiet", "--amend", "-m", f"Verified end to end.\n\nVerified in production.\n\n{honest}")
    judged = shop.judged(repo)
    assert (judged.outcome("self-review"), judged.status) == ("passed", 0)
    assert [one["symbol"] for one in judged.check("self-review")["findings"]] == ["Verified in production."]
    stand_in = shop.STARTED + 'stand_in = true\nrequires = "proxy"\n[check.self-review]\n'
    repo = shop.work(tmp_path / "stand-in", stand_in)
    repo.git("commit", "--quiet", "--amend", "-m", f"Verified end to end.\n\n{honest}")
    judged = shop.judged(repo)
    assert judged.check("shop")["label"] == "proxy"
    assert judged.rejecting("self-review") == {("overclaim", None)}
    assert severities(judged)["unverified-prose"] == "warning"


def test_claims_are_not_held_where_the_check_was_not_asked_for(tmp_path: Path) -> None:
    repo = work(tmp_path, "Gate-Claim: tests=direct")
    assert run_gate("--skip", "self-review", cwd=repo.path).outcome("self-review") == "blocked"
    assert run_gate("--whole", cwd=repo.path).outcome("self-review") == "not-applicable"
