"""The labelled sentences of tests/evidence/prose, and what `unverified` makes of each."""

import tomllib
from collections import Counter
from pathlib import Path

from gatekeeper.evidence.prose import unverified

PARTS = {"development": "sentences.toml", "held-out": "held-out.toml"}
PRECISION, RECALL = 0.95, 0.90  # of the development part, at least

_FOLDER = Path(__file__).resolve().parent.parent / "evidence" / "prose"
_OUTCOMES = {(True, True): "hit", (False, True): "false alarm", (True, False): "miss", (False, False): "quiet"}

Row = dict[str, object]


def load(part: str) -> list[Row]:
    """Rows with `proof`, `style`, `mood`, `text`, and `lines` where the claims do not stand on line 1 alone."""
    rows = tomllib.loads((_FOLDER / PARTS[part]).read_text(encoding="utf-8"))["sentence"]
    assert isinstance(rows, list)
    return rows


def outcome(row: Row) -> str:
    return _OUTCOMES[bool(row["proof"]), bool(unverified(str(row["text"])))]


def figures(counts: Counter[str]) -> tuple[float, float]:
    """Precision and recall."""
    hits = counts["hit"]
    return hits / (hits + counts["false alarm"]), hits / (hits + counts["miss"])


def counted(part: str) -> Counter[str]:
    return Counter(outcome(row) for row in load(part))
