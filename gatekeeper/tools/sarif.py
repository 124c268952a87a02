"""SARIF 2.1.0 (OASIS standard, https://docs.oasis-open.org/sarif/sarif/v2.1.0/): every linter of every language."""

import re
from collections.abc import Mapping
from urllib.parse import unquote

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

_LEVELS = {"error": Severity.ERROR, "warning": Severity.WARNING, "note": Severity.NOTE, "none": Severity.NOTE}
_PLACEHOLDER = re.compile(r"\{(\d{1,3})\}")
Json = Mapping[str, object]


class Sarif:
    """Read from the report, or from standard output when the command writes it there."""

    name = "sarif"

    def argv(self, request: ToolRequest) -> tuple[str, ...]:
        """The command as it stands."""
        return (*request.executable, *request.extra, *request.targets)

    def read(self, check: CheckId, output: ToolOutput) -> Reading:
        """Counts: `runs`, `results`, `suppressed`. Exit 0 with errors is usual for SARIF tools: the errors count."""
        value, why = parse_json(payload(output))
        if not isinstance(value, dict):
            return Reading(problem=no_json("the command", output, "object", why))
        runs = [mapping_of(run) for run in list_of(value.get("runs"))]
        problem = _unusable(value, runs)
        findings: list[Finding] = []
        suppressed = 0
        for run in runs:
            results = [mapping_of(result) for result in list_of(run.get("results"))]
            shown = [result for result in results if not _is_suppressed(result)]
            suppressed += len(results) - len(shown)
            findings.extend(_finding(check, run, result, output.root) for result in shown if _counts(result))
        counts = {"runs": len(runs), "results": len(findings), "suppressed": suppressed}
        reading = Reading(findings=raise_warnings(output.exit, tuple(findings)), counts=counts, problem=problem)
        return (
            reading
            if output.exit == 0
            else settle("the command", output.exit, reading, detail=last_line(output.stderr))
        )


def _unusable(log: Json, runs: list[Json]) -> str:
    version = text_of(log.get("version"), "none")
    if version != "2.1.0":
        return f"the SARIF log has version {version[:20]}, not 2.1.0"
    return next(filter(None, map(_run_problem, runs)), "") if runs else "the SARIF log has no run"


def _run_problem(run: Json) -> str:
    """A tool that says itself that it failed has observed nothing (§3.20.14 executionSuccessful)."""
    if run.get("results") is None:
        # §3.14.23: an absent array means that the tool did not even look for results.
        return "a run of the SARIF log has no results array: nothing was looked for"
    invocations = [mapping_of(item) for item in list_of(run.get("invocations"))]
    errors = [error for invocation in invocations for error in _errors(invocation)]
    if errors or any(invocation.get("executionSuccessful") is False for invocation in invocations):
        detail = text_of(mapping_of(errors[0].get("message")).get("text")) if errors else ""
        return "the tool says in its SARIF log that it failed" + (f": {detail[:300]}" if detail else "")
    return ""


def _errors(invocation: Json) -> list[Json]:
    keys = ("toolExecutionNotifications", "toolConfigurationNotifications")
    notices = [mapping_of(notice) for key in keys for notice in list_of(invocation.get(key))]
    return [notice for notice in notices if notice.get("level") == "error"]


def _is_suppressed(result: Json) -> bool:
    """§3.27.23: suppressed when there are suppressions and none is still under review or rejected."""
    suppressions = [mapping_of(item) for item in list_of(result.get("suppressions"))]
    return bool(suppressions) and all(item.get("status", "accepted") == "accepted" for item in suppressions)


def _counts(result: Json) -> bool:
    return result.get("kind", "fail") in {"fail", "open", "review"} and result.get("baselineState") != "absent"


def _finding(check: CheckId, run: Json, result: Json, root: str) -> Finding:
    rule = _rule(run, result)
    location = mapping_of(next(iter(list_of(result.get("locations"))), None))
    physical = mapping_of(location.get("physicalLocation"))
    region = mapping_of(physical.get("region"))
    logical = mapping_of(next(iter(list_of(location.get("logicalLocations"))), None))
    message, path = place(_message(rule, result), _uri(run, mapping_of(physical.get("artifactLocation"))), root)
    rule_id = text_of(result.get("ruleId")) or text_of(mapping_of(result.get("rule")).get("id"))
    return Finding(
        check=check,
        rule=rule_id or text_of(rule.get("id")) or "sarif",
        message=message,
        severity=_severity(rule, result),
        path=path,
        line=positive(region.get("startLine")),
        column=positive(region.get("startColumn")),
        symbol=text_of(logical.get("fullyQualifiedName")),
    )


def _severity(rule: Json, result: Json) -> Severity:
    """§3.27.10: the result's level, else the rule's default, else warning; a result to be reviewed is a warning."""
    if result.get("kind", "fail") != "fail":
        return Severity.WARNING
    default = text_of(mapping_of(rule.get("defaultConfiguration")).get("level"), "warning")
    return _LEVELS.get(text_of(result.get("level"), default), Severity.ERROR)


def _rule(run: Json, result: Json) -> Json:
    driver = mapping_of(mapping_of(run.get("tool")).get("driver"))
    rules = [mapping_of(rule) for rule in list_of(driver.get("rules"))]
    index = result.get("ruleIndex", mapping_of(result.get("rule")).get("index"))
    if isinstance(index, int) and 0 <= index < len(rules):
        return rules[index]
    return next((rule for rule in rules if rule.get("id") == result.get("ruleId")), {})


def _message(rule: Json, result: Json) -> str:
    message = mapping_of(result.get("message"))
    text = text_of(message.get("text"))
    if not text:
        known = mapping_of(rule.get("messageStrings"))
        text = text_of(mapping_of(known.get(text_of(message.get("id"), "default"))).get("text"), "no message")
    arguments = [text_of(item) for item in list_of(message.get("arguments"))]

    def argument(match: re.Match[str]) -> str:
        index = int(match.group(1))
        return arguments[index] if index < len(arguments) else match.group(0)

    return _PLACEHOLDER.sub(argument, text)


def _uri(run: Json, artifact: Json) -> str:
    """The address as one path or `file:` URI; `uriBaseId` is resolved, an unknown base is the tree (§3.4.4)."""
    index = artifact.get("index")
    artifacts = list_of(run.get("artifacts"))
    if "uri" not in artifact and isinstance(index, int) and 0 <= index < len(artifacts):
        artifact = mapping_of(mapping_of(artifacts[index]).get("location"))
    parts = [text_of(artifact.get("uri"))]
    bases = mapping_of(run.get("originalUriBaseIds"))
    base = text_of(artifact.get("uriBaseId"))
    for _ in range(8):  # A base may name another base; a circle must end.
        entry = mapping_of(bases.get(base))
        parts.insert(0, text_of(entry.get("uri")))
        base = text_of(entry.get("uriBaseId"))
    return _joined(parts)


def _joined(parts: list[str]) -> str:
    absolute = max((i for i, part in enumerate(parts) if part.startswith(("file:", "/"))), default=0)
    address = "/".join(part.rstrip("/") for part in parts[absolute:] if part)
    # repository_path decodes file: addresses itself.
    return address if address.startswith("file:") else unquote(address)
