"""Precision and recall of `unverified prose` on the two labelled parts, in whole and by mood.

Limits (asserted in tests/evidence/prose/test_figures.py): development precision 0.95, recall 0.90. `--errors` lists
what the development part gets wrong; the held-out part has no such list, so that nobody tunes on it.
"""

import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # the sentences are read by what the tests share

from gatekeeper.evidence.prose import unverified
from tests.support.sentences import PARTS, PRECISION, RECALL, counted, figures, load, outcome


def ratio(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "-"


def line(title: str, counts: Counter[str]) -> str:
    hits, alarms, misses, quiet = (counts[key] for key in ("hit", "false alarm", "miss", "quiet"))
    shown = f"{ratio(hits, hits + alarms)} | {ratio(hits, hits + misses)}"
    return f"| {title} | {hits + misses} | {quiet + alarms} | {hits} | {misses} | {alarms} | {shown} |"


def table(part: str) -> None:
    rows = load(part)
    print(f"\n### {part}: {len(rows)} messages\n")
    print("| | claims | no claims | found | missed | false alarms | precision | recall |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    print(line("all", counted(part)))
    for mood in sorted({str(row["mood"]) for row in rows}):
        print(line(mood, Counter(outcome(row) for row in rows if row["mood"] == mood)))


def speed() -> None:
    text = "All tests pass, and it was not verified in production before `make` ran. " * 14_000
    started = time.process_time()
    found = len(unverified(text))
    seconds = time.process_time() - started
    print(f"\n{len(text) / 1e6:.2f} MB with {found} claims: {seconds:.2f} s of processor time")


def errors() -> None:
    for row in load("development"):
        if (said := outcome(row)) in {"miss", "false alarm"}:
            print(f"{said}: {row['text']!r}")


def main() -> int:
    for part in PARTS:
        table(part)
    speed()
    if "--errors" in sys.argv[1:]:
        errors()
    precision, recall = figures(counted("development"))
    return 0 if precision >= PRECISION and recall >= RECALL else 1


if __name__ == "__main__":
    sys.exit(main())
