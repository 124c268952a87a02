"""Is what the tests import the judged tree? An editable install of another checkout makes a false green."""

from pathlib import Path

from gatekeeper.checks.bench import Bench
from gatekeeper.checks.jail import inside, jail
from gatekeeper.environment.origin import foreign, import_origins_argv, top_level_packages
from gatekeeper.model.vocabulary import Ended
from gatekeeper.process.run import Command, run

TIMEOUT_S = 60.0


def import_problems(bench: Bench, logs: Path) -> tuple[str, ...]:
    """Sentences, one for each package of the project that would be imported from outside the slot."""
    if bench.overlay.python is None:
        return ()
    names = top_level_packages(bench.slot.path)
    if not names:
        return ()
    argv = import_origins_argv(bench.overlay.python, names, bench.slot.path)
    # The interpreter executes path lines that the build of the branch has written.
    with jail(bench, "import-origin", network=False) as sandbox:
        env = inside(bench.env, sandbox)
        command = Command(
            argv,
            cwd=str(bench.slot.path),
            env=env,
            timeout_s=TIMEOUT_S,
            log=logs / "import-origin",
            sandbox=sandbox,
        )
        done = run(command)
    if done.ended is not Ended.EXITED:
        return ("where the tested packages are imported from could not be found out",)
    return foreign(done.stdout.read_text("utf-8", "replace"), bench.slot.path)
