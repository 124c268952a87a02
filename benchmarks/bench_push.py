"""`git push` of one branch to a bare repository: with no hook, with the gate's and a warm verdict, with empty hooks.

The empty hooks are those of prek and pre-commit, and run `true`. Limit for the gate: one and a half times the push
without a hook, plus 60 ms.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from harness import GATE, Contender, command, commit, fresh, gate_check, limit, peers, race, repository, show

FACTOR, EXTRA_S = 1.5, 0.060
ROUNDS = 15
BRANCH = "agent/notes"
HOOK = {"id": "empty", "name": "empty", "entry": "true", "language": "system", "stages": ["pre-push"]}
EMPTY = json.dumps({"repos": [{"repo": "local", "hooks": [{**HOOK, "always_run": True, "pass_filenames": False}]}]})


def main() -> int:
    folder = fresh("push")
    home, bin_dir = folder / "home", peers()
    env = {"GATE_HOME": str(home), "PRE_COMMIT_HOME": str(home / "pre-commit"), "PREK_HOME": str(home / "prek")}
    trees = {name: pushing(folder / name) for name in ("no hook", "gate", "prek", "pre-commit")}
    command(GATE, "hook", "install", cwd=trees["gate"], env=env)
    print(f"warm verdict: {gate_check(trees['gate'], home)['verdict']}")
    for name in ("prek", "pre-commit"):
        command(str(bin_dir / name), "install", "--hook-type", "pre-push", cwd=trees[name], env=env)
    timings = race([contender(name, tree, env) for name, tree in trees.items()], ROUNDS)
    show("A push to a bare repository", timings)
    allowed = FACTOR * timings["no hook"].median + EXTRA_S
    return 0 if limit("push with a warm verdict", timings["gate"].median, allowed) else 1


def pushing(folder: Path) -> Path:
    """A flask branch whose origin is a bare repository beside it."""
    folder.mkdir()
    tree = repository(folder / "flask", "flask==3.1.2", {".pre-commit-config.yaml": EMPTY})
    command("git", "init", "--quiet", "--bare", "origin.git", cwd=folder)
    command("git", "remote", "add", "origin", "../origin.git", cwd=tree)
    command("git", "push", "--quiet", "--no-verify", "origin", "main", cwd=tree)
    command("git", "switch", "--quiet", "--create", BRANCH, cwd=tree)
    commit(tree, "Note the worker", {"NOTES.md": "One\n"})
    return tree


def contender(name: str, tree: Path, env: Mapping[str, str]) -> Contender:
    """One push of the branch, which the other side has forgotten every time."""
    bare = tree.parent / "origin.git"
    return Contender(
        name,
        lambda: command("git", "push", "--quiet", "origin", BRANCH, cwd=tree, env=env),
        lambda: command("git", "update-ref", "-d", f"refs/heads/{BRANCH}", cwd=bare),
    )


if __name__ == "__main__":
    sys.exit(main())
