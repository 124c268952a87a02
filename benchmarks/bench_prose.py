"""Precision and recall of `unverified prose` on the two labelled parts, in whole and by mood.

Limits (asserted in tests/evidence/prose/test_figures.py): development precision 0.95 and recall 0.90. `--errors` lists
what the development part gets wrong; the held-out part has no such list, so that nobody tunes on it.
"""

import sys
import time
import tomllib
from collections import Counter
from pathlib import Path

from gatekeeper.evidence.prose import unverified

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "evidence" / "prose"
PARTS = {"development": "sentences.toml", "held-out": "held-out.toml"}


def load(name: str) -> list[dict[str, object]]:
    rows = tomllib.loads((FOLDER / PARTS[name]).read_text(encoding="utf-8"))["sentence"]
    assert isinstance(rows, list)
    return rows


def outcome(row: dict[str, object]) -> str:
    found = bool(unverified(str(row["text"])))
    return {(True, True): "hit", (False, True): "false alarm", (True, False): "miss"}.get(
        (bool(row["proof"]), found), "quiet"
    )


def ratio(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "-"


def line(title: str, counts: Counter[str]) -> str:
    hits, alarms, misses, quiet = (counts[key] for key in ("hit", "false alarm", "miss", "quiet"))
    figures = f"{ratio(hits, hits + alarms)} | {ratio(hits, hits + misses)}"
    return f"| {title} | {hits + misses} | {quiet + alarms} | {hits} | {misses} | {alarms} | {figures} |"


def table(part: str) -> None:
    rows = load(part)
    print(f"\n### {part}: {len(rows)} messages\n")
    print("| | claims | no claims | found | missed | false alarms | precision | recall |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    print(line("all", Counter(outcome(row) for row in rows)))
    for mood in sorted({str(row["mood"]) for row in rows}):
        print(line(mood, Counter(outcome(row) for row in rows if row["mood"] == mood)))


def speed() -> None:
    text = "All tests pass, and it was not verified in production before `make` ran. " * 14_000
    started = time.perf_counter()
    found = len(unverified(text))
    seconds = time.perf_counter() - started
    print(f"\n{len(text) / 1e6:.2f} MB with {found} claims: {seconds:.2f} s")


def main() -> int:
    for part in PARTS:
        table(part)
    speed()
    if "--errors" in sys.argv[1:]:
        for row in load("development"):
            if (said := outcome(row)) in {"miss", "false alarm"}:
                print(f"{said}: {row['text']!r}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
