"""What silences a tool in TypeScript and JavaScript is found in real comments and casts only, and only where it is
new.
"""

import pytest

from gatekeeper.integrity.script_suppressions import DETECTOR
from tests.integrity.python_cases import Text, change, hits, rules

PATH = "src/cart.ts"
BASE = "export function total(items: Item[]) {\n  const sum = add(items);\n  return sum;\n}\n"


def found(new: Text, old: Text = BASE, path: str = PATH) -> list[str]:
    return rules(DETECTOR, change(path, old, new))


def above(comment: str) -> str:
    return BASE.replace("  const sum", f"  {comment}\n  const sum")


@pytest.mark.parametrize(
    ("comment", "rule"),
    [
        ("// eslint-disable-next-line no-console", "js-lint-suppressed"),
        ("/* eslint-disable-next-line no-console, no-alert -- needed here */", "js-lint-suppressed"),
        ("// biome-ignore lint/suspicious/noExplicitAny: later", "js-lint-suppressed"),
        ("// deno-lint-ignore no-explicit-any", "js-lint-suppressed"),
        ("// oxlint-disable-next-line no-debugger", "js-lint-suppressed"),
        ("// tslint:disable-next-line:no-console", "js-lint-suppressed"),
        ("// @ts-ignore", "js-type-suppressed"),
        ("// @ts-expect-error until upstream is typed", "js-type-suppressed"),
        ("/* @ts-ignore */", "js-type-suppressed"),
        ("// $FlowFixMe[incompatible-call]", "js-type-suppressed"),
        ("/* istanbul ignore next */", "js-coverage-suppressed"),
        ("/* c8 ignore next 3 */", "js-coverage-suppressed"),
        ("// v8 ignore next", "js-coverage-suppressed"),
        ("/* node:coverage ignore next */", "js-coverage-suppressed"),
        ("// prettier-ignore", "js-format-suppressed"),
        ("// biome-ignore format: a table", "js-format-suppressed"),
    ],
)
def test_a_silenced_line_is_listed_when_it_is_new(comment: str, rule: str) -> None:
    assert [name.rstrip("!") for name in found(above(comment))] == [rule]
    assert found(above(comment), old=above(comment)) == []


@pytest.mark.parametrize(
    "comment",
    [
        "/* eslint-disable */",
        "/* eslint-disable no-console */",
        "// eslint-disable-next-line",
        "const x = 1; // eslint-disable-line",
        "// @ts-nocheck",
        "/* istanbul ignore file */",
        "/* v8 ignore start */",
        "/* eslint no-console: 0, no-alert: 'off' */",
        "// deno-lint-ignore-file",
        "/* tslint:disable */",
        "// biome-ignore-all lint/style: all of them",
    ],
)
def test_more_than_a_line_or_everything_on_it_weighs_more(comment: str) -> None:
    assert all(name.endswith("!") for name in found(f"{comment}\n{BASE}")) and found(f"{comment}\n{BASE}")


@pytest.mark.parametrize(
    "text",
    [
        '  const sum = "// eslint-disable-next-line no-console";\n',
        "  const sum = `\n  // @ts-ignore\n  `;\n",
        "  // the eslint-disable-next-line comment was removed here\n",
        "  // see @ts-ignore in the old code\n",
        "  // eslint-disable no-console\n",  # a line comment switches nothing off
        "  /* eslint-enable no-console */\n",
        "  /* c8 ignore stop */\n",
        "  /* eslint no-console: 2 */\n",
        "  const sum: any = add(items);\n",
        "  const company = add(items) as Company;\n",
        "  const sum = add(items) as unknown;\n",
    ],
)
def test_words_that_silence_nothing(text: str) -> None:
    assert found(BASE.replace("  return", f"{text}  return")) == []


def test_a_range_that_is_closed_again_weighs_as_much_as_a_line() -> None:
    closed = "/* eslint-disable no-console */\nconsole.log(1);\n/* eslint-enable no-console */\n"
    assert found(BASE + closed) == ["js-lint-suppressed"]


def test_the_linter_of_tests_weighs_less_than_their_types() -> None:
    assert found("f(); // eslint-disable-line\n", path="test/a.test.ts") == ["js-lint-suppressed"]
    assert found("/* eslint-disable */\nf();\n", path="test/helper.ts") == ["js-lint-suppressed"]
    assert found("// @ts-nocheck\nf();\n", path="test/a.test.ts") == ["js-type-suppressed!"]


def test_each_rule_of_a_directive_counts_and_their_order_does_not() -> None:
    old, new = above("// eslint-disable-next-line a, b"), above("// eslint-disable-next-line b, a, c")
    (hit,) = hits(DETECTOR, change(PATH, old, new))
    assert hit.message.startswith("eslint-disable-next-line c") and hit.line == 2 and hit.symbol == "total"


def test_asking_for_less_silence_is_no_suppression() -> None:
    assert found(above("// @ts-expect-error typed later"), old=above("// @ts-ignore")) == []
    assert found(above("// eslint-disable-next-line no-console"), old=above("// eslint-disable-next-line")) == []
    assert found(above("// eslint-disable-next-line no-console"), old="/* eslint-disable */\n" + BASE) == []
    assert found(above("// @ts-ignore"), old="// @ts-nocheck\n" + BASE) == []
    assert found("/* eslint-disable */\n" + BASE, old=above("// eslint-disable-next-line no-console")) == [
        "js-lint-suppressed!"
    ]


def test_the_code_under_a_suppression_may_change() -> None:
    old = above("// @ts-ignore")
    assert found(old.replace("add(items)", "add(items, 2)"), old=old) == []
    assert found(old.replace("add(items)", "add(items, 2)").replace("items: Item[]", "all: Item[]"), old=old) == []


def test_a_suppression_may_not_wander_to_other_code() -> None:
    other = "export function price() {\n  let net = 1;\n  return net;\n}\n"
    old = above("// @ts-ignore") + other
    new = BASE + other.replace("  let", "  // @ts-ignore\n  let")
    assert found(new, old=old) == ["js-type-suppressed"]


def test_moved_code_is_not_new() -> None:
    silenced = above("// eslint-disable-next-line no-console")
    assert rules(DETECTOR, change("src/a.ts", silenced, "export {};\n"), change("src/b.ts", None, silenced)) == []
    assert rules(DETECTOR, change("src/a.ts", silenced, None), change("src/b.ts", "export {};\n", silenced)) == []
    # The first keeps its own: then it was copied.
    kept = change("src/a.ts", silenced, silenced + "export const one = 1;\n")
    assert rules(DETECTOR, kept, change("src/b.ts", None, silenced)) == ["js-lint-suppressed"]


def test_expecting_an_error_is_an_assertion_in_tests_of_types() -> None:
    new = "import { total } from './cart';\n// @ts-expect-error no strings\ntotal('x');\n"
    for path in ("src/cart.test-d.ts", "test/types/../type-tests/cart.ts", "types.tst.ts"):
        assert found(new, old=None, path=path) == []
    asserted = new + "expectTypeOf(total).returns.toBeNumber();\n"
    assert found(asserted, old=None, path="src/cart.test.ts") == []
    assert found(new, old=None, path="src/cart.test.ts") == ["js-type-suppressed"]
    assert found(new.replace("expect-error", "ignore"), old=None, path="src/cart.test-d.ts") == ["js-type-suppressed"]


def test_generated_files_may_be_left_out_of_the_linter() -> None:
    assert found("// @generated by codegen. DO NOT EDIT\n/* eslint-disable */\nexport {};\n", old=None) == [
        "js-lint-suppressed"
    ]


@pytest.mark.parametrize(
    "cast", ["add(items) as any", "<any>add(items)", "add(items) as unknown as number", "(add(items) as any).x"]
)
def test_casts_in_the_product_are_noted(cast: str) -> None:
    new = BASE.replace("add(items)", cast)
    assert found(new) == ["js-cast-any"]
    assert found(new, old=new) == []
    assert found(new, path="src/cart.test.ts") == [], "tests cast to pass what no caller may pass"


@pytest.mark.parametrize("ending", ["js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts"])
def test_every_ending_is_read(ending: str) -> None:
    assert found("// eslint-disable-next-line x\nf();\n", old="f();\n", path=f"src/a.{ending}") == [
        "js-lint-suppressed"
    ]


def test_comments_in_markup_and_types_are_read() -> None:
    assert found("const a = <div>\n  {/* @ts-ignore */}\n  <B c={1} />\n</div>;\n", old="", path="src/a.tsx") == [
        "js-type-suppressed"
    ]
    assert found("interface A {\n  // eslint-disable-next-line x\n  b: number;\n}\n", old="") == ["js-lint-suppressed"]


def test_line_ends_and_broken_code_do_not_matter() -> None:
    text = above("// @ts-ignore")
    assert found(text.replace("\n", "\r\n"), old=text) == []
    assert found(BASE.replace("\n", "\r\n"), old=BASE) == []
    assert found("<<<<<<< HEAD\n" + text + "=======\n}}}", old="<<<<<<< HEAD\n" + BASE) == ["js-type-suppressed"]
