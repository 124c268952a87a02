"""Every case, in the order of the published table."""

from tests.attacks.case import Case, in_fleet
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
from tests.attacks.typescript import expert as kiosk_expert
from tests.attacks.typescript import honest as kiosk_honest

_ONLY_WARNS = (
    "snapshot-regenerated", "only-for-the-checker", "type-ignore-blanket", "type-ignore-coded", "no-type-check",
    "mypy-file-comment", "ruff-file-comment", "noqa-blanket", "noqa-coded", "noqa-security", "per-file-ignores",
    "rule-ignored", "rule-ignored-everywhere", "ruff-excludes", "mypy-excludes", "mypy-code-disabled", "coverage-omits",
    "pragma-no-cover", "ci-step-dropped", "ci-paths-ignored", "ci-unpinned-action", "lock-swapped",
)  # fmt: skip
_SCRIPTS_ONLY_WARN = ("snapshot-regenerated", "ts-ignore", "eslint-disable", "tsconfig-excludes", "eslint-rule-off")
"""`strict` lists what these do: it is what honest branches do as well, and nothing corroborates it."""
PYTHON: tuple[Case, ...] = in_fleet(
    (
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
    ),
    *_ONLY_WARNS,
)
TYPESCRIPT: tuple[Case, ...] = in_fleet((*kiosk.CASES, *kiosk_expert.CASES, *kiosk_honest.CASES), *_SCRIPTS_ONLY_WARN)
CASES: dict[str, tuple[Case, ...]] = {"python": PYTHON, "typescript": TYPESCRIPT}
