"""Ten commands that do nothing: what the gate adds to them, beside prek, lefthook, pre-commit and nox.

Limit: 60 ms above the same ten commands run by sh. `--no-cache` makes the gate run all ten every time. The limit is for
what the peers do as well: commands run on the machine as they are. Beside it stands the gate as it is shipped, where
each command is isolated and the verdict is signed and logged in the repository.
"""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from harness import GATE, JUDGED, Contender, command, commit, fresh, limit, local_hooks, peers, race, repository, show

TEN = range(10)
LIMIT_S = 0.060
TRUE = shutil.which("true") or "/bin/true"
BY_HAND = str(Path(__file__).with_name("by_hand.py"))
"""The same with the standard library alone, and without any of what makes a gate."""


PLAIN = '[isolation]\nuse = "off"\n[stamp]\nenabled = false\n'


def gate_toml(more: str) -> str:
    off = ("types", "lint", "complexity", "build", "tests", "integrity", "paths", "worktree", "sync", "self-review")
    lines = ['extends = ["default"]']
    lines += [f"[check.{name}]\nenabled = false" for name in off]
    lines += [f'[check.noop{n}]\ncommand = "{TRUE}"\nreads = "exit-status"' for n in TEN]
    return "\n".join(lines) + "\n" + more


def lefthook_yaml() -> str:
    return "bench:\n  commands:\n" + "".join(f"    noop{n}:\n      run: '{TRUE}'\n" for n in TEN)


def noxfile() -> str:
    session = "@nox.session(venv_backend='none')\ndef noop{n}(session):\n    session.run('{true}', external=True)\n"
    return "import nox\n\n" + "\n".join(session.format(n=n, true=TRUE) for n in TEN)


def main() -> int:
    folder = fresh("overhead")
    files = {
        ".pre-commit-config.yaml": local_hooks({f"noop{n}": TRUE for n in TEN}),
        "lefthook.yml": lefthook_yaml(),
        "noxfile.py": noxfile(),
    }
    plain = branch(folder / "plain", {**files, "gate.toml": gate_toml(PLAIN)})
    shipped = branch(folder / "shipped", {**files, "gate.toml": gate_toml("")})
    timings = race(contenders(plain, shipped, folder / "home", peers()))
    show("Ten commands that do nothing", timings)
    shell = timings["sh"].median
    kept = [limit(name, timings[name].median - shell, LIMIT_S) for name in ("gate --jobs 1", "gate --jobs 2")]
    return 0 if all(kept) else 1


def branch(folder: Path, files: Mapping[str, str]) -> Path:
    """A repository with these files on main, and a branch with a file of its own."""
    tree = repository(folder, None, files)
    command("git", "switch", "--quiet", "--create", "agent/nothing", cwd=tree)
    commit(tree, "Change a file", {"README.md": "Nothing\n"})
    return tree


def contenders(tree: Path, shipped: Path, home: Path, bin_dir: Path) -> tuple[Contender, ...]:
    ten = "; ".join(TRUE for _ in TEN)
    peers_env = {"PRE_COMMIT_HOME": str(home / "pre-commit"), "PREK_HOME": str(home / "prek")}

    def peer(name: str, *args: str) -> Contender:
        return Contender(name, lambda: command(str(bin_dir / name), *args, cwd=tree, env=peers_env))

    def gate(jobs: str, where: Path, words: str = "") -> Contender:
        argv = (GATE, "check", "--no-cache", "--jobs", jobs)
        return Contender(
            f"gate --jobs {jobs}{words}", lambda: command(*argv, cwd=where, env={"GATE_HOME": str(home)}, ok=JUDGED)
        )

    return (
        Contender("sh", lambda: command("sh", "-c", ten, cwd=tree)),
        Contender("python -c pass", lambda: command(sys.executable, "-c", "pass", cwd=tree)),
        Contender("python by hand", lambda: command(sys.executable, BY_HAND, str(home / "by-hand"), TRUE, cwd=tree)),
        gate("1", tree),
        gate("2", tree),
        gate("2", shipped, ", isolated and signed"),
        peer("prek", "run", "--all-files"),
        peer("lefthook", "run", "bench"),
        peer("pre-commit", "run", "--all-files"),
        peer("nox"),
    )


if __name__ == "__main__":
    sys.exit(main())
