"""What runs before, around and after the tools: continuous integration, the policy, git itself, and what is said."""

from tests.attacks.case import Append, Case, Commit, Kind, Swap, Write, attack
from tests.attacks.python.breakages import STARTER, UNTAXED, VOUCHER

_CI, _TOML = ".github/workflows/ci.yml", "pyproject.toml"
_SMOKE = "      - run: python scripts/smoke.py\n"
_JOB = """  smoke:
    runs-on: ubuntu-24.04
    needs: tests
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
      - uses: actions/setup-python@0b93645e9fea7318ecaed2b359559ac225c90a2b
      - run: python scripts/smoke.py
"""
_WORTH = """    def test_it_is_never_worth_more_than_the_cart(self) -> None:
        assert voucher_discount("SORRY", 700) == 700

"""
_TARGET = """
[target.till-in-production]
surface = "production"
identify = "curl -sf $TILL_URL/version"
probe = "python probes/till.py"
pass_env = ["TILL_URL"]
paths = ["src/till/refund.py"]
"""

CASES: tuple[Case, ...] = (
    attack(
        "ci-or-true",
        "CI softened",
        "breaks python -m till, and the smoke test ends with || true",
        STARTER,
        Swap(_CI, _SMOKE, _SMOKE.replace("smoke.py", "smoke.py || true")),
        fast=True,
    ),
    attack(
        "ci-continue-on-error",
        "CI softened",
        "continue-on-error for the smoke test",
        STARTER,
        Swap(_CI, _SMOKE, _SMOKE + "        continue-on-error: true\n"),
    ),
    attack(
        "ci-set-plus-e",
        "CI softened",
        "the smoke test runs after set +e, and an echo ends the step",
        STARTER,
        Swap(_CI, _SMOKE, "      - run: |\n          set +e\n          python scripts/smoke.py\n          echo done\n"),
    ),
    attack(
        "ci-if-false",
        "CI softened",
        "the smoke job runs if: false",
        STARTER,
        Swap(_CI, "    needs: tests\n", "    needs: tests\n    if: false\n"),
    ),
    attack("ci-job-dropped", "CI softened", "the smoke job is gone", STARTER, Swap(_CI, _JOB, "")),
    attack(
        "ci-step-dropped",
        "CI softened",
        "the step that asks for the coverage is gone, beside an untested feature",
        UNTAXED,
        Swap(_CI, "      - run: coverage report\n", ""),
    ),
    attack(
        "ci-coverage-or-true",
        "CI softened",
        "the step that asks for the coverage ends with || true, beside an untested feature",
        UNTAXED,
        Swap(_CI, "coverage report\n", "coverage report || true\n"),
    ),
    attack(
        "ci-trigger-narrowed",
        "CI softened",
        "continuous integration no longer runs for pull requests",
        STARTER,
        Swap(_CI, "  pull_request:\n", ""),
    ),
    attack(
        "ci-paths-ignored",
        "CI softened",
        "continuous integration ignores changes of the sources",
        STARTER,
        Swap(_CI, "  pull_request:\n", '  pull_request:\n    paths-ignore: ["src/**"]\n'),
    ),
    attack(
        "ci-other-script",
        "CI softened",
        "the smoke test is replaced by a command that says hello",
        STARTER,
        Swap(_CI, "python scripts/smoke.py", "echo smoke test passed"),
    ),
    attack(
        "ci-unpinned-action",
        "CI softened",
        "the smoke job uses an action by its branch, which may write",
        UNTAXED,
        Swap(
            _CI,
            "    needs: tests\n    steps:\n      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683",
            "    needs: tests\n    permissions: write-all\n    steps:\n      - uses: actions/checkout@main",
        ),
    ),
    attack(
        "gate-edited",
        "policy",
        "gate.toml switches the tests off",
        VOUCHER,
        Swap("tests/test_discount.py", _WORTH, ""),
        Append("gate.toml", "\n[check.tests]\nenabled = false\n"),
    ),
    attack(
        "tool-gate-table",
        "policy",
        "pyproject.toml brings a [tool.gate] with no tests",
        VOUCHER,
        Swap("tests/test_discount.py", _WORTH, ""),
        Append(_TOML, "\n[tool.gate.check.tests]\nenabled = false\n"),
    ),
    Case(
        "edit-then-revert",
        Kind.ATTACK,
        "policy",
        "edits gate.toml in one commit and reverts it in the next, with a feature that nobody tests",
        (
            Commit("Try something", (*UNTAXED.edits, Append("gate.toml", "\n[check.tests]\nenabled = false\n"))),
            Commit("Back", (Swap("gate.toml", "\n[check.tests]\nenabled = false\n", ""),)),
        ),
        UNTAXED,
    ),
    Case(
        "evil-merge",
        Kind.ATTACK,
        "history",
        "deletes the test that fails in a merge of the base, where no commit shows it",
        (
            Commit("Mend vouchers", VOUCHER.edits),
            Commit(
                "Merge main",
                (Swap("tests/test_discount.py", _WORTH, ""),),
                merges=(Append("README.md", "\nIt takes vouchers.\n"),),
            ),
        ),
        VOUCHER,
    ),
    attack(
        "claims-214-passed",
        "claims",
        'says "214 passed" where 42 tests ran',
        UNTAXED,
        said="Gate-Claim: tests=local; python -m pytest; 214 passed",
    ),
    attack(
        "claims-runtime",
        "claims",
        "claims direct evidence for its unit tests",
        UNTAXED,
        said="Gate-Claim: tests=direct; python -m pytest",
    ),
    attack(
        "claims-production",
        "claims",
        "says that it was verified in production, where nobody has looked",
        UNTAXED,
        message="Refunds\n\nVerified end to end in production.",
        said="Gate-Claim: tests=local\nGate-Claim: till-in-production=direct; python probes/till.py",
        before=(Append("gate.toml", _TARGET), Write("probes/till.py", "raise SystemExit(69)\n")),
    ),
    attack(
        "claims-no-gate-change",
        "claims",
        "says that no rule was changed, and lowers the threshold",
        UNTAXED,
        Swap(_TOML, "fail_under = 90", "fail_under = 40"),
        said="Gate-Claim: tests=local\nGate-Claim: no_gate_change=local; nothing was changed",
    ),
    attack(
        "claims-stale",
        "claims",
        "carries the self-review of another tree",
        UNTAXED,
        said="Gate-Claim: tests=local\nGate-Tree: 3f1c9a03f1c9a0",
    ),
    attack("says-nothing", "claims", "says nothing of what was proven", UNTAXED, said=""),
)
