"""The ledger gives back exactly what it was given, or says why it cannot."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import fields

from gatekeeper.ledger import codec
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import CommandRun, Observation, ToolIdentity
from gatekeeper.model.policy import Waiver
from gatekeeper.model.result import Report
from gatekeeper.model.vocabulary import CheckId, Ended, Novelty, ReportState, Severity
from tests.support.reports import a_finding, a_hostile_report, a_mixed_report

WORDS = st.text(st.characters(), max_size=12)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
FINDINGS = st.builds(
    Finding,
    check=WORDS.map(CheckId),
    rule=WORDS,
    message=WORDS,
    severity=st.sampled_from(Severity),
    path=st.none() | WORDS,
    line=st.none() | st.integers(1, 10**6),
    column=st.none() | st.integers(1, 10**6),
    measure=st.none() | NUMBERS,
    novelty=st.sampled_from(Novelty),
    waiver=st.none() | WORDS,
)
RUNS = st.builds(
    CommandRun,
    argv=st.lists(WORDS, max_size=3).map(tuple),
    ended=st.sampled_from(Ended),
    exit=st.none() | st.integers(0, 255),
    duration_s=NUMBERS,
    peak_bytes=st.integers(0, 2**50),
    log=WORDS,
    log_sha256=WORDS,
    report=st.sampled_from(ReportState),
)
OBSERVATIONS = st.builds(
    Observation,
    check=WORDS.map(CheckId),
    tree=WORDS,
    commands=st.lists(RUNS, max_size=2).map(tuple),
    findings=st.lists(FINDINGS, max_size=2).map(tuple),
    counts=st.dictionaries(WORDS, st.integers(), max_size=3),
    tools=st.lists(st.builds(ToolIdentity, WORDS, WORDS, WORDS, WORDS), max_size=2).map(tuple),
    missing=st.lists(WORDS, max_size=2).map(tuple),
)


@given(OBSERVATIONS)
def test_an_observation_comes_back(observation: Observation) -> None:
    text = codec.dumps(observation)
    assert text.isascii()
    assert codec.loads(Observation, text) == observation


@pytest.mark.parametrize("report", [a_mixed_report(), a_hostile_report()], ids=["mixed", "hostile"])
def test_a_report_comes_back(report: Report) -> None:
    assert codec.loads(Report, codec.dumps(report)) == report


@given(st.text(max_size=40))
def test_any_text_is_refused_in_words(text: str) -> None:
    with pytest.raises(codec.CodecError):
        codec.loads(Report, text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from([f.name for f in fields(Finding)]), JSON)
def test_a_wrong_value_is_refused_or_kept_as_it_is(name: str, value: codec.Json) -> None:
    data = {**json.loads(codec.dumps(a_finding())), name: value}
    try:
        finding = codec.decode(Finding, data)
    except codec.CodecError as error:
        assert "Finding" in str(error)
    else:
        assert codec.encode(finding)[name] == (pytest.approx(value, nan_ok=True) if isinstance(value, float) else value)  # type: ignore[index,call-overload]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"check": 3}, "Finding.check: str is wanted, not int"),
        ({"line": True}, "Finding.line: int is wanted, not bool"),
        ({"severity": "fatal"}, "Finding.severity: 'fatal' is not a valid Severity"),
        ({"colour": "red"}, "unknown field 'colour'"),
    ],
)
def test_refusals_name_the_place(change: dict[str, object], said: str) -> None:
    data = {**json.loads(codec.dumps(a_finding())), **change}
    with pytest.raises(codec.CodecError, match=said):
        codec.decode(Finding, data)


def test_a_field_with_a_default_may_be_missing_and_another_may_not() -> None:
    data = json.loads(codec.dumps(a_finding()))
    assert codec.decode(Finding, {k: data[k] for k in ("check", "rule", "message")}).severity is Severity.ERROR
    with pytest.raises(codec.CodecError, match="message"):
        codec.decode(Finding, {k: data[k] for k in ("check", "rule")})


def test_dates_and_what_is_no_part_of_the_model() -> None:
    waiver = Waiver(CheckId("lint"), "E501", "*", "why", date(2026, 2, 28))
    assert codec.loads(Waiver, codec.dumps(waiver)) == waiver
    with pytest.raises(codec.CodecError):
        codec.loads(Waiver, codec.dumps(waiver).replace("2026-02-28", "2026-02-30"))
    with pytest.raises(codec.CodecError, match="PosixPath"):
        codec.dumps(Path())
