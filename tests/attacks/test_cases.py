"""No attack is a mere claim: each is really broken, and green to the naive eye. Honest changes are green as well."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks.case import Breakage, Case, Kind
from tests.attacks.catalogue import CASES
from tests.attacks.desk import Desk
from tests.attacks.naive import looks_green, works

ALL = [
    pytest.param(language, case, id=f"{language}-{case.name}", marks=() if case.fast else pytest.mark.slow)
    for language, cases in CASES.items()
    for case in cases
]
BREAKAGES = {
    (language, case.breakage.name): (language, case.breakage)
    for language, cases in CASES.items()
    for case in cases
    if case.breakage
}


@pytest.fixture(scope="session")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Desk]]:
    folder = tmp_path_factory.mktemp("naive")
    yield {language: Desk.create(language, folder) for language in CASES}


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("caches")


@pytest.mark.parametrize(("language", "case"), ALL)
def test_what_a_case_says_of_itself_is_true(language: str, case: Case, desks: dict[str, Desk], scratch: Path) -> None:
    desk = desks[language]
    desk.lay(case)
    if case.breakage:
        assert not works(desk, case.breakage), "it is not broken at all"
    assert (case.breakage is None) == (case.kind is Kind.HONEST)
    assert looks_green(desk, scratch) == ""


@pytest.mark.slow
@pytest.mark.parametrize(("language", "breakage"), BREAKAGES.values(), ids=[name for _, name in BREAKAGES])
def test_what_is_broken_could_have_been_done_right(language: str, breakage: Breakage, desks: dict[str, Desk]) -> None:
    desk = desks[language]
    desk.try_on(breakage.right)
    assert works(desk, breakage)


def test_names_are_unique() -> None:
    for cases in CASES.values():
        assert len({case.name for case in cases}) == len(cases)
