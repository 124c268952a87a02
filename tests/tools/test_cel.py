"""CEL expressions are bounded: what loops, allocates or does not type-check is unknown, and others get their value."""

from gatekeeper.tools import cel

FACTS = {"checks": {"tests": {"counts": {"passed": 7}}}, "many": list(range(100)), "text": "x" * 1000}
PASSED = "checks.tests.counts.passed"
ENDLESS = "many.all(a, many.all(b, many.all(c, many.all(d, many.all(e, a + b + c + d + e >= 0)))))"
GREEDY = "many.map(a, many.map(b, many.map(c, text + text + text))).size() == 0"


def test_values() -> None:
    found = cel.evaluate([f"{PASSED} > 6", f"{PASSED} > 7", "many.exists(one, one == 99)"], FACTS)
    assert list(found.values()) == [True, False, True]


def test_what_has_no_value_says_why() -> None:
    wrong = [f"{PASSED} + 'a' == 1", "nobody.knows", "1 +", PASSED, "checks.types.counts.passed > 1", "'a' > 1"]
    found = cel.evaluate(wrong, FACTS)
    assert all(isinstance(value, str) for value in found.values()), found
    assert found[PASSED] == "it gives int, not true or false"


def test_an_expression_that_does_not_end_is_stopped_and_the_others_are_evaluated() -> None:
    found = cel.evaluate([f"{PASSED} > 1", ENDLESS, f"{PASSED} > 2"], FACTS)
    assert found[f"{PASSED} > 1"] is found[f"{PASSED} > 2"] is True
    assert "stopped" in str(found[ENDLESS])


def test_an_expression_that_takes_memory_is_stopped() -> None:
    assert isinstance(cel.evaluate([GREEDY], FACTS)[GREEDY], str)


def test_nothing_of_the_current_folder_is_imported(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "cel.py").write_text("raise SystemExit('taken')\n")
    (tmp_path / "json.py").write_text("raise SystemExit('taken')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert cel.evaluate(["1 == 1"], {}) == {"1 == 1": True}
