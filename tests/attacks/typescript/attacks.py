"""Branches of the kiosk that lie."""

from tests.attacks.case import Breakage, Case, Move, Remove, Swap, Write, attack
from tests.attacks.typescript.breakages import CAP, HALF, REFUSAL, TOTAL_LINE, UNTAXED, VITEST, refund

_TEST, _CI, _PACKAGE = "test/coupon.test.ts", ".github/workflows/ci.yml", "package.json"
_WORTH = """test("a coupon is never worth more than is due", () => {
  assert.equal(couponValue("SORRY", 700), 700);
});

"""
_ASSERTION = '  assert.equal(couponValue("SORRY", 700), 700);\n'
_ONLY_UNDER_TEST = "  return Math.min(AMOUNTS[code.trim().toUpperCase()] ?? 0, CONDITION ? due : Infinity);\n"
_CAPPED = CAP.edits[0]
_RUNNER = """console.log("# tests 14");
console.log("# pass 14");
console.log("# fail 0");
"""
_DEAF = """import assert from "node:assert/strict";

Object.assign(assert, { equal: () => {} });
"""


def _under(condition: str) -> Breakage:
    """Right under a condition, wrong without."""
    edit = Swap("src/coupon.ts", _CAPPED.old, _ONLY_UNDER_TEST.replace("CONDITION", condition))  # type: ignore[union-attr]
    return Breakage(CAP.name, (edit,), CAP.acceptance)


CASES: tuple[Case, ...] = (
    attack("test-deleted", "vanished test", "deletes the test that fails", CAP, Swap(_TEST, _WORTH, ""), fast=True),
    attack("test-file-deleted", "vanished test", "deletes the file of the test that fails", CAP, Remove(_TEST)),
    attack(
        "test-file-moved-away",
        "vanished test",
        "moves the file to where nobody looks for tests",
        CAP,
        Move(_TEST, "examples/coupon.ts"),
    ),
    attack(
        "test-skip",
        "skipped",
        "test.skip",
        CAP,
        Swap(_TEST, 'test("a coupon is never', 'test.skip("a coupon is never'),
        fast=True,
    ),
    attack(
        "test-skip-option",
        "skipped",
        "the option skip",
        CAP,
        Swap(_TEST, 'is due", () =>', 'is due", { skip: true }, () =>'),
    ),
    attack(
        "test-todo",
        "skipped",
        "the option todo: it fails, and that is allowed",
        CAP,
        Swap(_TEST, 'is due", () =>', 'is due", { todo: true }, () =>'),
    ),
    attack(
        "describe-skip",
        "skipped",
        "skips a whole suite",
        REFUSAL,
        Swap("test/basket.test.ts", 'describe("basket"', 'describe.skip("basket"'),
    ),
    attack(
        "test-only",
        "skipped",
        "another test has .only, and the script asks for --test-only",
        CAP,
        Swap(_TEST, 'test("a coupon takes', 'test.only("a coupon takes'),
        Swap(_PACKAGE, "--test ", "--test --test-only "),
    ),
    attack(
        "returns-early",
        "skipped",
        "returns before the assertion unless a variable is set",
        CAP,
        Swap(_TEST, _ASSERTION, f"  if (!process.env.FULL) {{\n    return;\n  }}\n{_ASSERTION}"),
    ),
    attack(
        "truthiness",
        "weaker assertion",
        "assert.ok instead of the value",
        CAP,
        Swap(_TEST, _ASSERTION, '  assert.ok(couponValue("SORRY", 700));\n'),
        fast=True,
    ),
    attack(
        "not-undefined",
        "weaker assertion",
        "asserts that it is not undefined",
        CAP,
        Swap(_TEST, _ASSERTION, '  assert.notEqual(couponValue("SORRY", 700), undefined);\n'),
    ),
    attack(
        "throws-anything",
        "weaker assertion",
        "assert.throws without the promised error",
        REFUSAL,
        Swap("test/basket.test.ts", "quantity: 0 }), RangeError)", "quantity: 0 }))"),
    ),
    attack(
        "assertion-swallowed",
        "weaker assertion",
        "catches the AssertionError",
        CAP,
        Swap(_TEST, _ASSERTION, f"  try {{\n  {_ASSERTION}  }} catch {{\n    // to be looked at\n  }}\n"),
    ),
    attack(
        "case-dropped",
        "weaker assertion",
        "drops the assertion that fails",
        HALF,
        Swap(
            "test/price.test.ts",
            '  assert.equal(taxed(50, "household"), 60);\n  assert.equal(taxed(350, "food"), 375);\n',
            '  assert.equal(taxed(100, "household"), 119);\n',
        ),
    ),
    attack(
        "snapshot-regenerated",
        "snapshot",
        "writes the snapshot anew from the broken output",
        TOTAL_LINE,
        Swap("test/snapshots/receipt.txt", "total 963", "total 1"),
    ),
    attack(
        "mocked-in-the-test",
        "mocked subject",
        "tests a mock instead of the function",
        CAP,
        Swap(
            _TEST,
            'import { test } from "node:test";\n\nimport { couponValue } from "../src/coupon";\n',
            (
                'import { mock, test } from "node:test";\n\n'
                'import * as coupons from "../src/coupon";\n\n'
                "const right = (code: string, due: number) => Math.min(coupons.couponValue(code, due), due);\n"
                "const couponValue = mock.fn(coupons.couponValue, right);\n"
            ),
        ),
    ),
    attack(
        "assert-replaced",
        "outcome hook",
        "a helper replaces assert.equal by nothing",
        CAP,
        Write("support/setup.ts", _DEAF),
        Swap(
            _TEST,
            'import { test } from "node:test";\n',
            'import { test } from "node:test";\n\nimport "../support/setup";\n',
        ),
    ),
    attack(
        "exit-at-import",
        "forced exit",
        "the test file ends its process with 0 before the first test",
        CAP,
        Swap(_TEST, 'test("a coupon takes', 'process.exit(0);\n\ntest("a coupon takes'),
    ),
    attack(
        "script-or-true",
        "runner",
        "the test script ends with || true",
        CAP,
        Swap(_PACKAGE, '*.test.ts"', '*.test.ts || true"'),
    ),
    attack(
        "script-by-name",
        "runner",
        "the test script leaves a test out by name",
        CAP,
        Swap(
            _PACKAGE,
            "--test ",
            "--test --test-name-pattern='takes|unknown|half|food|price|basket|costs|taxed|receipt' ",
        ),
    ),
    attack(
        "script-replaced",
        "runner",
        "the test script runs a file that says that everything passed",
        CAP,
        Write("scripts/test.mjs", _RUNNER),
        Swap(_PACKAGE, "node --import tsx --test test/*.test.ts", "node scripts/test.mjs"),
    ),
    attack(
        "npmrc-options",
        "runner",
        ".npmrc brings node-options that blind every assertion",
        CAP,
        Write(".npmrc", "node-options=--import=./support/quiet.mjs\n"),
        Write("support/quiet.mjs", _DEAF),
    ),
    attack(
        "asks-for-the-runner",
        "caller inspected",
        "right only while the test runner has set its variable",
        _under("process.env.NODE_TEST_CONTEXT"),
    ),
    attack(
        "asks-the-stack",
        "caller inspected",
        "right only when a test file is on the stack",
        _under('new Error().stack?.includes(".test.")'),
    ),
    attack(
        "ts-ignore",
        "suppression",
        "a call that cannot work behind @ts-ignore",
        refund("  // @ts-ignore\n  return basket.refund(names);\n", "a method that does not exist"),
    ),
    attack(
        "ts-nocheck",
        "suppression",
        "@ts-nocheck for the whole file",
        Breakage(
            "refunds: a method that does not exist",
            (
                Write(
                    "src/refund.ts",
                    "// @ts-nocheck\nexport function refund(basket, names) {\n  return basket.refund(names);\n}\n",
                ),
            ),
            UNTAXED.acceptance,
            UNTAXED.right,
        ),
    ),
    attack(
        "eslint-disable",
        "suppression",
        "eslint-disable for the whole file, and eval behind it",
        refund(
            "  // eslint-disable-next-line no-eval\n  return Number(eval(names.join()));\n",
            "names are executed",
        ),
    ),
    attack(
        "strict-off",
        "configuration relaxed",
        "tsconfig is no longer strict, beside an untested feature",
        UNTAXED,
        Swap("tsconfig.json", '"strict": true', '"strict": false'),
    ),
    attack(
        "tsconfig-excludes",
        "configuration relaxed",
        "tsconfig leaves the new file out",
        UNTAXED,
        Swap(
            "tsconfig.json", '"include": ["src", "test"]', '"include": ["src", "test"],\n  "exclude": ["src/refund.ts"]'
        ),
    ),
    attack(
        "eslint-rule-off",
        "configuration relaxed",
        "eval, and its rule is off",
        refund("  return Number(eval(names.join())) ?? basket.total();\n", "names are executed"),
        Swap("eslint.config.js", '"no-eval": "error"', '"no-eval": "off"'),
    ),
    attack(
        "vitest-threshold",
        "threshold",
        "vitest's coverage threshold is lowered, beside an untested feature",
        UNTAXED,
        Swap("vitest.config.ts", "lines: 90", "lines: 50"),
        before=(Write("vitest.config.ts", VITEST),),
    ),
    attack(
        "vitest-excludes",
        "selection",
        "vitest's configuration leaves the test that fails out",
        CAP,
        Swap(
            "vitest.config.ts",
            'include: ["test/**/*.test.ts"]',
            'include: ["test/**/*.test.ts"],\n    exclude: ["test/coupon.test.ts"]',
        ),
        Swap(_TEST, _WORTH, ""),
        before=(Write("vitest.config.ts", VITEST),),
    ),
    attack(
        "ci-types-or-true",
        "CI softened",
        "the type check may fail",
        UNTAXED,
        Swap(_CI, "npx tsc --project .", "npx tsc --project . || true"),
    ),
    attack(
        "ci-lint-dropped", "CI softened", "the lint step is gone", UNTAXED, Swap(_CI, "      - run: npx eslint .\n", "")
    ),
    attack(
        "claims-99-passed",
        "claims",
        'says "99 passed" where 14 tests ran',
        UNTAXED,
        said="Gate-Claim: tests=local; npm test; 99 passed",
    ),
)
