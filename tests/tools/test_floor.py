"""The executed-work floor, tool by tool: silence, contradiction and garbage never pass."""

import json

import pytest

from gatekeeper.model.vocabulary import CheckId, Severity
from gatekeeper.tools.contract import Reading, ToolOutput, ToolRequest
from gatekeeper.tools.junit import MAX_REPORT_BYTES
from gatekeeper.tools.registry import READERS, TOOLS

CHECK = CheckId("any")


def read(
    tool: str, stdout: str | bytes = b"", *, status: int = 0, stderr: bytes = b"", report: str | None = None
) -> Reading:
    data = stdout.encode() if isinstance(stdout, str) else stdout
    output = ToolOutput(data, stderr, status, None if report is None else report.encode(), "/slot")
    return TOOLS[tool].read(CHECK, output)


def junit(*cases: str, **attributes: str) -> str:
    said = " ".join(f'{key}="{value}"' for key, value in attributes.items())
    return f"<testsuites><testsuite name='s' {said}>{''.join(cases)}</testsuite></testsuites>"


PASSED = '<testcase classname="a.B" name="ok"/>'
FAILED = '<testcase classname="a.B" name="no"><failure message="1 != 2">x/y.py:7: Error</failure></testcase>'
SKIPPED = '<testcase classname="a" name="s"><skipped/></testcase>'
XFAILED = '<testcase classname="a" name="x"><skipped type="pytest.xfail"/></testcase>'


def test_a_clean_run_has_no_problem() -> None:
    assert read("ruff", "[]") == Reading(counts={"findings": 0})
    assert read("ruff-format", "3 files already formatted\n").problem == ""
    assert read("mypy", "").problem == ""
    assert read("tsc", "Files:   3\n").problem == ""
    assert read("eslint", '[{"filePath": "/slot/a.js", "messages": []}]').problem == ""
    assert read("junit", report=junit(PASSED)).problem == ""
    assert read("sarif", '{"version": "2.1.0", "runs": [{"results": []}]}').problem == ""
    assert read("exit-status", "fine") == Reading()
    assert read("build", "Successfully built a-1.tar.gz and a-1-py3-none-any.whl\n").counts == {"artefacts": 2}


@pytest.mark.parametrize(
    ("tool", "stdout", "stderr"),
    [
        ("ruff", "[]", b"warning: No Python files found under the given path(s)\n"),
        ("ruff", "", b""),
        ("ruff", "{}", b""),
        ("ruff-format", "", b""),
        ("ruff-format", "", b"warning: No Python files found under the given path(s)\n"),
        ("mypy", "Segmentation fault", b""),
        ("radon", "{}", b""),
        ("radon", '{"a.py": {"error": "invalid syntax (<unknown>, line 3)"}}', b""),
        ("tsc", "Files:    0\n", b""),
        ("eslint", "[]", b""),
        ("eslint", '[{"filePath": "/slot/a.js", "messages": [{"severity": 1, "message": "File ignored by"}]}]', b""),
        ("sarif", '{"version": "2.1.0", "runs": []}', b""),
        ("sarif", '{"version": "2.1.0", "runs": [{}]}', b""),
        ("sarif", '{"version": "2.0.0", "runs": [{"results": []}]}', b""),
        ("junit", junit(PASSED), b""),
        ("build", "", b""),
    ],
)
def test_exit_0_without_proof_of_work_is_a_problem(tool: str, stdout: str, stderr: bytes) -> None:
    assert read(tool, stdout, stderr=stderr).problem


@pytest.mark.parametrize(
    ("tool", "stdout"),
    [("ruff", "[]"), ("mypy", ""), ("tsc", "Files: 3\n"), ("eslint", '[{"filePath": "a", "messages": []}]')],
)
def test_exit_1_without_an_error_is_a_problem(tool: str, stdout: str) -> None:
    assert "no error" in read(tool, stdout, status=1).problem


def test_mypy_that_stopped_early_keeps_its_finding_and_its_problem() -> None:
    line = json.dumps({"file": "a.py", "line": -1, "column": -1, "message": "Duplicate module", "severity": "error"})
    reading = read("mypy", line, status=2)
    assert "stopped" in reading.problem
    assert (reading.findings[0].line, reading.findings[0].column, reading.findings[0].rule) == (None, None, "mypy")


def test_old_mypy_is_named() -> None:
    assert (
        "older than 1.11" in read("mypy", status=2, stderr=b"mypy: error: unrecognized arguments: --output\n").problem
    )


def test_ruff_format_reads_older_versions_and_syntax_errors() -> None:
    old = read("ruff-format", "Would reformat: a b.py\n1 file would be reformatted\n", status=1)
    assert [(f.path, f.rule) for f in old.findings] == [("a b.py", "format")]
    said = b"error: Failed to parse bad.py:2:5: Expected an expression\n"
    broken = read("ruff-format", "1 file already formatted\n", status=2, stderr=said)
    assert [(f.path, f.line, f.rule) for f in broken.findings] == [("bad.py", 2, "invalid-syntax")]
    assert broken.problem


def test_code_of_the_branch_cannot_forge_a_finding_in_a_diff() -> None:
    diff = "1 + unformatted: File would be reformatted\n2 +  --> other.py:1:1\n3 files already formatted\n"
    assert read("ruff-format", diff).findings == ()


def test_tsc_that_could_not_check_is_a_problem_beside_its_finding() -> None:
    reading = read("tsc", "error TS5023: Unknown compiler option '--x'.\n", status=1)
    assert "could not check" in reading.problem
    assert reading.findings[0].path is None


def test_eslint_max_warnings_turns_warnings_into_errors() -> None:
    entry = {"filePath": "/slot/a.js", "messages": [{"ruleId": "eqeqeq", "severity": 1, "message": "m", "line": 1}]}
    assert read("eslint", json.dumps([entry])).findings[0].severity is Severity.WARNING
    reading = read("eslint", json.dumps([entry]), status=1)
    assert reading.findings[0].severity is Severity.ERROR
    assert reading.problem == ""


def test_radon_reads_its_report_file_and_shows_unparsed_files() -> None:
    data = {"a.py": {"error": "bad (<unknown>, line 3)"}, "b.py": [{"type": "function", "name": "f", "complexity": 12}]}
    reading = read("radon", "ignored", report=json.dumps(data))
    assert [(f.rule, f.line, f.measure) for f in reading.findings] == [
        ("invalid-syntax", 3, None),
        ("complexity", None, 12.0),
    ]
    assert reading.problem == ""


@pytest.mark.parametrize(
    ("report", "word"),
    [
        (None, "no test report"),
        ("", "not usable XML"),
        ("<testsuites><testsuite>", "not usable XML"),
        ("<html/>", "not JUnit"),
        (junit(), "zero tests"),
        (junit(SKIPPED, XFAILED), "no test was really executed"),
        (junit(PASSED, tests="3"), "announces 3"),
        (junit(PASSED, tests="1", failures="1"), "lists none"),
        (junit(PASSED, tests="1", errors="2"), "lists none"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><testsuite/>', "not usable XML"),
        ('<?xml version="1.0" encoding="nonsense"?><testsuite/>', "not usable XML"),
    ],
)
def test_unusable_test_reports(report: str | None, word: str) -> None:
    for tool in ("junit", "pytest"):
        assert word in read(tool, report=report).problem


def test_an_entity_bomb_is_refused_at_once() -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<!DOCTYPE t [<!ENTITY e0 "ha">{entities}]><testsuite name="&e11;"/>'
    assert "not usable XML" in read("junit", report=bomb).problem


def test_an_oversized_report_is_not_parsed() -> None:
    assert "larger than 64 MiB" in read("junit", report=" " * (MAX_REPORT_BYTES + 1)).problem


def test_a_deep_report_does_not_end_the_gate() -> None:
    deep = "<testsuite>" * 50_000 + PASSED + "</testsuite>" * 50_000
    assert read("junit", report=deep).counts["passed"] == 1
    assert read("sarif", "[" * 100_000).problem


@pytest.mark.parametrize("tool", ["junit", "pytest"])
def test_report_and_exit_status_contradict(tool: str) -> None:
    assert "reported no error" in read(tool, status=1, report=junit(PASSED)).problem
    failed = read(tool, status=0, report=junit(PASSED, FAILED))
    assert "exited with 0" in failed.problem
    assert [(f.symbol, f.path, f.line) for f in failed.findings] == [("a.B::no", "x/y.py", 7)]


@pytest.mark.parametrize(
    ("status", "word"), [(2, "interrupted"), (3, "internal"), (4, "could not be used"), (6, "warn")]
)
def test_pytest_exit_statuses(status: int, word: str) -> None:
    assert word in read("pytest", status=status).problem
    assert word in read("pytest", status=status, report=junit(PASSED, FAILED)).problem


def test_retried_tests_are_flaky_not_silently_passed() -> None:
    case = '<testcase classname="a" name="f"><flakyFailure message="m"/></testcase>'
    reading = read("junit", report=junit(case))
    assert (reading.counts["flaky"], reading.problem) == (1, "")
    assert (reading.findings[0].rule, reading.findings[0].severity) == ("test-flaky", Severity.WARNING)
    rerun = read("pytest", "=== 3 passed, 2 rerun in 0.1s ===\n", report=junit(PASSED))
    assert rerun.counts["flaky"] == 2
    assert rerun.notes


def test_exit_status_prefers_a_line_that_speaks_of_a_failure() -> None:
    errors = b"FAILED (failures=1, skipped=254)\nDestroying the test database\n"
    (finding,) = read("exit-status", "ok", status=1, stderr=errors).findings
    assert finding.message == "the command exited with 1: FAILED (failures=1, skipped=254)"


def test_exit_status_says_the_last_line() -> None:
    reading = read("exit-status", "a\n\x1b[31mlast\x1b[0m\n\n", status=3)
    assert [finding.message for finding in reading.findings] == ["the command exited with 3: last"]
    assert read("exit-status", status=127).problem
    assert read("exit-status", status=127).findings == ()


def test_a_build_without_network_is_not_a_failed_build() -> None:
    stderr = b"ERROR: Could not find a version that satisfies the requirement hatchling\n"
    assert "could not be tried" in read("build", status=1, stderr=stderr).problem
    failed = read("build", status=1, stderr=b"ERROR Backend subprocess exited when trying to invoke build_wheel\n")
    assert (failed.problem, failed.findings[0].rule) == ("", "build-failed")


REQUEST = ToolRequest(("tool",), "/slot", "/scratch/report", "/scratch/cache", ("some/target",), ("--extra",))


@pytest.mark.parametrize("name", TOOLS)
def test_argv_starts_with_the_tool_and_ends_with_extra_and_targets(name: str) -> None:
    argv = TOOLS[name].argv(REQUEST)
    assert argv[0] == "tool"
    assert argv[-2:] == ("--extra", "some/target")


def test_argv_holds_against_the_configuration_of_the_branch() -> None:
    assert {"--no-fix", "--no-fix-only", "--no-respect-gitignore"} <= set(TOOLS["ruff"].argv(REQUEST))
    assert "--maxfail=0" in TOOLS["pytest"].argv(REQUEST)
    radon = TOOLS["radon"].argv(REQUEST)
    assert radon[radon.index("--output-file") + 1] == REQUEST.report
    assert radon[radon.index("--exclude") + 1] == ""


def test_every_documented_reader_is_there() -> None:
    names = {"exit-status", "junit", "sarif", "ruff", "ruff-format", "mypy", "eslint", "tsc", "radon"}
    assert set(READERS) == names
    assert all(tool.name == name for name, tool in TOOLS.items())


def test_cases_directly_under_the_root_are_read() -> None:
    suite = '<testsuite name="s" tests="1"><testcase name="b"/></testsuite>'
    report = f'<testsuites><testcase name="a" classname="test"/>{suite}</testsuites>'
    assert read("junit", report=report).counts["passed"] == 2


def test_the_place_in_a_group_of_exceptions_is_a_path_of_the_tree() -> None:
    group = '<testcase name="g"><failure message="two">  |     /slot/x/y.py:7: in f</failure></testcase>'
    (finding,) = read("junit", report=junit(group), status=1).findings
    assert (finding.path, finding.line) == ("x/y.py", 7)


def test_a_column_of_zero_is_no_column() -> None:
    (finding,) = read("ruff-format", "unformatted: not formatted\n --> a.py:1:0\n", status=1).findings
    assert (finding.line, finding.column) == (1, None)
