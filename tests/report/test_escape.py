"""Nothing that a branch writes acts on the place where it is shown."""

import re
from xml.etree.ElementTree import Element, tostring

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.report.escape import html_text, markdown, single_line, terminal, unicode_only, xml
from tests.support.reports import HOSTILE

ANY = st.text(st.characters(), max_size=60)
ACTING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ✓ naïve 日本", "plain ✓ naïve 日本"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\u202eb", "a\\u202eb"),
        ("byte \udcff", "byte \\xff"),
        ("tag \U000e0041", "tag \\U000e0041"),
        ("  ::set-output name=x::y", "  \\x3a:set-output name=x::y"),
        ("x ##[command]y ##vso[task]", "x \\x23#[command]y \\x23#vso[task]"),
        ("std::string", "std::string"),
        ("non\u00a0breaking", "non\u00a0breaking"),
    ],
)
def test_terminal(text: str, shown: str) -> None:
    assert terminal(text) == shown


def test_terminal_keeps_lines_and_a_single_line_does_not() -> None:
    assert terminal("a\n\tb") == "a\n\tb"
    assert single_line("a\n\tb") == "a\\n\\tb"


def test_a_command_hides_on_no_line() -> None:
    assert terminal("fine\n::error::x") == "fine\n\\x3a:error::x"


def test_the_limit_cuts_the_end() -> None:
    assert single_line("abcdef", 4) == "abc…"
    assert single_line("abcd", 4) == "abcd"


@given(ANY)
def test_nothing_acts(text: str) -> None:
    for shown in (terminal(text), single_line(text), markdown(text), html_text(text)):
        assert not ACTING.search(shown)
        assert not any(line.lstrip().startswith("::") for line in shown.split("\n"))
        assert "##[" not in shown
        shown.encode("utf-8")
    assert "\n" not in single_line(text)


@given(ANY)
def test_xml_is_well_formed(text: str) -> None:
    element = Element("x", a=xml(text))
    element.text = xml(text)
    assert fromstring(tostring(element)).tag == "x"


@given(ANY)
def test_unicode_only_can_be_encoded_and_changes_nothing_else(text: str) -> None:
    shown = unicode_only(text)
    shown.encode("utf-8")
    if not any(0xD800 <= ord(c) <= 0xDFFF for c in text):
        assert shown == text


def test_markdown_leaves_no_markup() -> None:
    inner = markdown(HOSTILE).removeprefix("<code>").removesuffix("</code>")
    assert not re.search(r"[<>`|@*_\[\]()~]", inner)
    assert markdown("") == ""
