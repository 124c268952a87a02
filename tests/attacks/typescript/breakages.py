"""What is really broken in the attacks on the kiosk."""

from tests.attacks.case import Breakage, Swap, Write

_COUPON = "  return Math.min(AMOUNTS[code.trim().toUpperCase()] ?? 0, due);\n"
CAP = Breakage(
    "a coupon can be worth more than what is due",
    (Swap("src/coupon.mjs", _COUPON, "  return AMOUNTS[code.trim().toUpperCase()] ?? (due, 0);\n"),),
    'import { couponValue } from "./src/coupon.mjs";\nprocess.exit(couponValue("SORRY", 300) === 300 ? 0 : 1);\n',
)
HALF = Breakage(
    "half a cent is lost",
    (Swap("src/price.mjs", "Math.round(", "Math.floor("),),
    'import { taxed } from "./src/price.mjs";\nprocess.exit(taxed(50, "toys") === 60 ? 0 : 1);\n',
)
REFUSAL = Breakage(
    "what has no quantity ends in another error than promised",
    (Swap("src/basket.mjs", "throw new RangeError(", "throw new SyntaxError("),),
    'import { Basket } from "./src/basket.mjs";\n'
    "try {\n  new Basket().add({ name: 'tea', kind: 'food', price: 1, quantity: 0 });\n} catch (error) {\n"
    "  process.exit(error instanceof RangeError ? 0 : 1);\n}\nprocess.exit(1);\n",
)
TOTAL_LINE = Breakage(
    "the receipt shows another total than is due",
    (Swap("src/receipt.mjs", "total ${basket.total()}", "total ${basket.items.length}"),),
    'import { Basket } from "./src/basket.mjs";\nimport { receipt } from "./src/receipt.mjs";\n'
    "const basket = new Basket([{ name: 'tea', kind: 'food', price: 100, quantity: 1 }]);\n"
    'process.exit(receipt(basket).endsWith("total 107") ? 0 : 1);\n',
)
_REFUND = """// @ts-check
/** @typedef {import("./basket.mjs").Basket} Basket */

/**
 * Cents to give back for what has these names.
 * @param {Basket} basket
 * @param {string[]} names
 */
export function refund(basket, names) {
BODY}
"""
_RIGHT = """  const kept = basket.items.filter((item) => !names.includes(item.name));
  const rest = new (/** @type {typeof import("./basket.mjs").Basket} */ (basket.constructor))(kept);
  return basket.total() - rest.total();
"""


def refund(body: str, why: str) -> Breakage:
    """A new module for refunds that does not do what was asked for, and has no tests."""
    return Breakage(
        f"refunds: {why}",
        (Write("src/refund.mjs", _REFUND.replace("BODY\n", body)),),
        'import { Basket } from "./src/basket.mjs";\nimport { refund } from "./src/refund.mjs";\n'
        "const basket = new Basket([{ name: 'tea', kind: 'food', price: 450, quantity: 2 }]);\n"
        'process.exit(refund(basket, ["tea"]) === 963 ? 0 : 1);\n',
        (Write("src/refund.mjs", _REFUND.replace("BODY\n", _RIGHT)),),
    )


UNTAXED = refund(
    "  return basket.items.filter((item) => names.includes(item.name)).reduce((sum, item) => sum + item.price, 0);\n",
    "without quantity and tax",
)

VITEST = """import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.mjs"],
    coverage: {
      thresholds: { lines: 90, branches: 85 },
    },
  },
});
"""
"""A configuration that some cases begin with: there are no packages to run it."""
