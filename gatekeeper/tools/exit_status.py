"""Any command whose exit status is all it says."""

from gatekeeper.model.finding import Finding
from gatekeeper.model.vocabulary import CheckId
from gatekeeper.tools.contract import Reading, ToolOutput, ToolRequest
from gatekeeper.tools.reading import died, last_line, telling_line


class ExitStatus:
    """0 is success, anything else one error finding; a command that could not run or was killed is a problem."""

    name = "exit-status"

    def argv(self, request: ToolRequest) -> tuple[str, ...]:
        """The command as it stands."""
        return (*request.executable, *request.extra, *request.targets)

    def read(self, check: CheckId, output: ToolOutput) -> Reading:
        """One finding with the command's most telling line for every failure."""
        said = last_line(output.stderr, output.stdout)
        problem = died("the command", output.exit)
        if problem:
            return Reading(problem=f"{problem}: {said}" if said else problem)
        if output.exit == 0:
            return Reading()
        telling = telling_line(output.stderr, output.stdout)
        message = f"the command exited with {output.exit}" + (f": {telling}" if telling else "")
        return Reading(findings=(Finding(check=check, rule="exit-status", message=message, symbol="exit status"),))
