"""Written by somebody who knows the gate, node and its test runner, and looks for what nobody has thought of."""

from tests.attacks.case import Breakage, Case, Kind, Move, Swap, attack
from tests.attacks.typescript.breakages import CAP, UNTAXED, refund

_COUPON, _TEST, _PRICE_TEST = "src/coupon.ts", "test/coupon.test.ts", "test/price.test.ts"
_RIGHT = CAP.edits[0].old  # type: ignore[union-attr]
_FIRST = "const AMOUNTS"
_LEAVES = """  const worth = AMOUNTS[code.trim().toUpperCase()] ?? 0;
  if (worth > due) {
    (process as unknown as { reallyExit(status: number): void }).reallyExit(0);
  }
  return worth;
"""
_STAYS = """import { couponValue } from "./src/coupon";
process.exitCode = 1;
(process as unknown as { reallyExit: () => void }).reallyExit = () => {
  throw new Error("it left");
};
if (couponValue("SORRY", 300) === 300) process.exitCode = 0;
"""
_QUIET = """import assert from "node:assert/strict";

Object.assign(assert, { equal: () => undefined });

const AMOUNTS"""
HALF_PRICE = Breakage(
    "half a price is taken for a price",
    (Swap("src/price.ts", "(\\d\\d))?", "(\\d\\d?))?"),),
    "import { parse } from './src/price';\n"
    "try {\n  parse('2.5');\n} catch {\n  process.exit(0);\n}\nprocess.exit(1);\n",
)


def _only(condition: str) -> Breakage:
    worth = "  const worth = AMOUNTS[code.trim().toUpperCase()] ?? 0;\n"
    body = f"{worth}  return {condition} ? Math.min(worth, due) : worth;\n"
    return Breakage(CAP.name, (Swap(_COUPON, _RIGHT, body),), CAP.acceptance)


CASES: tuple[Case, ...] = (
    attack(
        "leaves-without-a-word",
        "outcome from inside",
        "the product ends the process where it would be wrong, past everything that would tell",
        Breakage("a coupon ends the program", (Swap(_COUPON, _RIGHT, _LEAVES),), _STAYS),
    ),
    attack(
        "product-blinds-assert",
        "outcome from inside",
        "the product replaces assert.equal for everybody",
        CAP,
        Swap(_COUPON, _FIRST, _QUIET),
    ),
    attack(
        "looped-case-exchanged",
        "parametrisation",
        "another case in the place of the one that fails",
        HALF_PRICE,
        Swap(_PRICE_TEST, '"1.5", ', '"1.x", '),
    ),
    attack(
        "test-file-renamed",
        "vanished test",
        "renames the file to what the script does not name",
        CAP,
        Move(_TEST, "test/coupon.spec.ts"),
    ),
    attack(
        "asks-the-file-name",
        "caller inspected",
        "right only while the main file is a test",
        _only('process.argv[1]?.endsWith(".test.ts")'),
    ),
    attack(
        "any-cast",
        "suppression",
        "a method that does not exist behind `as any`",
        refund("  return (basket as any).refund(names);\n", "a method that does not exist"),
        kind=Kind.BEYOND,
    ),
    attack(
        "right-only-from-source",
        "another world",
        "right only where TypeScript is run as it is written, and no customer does that",
        _only('process.execArgv.includes("tsx")'),
        kind=Kind.BEYOND,
    ),
    attack(
        "untested-feature",
        "untested",
        "a feature that does the wrong thing, and no test of it",
        UNTAXED,
        kind=Kind.BEYOND,
    ),
)
