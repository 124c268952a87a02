"""Every case, in the order of the published table."""

from tests.attacks.case import Case
from tests.attacks.python import (
    around,
    beyond,
    expert,
    honest_code,
    honest_tests,
    outcome,
    product,
    runner,
    settings,
    smuggled,
    vanished,
    weakened,
)
from tests.attacks.typescript import attacks as kiosk
from tests.attacks.typescript import honest as kiosk_honest

PYTHON: tuple[Case, ...] = (
    *vanished.CASES,
    *weakened.CASES,
    *outcome.CASES,
    *runner.CASES,
    *product.CASES,
    *settings.CASES,
    *around.CASES,
    *smuggled.CASES,
    *expert.CASES,
    *beyond.CASES,
    *honest_tests.CASES,
    *honest_code.CASES,
)
TYPESCRIPT: tuple[Case, ...] = (*kiosk.CASES, *kiosk_honest.CASES)
CASES: dict[str, tuple[Case, ...]] = {"python": PYTHON, "typescript": TYPESCRIPT}
