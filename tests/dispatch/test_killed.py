"""Whatever is killed, and when: the budget is exactly free afterwards, nothing runs on, the book is intact."""

from pathlib import Path

import pytest

from tests.support.havoc import havoc


@pytest.mark.parametrize("kills", [pytest.param(12, id="a few"), pytest.param(40, id="many", marks=pytest.mark.slow)])
def test_kills_at_random(tmp_path: Path, kills: int) -> None:
    left = havoc(tmp_path, kills)
    assert sum(left.kills.values()) >= kills
    assert (left.held, left.entries, left.orphans) == (0, 0, 0)
    assert left.intact
    assert left.whole_budget_free
