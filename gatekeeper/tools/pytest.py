"""pytest: its command line, and what its exit status and last line add to the JUnit report."""

import re

from msgspec.structs import replace

from gatekeeper.model.vocabulary import CheckId
from gatekeeper.tools.contract import Reading, ToolOutput, ToolRequest
from gatekeeper.tools.junit import declared, parse_report, summarise, test_cases
from gatekeeper.tools.reading import decode, last_line, settle

_RERUN = re.compile(r"\b(\d{1,9}) rerun\b")
# https://docs.pytest.org/en/stable/reference/exit-codes.html
_MEANINGS = {
    2: "pytest was interrupted before it had run all tests",
    3: "pytest had an internal error",
    4: "pytest could not be used as it was called",
    5: "zero tests were executed",
    6: "pytest stopped because of too many warnings",
    94: "pytest is not installed outside of the judged tree",  # EXIT_NOT_OUTSIDE of inside/pytest_boot.py
}


class Pytest:
    """Exit 0 all passed, 1 some failed; every other exit means that not everything was run."""

    name = "pytest"

    def argv(self, request: ToolRequest) -> tuple[str, ...]:
        """The report outside the tree, no cache (so that `--lf` of a project cannot leave tests out), no early stop.

        xunit1 because it alone carries the file and line of every test, which give an id that pytest takes back.
        """
        return (
            *(*request.executable, f"--junitxml={request.report}", "--junit-prefix="),
            *("-o", "junit_family=xunit1"),
            *("-p", "no:cacheprovider", "--color=no", "--maxfail=0"),
            *request.extra,
            *request.targets,
        )

    def read(self, check: CheckId, output: ToolOutput) -> Reading:
        """As JUnit; retried tests (pytest-rerunfailures) are counted from the last line, the report hides them."""
        said = last_line(output.stderr, output.stdout)
        meaning = _MEANINGS.get(output.exit, "")
        root, problem = parse_report(output)
        if root is None:
            return Reading(problem=f"{meaning}: {said}" if meaning and said else meaning or problem)
        reading = summarise(check, test_cases(root, output.root), declared(root))
        retried = _RERUN.search(decode(output.stdout[-8192:]))
        if retried and int(retried.group(1)):
            count = int(retried.group(1))
            note = f"{count} test run(s) had to be repeated: flaky, whatever came of the last try"
            reading = replace(reading, counts={**reading.counts, "flaky": count}, notes=(note,))
        if meaning and not reading.problem:
            reading = replace(reading, problem=f"{meaning} (exit {output.exit})")
        return settle(self.name, output.exit, reading, detail=said)
