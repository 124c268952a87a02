"""A cached verdict, whole process: nothing changed since the last `gate check` of a flask branch.

Limit: 6.5 times `python -c pass` (60 ms where that takes 9 ms).
"""

import sys

from harness import GATE, JUDGED, Contender, command, commit, fresh, gate_check, limit, race, repository, show

RATIO = 6.5
ROUNDS = 21


def main() -> int:
    folder = fresh("cached-verdict")
    tree = repository(folder / "flask", "flask==3.1.2", {})
    command("git", "switch", "--quiet", "--create", "agent/notes", cwd=tree)
    commit(tree, "Note the worker", {"NOTES.md": "One\n"})
    home = folder / "home"
    first = gate_check(tree, home)
    print(f"first verdict: {first['verdict']}")
    env = {"GATE_HOME": str(home)}
    timings = race(
        (
            Contender("python -c pass", lambda: command(sys.executable, "-c", "pass", cwd=tree)),
            Contender("gate check, cached", lambda: command(GATE, "check", cwd=tree, env=env, ok=JUDGED)),
        ),
        ROUNDS,
    )
    show("A cached verdict", timings)
    allowed = RATIO * timings["python -c pass"].median
    return 0 if limit("cached verdict", timings["gate check, cached"].median, allowed) else 1


if __name__ == "__main__":
    sys.exit(main())
