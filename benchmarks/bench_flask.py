"""ruff, mypy, radon and pytest on flask in a warm slot, beside the raw commands and prek's parallel mode.

Every round judges a new commit that changes one file, so that nothing is replayed from a cache of results; the raw
commands and prek run in a plain checkout of the same commit, with the same tool versions and warm tool caches.
Limits: --jobs 1 at most raw + 150 ms; --jobs 2 at most prek + 100 ms.
"""

import itertools
import sys
from pathlib import Path

from harness import Contender, command, commit, fresh, gate_check, limit, local_hooks, peers, race, repository, show

# Of pytest and werkzeug the versions that this flask was released with: with newer ones tests of its own fail.
TOOLS = ("ruff", "mypy", "radon", "pytest<9", "asgiref", "python-dotenv", "cryptography", "werkzeug==3.1.3", "jinja2")
TOOLS += ("click", "itsdangerous", "blinker", "markupsafe", "flit-core<4")
CHANGED = "src/flask/helpers.py"

GATE_TOML = """extends = ["python"]

[environment]
inputs = ["requirements-bench.txt"]
setup = ["python3 -m venv .venv", ".venv/bin/python -m pip install --quiet --requirement requirements-bench.txt"]
provides = [".venv"]

[check.build]
enabled = false
[check.types]
required = true
[check.tests]
required = true
"""


def raw_commands(python: str) -> dict[str, tuple[str, ...]]:
    tool = (python, "-m")
    return {
        "ruff-check": (*tool, "ruff", "check", "--no-fix", "--output-format", "json", "."),
        "ruff-format": (*tool, "ruff", "format", "--check", "."),
        "mypy": (*tool, "mypy", "--output", "json"),
        "radon-cc": (*tool, "radon", "cc", "--json", "."),
        "radon-mi": (*tool, "radon", "mi", "--json", "."),
        "pytest": (*tool, "pytest", "--quiet", "--junitxml=/dev/null"),
    }


def prek_yaml(python: str) -> str:
    """All hooks with one priority: prek runs those at the same time."""
    # prek fails a hook that exits 1; the shell keeps the findings that flask has with newer tools out of the figure.
    entries = {name: f'sh -c "{" ".join(argv)} || true"' for name, argv in raw_commands(python).items()}
    return local_hooks(entries, priority=1)


def plain_checkout(folder: Path) -> tuple[Path, str]:
    """A clone with an environment of its own, which also says which versions the gate shall use."""
    tree = repository(folder / "plain", "flask==3.1.2", {})
    command(sys.executable, "-m", "venv", str(folder / "env"), cwd=folder)
    python = str(folder / "env" / "bin" / "python")
    command(python, "-m", "pip", "install", "--quiet", *TOOLS, cwd=folder)
    frozen = command(python, "-m", "pip", "freeze", cwd=folder).stdout
    command(python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", ".", cwd=tree)
    policy = {"gate.toml": GATE_TOML, "requirements-bench.txt": frozen, ".pre-commit-config.yaml": prek_yaml(python)}
    commit(tree, "Policy", policy)
    command("git", "switch", "--quiet", "--create", "agent/helpers", cwd=tree)
    return tree, python


def main() -> int:
    folder = fresh("flask")
    bin_dir = peers()
    tree, python = plain_checkout(folder)
    original = (tree / CHANGED).read_text(encoding="utf-8")
    numbers = itertools.count(1)

    def change() -> None:
        commit(tree, "Change a helper", {CHANGED: f"{original}\n\n# Round {next(numbers)}\n"})

    def raw() -> None:
        for argv in raw_commands(python).values():
            command(*argv, cwd=tree, ok=(0, 1))

    def gate(jobs: str) -> Contender:
        return Contender(f"gate --jobs {jobs}", lambda: gate_check(tree, folder / "home", "--jobs", jobs), change)

    prek = (str(bin_dir / "prek"), "run", "--all-files")
    home = {"PREK_HOME": str(folder / "prek")}
    change()
    print(f"first verdict: {gate_check(tree, folder / 'home')['verdict']}")
    timings = race(
        (
            Contender("raw, one after the other", raw, change),
            gate("1"),
            Contender("prek, parallel", lambda: command(*prek, cwd=tree, env=home, ok=(0, 1)), change),
            gate("2"),
        )
    )
    show("ruff, mypy, radon and pytest on flask", timings)
    one = limit("--jobs 1", timings["gate --jobs 1"].median, timings["raw, one after the other"].median + 0.150)
    two = limit("--jobs 2", timings["gate --jobs 2"].median, timings["prek, parallel"].median + 0.100)
    return 0 if one and two else 1


if __name__ == "__main__":
    sys.exit(main())
