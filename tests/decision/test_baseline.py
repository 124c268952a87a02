"""New against base: what is the same finding, and what is not."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from gatekeeper.decision.baseline import classify
from gatekeeper.decision.fingerprint import fingerprint, normalise
from gatekeeper.model.finding import Finding
from gatekeeper.model.vocabulary import CheckId, Novelty

LINT = CheckId("lint")

findings = st.builds(
    Finding,
    check=st.just(LINT),
    rule=st.sampled_from(["F401", "E501"]),
    message=st.just("m"),
    path=st.sampled_from(["a.py", "b.py"]),
    line=st.integers(1, 50),
    context=st.sampled_from(["import os", "x = 1", "y  =  2"]),
)


def one(path: str = "a.py", line: int = 1, context: str = "import os", rule: str = "F401", **more: object) -> Finding:
    return replace(Finding(check=LINT, rule=rule, message="m", path=path, line=line, context=context), **more)


def novelties(head: list[Finding], base: list[Finding]) -> list[Novelty]:
    return [finding.novelty for finding in classify(head, base)]


def test_the_same_line_further_down_is_old() -> None:
    assert novelties([one(line=90)], [one(line=3)]) == [Novelty.BASELINE]


def test_a_line_moved_to_another_file_is_old() -> None:
    assert novelties([one(path="b.py")], [one(path="a.py")]) == [Novelty.BASELINE]


def test_a_copy_of_an_old_problem_is_new_and_the_original_keeps_its_excuse() -> None:
    head = [one(path="a_copy.py"), one(path="b.py")]
    assert novelties(head, [one(path="b.py")]) == [Novelty.NEW, Novelty.BASELINE]


def test_another_rule_on_the_same_line_is_new() -> None:
    assert novelties([one(rule="E501")], [one(rule="F401")]) == [Novelty.NEW]


def test_reindenting_is_no_change() -> None:
    assert novelties([one(context="    import   os")], [one(context="import os")]) == [Novelty.BASELINE]


def test_a_function_that_got_worse_is_new_and_one_that_did_not_is_old() -> None:
    before = one(symbol="f", measure=12.0, rule="complexity")
    assert novelties([replace(before, measure=13.0)], [before]) == [Novelty.NEW]
    assert novelties([replace(before, measure=12.0)], [before]) == [Novelty.BASELINE]
    assert novelties([replace(before, measure=11.0, path="moved.py")], [before]) == [Novelty.BASELINE]


@given(st.lists(findings))
def test_against_itself_nothing_is_new(head: list[Finding]) -> None:
    assert all(finding.novelty is Novelty.BASELINE for finding in classify(head, head))


@given(st.lists(findings))
def test_against_nothing_everything_is_new(head: list[Finding]) -> None:
    assert all(finding.novelty is Novelty.NEW for finding in classify(head, []))


@given(st.lists(findings), st.lists(findings))
def test_no_more_is_excused_than_the_base_had(head: list[Finding], base: list[Finding]) -> None:
    classified = classify(head, base)
    assert [replace(f, novelty=Novelty.NEW) for f in classified] == head
    assert sum(f.novelty is Novelty.BASELINE for f in classified) <= len(base)


@given(st.lists(findings), st.lists(findings), st.randoms())
def test_the_order_of_the_base_does_not_matter(head: list[Finding], base: list[Finding], random: object) -> None:
    shuffled = list(base)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert novelties(head, shuffled) == novelties(head, base)


@given(st.lists(findings), st.integers(1, 1000))
def test_fingerprints_do_not_depend_on_line_numbers(head: list[Finding], shift: int) -> None:
    moved = [replace(finding, line=(finding.line or 0) + shift) for finding in head]
    assert [f.fingerprint for f in fingerprint(head)] == [f.fingerprint for f in fingerprint(moved)]


@given(st.lists(findings))
def test_fingerprints_tell_findings_apart(head: list[Finding]) -> None:
    made = [finding.fingerprint for finding in fingerprint(head)]
    assert len(set(made)) == len(made)


def test_normalise_keeps_the_words() -> None:
    assert normalise("\tif  x :\n") == "if x :"
    assert normalise("a b") != normalise("ab")


def test_findings_without_a_line_are_told_apart_by_file_and_by_message() -> None:
    whole_file = Finding(check=LINT, rule="format", message="would be reformatted", path="a.py")
    nowhere = Finding(check=LINT, rule="config", message="one")
    assert novelties([whole_file, nowhere], [whole_file, nowhere]) == [Novelty.BASELINE] * 2
    assert novelties([replace(nowhere, message="another")], [nowhere]) == [Novelty.NEW]
