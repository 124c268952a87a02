"""What is expected of the next run."""

import sqlite3
from pathlib import Path

import pytest

from gatekeeper.dispatch.estimates import LAST, Estimates, Run, cores_of, estimate
from gatekeeper.errors import CannotEstablish

MIB = 1 << 20


def test_nothing_is_expected_where_nothing_is_known() -> None:
    assert estimate([]) is None


def test_the_largest_of_the_last_runs_and_a_tenth() -> None:
    runs = [Run(900 * MIB, 1.0), *[Run(100 * MIB, 2.0)] * (LAST - 1), Run(200 * MIB, 4.0)]
    known = estimate(runs)
    assert known is not None
    assert known.memory == int(200 * MIB * 1.1)
    assert known.duration_s == 2.0
    assert known.runs == LAST


def test_outliers_do_not_count_where_a_kill_is_cheap() -> None:
    runs = [Run(100 * MIB, 1.0)] * 29 + [Run(500 * MIB, 1.0)]
    cheap, careful = estimate(runs, cheap=True), estimate(runs)
    assert cheap is not None
    assert careful is not None
    assert cheap.memory == int(100 * MIB * 1.1)
    assert careful.memory == int(500 * MIB * 1.1)


def test_a_stopped_run_is_a_lower_bound_until_a_complete_one_shows_the_truth() -> None:
    stopped = [Run(100 * MIB, 1.0), Run(300 * MIB, 1.0, complete=False)]
    assert estimate(stopped).memory == int(300 * MIB * 1.25)  # type: ignore[union-attr]
    assert estimate([*stopped, Run(310 * MIB, 2.0)]).memory == int(310 * MIB * 1.1)  # type: ignore[union-attr]
    only = estimate([Run(300 * MIB, 1.0, complete=False)])
    assert only is not None
    assert only.duration_s is None


def test_a_command_that_was_never_seen_holding_anything_is_not_expected_to_hold_nothing() -> None:
    assert estimate([Run(0, 0.0)]).memory == 8 * MIB  # type: ignore[union-attr]


def test_cores_are_those_of_most_runs_and_what_mostly_sleeps_counts_none() -> None:
    assert [estimate([Run(MIB, 9.0, cores=cores)]).cores for cores in (0.4, 0.6, 1.4, 3.6)] == [0, 1, 1, 4]  # type: ignore[union-attr]
    runs = [Run(MIB, 9.0, cores=1.0), Run(MIB, 9.0, cores=8.0), Run(MIB, 9.0, cores=1.2)]
    assert estimate(runs).cores == 1  # type: ignore[union-attr]
    assert estimate([Run(MIB, 9.0, complete=False, cores=1.0)]).cores == 0  # type: ignore[union-attr]


def test_what_had_to_share_the_cores_would_have_kept_a_whole_one_busy() -> None:
    assert cores_of(2.0, 10.0, contended=False) == 0.2
    assert cores_of(2.0, 10.0, contended=True) == 1.0
    assert cores_of(12.0, 10.0, contended=True) == 2.0
    assert cores_of(0.5, 10.0, contended=True) == 0.05
    assert cores_of(1.0, 0.0, contended=False) == 0.0


def test_what_an_older_version_has_learned_is_kept(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "estimates.sqlite3") as old:
        old.executescript(
            "CREATE TABLE runs (key TEXT NOT NULL, at REAL NOT NULL, peak INTEGER NOT NULL, complete INTEGER NOT NULL,"
            " duration_s REAL NOT NULL) STRICT; INSERT INTO runs VALUES ('key', 1, 104857600, 1, 2.0);"
            "PRAGMA user_version = 1;"
        )
    old.close()
    known = Estimates(str(tmp_path))
    known.learn("key", Run(100 * MIB, 2.0, cores=3.0))
    assert known.runs("key") == [Run(100 * MIB, 2.0), Run(100 * MIB, 2.0, cores=3.0)]


def test_learned_is_kept_and_forgotten(tmp_path: Path) -> None:
    known = Estimates(str(tmp_path))
    known.learn("repo\ntests", Run(100 * MIB, 1.0))
    known.learn("repo\nlint", Run(10 * MIB, 1.0))
    known.learn("", Run(1, 1.0))
    again = Estimates(str(tmp_path))
    assert again.keys() == ["repo\nlint", "repo\ntests"]
    assert again.of("repo\ntests").memory == int(110 * MIB)  # type: ignore[union-attr]
    assert again.forget("lint") == 1
    assert again.keys() == ["repo\ntests"]


def test_a_damaged_file_costs_what_was_learned_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "estimates.sqlite3").write_bytes(b"no database" * 200)
    known = Estimates(str(tmp_path))
    known.learn("key", Run(1, 1.0))
    assert known.of("key") is None
    assert known.keys() == []


def test_forgetting_says_when_it_cannot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = Estimates(str(tmp_path))
    known.learn("key", Run(1, 1.0))
    monkeypatch.setattr(known, "keys", lambda: ["key"])
    known._connection = None
    for suffix in ("", "-wal", "-shm"):
        (tmp_path / f"estimates.sqlite3{suffix}").write_bytes(b"no database" * 200)
    with pytest.raises(CannotEstablish, match="cannot be used"):
        known.forget("key")
