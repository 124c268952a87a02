"""JUnit XML, from whatever runner: counts, one finding per failed test, and the executed-work floor for tests."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from gatekeeper.model.finding import Finding
from gatekeeper.model.vocabulary import CheckId, Severity
from gatekeeper.tools.contract import Reading, ToolOutput, ToolRequest
from gatekeeper.tools.reading import last_line, plain, repository_path, settle, shorten

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

FAILED_RULE = "test-failed"
FLAKY_RULE = "test-flaky"
MAX_REPORT_BYTES = 64 * 1024 * 1024
_RETRIED_AND_PASSED = ("flakyFailure", "flakyError")
_NUMBER = re.compile(r"[0-9]{1,9}")
_NO_XML = re.compile("[^\t\n\r\x20-\x7e\x80-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_RANK = ("skipped", "xfailed", "passed", "failed", "error")
"""Of one id that occurs several times (subtests) the last of these counts."""
# The end of a pytest traceback and of many others: "tests/test_a.py:4: AssertionError".
_PLACE = re.compile(r"^[ \t|]*(?:at )?(?P<path>[^\s:()|][^:\n()]*\.\w{1,5}):(?P<line>\d{1,9})\b", re.MULTILINE)


class TestCase(Struct, frozen=True):
    """One test as the report tells it. `state`: passed, failed, error, skipped or xfailed."""

    __test__ = False

    id: str
    state: str
    path: str | None
    line: int | None
    message: str
    retried: bool


class JUnit:
    """Any runner that writes JUnit XML to `{report}`."""

    name = "junit"

    def argv(self, request: ToolRequest) -> tuple[str, ...]:
        """The command as it stands."""
        return (*request.executable, *request.extra, *request.targets)

    def read(self, check: CheckId, output: ToolOutput) -> Reading:
        """Counts: collected, executed, passed, failed, errors, skipped, xfailed, flaky."""
        root, problem = parse_report(output)
        if root is None:
            return Reading(problem=problem)
        cases = test_cases(root, output.root)
        reading = summarise(check, cases, declared(root))
        return settle("the test command", output.exit, reading, detail=last_line(output.stderr, output.stdout))


def parse_report(output: ToolOutput) -> "tuple[Element | None, str]":
    """The report's root element, or why there is none. Entities and document types are refused, never expanded."""
    # Imported here: XML is needed only where tests ran, never on the cached path.
    from xml.etree.ElementTree import ParseError  # noqa: PLC0415

    from defusedxml.ElementTree import fromstring  # noqa: PLC0415

    if output.report is None:
        said = last_line(output.stderr, output.stdout)
        return None, f"no test report was written (exit {output.exit})" + (f": {said}" if said else "")
    if len(output.report) > MAX_REPORT_BYTES:
        return None, f"the test report is larger than {MAX_REPORT_BYTES // 1024**2} MiB"
    try:
        root: Element = fromstring(output.report, forbid_dtd=True)
    except (ParseError, ValueError, LookupError) as error:
        return None, f"the test report is not usable XML: {shorten(str(error) or type(error).__name__, 200)}"
    if root.tag not in {"testsuites", "testsuite"}:
        return None, f"the test report is not JUnit: its root is <{shorten(str(root.tag), 60)}>"
    return root, ""


def declared(root: "Element") -> dict[str, int]:
    """What the innermost suites say about themselves: tests, failures, errors. Suites that say nothing add nothing."""
    totals = {"tests": 0, "failures": 0, "errors": 0}
    for suite in root.iter("testsuite"):
        if suite.find("testsuite") is None:
            for key in totals:
                text = (suite.get(key) or "").strip()
                totals[key] += int(text) if _NUMBER.fullmatch(text) else 0
    return totals


def test_cases(root: "Element", tree: str) -> list[TestCase]:
    """All test cases in the order of the report; a test that failed and whose teardown broke too stays one test."""
    cases: list[TestCase] = []
    # Node's runner puts cases directly under the root.
    for suite in (element for element in root.iter() if element.tag in {"testsuites", "testsuite"}):
        # pytest counts lines from 0; other runners that give lines count from 1.
        first_line = 1 if suite.get("name") == "pytest" else 0
        for element in suite.findall("testcase"):
            case = _test_case(element, tree, first_line)
            if cases and cases[-1].id == case.id and cases[-1].state == "failed" and _is_teardown(case):
                cases[-1] = replace(cases[-1], message=shorten(f"{cases[-1].message}; {case.message}"))
            else:
                cases.append(case)
    return cases


test_cases.__test__ = False  # type: ignore[attr-defined]


def _is_teardown(case: TestCase) -> bool:
    return case.state == "error" and case.message.startswith("failed on teardown")


def _test_case(element: "Element", tree: str, first_line: int) -> TestCase:
    file = repository_path(element.get("file") or "", tree)
    state, result = _state(element)
    text = "" if result is None else result.text or ""
    path, line = _place(text, file, tree)
    return TestCase(
        id=_test_id(element.get("classname") or "", element.get("name") or "", file),
        state=state,
        path=path,
        line=line or _stated_line(element, first_line),
        message="" if result is None else _message(result.get("message") or "", text),
        retried=any(element.find(tag) is not None for tag in _RETRIED_AND_PASSED),
    )


def _stated_line(element: "Element", first_line: int) -> int | None:
    stated = element.get("line") or ""
    return int(stated) + first_line or None if _NUMBER.fullmatch(stated) else None


def _message(stated: str, text: str) -> str:
    message = stated.strip() or next((line.strip() for line in text.splitlines() if line.strip()), "")
    return shorten(plain(message))


def _state(element: "Element") -> "tuple[str, Element | None]":
    for tag, state in (("error", "error"), ("failure", "failed")):
        found = element.find(tag)
        if found is not None:
            return state, found
    skipped = element.find("skipped")
    if skipped is not None:
        return ("xfailed" if skipped.get("type") == "pytest.xfail" else "skipped"), skipped
    return "passed", None


def _place(text: str, file: str | None, tree: str) -> tuple[str | None, int | None]:
    """The test's own file and its last line in the traceback; with no stated file, the last place in the tree."""
    best: tuple[str | None, int | None] = (file, None)
    for match in _PLACE.finditer(text[-100_000:]):
        path = repository_path(match["path"], tree)
        if path is not None and file in {None, path}:
            best = (path, int(match["line"]) or None)
    return best


def _test_id(classname: str, name: str, file: str | None) -> str:
    """The id a person can give back to pytest when the file is known, else `class::name`."""
    if file is None:
        return shorten(f"{classname}::{name}" if classname else name, 500)
    module = file.removesuffix(".py").replace("/", ".")
    if not classname and name in {module, file}:
        return file  # A file that could not be collected.
    inside = classname == module or classname.startswith(f"{module}.")
    classes = classname.removeprefix(module).strip(".").split(".") if inside else [classname]
    return shorten("::".join([file, *filter(None, classes), name]), 500)


def id_of_node(node: str, file: str | None) -> str:
    """The id that `test_cases` gives to a test of pytest, from its node id and the file of its `location`.

    As `_pytest.junitxml.mangle_test_address` makes class and name of it.
    """
    address, bracket, parameters = node.partition("[")
    *classes, name = address.split("::")
    if not classes:
        return _test_id("", _escaped(name.removesuffix(".py").replace("/", ".")), file)
    classes[0] = classes[0].replace("/", ".").removesuffix(".py")
    return _test_id(".".join(classes), _escaped(name + bracket + parameters), file)


def _escaped(name: str) -> str:
    """As `_pytest.junitxml.bin_xml_escape`: what XML cannot hold is written as its number."""
    return _NO_XML.sub(
        lambda found: f"#x{ord(found[0]):02X}" if ord(found[0]) <= 0xFF else f"#x{ord(found[0]):04X}", name
    )


def summarise(check: CheckId, cases: Sequence[TestCase], stated: dict[str, int]) -> Reading:
    """Counts, findings, and the floor: zero tests, all skipped, or a report that disagrees with itself is a problem."""
    states = [case.state for case in cases]
    counts = {
        "collected": len(cases),
        "executed": sum(state != "skipped" for state in states),
        "passed": states.count("passed"),
        "failed": states.count("failed"),
        "errors": states.count("error"),
        "skipped": states.count("skipped"),
        "xfailed": states.count("xfailed"),
        "flaky": sum(case.retried and case.state == "passed" for case in cases),
    }
    findings = tuple(finding for case in cases if (finding := _finding(check, case)) is not None)
    return Reading(findings=findings, counts=counts, problem=_floor(counts, stated), tests=_states(cases))


def _states(cases: Sequence[TestCase]) -> dict[str, str]:
    states: dict[str, str] = {}
    for case in cases:
        states[case.id] = max(case.state, states.get(case.id, case.state), key=_RANK.index)
    return states


def _floor(counts: dict[str, int], stated: dict[str, int]) -> str:
    if stated["tests"] > counts["collected"] + counts["errors"]:
        return f"the test report announces {stated['tests']} tests but lists {counts['collected']}"
    if stated["failures"] + stated["errors"] and not counts["failed"] + counts["errors"]:
        return f"the test report announces {stated['failures'] + stated['errors']} failures but lists none"
    if not counts["collected"]:
        return "zero tests were executed"
    if not counts["passed"] + counts["failed"] + counts["errors"]:
        return f"no test was really executed: {counts['skipped']} skipped, {counts['xfailed']} expected to fail"
    return ""


def _finding(check: CheckId, case: TestCase) -> Finding | None:
    failed = case.state in {"failed", "error"}
    if not failed and not (case.retried and case.state == "passed"):
        return None
    said = case.message or "no message"
    return Finding(
        check=check,
        rule=FAILED_RULE if failed else FLAKY_RULE,
        message=shorten(f"{case.id}: {said}") if failed else f"{case.id} passed only when it was tried again",
        severity=Severity.ERROR if failed else Severity.WARNING,
        path=case.path,
        line=case.line,
        symbol=case.id,
    )
