"""A branch that changes one file of django: where the time of the first, a repeated and a next run goes.

There is no limit; the table shows the next bottleneck. Django tests itself with a runner of its own and has no mypy
configuration, so types and tests are off here: lint, complexity, paths, sync and worktree remain.
"""

import sys
import time
from pathlib import Path

from harness import command, commit, fresh, gate_check, repository

GATE_TOML = """extends = ["python"]
[check.types]
enabled = false
[check.tests]
enabled = false
[check.build]
enabled = false
"""
CHANGED = "django/utils/text.py"


def steps(report: dict[str, object], wall_s: float) -> dict[str, float]:
    """Seconds by step of the gate, then by check, then the whole process."""
    rows: dict[str, float] = {}
    timings = report.get("timings")
    if isinstance(timings, dict):
        rows.update({f"step {name}": float(seconds) for name, seconds in timings.items()})
    checks = report["checks"]
    assert isinstance(checks, list)
    for check in checks:
        rows[f"check {check['id']}"] = float(check["observation"]["duration_s"])
    rows["whole process"] = wall_s
    return rows


def judged(tree: Path, home: Path) -> dict[str, float]:
    started = time.perf_counter()
    report = gate_check(tree, home)
    return steps(report, time.perf_counter() - started)


def main() -> int:
    folder = fresh("django-one-file")
    tree = repository(folder / "django", "django==5.2.8", {"gate.toml": GATE_TOML})
    command("git", "switch", "--quiet", "--create", "agent/text", cwd=tree)
    original = (tree / CHANGED).read_text(encoding="utf-8")
    commit(tree, "Change a file", {CHANGED: f"{original}\n# 1\n"})
    runs = {"first": judged(tree, folder / "home"), "same again": judged(tree, folder / "home")}
    for number in range(2, 9):
        commit(tree, "Change it again", {CHANGED: f"{original}\n# {number}\n"})
        runs[f"next {number - 1}"] = judged(tree, folder / "home")
    names = list(dict.fromkeys(name for rows in runs.values() for name in rows))
    nexts = [rows for title, rows in runs.items() if title.startswith("next")]
    print("\n### One changed file of django\n")
    print("| | first s | same again s | next change s (median of 7) |\n|---|---:|---:|---:|")
    for name in names:
        later = sorted(rows.get(name, 0.0) for rows in nexts)
        cells = (runs["first"].get(name, 0.0), runs["same again"].get(name, 0.0), later[len(later) // 2])
        print(f"| {name} | " + " | ".join(f"{cell:.3f}" for cell in cells) + " |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
