"""What the isolation of one command costs: /bin/true through the gate's process door, plain and in the sandbox of a
check, beside a bubblewrap that only makes the whole machine read-only.

Limit: 15 ms above the plain command.
"""

import os
import shutil
import sys
from pathlib import Path

from harness import Contender, command, fresh, limit, race, show

from gatekeeper.process.home import Home
from gatekeeper.process.run import Command, run
from gatekeeper.process.sandbox import Sandbox, ability
from gatekeeper.process.walls import raise_walls, same

ROUNDS = 51
LIMIT_S = 0.015
TRUE = shutil.which("true") or "/bin/true"


def main() -> int:
    if not ability().program:
        print(f"nothing to measure: {ability().reason}")
        return 0
    folder = fresh("isolation")
    walls = raise_walls(Home(folder / "cache", folder / "state"), os.environ)
    places = [folder / name for name in ("tree", "reports", "home", "tmp", "cache")]
    for place in places:
        place.mkdir()

    def sandbox() -> Sandbox | None:
        """Made anew each time, as it is for every command."""
        search = os.environ["PATH"].split(os.pathsep)
        return walls.around(search=search, programs=(sys.executable,), writable=same(*places), network=False)

    def through_the_door(made: Sandbox | None) -> None:
        done = run(Command((TRUE,), cwd=str(places[0]), env={}, timeout_s=60.0, log=folder / "log", sandbox=made))
        if done.exit != 0:
            sys.exit(f"{TRUE}: {done}: {done.stderr.read_text()}")

    whole = (ability().program, "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--unshare-pid", "--", TRUE)
    timings = race(
        (
            Contender("plain", lambda: through_the_door(None)),
            Contender("isolated", lambda: through_the_door(sandbox())),
            Contender("bwrap --ro-bind / /, alone", lambda: command(*whole, cwd=Path("/"))),
        ),
        ROUNDS,
    )
    show("Isolation of one command", timings)
    added = timings["isolated"].median - timings["plain"].median
    return 0 if limit("added by the isolation", added, LIMIT_S) else 1


if __name__ == "__main__":
    sys.exit(main())
