"""mypy: type errors from its JSON lines (mypy 1.11 and later)."""

from collections.abc import Mapping

from gatekeeper.model.finding import Finding
from gatekeeper.model.vocabulary import CheckId, Severity
from gatekeeper.tools.contract import Reading, ToolOutput, ToolRequest
from gatekeeper.tools.reading import decode, last_line, parse_json, place, positive, settle, text_of

_SEVERITIES = {"error": Severity.ERROR, "warning": Severity.WARNING, "note": Severity.NOTE}


class Mypy:
    """Exit 0 no errors, 1 errors, 2 mypy could not check (crash, usage, or an error that stops all checking)."""

    name = "mypy"

    def argv(self, request: ToolRequest) -> tuple[str, ...]:
        """JSON lines, the cache outside the tree. Without targets mypy takes `files` of its configuration."""
        return (
            *(*request.executable, "--output", "json", "--no-error-summary", "--no-color-output"),
            *("--cache-dir", f"{request.cache}/mypy"),
            *request.extra,
            *request.targets,
        )

    def read(self, check: CheckId, output: ToolOutput) -> Reading:
        """One finding per message. With exit 2 the findings stand, but nothing else was checked: that is a problem."""
        findings: list[Finding] = []
        garbage = ""
        for line in output.stdout.splitlines():
            if not line.strip():
                continue
            value, _ = parse_json(line)
            if isinstance(value, dict) and "message" in value:
                findings.append(self._finding(check, value, output.root))
            else:
                garbage = garbage or decode(line[:300]).strip()
        counts = {"findings": len(findings), "errors": sum(f.severity is Severity.ERROR for f in findings)}
        reading = Reading(findings=tuple(findings), counts=counts, problem=self._problem(output, findings, garbage))
        return settle(self.name, output.exit, reading, detail=last_line(output.stderr))

    def _problem(self, output: ToolOutput, findings: list[Finding], garbage: str) -> str:
        said = last_line(output.stderr) or garbage
        if b"unrecognized arguments: --output" in output.stderr:
            return "this mypy is older than 1.11 and has no --output json"
        if b"INTERNAL ERROR" in output.stderr or "INTERNAL ERROR" in garbage:
            return f"mypy crashed: {said}"
        if output.exit == 2:
            stopped = findings[0].message if findings else said
            return f"mypy stopped before checking everything (exit 2): {stopped}"
        return f"mypy printed something that is not its JSON: {garbage}" if garbage else ""

    def _finding(self, check: CheckId, item: Mapping[str, object], root: str) -> Finding:
        hint = text_of(item.get("hint")).partition("\n")[0]
        said = text_of(item.get("message"), "no message") + (f" ({hint})" if hint else "")
        message, path = place(said, text_of(item.get("file")), root)
        column = item.get("column")
        return Finding(
            check=check,
            rule=text_of(item.get("code")) or "mypy",
            message=message,
            severity=_SEVERITIES.get(text_of(item.get("severity")), Severity.ERROR),
            path=path,
            line=positive(item.get("line")),
            # JSON columns start at 0, those of mypy's text output at 1.
            column=positive(column + 1) if isinstance(column, int) else None,
        )
