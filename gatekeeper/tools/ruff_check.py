"""ruff check: lint findings from its JSON output."""

from collections.abc import Mapping

from gatekeeper.model.finding import Finding
from gatekeeper.model.vocabulary import CheckId, Severity
from gatekeeper.tools.contract import Reading, ToolOutput, ToolRequest
from gatekeeper.tools.reading import (
    last_line,
    list_of,
    mapping_of,
    no_json,
    parse_json,
    place,
    positive,
    settle,
    text_of,
)

# As configuration, because it adds to what the project excludes; `ruff format --exclude` would replace that.
LEAVE_OUT = ("--config", 'extend-exclude = [".venv", "node_modules"]')
NO_FILES = b"No Python files found"


class RuffCheck:
    """Exit 0 nothing found, 1 findings, 2 ruff itself failed."""

    name = "ruff"

    def argv(self, request: ToolRequest) -> tuple[str, ...]:
        """Never rewrites a file, whatever `fix` or `fix-only` the configuration asks for.

        `--no-respect-gitignore`: the slot holds the committed tree, and a branch could hide a committed file from the
        linter by ignoring it. The environment that the gate puts into the slot is excluded by name instead.
        """
        return (
            *(*request.executable, "check", "--no-fix", "--no-fix-only", "--output-format", "json"),
            *("--no-respect-gitignore", *LEAVE_OUT, "--cache-dir", f"{request.cache}/ruff"),
            *request.extra,
            *(request.targets or (".",)),
        )

    def read(self, check: CheckId, output: ToolOutput) -> Reading:
        """One finding per diagnostic; a syntax error is one too."""
        said = last_line(output.stderr)
        if NO_FILES in output.stderr:
            return Reading(problem="ruff found no Python file to check")
        value, why = parse_json(output.stdout)
        if not isinstance(value, list):
            return Reading(problem=no_json(self.name, output, "list", why))
        findings = tuple(self._finding(check, mapping_of(item), output.root) for item in list_of(value))
        reading = Reading(findings=findings, counts={"findings": len(findings)})
        return settle(self.name, output.exit, reading, detail=said)

    def _finding(self, check: CheckId, item: Mapping[str, object], root: str) -> Finding:
        location = mapping_of(item.get("location"))
        message, path = place(text_of(item.get("message"), "no message"), text_of(item.get("filename")), root)
        return Finding(
            check=check,
            # Before ruff 0.9 a syntax error had no code.
            rule=text_of(item.get("code")) or "invalid-syntax",
            message=message,
            severity=Severity.WARNING if item.get("severity") == "warning" else Severity.ERROR,
            path=path,
            line=positive(location.get("row")),
            column=positive(location.get("column")),
        )
