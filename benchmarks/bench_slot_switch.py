"""Switching a warm slot between two commits of django; and the first fetch into the gate's store.

Limit: 0.3 s per switch, for a worker's change of one file. The step between two releases is shown beside it.
"""

import shutil
import sys
import time
from pathlib import Path

from harness import Contender, command, commit, fresh, limit, race, repository, show, source

from gatekeeper.git.facts import find_repository
from gatekeeper.git.slots import Slots
from gatekeeper.git.store import Store
from gatekeeper.model.vocabulary import CommitId, TreeId
from gatekeeper.process.home import find_home

LIMIT_S = 0.3
CHANGED = "django/utils/text.py"


def two_releases(folder: Path) -> tuple[Path, dict[str, str]]:
    """main is 5.2.7, a worker changes one file of it, and a third commit brings 5.2.8."""
    tree = repository(folder / "django", "django==5.2.7", {})
    commits = {"base": command("git", "rev-parse", "HEAD", cwd=tree).stdout.strip()}
    original = (tree / CHANGED).read_text(encoding="utf-8")
    commits["worker"] = commit(tree, "Change a file", {CHANGED: f"{original}\n# 1\n"})
    shutil.copytree(source("django==5.2.8"), tree, symlinks=True, dirs_exist_ok=True)
    command("git", "add", "--all", cwd=tree)
    command("git", "commit", "--quiet", "--message", "Next release", cwd=tree)
    commits["release"] = command("git", "rev-parse", "HEAD", cwd=tree).stdout.strip()
    return tree, commits


def main() -> int:
    folder = fresh("slot-switch")
    tree, commits = two_releases(folder)
    store = Store.open(find_home({"GATE_HOME": str(folder / "home")}), find_repository(str(tree)))
    started = time.perf_counter()
    store.fetch(tuple(CommitId(value) for value in commits.values()))
    print(f"first fetch: {time.perf_counter() - started:.3f} s")
    trees = {
        name: command("git", "rev-parse", f"{value}^{{tree}}", cwd=tree).stdout.strip()
        for name, value in commits.items()
    }
    slots = Slots(store, folder / "slots")

    def to(name: str) -> None:
        with slots.acquire(TreeId(trees[name])) as slot:
            assert slot.tree == trees[name]

    started = time.perf_counter()
    to("base")
    print(f"first checkout: {time.perf_counter() - started:.3f} s")
    timings = race(
        (
            Contender("one changed file", lambda: to("worker"), lambda: to("base")),
            Contender("one release further", lambda: to("release"), lambda: to("base")),
            Contender("the same tree again", lambda: to("base"), lambda: to("base")),
        )
    )
    show("Switching a warm slot of django", timings)
    return 0 if limit("one changed file", timings["one changed file"].median, LIMIT_S) else 1


if __name__ == "__main__":
    sys.exit(main())
