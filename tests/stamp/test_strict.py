"""JSON that two readers cannot understand differently."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.stamp.strict import MAX_BYTES, MAX_DEPTH, BadEnvelope, dump, load

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_written_reads_back_and_is_written_the_same_again(value: object) -> None:
    raw = dump(value)  # type: ignore[arg-type]
    assert load(raw) == value
    assert dump(load(raw)) == raw
    assert raw.isascii()


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b'{"a": 1, "a": 1}', "same key twice"),
        (b'{"x": [{"deep": {"a": 1, "b": 2, "a": 3}}]}', "same key twice"),
        (b'{"a": 1, "\\u0061": 2}', "same key twice"),
        (b'{"a": NaN}', "not JSON"),
        (b'{"a": -Infinity}', "not JSON"),
        (b'{"a": 1e999}', "too large"),
        (b'{"a": "\xff"}', "not JSON in UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "not JSON in UTF-8"),
        (b'\xef\xbb\xbf{"a": 1}', "not JSON in UTF-8"),
        (b'{"a": 1} {"b": 2}', "not JSON in UTF-8"),
        (b"", "not JSON in UTF-8"),
        (b"9" * 5000, "not JSON in UTF-8"),
    ],
)
def test_refused(raw: bytes, words: str) -> None:
    with pytest.raises(BadEnvelope, match=words):
        load(raw)


def test_nesting_is_bounded_before_it_is_parsed() -> None:
    fine = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert load(fine) is not None
    for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
        with pytest.raises(BadEnvelope, match="nested"):
            load(opening * (MAX_DEPTH + 1) + b"1" + closing * (MAX_DEPTH + 1))
    with pytest.raises(BadEnvelope, match="nested"):
        load(b"[" * 200_000 + b"]" * 200_000)


def test_brackets_inside_strings_do_not_nest() -> None:
    text = '[{"\\' * 200
    assert load(json.dumps({"a": text}).encode()) == {"a": text}
    assert load(b"[" + b",".join([b"[]"] * 1000) + b"]") is not None


@pytest.mark.parametrize("hostile", [b'"' + b'\\"' * 400_000, b'["' + b"\\" * 900_000, b'"[' * 300_000])
def test_hostile_strings_take_no_quadratic_time(hostile: bytes) -> None:
    started = time.process_time()
    with pytest.raises(BadEnvelope):
        load(b"[" * 40 + hostile)
    assert time.process_time() - started < 2


def test_fifty_megabytes_are_refused_without_being_read() -> None:
    huge = b'{"payload":"' + b"A" * (50 << 20) + b'"}'
    started = time.process_time()
    with pytest.raises(BadEnvelope, match=f"limit is {MAX_BYTES}"):
        load(huge)
    assert time.process_time() - started < 0.05
