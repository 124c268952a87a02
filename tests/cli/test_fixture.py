"""`gate fixture` through the real command: from failure to law, known gaps, people, and all that is refused."""

import contextlib
import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from gatekeeper.cli import main
from gatekeeper.process.home import Home
from tests.support.gate import UNSIGNED, project
from tests.support.repo import Repo
from tests.support.warm import spoken

POLICY = (
    '[check.lint]\ncommand = ["cat", "report.sarif"]\nreads = "sarif"\nbaseline = "all"\n[check.ok]\ncommand = "true"\n'
)
SHELL = '[check.unit]\ncommand = ["sh", "-c", "exit $(cat status)"]\n[check.ok]\ncommand = "true"\n'


def gate(where: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return spoken(*words, cwd=where)


def here(where: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The same without a process of its own: what is refused is refused many times."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.chdir(where), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main.run(list(words))
    return subprocess.CompletedProcess(words, status, out.getvalue(), err.getvalue())


def judge(made: Repo) -> str:
    """The id of the run."""
    said = gate(made.path, "check", "--format", "json")
    return str(json.loads(said.stdout)["run"])


def failing(tmp_path: Path, policy: str = SHELL) -> Repo:
    made = project(tmp_path / "p", policy, {"status": "0\n"})
    made.commit("fix: break it", {"status": "1\n", "ui/page.ts": "1\n"})
    return made


def add(made: Repo, *words: str, expect: str = "rejected", name: str = "a-case") -> subprocess.CompletedProcess[str]:
    run = judge(made)
    return here(made.path, "fixture", "add", run, "--expect", expect, "--why", "It was red.", "--name", name, *words)


def test_a_failure_becomes_law_in_one_command(tmp_path: Path, gate_home: Home) -> None:
    made = failing(tmp_path)
    done = add(made)
    assert (done.returncode, "law (violation)" in done.stdout) == (0, True), done.stderr
    folder = made.path / ".gate/fixtures/a-case"
    text = (folder / "observations.json").read_text()
    assert "unit" in text
    assert '"ok"' not in text  # what decides nothing is gone
    assert str(tmp_path) not in text
    assert len(text.splitlines()) < 60
    assert gate(made.path, "fixture", "run").returncode == 0
    # Without the check that fired the case does not hold any more.
    gate_file = (made.path / "gate.toml").read_text()
    made.write("gate.toml", gate_file.replace("[check.unit]", "[check.unit]\nenabled = false"))
    broken = gate(made.path, "fixture", "run")
    assert broken.returncode == 1
    assert "verdict: - rejected + blocked" in broken.stdout


def test_the_stamp_of_the_run_is_verified(tmp_path: Path, gate_home: Home) -> None:
    made = project(tmp_path / "p", SHELL, {"status": "0\n"})
    made.switch("main")
    made.commit("signed", {"gate.toml": (made.path / "gate.toml").read_text().replace(UNSIGNED, "")})
    made.switch("work")
    made.git("rebase", "--quiet", "main")
    made.commit("fix: break it", {"status": "1\n"})
    done = add(made)
    assert done.returncode == 0, done.stderr
    case = (made.path / ".gate/fixtures/a-case/case.toml").read_text()
    assert re.search(r'^stamp = "[0-9a-f]{64}"$', case, re.MULTILINE)
    made.git("update-ref", "-d", "refs/heads/gate-log")
    run = re.search(r'^run = "([0-9a-f]+)"$', case, re.MULTILINE)
    assert run is not None
    again = gate(made.path, "fixture", "add", run[1], "--expect", "rejected", "--why", "x", "--name", "other")
    assert again.returncode == 3
    assert "no stamp" in again.stderr


def test_a_gap_is_known_until_a_rule_is_written(tmp_path: Path, gate_home: Home) -> None:
    made = project(tmp_path / "p", '[check.ok]\ncommand = "true"\n', {"a.txt": "a\n"})
    made.commit("fix: page", {"ui/page.ts": "1\n"})
    known = add(made, name="known")
    assert (known.returncode, "known-gap" in known.stdout) == (0, True), known.stderr
    assert "missing: rule known" in known.stdout
    assert gate(made.path, "fixture", "run").returncode == 0
    shutil.rmtree(made.path / ".gate/fixtures/known")
    law = add(made, "--write-rule", name="no-page")
    assert (law.returncode, "law (violation)" in law.stdout) == (0, True), law.stderr
    assert 'changed = ["/ui/page.ts"]' in (made.path / "gate.toml").read_text()
    assert gate(made.path, "fixture", "run").returncode == 0
    assert "rules/no-page" in gate(made.path, "fixture", "list").stdout


def test_a_known_gap_becomes_law_by_the_command_that_it_names(tmp_path: Path, gate_home: Home) -> None:
    made = failing(tmp_path)
    assert add(made, name="red").returncode == 0  # reduced: what changed is no part of it
    made.switch("main")
    made.branch("ui")
    made.commit("fix: page", {"ui/page.ts": "1\n"})
    known = add(made, name="no-page")
    (line,) = [line for line in known.stdout.splitlines() if line.endswith(" writes it")]
    words = line.removesuffix(" writes it").split()
    assert words[:3] == ["gate", "fixture", "add"], line
    law = here(made.path, *words[1:])
    assert (law.returncode, "no-page: law (violation), rejected" in law.stdout) == (0, True), law.stderr
    done = here(made.path, "fixture", "run")
    assert (done.returncode, done.stdout) == (0, "2 of 2 fixtures hold\n")
    assert sorted(one.name for one in (made.path / ".gate/fixtures").iterdir()) == ["no-page", "red"]


def test_what_stands_in_the_way_of_a_rule_is_named(tmp_path: Path, gate_home: Home) -> None:
    made = project(tmp_path / "p", '[check.ok]\ncommand = "true"\n', {"a.txt": "a\n"})
    made.commit("fix: page", {"ui/page.ts": "1\n"})
    assert add(made, expect="accepted", name="a-page").returncode == 0
    refused = add(made, "--write-rule", name="no-page")
    said = "no declarative rule makes this case rejected and leaves a-page as it is"
    assert (refused.returncode, said in refused.stderr) == (2, True), refused.stderr
    asked = add(made, "--rule", "nobody=direct", name="direct")
    assert (asked.returncode, "--rule nobody: there is no such check" in asked.stderr) == (2, True)


def test_two_at_the_same_time_lose_no_rule(tmp_path: Path, gate_home: Home) -> None:
    made = project(tmp_path / "p", '[check.ok]\ncommand = "true"\n', {"a.txt": "a\n"})
    runs = {}
    for name in ("one", "two", "three"):
        made.switch("main")
        made.branch(name)
        made.commit(f"fix: {name}", {f"{name}/page.ts": "1\n"})
        runs[name] = judge(made)
    argv = [sys.executable, "-m", "gatekeeper", "fixture", "add", "--expect", "rejected", "--why", "x", "--write-rule"]
    started = [subprocess.Popen([*argv, run, "--name", name], cwd=made.path) for name, run in runs.items()]
    assert [one.wait(60) for one in started] == [0, 0, 0]
    text = (made.path / "gate.toml").read_text()
    assert [text.count(f'changed = ["/{name}/page.ts"]') for name in runs] == [1, 1, 1]
    assert here(made.path, "fixture", "run").stdout == "3 of 3 fixtures hold\n"


def test_a_closed_gap_fails_until_it_is_promoted(tmp_path: Path, gate_home: Home) -> None:
    made = project(tmp_path / "p", '[check.ok]\ncommand = "true"\n', {"a.txt": "a\n"})
    made.commit("fix: page", {"ui/page.ts": "1\n"})
    assert add(made).returncode == 0
    rule = '[[rule]]\nid = "x"\ntitle = "t"\nwhy = "w"\nwhen = { changed = ["/ui/"] }\n'
    made.write("gate.toml", (made.path / "gate.toml").read_text() + rule)
    closed = gate(made.path, "fixture", "run")
    assert (closed.returncode, "no known-gap any more" in closed.stdout) == (1, True)
    promoted = gate(made.path, "fixture", "promote", "a-case", "--by", "Eve <eve@x.org>")
    assert (promoted.returncode, "law" in promoted.stdout) == (0, True), promoted.stderr
    assert gate(made.path, "fixture", "run").returncode == 0


def test_a_false_alarm_becomes_a_waiver(tmp_path: Path, gate_home: Home) -> None:
    sarif = {
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "spell"}},
            "results": [{
                "ruleId": "typo", "level": "error", "message": {"text": "teh"},
                "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a.txt"}, "region": {"startLine": 1}}}],
            }],
        }],
    }  # fmt: skip
    made = project(tmp_path / "p", POLICY, {"a.txt": "a\n", "report.sarif": '{"version": "2.1.0", "runs": []}'})
    made.commit("fix: spell", {"report.sarif": json.dumps(sarif), "a.txt": "teh\n"})
    done = add(made, "--write-rule", expect="accepted", name="teh-is-a-name")
    assert done.returncode == 0, done.stderr
    text = (made.path / "gate.toml").read_text()
    assert '[[waiver]]\ncheck = "lint"\nrule = "typo"\npath = "/a.txt"' in text
    assert gate(made.path, "fixture", "run").returncode == 0
    # It never comes back: without the waiver the case does not hold any more.
    made.write("gate.toml", text[: text.index("[[waiver]]")])
    back = here(made.path, "fixture", "run")
    assert (back.returncode, "verdict: - accepted + rejected" in back.stdout) == (1, True), back.stdout


def test_what_was_accepted_keeps_what_a_rule_may_be_wrong_about(tmp_path: Path, gate_home: Home) -> None:
    made = project(tmp_path / "p", '[check.ok]\ncommand = "true"\n', {"a.txt": "a\n"})
    made.commit("fix: words", {"src/locale/de.txt": "1\n"})
    assert add(made, expect="accepted", name="words").returncode == 0
    assert len((made.path / ".gate/fixtures/words/observations.json").read_text().splitlines()) < 80
    rule = '[[rule]]\nid = "x"\ntitle = "t"\nwhy = "w"\nwhen = { changed = ["*locale*"] }\n'
    made.write("gate.toml", (made.path / "gate.toml").read_text() + rule)
    wide = here(made.path, "fixture", "run")
    assert (wide.returncode, "fires: + rules/x" in wide.stdout) == (1, True), wide.stdout


def test_evidence_that_must_be_there(tmp_path: Path, gate_home: Home) -> None:
    made = project(tmp_path / "p", '[check.ok]\ncommand = "true"\n', {"a.txt": "a\n"})
    made.commit("fix: page", {"ui/page.ts": "1\n"})
    done = add(made, "--write-rule", "--rule", "ok=direct", name="seen")
    assert done.returncode == 0, done.stderr
    assert 'require = { ok = "direct" }' in (made.path / "gate.toml").read_text()


def test_maker_and_checker(tmp_path: Path, gate_home: Home) -> None:
    made = failing(tmp_path, SHELL + "[fixtures]\nchecked = true\n")
    made.config("user.name", "Maker")
    made.config("user.email", "maker@x.org")
    assert add(made).returncode == 0
    assert "nobody approved it" in gate(made.path, "fixture", "run").stdout
    for by in ("Maker <maker@x.org>", "A Worker <worker@example.org>"):
        refused = here(made.path, "fixture", "promote", "a-case", "--by", by)
        assert (refused.returncode, "approved it" in refused.stderr) == (2, True)
    assert gate(made.path, "fixture", "promote", "a-case", "--by", "Eve <eve@x.org>").returncode == 0
    assert gate(made.path, "fixture", "run").returncode == 0


def test_what_came_back_is_suggested(tmp_path: Path, gate_home: Home) -> None:
    made = failing(tmp_path)
    judge(made)
    assert "no failure came back" in here(made.path, "fixture", "suggest").stdout
    made.commit("fix: again", {"b.txt": "b\n"})
    run = judge(made)
    said = gate(made.path, "fixture", "suggest")
    assert "2 times  unit/" in said.stdout
    assert run in said.stdout
    add(made)
    assert "no failure came back" in here(made.path, "fixture", "suggest").stdout


def edited(made: Repo, name: str, old: str, new: str) -> None:
    file = made.path / ".gate/fixtures/a-case" / name
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


UNBELIEVABLE = (
    ("case.toml", 'kind = "violation"', 'kind = "violation"\nextra = 1', "unknown field 'extra'"),
    ("case.toml", 'kind = "violation"', 'kind = "maybe"', "kind"),
    ("case.toml", 'verdict = "rejected"', "", "no expectation"),
    ("case.toml", 'schema = "gatekeeper/fixture/1"', 'schema = "gatekeeper/fixture/2"', "is not known"),
    ("case.toml", 'id = "a-case"', 'id = "b-case"', "in the folder"),
    ("case.toml", "[expect.checks]", "[expect.checks", "not TOML"),
    ("observations.json", '"unit"', '"tests"', "the digest differs"),
    ("observations.json", "observations/1", "observations/2", "the digest differs"),
)


def test_a_failure_with_an_end_to_end_tier_is_judged_by_the_policy_of_the_project(
    tmp_path: Path, gate_home: Home
) -> None:
    made = failing(tmp_path)
    base = tmp_path / "base"
    base.mkdir()
    assert "there are no files in" in add(made, "--base", str(base)).stderr
    (base / "status").write_text("0\n")
    (base / "deep").mkdir()
    (base / "deep/a.txt").write_text("a\n")
    done = add(made, "--base", str(base))
    assert done.returncode == 0, done.stderr
    played = here(made.path, "fixture", "run", "--tier", "all")
    assert (played.returncode, played.stdout) == (0, "2 of 2 fixtures hold\n")
    made.write("gate.toml", (made.path / "gate.toml").read_text().replace("exit $(cat status)", "exit 0"))
    noticed = here(made.path, "fixture", "run", "--tier", "end-to-end")
    assert (noticed.returncode, "end-to-end: verdict: - rejected + accepted" in noticed.stdout) == (1, True)


def test_a_fixture_that_cannot_be_believed(tmp_path: Path, gate_home: Home) -> None:
    made = failing(tmp_path)
    add(made)
    for name, old, new, said in UNBELIEVABLE:
        file = made.path / ".gate/fixtures/a-case" / name
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new, 1))
        done = here(made.path, "fixture", "run")
        assert (done.returncode, said in done.stderr) == (2, True), done.stderr
        file.write_text(text)


def test_refusals(tmp_path: Path, gate_home: Home) -> None:
    made = failing(tmp_path)
    assert here(made.path, "fixture", "run").returncode == 2  # no folder
    (made.path / ".gate/fixtures").mkdir(parents=True)
    assert "empty suite" in here(made.path, "fixture", "run").stderr
    run = judge(made)
    for words, said in (
        (("add", run), "--expect"),
        (("add", run, "--expect", "rejected"), "--why"),
        (("add", run, "--expect", "rejected", "--why", "x", "--name", "../x"), "cannot be the name"),
        (("add", run, "--expect", "rejected", "--why", "x", "--check", "spell"), "has no check"),
        (("add", run, "--expect", "rejected", "--why", "x", "--rule", "unit"), "is not ID=LABEL"),
        (("add", "zz", "--expect", "rejected", "--why", "x"), "is not a run id"),
        (("add", run, "--expect", "rejected", "--why", "x", "--patch", "a.diff"), "--patch without --base"),
        (("promote", "../../x"), "is not the name of a fixture"),
    ):
        done = here(made.path, "fixture", *words)
        assert (done.returncode, said in done.stderr) == (2, True), (words, done.stderr)
    assert add(made).returncode == 0
    assert "there is a fixture" in add(made).stderr
    assert "is law already: a-case" in add(made, name="twin").stderr
    (made.path / ".gate/fixtures/link").symlink_to(made.path / ".gate/fixtures/a-case")
    assert "is not a folder with a fixture" in here(made.path, "fixture", "run").stderr


def test_a_link_that_leads_out_of_a_fixture(tmp_path: Path, gate_home: Home) -> None:
    made = failing(tmp_path)
    add(made)
    (made.path / ".gate/fixtures/a-case/base").symlink_to(tmp_path)
    assert "is a link" in gate(made.path, "fixture", "run").stderr


def test_the_same_content_under_two_names(tmp_path: Path, gate_home: Home) -> None:
    made = failing(tmp_path)
    add(made)
    folder = made.path / ".gate/fixtures"
    shutil.copytree(folder / "a-case", folder / "b-case")
    text = (folder / "b-case/case.toml").read_text()
    (folder / "b-case/case.toml").write_text(text.replace('id = "a-case"', 'id = "b-case"'))
    assert "have the same content" in gate(made.path, "fixture", "run").stderr
