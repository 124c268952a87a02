"""Whatever a tool or a branch writes, a reader answers: it never raises, and its paths stay in the tree."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.model.vocabulary import CheckId
from gatekeeper.tools.contract import ToolOutput
from gatekeeper.tools.reading import repository_path
from gatekeeper.tools.registry import TOOLS

KEY_WORDS = (
    "version runs results locations physicalLocation artifactLocation uri region startLine message text messages "
    "filePath ruleId severity line column code filename location row file type name complexity closures lineno "
    "col_offset error mi rank tool driver rules index ruleIndex suppressions invocations level kind id"
)
KEYS = st.sampled_from(re.findall(r"\w+", KEY_WORDS))
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("2.1.0")
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(), inner, max_size=5)
)
LINES = st.lists(
    st.sampled_from(
        [
            "unformatted: x",
            " --> a.py:1:0",
            "Would reformat: \0",
            "a.ts(0,0): error TS1: m",
            "error TS5: m",
            "Files: 3",
            "Successfully built ",
            "  more",
            "\x1b[31m",
        ]
    )
    | st.text()
).map("\n".join)
XML = st.lists(
    st.sampled_from(
        [
            "<testsuite>",
            "</testsuite>",
            "<testsuites>",
            "</testsuites>",
            '<testsuite tests="9" name="pytest">',
            '<testcase name="n" line="0"/>',
            '<testcase name="\u2028" classname="a" file="/x" line="٣"><failure>a.py:0: E</failure></testcase>',
            "<testcase><error/><skipped/></testcase>",
        ]
    )
).map(lambda parts: "<testsuite>" + "".join(parts) + "</testsuite>")
BYTES = st.binary() | (JSON.map(json.dumps) | LINES | XML).map(lambda text: text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("name", TOOLS)
@settings(max_examples=200)
@given(stdout=BYTES, stderr=BYTES, report=st.none() | BYTES, status=st.integers(-64, 300))
def test_reader_always_answers(name: str, stdout: bytes, stderr: bytes, report: bytes | None, status: int) -> None:
    reading = TOOLS[name].read(CheckId("c"), ToolOutput(stdout, stderr, status, report, "/slot"))
    for finding in reading.findings:
        assert finding.path is None or not (finding.path.startswith(("/", "../")) or finding.path == "..")
        assert finding.line is None or finding.line > 0
        assert finding.column is None or finding.column > 0
        assert finding.rule
    if status != 0:
        rejects = [finding for finding in reading.findings if finding.severity.value == "error"]
        assert rejects or reading.problem, "an exit status other than 0 never looks like a pass"


@given(st.text(), st.sampled_from(["/", "/slot", "/slot/", "/a b/../slot"]))
def test_paths_never_leave_the_tree(path: str, root: str) -> None:
    inside = repository_path(path, root)
    assert inside is None or (inside and not inside.startswith("/") and inside.split("/")[0] != "..")


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        ("a.py", "a.py"),
        ("./a/../b.py", "b.py"),
        ("/slot/a.py", "a.py"),
        ("legacy\\a.py", "legacy\\a.py"),
        ("https://example.org/a.c", None),
        ("/slotted/a.py", None),
        ("../a.py", None),
        ("/slot", None),
        ("", None),
        ("file://host/slot/a%23.py", "a#.py"),
    ],
)
def test_repository_path(path: str, inside: str | None) -> None:
    assert repository_path(path, "/slot") == inside
