"""Expressions of workflows that are always true or always false, as GitHub compares."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.integrity.commands.expressions import constant
from gatekeeper.integrity.commands.github import never, read_workflow


@pytest.mark.parametrize(
    "text",
    [
        "false",
        "0",
        "-0",
        "0.0",
        "0x0",
        "''",
        "null",
        "NaN",
        "!true",
        "! 'false'",
        "1 == 2",
        "'a' == 'b'",
        "'a' != 'A'",
        "'a' == 0",
        "'a' == 'it''s'",
        "null != false",
        "true == 2",
        "2 < 1",
        "1 >= '2'",
        "'x' < 1",
        "false && github.ref == 'x'",
        "github.ref == 'x' && 'a' == 'b'",
        "always() && false",
        "false || 1 == 2",
        "github.ref && false || null",
    ],
)
def test_always_false(text: str) -> None:
    assert constant(text) is False
    assert never(text)
    assert never(f"${{{{ {text} }}}}")


@pytest.mark.parametrize(
    "text",
    [
        "true",
        "1",
        "'false'",
        "!false",
        "!''",
        "'a' == 'A'",
        "'MAIN' == 'main'",
        "1 == '1'",
        "'0x0f' == 15",
        "' +1.5 ' == 1.5",
        "true == 1",
        "'' == 0",
        "null == ''",
        "null == false",
        "'a' != 1",
        "1 != 2",
        "1 < 2",
        "true || github.ref == 'x'",
        "'a' == 'a' && true",
    ],
)
def test_always_true(text: str) -> None:
    assert constant(text) is True
    assert not never(text)


@pytest.mark.parametrize(
    "text",
    [
        "github.ref == 'refs/heads/main'",
        "github.event_name != 'push' && true",
        "false || github.ref == 'x'",
        "github.ref == 'a && false && b'",
        "github.ref == 'a || true || b'",
        "contains(github.ref, 'x') && false",
        "!cancelled()",
        "!github.event.pull_request.draft",
        "'a' < 'b'",
        "matrix.version == 3.12",
        "False == inputs.x",
        "== 1",
        "",
    ],
)
def test_what_depends_or_is_not_understood(text: str) -> None:
    assert constant(text) is None


@given(st.text(alphabet="'!=<>&|() 01aAxeE.+-truefalsn\0", max_size=40))
def test_any_text_is_answered(text: str) -> None:
    assert constant(text) in (None, True, False)


@pytest.mark.parametrize(("value", "is_allowed"), [("${{ 'A' == 'a' }}", True), ("${{ 'a' == 'b' }}", False)])
def test_failure_that_is_always_allowed(value: str, is_allowed: bool) -> None:
    (judge,) = read_workflow({"jobs": {"t": {"continue-on-error": value, "steps": [{"run": "pytest"}]}}}).judges
    assert bool(judge.soft) is is_allowed
