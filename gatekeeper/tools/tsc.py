"""tsc: type errors from its plain output."""

import re

from msgspec.structs import replace

from gatekeeper.model.finding import Finding
from gatekeeper.model.vocabulary import CheckId, Severity
from gatekeeper.tools.contract import Reading, ToolOutput, ToolRequest
from gatekeeper.tools.reading import decode, last_line, place, settle

_DIAGNOSTIC = re.compile(
    r"^(?:(?P<path>\S.*?)\((?P<line>\d{1,9}),(?P<column>\d{1,9})\): )?"
    r"(?P<severity>error|warning|message) (?P<code>TS\d{1,6}): (?P<message>.*)$"
)
_FILES = re.compile(r"^Files: +(\d{1,9})$", re.MULTILINE)
# Diagnostics without a place that mean "I did not check": options (5xxx), files (6xxx), inputs (18xxx).
_CONFIGURATION = re.compile(r"^TS(5\d{3}|6\d{3}|18\d{3})$")
_SEVERITIES = {"error": Severity.ERROR, "warning": Severity.WARNING, "message": Severity.NOTE}


class Tsc:
    """Exit 0 no errors, 1 and 2 errors (2: output was or would have been written nevertheless)."""

    name = "tsc"

    def argv(self, request: ToolRequest) -> tuple[str, ...]:
        """`--diagnostics` tells how many files were checked: with only `references` it is none, and the exit is 0."""
        return (
            *(*request.executable, "--noEmit", "--pretty", "false", "--diagnostics"),
            *request.extra,
            *request.targets,
        )

    def read(self, check: CheckId, output: ToolOutput) -> Reading:
        """One finding per diagnostic, its indented continuation lines included."""
        text = decode(output.stdout)
        findings, broken = self._diagnostics(check, text, output.root)
        files = _FILES.findall(text)
        counts = {"findings": len(findings)}
        if files:
            counts["files"] = sum(map(int, files))
            if not counts["files"]:
                broken = broken or "tsc checked no file; with `references` only, check each project or use `tsc -b`"
        notes = () if files or findings else ("tsc did not say how many files it checked (add --diagnostics)",)
        reading = Reading(findings=tuple(findings), counts=counts, problem=broken, notes=notes)
        return settle(self.name, output.exit, reading, failing=(1, 2), detail=last_line(output.stderr, output.stdout))

    def _diagnostics(self, check: CheckId, text: str, root: str) -> tuple[list[Finding], str]:
        """The findings, and the first that means that tsc could not check."""
        findings: list[Finding] = []
        broken = ""
        for line in text.splitlines():
            match = _DIAGNOSTIC.match(line)
            if match:
                findings.append(self._finding(check, match, root))
                if match["path"] is None and _CONFIGURATION.match(match["code"]):
                    broken = broken or f"tsc could not check: {findings[-1].message}"
            elif findings and line.startswith("  ") and len(findings[-1].message) < 1000:
                findings[-1] = replace(findings[-1], message=f"{findings[-1].message} {line.strip()[:500]}")
        return findings, broken

    def _finding(self, check: CheckId, match: re.Match[str], root: str) -> Finding:
        message, path = place(match["message"], match["path"] or "", root)
        return Finding(
            check=check,
            rule=match["code"],
            message=message,
            severity=_SEVERITIES[match["severity"]],
            path=path,
            line=int(match["line"]) or None if match["line"] else None,
            column=int(match["column"]) or None if match["column"] else None,
        )
