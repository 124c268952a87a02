"""Bad input, end to end: the tool of a check is missing, breaks, hangs, floods, or lies in its report."""

from pathlib import Path

import pytest

from tests.support.gate_command import ACCEPTED, BLOCKED, JUNIT_CHECK, REJECTED, gate, project

pytestmark = pytest.mark.usefixtures("gate_home")

_CASE = '<testcase classname="t" name="one"/>'
_SKIPPED = '<testcase classname="t" name="one"><skipped message="later"/></testcase>'
_FAILED = '<testcase classname="t" name="one"><failure message="no"/></testcase>'


def _suite(cases: str, tests: int = 1, failures: int = 0) -> str:
    return f'<testsuite name="s" tests="{tests}" failures="{failures}" errors="0">{cases}</testsuite>'


def _writes(report: str, status: int = 0) -> str:
    return f"cat > \"$1\" <<'END'\n{report}\nEND\nexit {status}\n"


def test_tool_missing(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", policy='[check.x]\ncommand = "no-such-tool --all"\n')
    gate(repo).expect(BLOCKED, "no-such-tool was not found", "PATH of the caller")


def test_tool_that_is_not_a_program(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", policy='[check.x]\ncommand = "./probe.sh"\n')
    gate(repo).expect(BLOCKED, "x: ", "probe.sh")


def test_tool_crashing(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", "echo about to die >&2\nkill -SEGV $$\n")
    gate(repo).expect(BLOCKED, "x: ", "signal", "SIGSEGV")


def test_tool_that_ends_itself_with_127(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", "not-there\n")
    gate(repo).expect(BLOCKED, "x: ", "not-there")


def test_tool_failing_says_its_last_line(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", "echo the last word >&2\nexit 3\n")
    gate(repo).expect(REJECTED, "exited with 3", "the last word")


def test_tool_hanging(tmp_path: Path) -> None:
    policy = '[check.x]\ncommand = "sh probe.sh"\ntimeout = "1s"\n'
    repo = project(tmp_path / "p", "sleep 300 &\nexec sleep 300\n", policy)
    gate(repo).expect(BLOCKED, "did not finish in time", "1 s")


def test_tool_printing_64_mib(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", "head -c 67108864 /dev/zero | tr '\\0' 'x'\nexit 0\n")
    said = gate(repo)
    said.expect(said.status)
    assert said.status in {ACCEPTED, BLOCKED}, "the exit status was whole, the output was not"
    assert len(said.text) < 20_000
    stored = sum(file.stat().st_size for file in (tmp_path / "gate-home").rglob("*") if file.is_file())
    assert stored < 40 << 20, "the whole output was kept"


def test_tool_printing_invalid_utf8_and_escapes(tmp_path: Path) -> None:
    noise = r"\377\376 \033[2J\033]0;title\007 \302\233 \342\200\256 ::error::x\r done"
    repo = project(tmp_path / "p", f"printf '{noise}' >&2\nexit 1\n")
    gate(repo).expect(REJECTED, "exited with 1", "::error::x")
    for form in ("json", "markdown", "brief", "sarif", "junit"):
        gate(repo, "--no-cache", "--format", form).expect(REJECTED)


@pytest.mark.parametrize(
    ("report", "status", "verdict", "words"),
    [
        (_suite(_CASE), 0, ACCEPTED, ()),
        (_suite(_FAILED, 1, 1), 1, REJECTED, ("t::one",)),
        ("<testsuite><testcase", 0, BLOCKED, ("not usable XML",)),
        ("", 0, BLOCKED, ("not usable XML",)),
        ("<html/>", 0, BLOCKED, ("not JUnit", "html")),
        ('<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;&b;&b;">]><testsuite>&d;</testsuite>', 0, BLOCKED, ("XML",)),
        (_suite("", 0), 0, BLOCKED, ("zero tests were executed",)),
        (_suite(_SKIPPED), 0, BLOCKED, ("x: ", "skipped")),
        (_suite(_CASE), 1, BLOCKED, ("x: ", "1")),
        (_suite(_FAILED, 1, 1), 0, REJECTED, ("x: ", "t::one")),
        (_suite(_CASE, 5), 0, BLOCKED, ("x: ", "5")),
    ],
    ids=[
        "good", "failed", "cut-off", "empty", "not-junit", "entity-bomb", "zero-tests", "all-skipped",
        "passed-with-exit-1", "failed-with-exit-0", "says-five-has-one",
    ],
)  # fmt: skip
def test_report(tmp_path: Path, report: str, status: int, verdict: int, words: tuple[str, ...]) -> None:
    repo = project(tmp_path / "p", _writes(report, status), JUNIT_CHECK)
    gate(repo).expect(verdict, *words)


def test_report_missing(tmp_path: Path) -> None:
    gate(project(tmp_path / "p", "exit 0\n", JUNIT_CHECK)).expect(BLOCKED, "x: ", "report", "written")


def test_report_of_an_earlier_run_is_not_read(tmp_path: Path) -> None:
    """The first head writes a report, the second one does not: nothing old may pass for it."""
    repo = project(tmp_path / "p", _writes(_suite(_CASE)), JUNIT_CHECK)
    gate(repo).expect(ACCEPTED)
    repo.commit("lazy", {"probe.sh": "exit 0\n"})
    gate(repo).expect(BLOCKED, "report")


def test_report_with_an_old_date(tmp_path: Path) -> None:
    probe = f'cat > "$1" <<\'END\'\n{_suite(_CASE)}\nEND\ntouch -d 2020-01-01 "$1"\n'
    gate(project(tmp_path / "p", probe, JUNIT_CHECK)).expect(BLOCKED, "older than the run")


def test_report_that_is_committed(tmp_path: Path) -> None:
    """A report in the tree is removed before the command runs."""
    policy = '[check.x]\ncommand = "sh probe.sh"\nreads = "junit"\nreport = "report.xml"\n'
    repo = project(tmp_path / "p", "exit 0\n", policy, {"report.xml": _suite(_CASE)})
    gate(repo).expect(BLOCKED, "report")


def test_report_that_is_a_link(tmp_path: Path) -> None:
    good = tmp_path / "good.xml"
    good.write_text(_suite(_CASE))
    gate(project(tmp_path / "p", f'ln -s {good} "$1"\n', JUNIT_CHECK)).expect(BLOCKED, "report")


def test_report_oversized(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", 'truncate -s 65M "$1"\n', JUNIT_CHECK)
    gate(repo).expect(BLOCKED, "larger than 64 MiB")


def test_check_that_edits_the_tree(tmp_path: Path) -> None:
    policy = '[check.x]\ncommand = "sh probe.sh"\n[check.y]\ncommand = "grep -q p README.md"\n'
    repo = project(tmp_path / "p", "echo edited > README.md\n: > new.txt\n", policy)
    gate(repo, "--verbose").expect(REJECTED, "tree-changed", "README.md", "new.txt", "y")
    assert (repo.path / "README.md").read_text() == "# p\n", "the worker's own file was touched"
    gate(repo, "--only", "y", "--skip", "x", "--no-cache").expect(BLOCKED, "not asked for")
