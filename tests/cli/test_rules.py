"""Rules of the policy through the real command: what they say of a branch, and that not knowing blocks."""

from pathlib import Path

import pytest

from gatekeeper.process.home import Home
from tests.support.gate import project, run_gate
from tests.support.warm import spoken

CHECK = '[check.hello]\ncommand = "true"\n'


def rule(when: str, effect: str = "reject", more: str = "") -> str:
    return (
        f'{CHECK}[[rule]]\nid = "no-ui"\ntitle = "The page changed"\nwhy = "Nobody looked."\nremedy = "Look at it."\n'
        f'effect = "{effect}"\n{more}when = {when}\n'
    )


@pytest.mark.parametrize(
    ("policy", "verdict", "said"),
    [
        (rule('{ changed = ["/ui/"] }'), "rejected", "rules/no-ui"),
        (rule('{ changed = ["/docs/"] }'), "accepted", "1 checks passed"),
        (rule('{ changed = ["/ui/"] }', "warn"), "accepted", "Warnings (1)"),
        (rule('{ changed = ["/ui/"] }', "block"), "blocked", "rule no-ui: The page changed"),
        (
            rule('{ changed = ["/ui/"] }', "require-label", 'require = { hello = "direct" }\n'),
            "rejected",
            "is required",
        ),
        (rule("{ expression = \"changes.paths.exists(p, p.startsWith('ui/'))\" }"), "rejected", "rules/no-ui"),
        (rule('{ expression = "changes.files > 100" }'), "accepted", "1 checks passed"),
        (rule('{ expression = "changes.nothing > 100" }', "warn"), "blocked", "cannot be evaluated"),
        (rule('{ expression = "changes.files + 1" }', "warn"), "blocked", "not true or false"),
        (rule('{ counts = [{ check = "hello", count = "passed", below = 3 }] }'), "blocked", "is absent"),
    ],
)
def test_a_rule_decides(tmp_path: Path, gate_home: Home, policy: str, verdict: str, said: str) -> None:
    made = project(tmp_path / "p", policy, {"ui/page.ts": "1\n"})
    made.commit("change", {"ui/page.ts": "2\n"})
    judged = run_gate(cwd=made.path)
    assert judged.verdict == verdict, judged.err
    assert said in spoken("check", cwd=made.path).stdout


def test_counts_are_compared_with_the_merge_base(tmp_path: Path, gate_home: Home) -> None:
    report = "<testsuite>" + "<testcase classname='t' name='{}'/>" * 2 + "</testsuite>"
    policy = (
        '[check.tests]\ncommand = ["cp", "report.xml", "{report}"]\nreads = "junit"\n'
        '[[rule]]\nid = "fewer"\ntitle = "Tests are gone"\nwhy = "They proved something."\n'
        'when = { counts = [{ check = "tests", count = "passed", below_base = 1 }] }\n'
    )
    made = project(tmp_path / "p", policy, {"report.xml": report.format("one", "two")})
    made.commit("harmless", {"a.txt": "a\n"})
    assert run_gate(cwd=made.path).verdict == "accepted"
    made.commit("fewer", {"report.xml": "<testsuite><testcase classname='t' name='one'/></testsuite>"})
    judged = run_gate(cwd=made.path)
    assert judged.verdict == "rejected"
    assert judged.rejecting("rules") == {("fewer", None)}


def test_the_same_failure_for_the_third_time(tmp_path: Path, gate_home: Home) -> None:
    policy = (
        '[check.broken]\ncommand = "false"\n[[rule]]\nid = "stuck"\ntitle = "It is stuck"\nwhy = "Trying again."\n'
        'effect = "block"\nwhen = { repeated = 3 }\n'
    )
    made = project(tmp_path / "p", policy, {})
    for number in range(3):
        made.commit("again", {"a.txt": f"{number}\n"})
        judged = run_gate(cwd=made.path)
        run_gate("--no-cache", cwd=made.path)  # the same head again is no repetition
        assert judged.outcome("rules") == ("blocked" if number == 2 else "passed")
    assert any("the same failure for the third time" in note for note in judged.report["notes"])


def test_explain_and_show_know_the_rules_of_the_base(tmp_path: Path, gate_home: Home) -> None:
    made = project(tmp_path / "p", rule('{ changed = ["/ui/"] }'), {})
    for words, said in (
        (("explain", "no-ui"), "Nobody looked."),
        (("explain", "rules/no-ui"), "Look at it."),
        (("policy", "show"), 'when = { changed = ["/ui/"] }'),
        (("explain", "rules"), "[[rule]]"),
    ):
        done = spoken(*words, cwd=made.path)
        assert said in done.stdout, done.stderr
