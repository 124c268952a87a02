"""radon cc: cyclomatic complexity of every function, as measured. The check, not this reader, applies the limit."""

import re
from collections.abc import Iterator, Mapping

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
    settle,
    shorten,
    text_of,
)

RULE = "complexity"
NOTHING_MEASURED = "radon measured no file"
SYNTAX_RULE = "invalid-syntax"
_ERROR_LINE = re.compile(r"line (\d{1,9})\)$")


class RadonComplexity:
    """One NOTE finding per function or method; `measure` is the number, `symbol` the qualified name."""

    name = "radon"

    def __init__(self, *, alone: bool = True) -> None:
        """`alone`: nothing else proves that files were measured. radon leaves files without functions out."""
        self._alone = alone

    def argv(self, request: ToolRequest) -> tuple[str, ...]:
        """Everything that a `[radon]` section of the branch could use to hide a function is set here."""
        return (
            # An assertion is no branch of the code; the other tools that measure this do not count it either.
            *(*request.executable, "cc", "--json", "--no-assert", "--show-closures", "--min", "A", "--max", "F"),
            *("--exclude", "", "--ignore", "node_modules,.venv", "--output-file", request.report),
            *request.extra,
            *(request.targets or (".",)),
        )

    def read(self, check: CheckId, output: ToolOutput) -> Reading:
        """Counts: `files` measured (where alone) and `functions`. What radon cannot parse is an error finding."""
        files, problem = radon_files(output)
        if problem and not (problem == NOTHING_MEASURED and not self._alone):
            return Reading(problem=problem)
        findings: list[Finding] = []
        broken = 0
        for name, value in files.items():
            error = mapping_of(value).get("error")
            if error is not None:
                broken += 1
                findings.append(unparsed(check, name, text_of(error), output.root))
            findings.extend(_measured(check, name, value, output.root))
        counts = {"functions": len(findings) - broken}
        if self._alone:
            counts = {"files": len(files) - broken, **counts}
        return Reading(findings=tuple(findings), counts=counts)


def radon_files(output: ToolOutput) -> tuple[Mapping[str, object], str]:
    """radon's JSON by file, and why it proves nothing. radon exits with 0 whatever it finds."""
    said = last_line(output.stderr, output.stdout)
    failed = settle("radon", output.exit, Reading(), failing=(), detail=said).problem
    value, why = parse_json(payload(output))
    if failed:
        return {}, failed
    if not isinstance(value, dict):
        return {}, no_json("radon", output, "object", why)
    if not value and said in {"", "{}"}:
        return {}, NOTHING_MEASURED
    if all("error" in mapping_of(entry) for entry in value.values()):
        return {}, NOTHING_MEASURED + (f": {said}" if said and said != "{}" else "")
    return value, ""


def unparsed(check: CheckId, name: str, error: str, root: str) -> Finding:
    """A file that has no complexity because it is no Python."""
    message, path = place(f"radon could not read the file: {shorten(error, 300)}", name, root)
    line = _ERROR_LINE.search(error)
    return Finding(
        check=check, rule=SYNTAX_RULE, message=message, path=path, line=positive(int(line.group(1))) if line else None
    )


def _measured(check: CheckId, name: str, blocks: object, root: str) -> Iterator[Finding]:
    seen: set[str] = set()
    entries = [mapping_of(block) for block in list_of(blocks)]
    # Methods first: radon lists a closure of a method again at the top, but there without the name of its class.
    for block in sorted(entries, key=lambda entry: (entry.get("type") != "method", "." in text_of(entry.get("name")))):
        if block.get("type") == "class":
            continue
        for symbol, function in _with_closures(block):
            position = f"{function.get('lineno')}:{function.get('col_offset')}"
            if position not in seen:
                seen.add(position)
                yield _finding(check, name, symbol, function, root)


def _with_closures(block: Mapping[str, object]) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The function and all functions inside it: radon counts a closure apart, so code could hide there."""
    owner = text_of(block.get("classname"))
    first = f"{owner}.{text_of(block.get('name'))}" if owner else text_of(block.get("name"))
    waiting = [(first, block)]
    while waiting:
        symbol, function = waiting.pop()
        yield symbol, function
        closures = map(mapping_of, list_of(function.get("closures")))
        waiting.extend((f"{symbol}.{text_of(closure.get('name'))}", closure) for closure in closures)


def _finding(check: CheckId, name: str, symbol: str, function: Mapping[str, object], root: str) -> Finding:
    complexity = function.get("complexity")
    number = min(complexity, 10**9) if isinstance(complexity, int) else 0
    said = f"{symbol} has cyclomatic complexity {number} (radon grade {text_of(function.get('rank'), '?')})"
    message, path = place(said, name, root)
    column = function.get("col_offset")
    return Finding(
        check=check,
        rule=RULE,
        message=message,
        severity=Severity.NOTE,
        path=path,
        line=positive(function.get("lineno")),
        column=positive(column + 1) if isinstance(column, int) else None,
        symbol=symbol,
        measure=float(number),
    )
