"""ESLint: findings from its JSON formatter."""

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
    payload,
    place,
    positive,
    raise_warnings,
    settle,
    text_of,
)

_IGNORED = "File ignored"


class ESLint:
    """Exit 0 no errors, 1 errors or more warnings than allowed, 2 ESLint itself failed."""

    name = "eslint"

    def argv(self, request: ToolRequest) -> tuple[str, ...]:
        """Never fixes, never caches: a cached file is not checked again when a type it depends on changes."""
        return (
            *(*request.executable, "--format", "json", "--output-file", request.report, "--no-color"),
            *request.extra,
            *(request.targets or (".",)),
        )

    def read(self, check: CheckId, output: ToolOutput) -> Reading:
        """Counts: `files`, `suppressed`. With exit 1 and warnings only, `--max-warnings` makes them errors."""
        said = last_line(output.stderr)
        value, why = parse_json(payload(output))
        if not isinstance(value, list):
            return Reading(problem=no_json(self.name, output, "list", why))
        findings: list[Finding] = []
        files = suppressed = 0
        for entry in map(mapping_of, value):
            messages = [mapping_of(message) for message in list_of(entry.get("messages"))]
            suppressed += len(list_of(entry.get("suppressedMessages")))
            if not any(text_of(message.get("message")).startswith(_IGNORED) for message in messages):
                files += 1
                name = text_of(entry.get("filePath"))
                findings.extend(self._finding(check, name, message, output.root) for message in messages)
        reading = Reading(
            findings=raise_warnings(output.exit, tuple(findings)),
            counts={"files": files, "findings": len(findings), "suppressed": suppressed},
            problem="" if files else "eslint looked at no file",
        )
        return settle(self.name, output.exit, reading, detail=said)

    def _finding(self, check: CheckId, name: str, item: Mapping[str, object], root: str) -> Finding:
        message, path = place(text_of(item.get("message"), "no message"), name, root)
        return Finding(
            check=check,
            rule=text_of(item.get("ruleId")) or ("parse-error" if item.get("fatal") else "eslint"),
            message=message,
            severity=Severity.WARNING if item.get("severity") == 1 else Severity.ERROR,
            path=path,
            line=positive(item.get("line")),
            column=positive(item.get("column")),
        )
