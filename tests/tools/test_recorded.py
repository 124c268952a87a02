"""Every reader on the recorded output of the real tool."""

from pathlib import Path

import pytest

from gatekeeper.model.vocabulary import CheckId, Severity
from gatekeeper.tools.contract import Reading, ToolOutput
from gatekeeper.tools.registry import TOOLS

RECORDED = Path(__file__).parent / "recorded"
CHECK = CheckId("any")


def read(tool: str, name: str, *, status: int, report: bool = False, stderr: bytes = b"") -> Reading:
    data = (RECORDED / name).read_bytes()
    output = ToolOutput(
        stdout=b"" if report else data, stderr=stderr, exit=status, report=data if report else None, root="/slot"
    )
    return TOOLS[tool].read(CHECK, output)


def places(reading: Reading) -> list[tuple[str, str | None, int | None, int | None]]:
    return [(finding.rule, finding.path, finding.line, finding.column) for finding in reading.findings]


def test_ruff() -> None:
    reading = read("ruff", "ruff_check.json", status=1)
    assert reading.problem == ""
    assert places(reading)[:2] == [("I001", "src/pkg/__init__.py", 1, 1), ("F401", "src/pkg/__init__.py", 1, 8)]
    assert reading.counts == {"findings": 7}
    assert all(finding.severity is Severity.ERROR and finding.check == CHECK for finding in reading.findings)


def test_ruff_format_names_each_file_once() -> None:
    reading = read("ruff-format", "ruff_format.txt", status=1)
    assert reading.problem == ""
    assert [finding.path for finding in reading.findings] == ["src/pkg/__init__.py", "src/pkg/b.py", "tests/test_a.py"]
    assert reading.counts["unformatted"] == 3


def test_mypy_columns_start_at_one_and_notes_do_not_reject() -> None:
    reading = read("mypy", "mypy.jsonl", status=1)
    assert reading.problem == ""
    assert ("assignment", "src/pkg/b.py", 1, 10) in places(reading)
    assert [f.message for f in reading.findings if f.severity is Severity.NOTE] == ['Revealed type is "int"']


def test_radon_finds_methods_closures_and_classes_inside_classes_once() -> None:
    reading = read("radon", "radon_cc.json", status=0)
    assert reading.problem == ""
    symbols = sorted(finding.symbol for finding in reading.findings)
    assert symbols == ["A.B.m", "A.p", "A.p", "A.p.c1", "A.p.c1.c2", "CC.mm", "cond", "g", "g.c"]
    assert all(finding.severity is Severity.NOTE and finding.measure == 1.0 for finding in reading.findings)
    assert reading.counts == {"files": 1, "functions": 9}


def test_radon_maintainability() -> None:
    reading = read("radon-mi", "radon_mi.json", status=0)
    assert [(f.path, f.measure) for f in reading.findings] == [("src/pkg/__init__.py", 66.0), ("src/pkg/b.py", 100.0)]


def test_pytest_counts_and_ids() -> None:
    reading = read("pytest", "pytest.xml", status=1, report=True)
    assert reading.problem == ""
    assert reading.counts == {
        "collected": 10,
        "executed": 9,
        "passed": 4,
        "failed": 2,
        "errors": 2,
        "skipped": 1,
        "xfailed": 1,
        "flaky": 0,
    }
    assert [(f.symbol, f.path, f.line) for f in reading.findings] == [
        ("tests/test_a.py::test_bad", "tests/test_a.py", 4),
        ("tests/test_a.py::test_td", "tests/test_a.py", 17),
        ("tests/test_a.py::test_both", "tests/test_a.py", 19),
        ("tests/test_a.py::test_setup", "tests/test_a.py", 21),
    ]


def test_pytest_collection_error_is_a_finding_beside_a_problem() -> None:
    reading = read("pytest", "pytest_collection.xml", status=2, report=True)
    assert [(f.symbol, f.path) for f in reading.findings] == [("test_c.py", "test_c.py")]
    assert "interrupted" in reading.problem


def test_pytest_without_tests() -> None:
    assert "zero tests" in read("pytest", "pytest_none.xml", status=5, report=True).problem
    assert "zero tests" in read("pytest", "pytest_none.xml", status=0, report=True).problem


def test_tsc_joins_continuation_lines() -> None:
    reading = read("tsc", "tsc.txt", status=1)
    assert reading.problem == ""
    assert places(reading)[1] == ("TS7006", "src/a.ts", 2, 12)
    assert reading.findings[3].message.endswith("Type 'string' is not assignable to type 'number'.")
    assert reading.counts == {"findings": 4, "files": 83}


def test_eslint() -> None:
    reading = read("eslint", "eslint.json", status=1, report=True)
    assert reading.problem == ""
    assert [(f.rule, f.severity, f.path) for f in reading.findings] == [
        ("no-unused-vars", Severity.ERROR, "x.js"),
        ("eqeqeq", Severity.WARNING, "x.js"),
        ("parse-error", Severity.ERROR, "y.js"),
    ]


def test_sarif_says_the_same_as_json() -> None:
    assert places(read("sarif", "ruff.sarif", status=1)) == places(read("ruff", "ruff_check.json", status=1))


@pytest.mark.parametrize(
    ("tool", "name", "report"),
    [
        ("ruff", "ruff_check.json", False),
        ("ruff-format", "ruff_format.txt", False),
        ("mypy", "mypy.jsonl", False),
        ("tsc", "tsc.txt", False),
        ("eslint", "eslint.json", True),
        ("pytest", "pytest.xml", True),
        ("junit", "pytest.xml", True),
    ],
)
def test_errors_with_exit_0_are_a_contradiction(tool: str, name: str, *, report: bool) -> None:
    reading = read(tool, name, status=0, report=report)
    assert "exited with 0" in reading.problem
    assert reading.findings, "the findings still show the failure"


@pytest.mark.parametrize("tool", ["ruff", "ruff-format", "mypy", "eslint", "tsc", "radon", "pytest", "junit", "sarif"])
@pytest.mark.parametrize("status", [127, 126, 137, -9, 139, 70])
def test_a_tool_that_died_never_passes(tool: str, status: int) -> None:
    output = ToolOutput(stdout=b"", stderr=b"boom\n", exit=status, report=None, root="/slot")
    assert TOOLS[tool].read(CHECK, output).problem
