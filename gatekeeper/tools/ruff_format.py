"""ruff format --check: files that are not formatted, and files that cannot be."""

import re

from gatekeeper.model.finding import Finding
from gatekeeper.model.vocabulary import CheckId
from gatekeeper.tools.contract import Reading, ToolOutput, ToolRequest
from gatekeeper.tools.reading import decode, last_line, place, positive, settle
from gatekeeper.tools.ruff_check import LEAVE_OUT, NO_FILES

RULE = "format"
SYNTAX_RULE = "invalid-syntax"
_OLD = re.compile(r"^Would reformat: (?P<path>.+)$", re.MULTILINE)
# From ruff 0.13 on: a diagnostic with a diff. Lines of the diff start with a line number or a bar, so that code of
# the branch cannot forge a header, which starts in the first column.
_NEW = re.compile(
    r"^(?P<rule>unformatted|invalid-syntax): (?P<message>.*)\n +--> (?P<path>.+?):(?P<line>\d+):(?P<column>\d+)$",
    re.MULTILINE,
)
_UNPARSED = re.compile(
    r"^error: Failed to (?:parse|read|format) (?P<path>.+?)(?::(?P<line>\d+):(?P<column>\d+))?: (?P<message>.*)$",
    re.MULTILINE,
)
_SUMMARY = re.compile(r"(\d+) files? (would be reformatted|already formatted|left unchanged)")


def _summary(text: str) -> dict[str, int]:
    """What ruff's last line says: files `formatted` and `unformatted`."""
    return {
        # \d+ may be longer than int() likes; no tree has 10^9 files.
        "unformatted" if state.startswith("would") else "formatted": int(number[-9:])
        for number, state in _SUMMARY.findall(text)
    }


class RuffFormat:
    """Exit 0 all formatted, 1 some file is not, 2 ruff failed (a syntax error counts as that)."""

    name = "ruff-format"

    def argv(self, request: ToolRequest) -> tuple[str, ...]:
        """Only looks; files are chosen as in `RuffCheck.argv`."""
        return (
            *(*request.executable, "format", "--check", "--no-respect-gitignore"),
            *(*LEAVE_OUT, "--cache-dir", f"{request.cache}/ruff"),
            *request.extra,
            *(request.targets or (".",)),
        )

    def read(self, check: CheckId, output: ToolOutput) -> Reading:
        """One finding per file: the first place that formatting would change."""
        if NO_FILES in output.stderr:
            return Reading(problem="ruff found no Python file to check the format of")
        text, errors = decode(output.stdout), decode(output.stderr)
        matches = [*_OLD.finditer(text), *_NEW.finditer(text), *_NEW.finditer(errors), *_UNPARSED.finditer(errors)]
        findings = tuple(self._finding(check, match, output.root) for match in matches)
        counts = {"findings": len(findings)}
        counts.update(_summary(text[-400:]))
        reading = Reading(findings=findings, counts=counts)
        if not findings and output.exit == 0 and not counts.get("formatted"):
            reading = Reading(counts=counts, problem="ruff format did not say that it looked at any file")
        broken = next((finding.message for finding in findings if finding.rule == SYNTAX_RULE), "")
        return settle("ruff format", output.exit, reading, detail=broken or last_line(output.stderr))

    def _finding(self, check: CheckId, match: re.Match[str], root: str) -> Finding:
        groups = match.groupdict()
        broken = groups.get("rule") == SYNTAX_RULE or match.re is _UNPARSED
        said = groups.get("message") or "the file is not formatted as ruff format would"
        message, path = place(said, groups["path"], root)
        line, column = groups.get("line"), groups.get("column")
        return Finding(
            check=check,
            rule=SYNTAX_RULE if broken else RULE,
            message=message,
            path=path,
            line=positive(int(line[-9:])) if line else None,
            column=positive(int(column[-9:])) if column else None,
        )
