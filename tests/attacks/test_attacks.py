"""The real gate over every case: an attack is never accepted, honest work is never rejected."""

from collections.abc import Iterator

import pytest

from tests.attacks.case import Case, Kind
from tests.attacks.catalogue import CASES
from tests.attacks.desk import Desk
from tests.attacks.run import judge

JUDGED = [
    pytest.param(language, case, id=f"{language}-{case.name}", marks=() if case.fast else pytest.mark.slow)
    for language, cases in CASES.items()
    for case in cases
    if case.kind is not Kind.BEYOND
]


@pytest.fixture(scope="session")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Desk]]:
    """One repository and one home of the gate for each language: environments and slots are made once."""
    folder = tmp_path_factory.mktemp("attacks")
    yield {language: Desk.create(language, folder) for language in CASES}


@pytest.mark.parametrize(("language", "case"), JUDGED)
def test_attacks_are_never_accepted_and_honest_work_is_never_rejected(
    language: str, case: Case, desks: dict[str, Desk]
) -> None:
    outcome = judge(desks[language], case)
    wrong = "accepted" if case.kind is Kind.ATTACK else "rejected"
    assert outcome.verdict != wrong, str(outcome)
    assert outcome.stopped or case.kind is Kind.HONEST, str(outcome)
    assert not outcome.by_accident, str(outcome)


def test_there_are_enough_of_each_kind() -> None:
    counts = {(language, kind): 0 for language in CASES for kind in Kind}
    for language, cases in CASES.items():
        for case in cases:
            counts[language, case.kind] += 1
    assert counts["python", Kind.ATTACK] >= 42
    assert counts["typescript", Kind.ATTACK] >= 16
    assert counts["python", Kind.HONEST] >= 42
    assert counts["typescript", Kind.HONEST] >= 10
