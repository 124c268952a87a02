"""Every case, in the order of the published table."""

from tests.attacks.case import Case
from tests.attacks.python import around, outcome, product, runner, settings, smuggled, vanished, weakened

PYTHON: tuple[Case, ...] = (
    *vanished.CASES,
    *weakened.CASES,
    *outcome.CASES,
    *runner.CASES,
    *product.CASES,
    *settings.CASES,
    *around.CASES,
    *smuggled.CASES,
)
CASES: dict[str, tuple[Case, ...]] = {"python": PYTHON}
