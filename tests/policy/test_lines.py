"""Lines of keys, against texts whose answer is plain to see."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.policy.lines import scan_lines

TEXT = '''\
extends = ["python"]

[check.tests]
timeout = "10m"
"quoted" = 1
a.b = 2

[check.x]
command = """
timeout = 3
[check.fake]
"""
reads = "junit"

[[waiver]]
rule = "A"
[[waiver]]
rule = "B"

[environment]
inline = { one = 1, two = 2 }
'''


def test_every_key_has_its_line() -> None:
    lines = scan_lines(TEXT)
    assert lines.find(("extends",)) == 1
    assert lines.find(("check", "tests")) == 3
    assert lines.find(("check", "tests", "timeout")) == 4
    assert lines.find(("check", "tests", "quoted")) == 5
    assert lines.find(("check", "tests", "a", "b")) == 6
    assert lines.find(("check", "x", "reads")) == 13
    assert lines.find(("waiver", 0, "rule")) == 16
    assert lines.find(("waiver", 1, "rule")) == 18
    assert lines.find(("environment", "inline", "two")) == 21


def test_text_inside_a_string_is_no_key() -> None:
    lines = scan_lines(TEXT)
    assert ("check", "fake") not in lines.at
    assert lines.find(("check", "x", "timeout")) == 8  # the table: the key itself is not there


def test_a_missing_key_falls_back_on_its_table_and_then_on_nothing() -> None:
    lines = scan_lines(TEXT)
    assert lines.find(("waiver", 1, "reason")) == 17
    assert lines.find(("nowhere", "at", "all")) is None


@given(st.dictionaries(st.text("abc-_19", min_size=1, max_size=4), st.integers(), min_size=1))
def test_top_level_keys_of_any_table_are_found_in_order(values: dict[str, int]) -> None:
    text = "".join(f"{key} = {value}\n" for key, value in values.items())
    assert tomllib.loads(text) == values
    lines = scan_lines(text)
    assert [lines.find((key,)) for key in values] == list(range(1, len(values) + 1))


@given(st.text())
def test_any_text_is_scanned_without_an_error(text: str) -> None:
    scan_lines(text)
