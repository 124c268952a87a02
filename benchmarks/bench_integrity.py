"""The static detectors of `integrity`, in process: a branch of 10,000 files and 500,000 lines, and an ordinary one.

Limits: 10 s and 500 MB for the large branch, 150 ms for the ordinary one. Each figure comes from a process of its own,
which has done nothing before; what it imports is shown and not counted. Times are those of a clock, because a large
branch is read by two processes; those of single detectors are of the processor, where one of them does it all.
"""

import json
import resource
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from harness import BENCH_HOME, Timing, command, limit, show
from large_branch import branch, changed_lines

from gatekeeper.integrity.calm import calm
from gatekeeper.integrity.contract import Diff
from gatekeeper.integrity.examine import examine
from gatekeeper.integrity.registry import PLACES, detectors

LARGE, ORDINARY = (10_000, 500_000), (12, 600)
"""Changed files, and about as many added and removed lines."""
LARGE_S, LARGE_MB, ORDINARY_S = 10.0, 500, 0.150
LARGE_ROUNDS, ORDINARY_ROUNDS = 3, 7
_HERE = Path(__file__).resolve()


def main() -> int:
    large = [measured("large", *LARGE) for _ in range(LARGE_ROUNDS)]
    ordinary = [measured("ordinary", *ORDINARY) for _ in range(ORDINARY_ROUNDS)]
    for name, rounds in (("large", large), ("ordinary", ordinary)):
        about = rounds[0]
        print(f"\n{name}: {about['changed']:,.0f} files, {about['lines']:,.0f} lines, {about['hits']:,.0f} hits")
    show("Static detectors", {
        "large branch": timing("large branch", large, "seconds"),
        "ordinary branch": timing("ordinary branch", ordinary, "seconds"),
        "imports (not counted)": timing("imports (not counted)", ordinary, "imports"),
    })  # fmt: skip
    by_detector(large)
    memory = max(one["megabytes"] for one in large)
    kept = [
        limit("large branch", statistics.median(one["seconds"] for one in large), LARGE_S),
        limit("ordinary branch", statistics.median(one["seconds"] for one in ordinary), ORDINARY_S),
        memory <= LARGE_MB,
    ]
    print(f"\n{'within' if kept[-1] else 'OVER'}: large branch: {memory:.0f} MB at most, limit {LARGE_MB} MB")
    return 0 if all(kept) else 1


Figures = dict[str, float]


def measured(name: str, files: int, lines: int) -> Figures:
    """One round in a process of its own."""
    done = command(sys.executable, str(_HERE), name, str(files), str(lines), cwd=BENCH_HOME)
    figures: Figures = json.loads(done.stdout)
    return figures


def timing(name: str, rounds: Sequence[Figures], which: str) -> Timing:
    return Timing(name, tuple(one[which] for one in rounds))


def by_detector(rounds: Sequence[Figures]) -> None:
    """Which of them takes how long on the large branch; what several need is made by the first that asks for it."""
    print("\n| large branch, by detector | median ms |\n|---|---:|")
    for place, _ in PLACES:
        print(f"| {place} | {statistics.median(one[place] for one in rounds) * 1000:.0f} |")


def child(files: int, lines: int) -> Figures:
    """Measure here: everything together first, then one detector after the other."""
    diff = branch(files, lines)
    about: Figures = {"changed": len(diff.changes), "lines": changed_lines(diff)}
    began = time.perf_counter()
    known = detectors()
    imported = time.perf_counter()
    seen = examine(diff)
    ended = time.perf_counter()
    if seen.failed:
        sys.exit("; ".join(seen.failed))
    about |= {
        "imports": imported - began,
        "seconds": ended - imported,
        "hits": len(seen.hits) + sum(seen.beyond.values()),
    }
    used = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    about["megabytes"] = sum(used) / 1024
    fresh = Diff(diff.changes, diff.base_names, diff.head_names)
    with calm():
        for (place, _), detector in zip(PLACES, known, strict=True):
            began = time.process_time()
            for change in fresh.changes:
                list(detector.detect(change, fresh))
            about[place] = time.process_time() - began
    return about


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(child(int(sys.argv[2]), int(sys.argv[3]))))
    else:
        sys.exit(main())
