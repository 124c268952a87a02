"""`python -m build` where it has no network: in an environment that already holds what the build requires."""

from collections.abc import Mapping

from msgspec.structs import replace

from gatekeeper.checks.bench import Bench
from gatekeeper.checks.contract import Step
from gatekeeper.environment.contract import Environment, ResolvedTool


def is_build(step: Step) -> bool:
    """Is it the built-in build, and no command of the policy's own?"""
    return step.tool == "build" and not step.command


def prepare_build(step: Step, bench: Bench) -> tuple[Step, ResolvedTool | None, Environment]:
    """The step as it runs without network, its tool (None: see `problems`), and the environment that it runs in."""
    made = bench.builder()
    if not made.problems and made.python and bench.tool_of(made, step.tool) is None:
        made = replace(made, problems=(f"{step.tool} was not found in the environment ({made.origin})",))
    tool = None if made.problems else bench.tool_of(made, step.tool)
    return replace(step, extra=("--no-isolation", *step.extra)), tool, made


def variables(env: Mapping[str, str], builder: Environment | None) -> Mapping[str, str]:
    """The command's variables: programs that are build requirements (cmake, ninja) are found first."""
    if builder is None or not builder.root:
        return env
    path = ":".join((*builder.bin_dirs, env["PATH"]))
    return {**env, "PATH": path, "VIRTUAL_ENV": str(builder.python).removesuffix("/bin/python")}
