"""radon mi: the maintainability index of every file (0 to 100, higher is better), as notes only."""

from gatekeeper.model.finding import Finding
from gatekeeper.model.vocabulary import CheckId, Severity
from gatekeeper.tools.contract import Reading, ToolOutput, ToolRequest
from gatekeeper.tools.radon_cc import radon_files
from gatekeeper.tools.reading import mapping_of, place, text_of

RULE = "maintainability"


class RadonMaintainability:
    """One NOTE finding per file; `measure` is the index. A file that cannot be parsed is left to `radon cc`."""

    name = "radon-mi"

    def argv(self, request: ToolRequest) -> tuple[str, ...]:
        """As `RadonComplexity.argv`."""
        return (
            *(*request.executable, "mi", "--json", "--min", "A", "--max", "C"),
            *("--exclude", "", "--ignore", "node_modules,.venv", "--output-file", request.report),
            *request.extra,
            *(request.targets or (".",)),
        )

    def read(self, check: CheckId, output: ToolOutput) -> Reading:
        """Counts: `files` measured."""
        files, problem = radon_files(output)
        findings: list[Finding] = []
        for name, value in files.items():
            index = mapping_of(value).get("mi")
            if not isinstance(index, int | float) or not 0 <= index <= 100:
                continue
            grade = text_of(mapping_of(value).get("rank"), "?")
            message, path = place(f"maintainability index {index:.1f} (radon grade {grade})", name, output.root)
            findings.append(
                Finding(
                    check=check,
                    rule=RULE,
                    message=message,
                    severity=Severity.NOTE,
                    path=path,
                    measure=round(float(index), 1),
                )
            )
        return Reading(findings=tuple(findings), counts={"files": len(findings)}, problem=problem)
