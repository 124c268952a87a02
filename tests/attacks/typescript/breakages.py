"""What is really broken in the attacks on the kiosk."""

from tests.attacks.case import Breakage, Swap, Write

_COUPON = "  return Math.min(AMOUNTS[code.trim().toUpperCase()] ?? 0, due);\n"
CAP = Breakage(
    "a coupon can be worth more than what is due",
    (Swap("src/coupon.ts", _COUPON, "  return AMOUNTS[code.trim().toUpperCase()] ?? Math.min(0, due);\n"),),
    'import { couponValue } from "./src/coupon";\nprocess.exit(couponValue("SORRY", 300) === 300 ? 0 : 1);\n',
)
HALF = Breakage(
    "half a cent is lost",
    (Swap("src/price.ts", "Math.round(", "Math.floor("),),
    'import { taxed } from "./src/price";\nprocess.exit(taxed(50, "toys") === 60 ? 0 : 1);\n',
)
REFUSAL = Breakage(
    "what has no quantity ends in another error than promised",
    (Swap("src/basket.ts", "throw new RangeError(", "throw new SyntaxError("),),
    'import { Basket } from "./src/basket";\n'
    "try {\n  new Basket().add({ name: 'tea', kind: 'food', price: 1, quantity: 0 });\n} catch (error) {\n"
    "  process.exit(error instanceof RangeError ? 0 : 1);\n}\nprocess.exit(1);\n",
)
TOTAL_LINE = Breakage(
    "the receipt shows another total than is due",
    (Swap("src/receipt.ts", "total ${basket.total()}", "total ${basket.items.length}"),),
    'import { Basket } from "./src/basket";\nimport { receipt } from "./src/receipt";\n'
    "const basket = new Basket([{ name: 'tea', kind: 'food', price: 100, quantity: 1 }]);\n"
    'process.exit(receipt(basket).endsWith("total 107") ? 0 : 1);\n',
)
_REFUND = """import { Basket } from "./basket";

/** Cents to give back for what has these names. */
export function refund(basket: Basket, names: string[]): number {
BODY}
"""
_RIGHT = """  const kept = basket.items.filter((item) => !names.includes(item.name));
  return basket.total() - new Basket(kept).total();
"""


def refund(body: str, why: str) -> Breakage:
    """A new module for refunds that does not do what was asked for, and has no tests."""
    return Breakage(
        f"refunds: {why}",
        (Write("src/refund.ts", _REFUND.replace("BODY", body)),),
        'import { Basket } from "./src/basket";\nimport { refund } from "./src/refund";\n'
        "const basket = new Basket([{ name: 'tea', kind: 'food', price: 450, quantity: 2 }]);\n"
        'process.exit(refund(basket, ["tea"]) === 963 ? 0 : 1);\n',
        (Write("src/refund.ts", _REFUND.replace("BODY", _RIGHT)),),
    )


UNTAXED = refund(
    "  return basket.items.filter((item) => names.includes(item.name)).reduce((sum, item) => sum + item.price, 0);\n",
    "without quantity and tax",
)

VITEST = """import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    coverage: {
      thresholds: { lines: 90, branches: 85 },
    },
  },
});
"""
"""A configuration that some cases begin with."""
