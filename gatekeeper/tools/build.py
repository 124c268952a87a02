"""python -m build: did it build, and what does it say that it built?"""

import re

from gatekeeper.model.finding import Finding
from gatekeeper.model.vocabulary import CheckId
from gatekeeper.tools.contract import Reading, ToolOutput, ToolRequest
from gatekeeper.tools.reading import decode, died, last_line

RULE = "build-failed"
_TAIL = 65536
_BUILT = re.compile(r"^Successfully built (?P<names>\S.*)$", re.MULTILINE)
_ERROR = re.compile(r"^(?:ERROR\b|error:|\w*(?:Error|Exception):).*$", re.MULTILINE)
# The build did not fail, it could not be tried: no front end, or no way to the build requirements.
_NOT_TRIED = re.compile(
    r"No module named (?:build|pip)\b|Missing dependencies|Failed to establish a new connection|Connection refused"
    r"|Temporary failure in name resolution|Could not find a version that satisfies|No matching distribution found"
    r"|Read timed out"
)


class Build:
    """Source distribution and wheel, written to the folder `request.report` outside the tree."""

    name = "build"

    def argv(self, request: ToolRequest) -> tuple[str, ...]:
        """sdist, then a wheel from it: what users will really install."""
        return (*request.executable, "--outdir", request.report, *request.extra, *request.targets)

    def read(self, check: CheckId, output: ToolOutput) -> Reading:
        """Counts: `artefacts` as announced. That they exist and are fresh is for the check to see."""
        killed = died("the build", output.exit)
        if killed:
            return Reading(problem=killed)
        if output.exit != 0:
            return self._failure(check, output)
        built = _BUILT.search(decode(output.stdout[-_TAIL:]))
        if not built:
            return Reading(problem="the build exited with 0 but named nothing that it built")
        names = [name for name in re.split(r",? and |, ", built["names"]) if name]
        return Reading(counts={"artefacts": len(names)}, notes=(f"built {', '.join(names)[:500]}",))

    def _failure(self, check: CheckId, output: ToolOutput) -> Reading:
        streams = [decode(stream[-_TAIL:]) for stream in (output.stderr, output.stdout)]
        errors = [error for said in streams for error in _ERROR.findall(said)[-1:]]
        last = errors[0][:300].strip() if errors else last_line(output.stderr, output.stdout)
        for said in streams:
            missing = _NOT_TRIED.search(said)
            if missing:
                return Reading(problem=f"the build could not be tried: {missing.group(0)} ({last})")
        message = f"the build exited with {output.exit}: {last or 'it said nothing'}"
        return Reading(findings=(Finding(check=check, rule=RULE, message=message),))
