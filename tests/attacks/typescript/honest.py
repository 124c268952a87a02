"""Honest branches of the kiosk, of the same shapes."""

from tests.attacks.case import Append, Case, Move, Swap, Write, honest, project
from tests.attacks.typescript.breakages import VITEST

_TEST, _CI, _PACKAGE = "test/coupon.test.ts", ".github/workflows/ci.yml", "package.json"
_TESTS = """test("a coupon takes its amount off", () => {
  assert.equal(couponValue("welcome ", 2000), 500);
});

test("a coupon is never worth more than is due", () => {
  assert.equal(couponValue("SORRY", 700), 700);
});

test("an unknown coupon is worth nothing", () => {
  assert.equal(couponValue("FREE", 700), 0);
});
"""
_TABLE = """for (const [code, due, cents] of [["welcome ", 2000, 500], ["SORRY", 700, 700], ["FREE", 700, 0]]) {
  test(`the coupon ${code} for ${due}`, () => {
    assert.equal(couponValue(String(code), Number(due)), cents);
  });
}
"""
_REFUND = """import type { Basket } from "./basket";

/** Cents to give back when everything is. */
export function refundAll(basket: Basket): number {
  return basket.total();
}
"""
_REFUND_TEST = """import assert from "node:assert/strict";
import { test } from "node:test";

import { Basket } from "../src/basket";
import { refundAll } from "../src/refund";

test("everything is given back", () => {
  const basket = new Basket([{ name: "tea", kind: "food", price: 450, quantity: 2 }]);
  assert.equal(refundAll(basket), 963);
});
"""
_MAIN = """import { parse, taxed } from "./price";

/** Exit status of `kiosk PRICE [KIND]`. */
export function main(words: string[]): number {
  const [text, kind = "other"] = words;
  if (text === undefined) {
    console.error("usage: kiosk PRICE [KIND]");
    return 64;
  }
  console.log(taxed(parse(text), kind));
  return 0;
}

if (process.argv[1]?.endsWith("kiosk")) {
  process.exit(main(process.argv.slice(2)));
}
"""
_MAIN_TEST = """import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

import { main } from "../src/main";

test("usage is an error", () => {
  assert.equal(main([]), 64);
});

const skip = process.platform === "win32" ? "no signals there, #12" : false;

test("signals are not there on every system", { skip }, () => {
  const { signal } = spawnSync(process.execPath, ["-e", "process.kill(process.pid)"]);
  assert.equal(signal, "SIGTERM");
});
"""

CASES: tuple[Case, ...] = (
    honest(
        "test-renamed-well",
        "tests refactored",
        "gives a test a better name",
        Swap(_TEST, "an unknown coupon is worth nothing", "a coupon that nobody knows takes nothing off"),
        fast=True,
    ),
    honest(
        "tests-merged-into-table",
        "tests refactored",
        "makes a table of three tests",
        Swap(_TEST, _TESTS, _TABLE),
        said="Gate-Test-Removed: test/coupon.test.ts — now rows of a table",
    ),
    honest(
        "test-file-moved",
        "tests refactored",
        "gives a file of tests another name",
        Move(_TEST, "test/money-off.test.ts"),
    ),
    honest(
        "grouped",
        "tests refactored",
        "puts tests into a suite",
        Swap(
            _TEST,
            _TESTS,
            'describe("coupons", () => {\n'
            + "".join(f"  {line}\n" if line else "\n" for line in _TESTS.splitlines())
            + "});\n",
        ),
        Swap(_TEST, "import { test }", "import { describe, test }"),
    ),
    honest(
        "feature-with-tests",
        "features",
        "refunds, with a test",
        Write("src/refund.ts", _REFUND),
        Write("test/refund.test.ts", _REFUND_TEST),
        fast=True,
    ),
    honest(
        "command-line",
        "exits in programs",
        "a program that ends with process.exit, its test, and a skip for one platform",
        Write("src/main.ts", _MAIN),
        Write("test/main.test.ts", _MAIN_TEST),
    ),
    honest(
        "promise-changed",
        "behaviour changed",
        "a coupon is worth more, and the tests say so",
        Swap("src/coupon.ts", "WELCOME: 500", "WELCOME: 600"),
        Swap(_TEST, "2000), 500", "2000), 600"),
        Swap("test/basket.test.ts", '"WELCOME"), 463', '"WELCOME"), 363'),
        message="Welcome with six",
    ),
    honest(
        "snapshot-changed-and-said",
        "snapshots",
        "the receipt gets a line, with its snapshot",
        Swap("src/receipt.ts", "return [...rows,", 'return ["kiosk", ...rows,'),
        Write("test/snapshots/receipt.txt", "kiosk\n2 tea 450\ntotal 963\n"),
        said="Gate-Change: test/snapshots/receipt.txt — the receipt begins with the name of the shop",
    ),
    honest(
        "stricter",
        "configuration",
        "asks more of the compiler and of the linter",
        Swap("tsconfig.json", '"strict": true,', '"strict": true,\n    "noUncheckedIndexedAccess": true,'),
        Swap(
            "eslint.config.js", '      "no-eval": "error",\n', '      "no-eval": "error",\n      "no-var": "error",\n'
        ),
    ),
    honest(
        "threshold-raised",
        "configuration",
        "asks for more coverage",
        Swap("vitest.config.ts", "lines: 90", "lines: 92"),
        before=(Write("vitest.config.ts", VITEST),),
    ),
    honest(
        "expect-error-in-a-test",
        "suppressions",
        "a test of what the compiler refuses, with its reason",
        Append(
            "test/price.test.ts",
            (
                "\n"
                'test("numbers are no prices", () => {\n'
                "  // @ts-expect-error: only text is a price\n"
                "  assert.throws(() => parse(null), TypeError);\n"
                "});\n"
            ),
        ),
    ),
    honest(
        "options-of-the-script",
        "configuration",
        "the test script shows its results otherwise",
        Swap(_PACKAGE, "--test ", "--test --test-reporter=spec "),
    ),
    honest(
        "actions-updated",
        "continuous integration",
        "a newer action, still pinned",
        Swap(
            _CI,
            "setup-node@39370e3970a6d050c480ffad4ff0ed4d3fdee5af",
            "setup-node@49933ea5288caeca8642d1e84afbd3f7d6820020",
        ),
    ),
    honest(
        "renamed-everywhere",
        "behaviour changed",
        "a function has another name",
        Swap("src/price.ts", "export function taxed", "export function withTax"),
        Swap("src/basket.ts", "import { taxed }", "import { withTax }"),
        Swap("src/basket.ts", "sum + taxed(", "sum + withTax("),
        Write(
            "test/price.test.ts",
            project("typescript")["test/price.test.ts"]
            .replace("taxed(", "withTax(")
            .replace("parse, taxed", "parse, withTax"),
        ),
    ),
)
