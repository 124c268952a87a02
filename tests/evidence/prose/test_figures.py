"""How well claims of proof are found in the two labelled parts; `python benchmarks/bench_prose.py` prints it."""

from collections import Counter

import pytest

from benchmarks.bench_prose import load, outcome
from gatekeeper.evidence.prose import unverified


def figures(part: str) -> tuple[float, float]:
    """Precision and recall."""
    counts = Counter(outcome(row) for row in load(part))
    return counts["hit"] / (counts["hit"] + counts["false alarm"]), counts["hit"] / (counts["hit"] + counts["miss"])


def test_the_development_part_keeps_its_floor() -> None:
    precision, recall = figures("development")
    assert precision >= 0.95
    assert recall >= 0.90


def test_the_held_out_part_keeps_its_floor() -> None:
    """A little below what was measured when the rules were first done; it is no target to work towards."""
    precision, recall = figures("held-out")
    assert precision >= 0.94
    assert recall >= 0.78


def test_the_parts_are_what_they_say() -> None:
    development, held_out = load("development"), load("held-out")
    assert len(development) >= 260
    assert len(held_out) >= 80
    texts = [str(row["text"]).casefold() for row in (*development, *held_out)]
    assert len(set(texts)) == len(texts), "a sentence stands in both parts, or twice"
    for rows in (development, held_out):
        claims = sum(bool(row["proof"]) for row in rows)
        assert 0.4 <= claims / len(rows) <= 0.6
        assert all(row.keys() - {"lines"} == {"proof", "style", "mood", "text"} for row in rows)


@pytest.mark.parametrize(
    "row", [row for row in load("development") if outcome(row) == "hit"], ids=lambda row: row["text"][:40]
)
def test_what_is_found_is_found_on_its_lines(row: dict[str, object]) -> None:
    assert sorted({found.line for found in unverified(str(row["text"]))}) == row.get("lines", [1])
