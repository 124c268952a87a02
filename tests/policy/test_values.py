"""Durations and sizes as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.policy.values import parse_duration, parse_size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("10m", 600.0), ("90s", 90.0), ("1h30m", 5400.0), ("250ms", 0.25), ("1.5h", 5400.0), (30, 30.0), (0.5, 0.5)],
)
def test_durations(text: object, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "10", "m", "10 minutes", "-3s", -3, 0, True, None, "1e9h", "10m!", "٣s", 10.0**9])
def test_not_durations(text: object) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "size"), [("2GiB", 2**31), ("512 MiB", 2**29), ("2GB", 2 * 10**9), ("1.5K", 1536), (4096, 4096), ("7", 7)]
)
def test_sizes(text: object, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "GiB", "2gigs", "-1MB", 0, -5, True, None, 1.5, "0GiB"])
def test_not_sizes(text: object) -> None:
    with pytest.raises(ValueError, match="size"):
        parse_size(text)


@given(st.text() | st.integers() | st.floats() | st.none())
def test_nothing_but_value_errors(value: object) -> None:
    for parse in (parse_duration, parse_size):
        try:
            assert parse(value) > 0
        except ValueError:
            continue
