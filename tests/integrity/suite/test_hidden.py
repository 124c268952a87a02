"""A test of base that fails on the branch's code: rewritten together with it, or kept from saying so?"""

import pytest

from gatekeeper.integrity.suite.hidden import Kind
from tests.integrity.suite.trees import Tree, judged

SHOP = "def price(net):\n    return net * 2\n\n\ndef label(name):\n    return name.title()\n"
BROKEN = SHOP.replace("net * 2", "net")
HEAD = "import pytest\nfrom shop import label, price\n\n\n"
TEST = f"{HEAD}def test_price(cart):\n    assert price(cart) == 14\n"
CASES = f"""{HEAD}@pytest.mark.parametrize(('net', 'gross'), [(7, 14), (50, 100)])
def test_price(net, gross):
    assert price(net) == gross
"""
CONF = "import pytest\n\n\n@pytest.fixture\ndef cart():\n    return 7\n"
BASE = {"shop.py": SHOP, "tests/conftest.py": CONF, "tests/test_shop.py": TEST}
ID = "tests/test_shop.py::test_price"
BODY = "    assert price(cart) == 14\n"


def with_test(text: str, **more: str) -> Tree:
    return {**BASE, "shop.py": BROKEN, "tests/test_shop.py": text, **more}


def kind(new: Tree, old: Tree = BASE, test: str = ID, head: dict[str, str] | None = None) -> tuple[Kind, str]:
    (found,) = judged(old, new, [test], head)
    return found.kind, found.why


BECAUSE = {
    "ask for less": {
        "nearly nothing": TEST.replace("== 14", "is not None"),
        "itself": TEST.replace("== 14", "== price(cart)"),
        "its own answer": TEST.replace(BODY, "    wanted = price(cart)\n    assert price(cart) == wanted\n"),
        "answer given": TEST.replace("price(cart) ==", "max(price(cart), 14) =="),
        "answer put beside": TEST.replace("price(cart) ==", "(price(cart) and 14) =="),
    },
    "asks for less": {
        "under a condition": TEST.replace(BODY, f"    if cart > 9:\n    {BODY}"),
        "behind a return": TEST.replace(BODY, f"    if cart:\n        return\n{BODY}"),
        "swallowed": TEST.replace(BODY, f"    try:\n    {BODY}    except AssertionError:\n        pass\n"),
        "in a thread": TEST.replace(BODY, f"    def check():\n    {BODY}    Thread(target=check).start()\n"),
    },
    "now replaces price": {
        "patched": TEST.replace(BODY, f"    cart.setattr('shop.price', lambda net: 14)\n{BODY}"),
        "patched by a built name": TEST.replace(BODY, f"    with patch(f'{{__name__}}.price'):\n    {BODY}"),
        "defined": TEST.replace("label, price", "label").replace(
            "def test", "def price(net):\n    return 14\n\n\ndef test"
        ),
        "from the tests": TEST.replace("from shop import label, price", "from fake import label, price"),
    },
}
HIDDEN = [(why, name) for why, tests in BECAUSE.items() for name in tests]


@pytest.mark.parametrize(("why", "name"), HIDDEN)
def test_a_test_that_no_longer_asks_hides_what_it_asked(why: str, name: str) -> None:
    found, said = kind(with_test(BECAUSE[why][name], **{"tests/fake.py": SHOP}))
    assert (found, why in said) == (Kind.HIDDEN, True), said


REWRITTEN = {
    "another answer": TEST.replace("14", "7"),
    "another question": TEST.replace(BODY, "    assert price(cart, tax=1) == 14\n"),
    "an answer in words": TEST.replace(BODY, "    assert f'{price(cart):.2f}' == '7.00'\n"),
    "more questions": TEST.replace("== 14\n", "== 7\n    assert price(0) == 0\n"),
    "an error": TEST.replace(BODY, "    with pytest.raises(ValueError):\n        price(cart)\n"),
    "two carts": TEST.replace(BODY, "    assert max(price(cart), price(3)) == 7\n"),
}


@pytest.mark.parametrize("name", list(REWRITTEN))
def test_a_test_that_asks_as_much_was_rewritten(name: str) -> None:
    found, said = kind(with_test(REWRITTEN[name]))
    assert (found, said) == (Kind.REWRITTEN, "was changed with it (its body)")


@pytest.mark.parametrize(
    ("state", "word"),
    [("skipped", "is skipped"), ("xfailed", "is expected to fail"), (None, "is not executed any more")],
)
def test_a_test_that_does_not_run_any_more_hides_it(state: str | None, word: str) -> None:
    head = {ID: state} if state else {"tests/test_shop.py::test_other": "passed"}
    assert kind(with_test(TEST), head=head) == (Kind.HIDDEN, f"{word} at head, and nothing replaces it")


def test_a_test_that_is_gone_hides_it_unless_another_asks_the_same() -> None:
    other = "def test_sums():\n    assert price(100) == {}\n"
    new = with_test(HEAD + other.format(100))
    assert kind(new, head={}) == (Kind.HIDDEN, "is gone at head, and nothing replaces it")
    head = {"tests/test_shop.py::test_sums": "passed"}
    assert kind(new, head=head) == (Kind.REWRITTEN, "is gone at head; test_sums tests the same")
    weaker = with_test(HEAD + other.format(100).replace("== 100", "is not None"))
    assert kind(weaker, head=head)[0] is Kind.HIDDEN
    label = with_test(HEAD + "def test_sums():\n    assert label('a') == 'A'\n")
    assert kind(label, head=head)[0] is Kind.HIDDEN


def test_a_test_that_went_with_what_it_tests_is_no_loss() -> None:
    new = {**BASE, "shop.py": SHOP.partition("\n\ndef label")[2], "tests/test_shop.py": ""}
    assert kind(new, head={}) == (Kind.REWRITTEN, "is gone at head, as is what it tests (price)")


def test_a_test_that_fails_at_head_as_well_is_told_by_heads_own_run() -> None:
    assert judged(BASE, with_test(TEST), [ID], {ID: "failed"}) == []


def test_what_is_unchanged_and_passes_is_unexplained() -> None:
    found, said = kind(with_test(TEST))
    assert (found, said) == (Kind.UNEXPLAINED, "passes at head though neither it nor what it rests on changed")


def test_a_fixture_may_ask_for_something_else_and_not_what_is_tested_itself() -> None:
    other = with_test(TEST, **{"tests/conftest.py": CONF.replace("return 7", "return 14")})
    assert kind(other) == (Kind.REWRITTEN, "was changed with it (fixture cart)")
    computed = CONF.replace("return 7", "return price(3)").replace(
        "import pytest", "import pytest\nfrom shop import price"
    )
    assert kind(with_test(TEST, **{"tests/conftest.py": computed})) == (
        Kind.HIDDEN,
        "what it compares with is now made by price, which it tests",
    )


def test_a_case_that_fails_and_is_not_asked_any_more_is_hidden() -> None:
    old = {**BASE, "tests/test_shop.py": CASES}
    test = f"{ID}[50-100]"

    def cases(rows: str, more: str = "") -> tuple[Kind, str]:
        new = with_test(CASES.replace("(50, 100)", rows) + more)
        ids = rows.strip("()").replace(", ", "-")
        return kind(new, old, test, {f"{ID}[7-14]": "passed", f"{ID}[{ids}]": "passed"})

    assert cases("(8, 16)") == (Kind.HIDDEN, "the case 100, 50 is not asked any more")
    assert cases("(50, 50)")[0] is Kind.REWRITTEN, "another answer to the same"
    assert cases("(8, 16)", "\n\ndef test_fifty():\n    assert price(50) == 50\n")[0] is Kind.REWRITTEN


def test_a_case_of_a_loop_is_a_case() -> None:
    loop = f"{HEAD}def test_price():\n    for text in ('7', '1,50', '1.5'):\n        assert price(text)\n"
    old = {**BASE, "tests/test_shop.py": loop}
    assert kind(with_test(loop.replace("'1.5'", "'1.x'")), old) == (Kind.HIDDEN, "the case 1.5 is not asked any more")
    moved = loop.replace(", '1.5'", "") + "\n\ndef test_one():\n    assert price('1.5') == 150\n"
    assert kind(with_test(moved), old)[0] is Kind.REWRITTEN


def test_scripts_are_read_as_well() -> None:
    test = """import { test } from 'node:test';
import { price } from '../src/price';

{top}test('price', () => {
  {body}
});
"""

    def script(top: str = "", body: str = "assert.equal(price(7), 14);", text: str = test) -> Tree:
        return {"src/price.ts": product, "test/price.test.ts": text.replace("{top}", top).replace("{body}", body)}

    def judge(new: Tree, old: Tree | None = None) -> tuple[Kind, str]:
        return kind(new, old or base, "test/price.test.ts::price", {"test/price.test.ts::price": "passed"})

    product = "export function price(net: number) {\n  return 2 * net;\n}\n"
    base = script()
    product = product.replace("2 * ", "")
    assert judge(script(body="assert.equal(price(7), 7);")) == (Kind.REWRITTEN, "was changed with it (its body)")
    assert judge(script(body="assert.ok(price(7));"))[0] is Kind.HIDDEN
    assert judge(script(body="mock.method(shop, 'price');\n  assert.equal(price(7), 14);")) == (
        Kind.HIDDEN,
        "what it rests on now replaces price",
    )
    own = test.replace("import { price } from '../src/price';\n", "const price = () => 14;\n")
    assert judge(script(text=own)) == (Kind.HIDDEN, "what it rests on now replaces price")
    loop = "for (const text of ['7', '1,50', '1.5']) {\n    assert.equal(price(text), 1);\n  }"
    looped = {**base, "test/price.test.ts": script(body=loop)["test/price.test.ts"]}
    assert judge(script(body=loop.replace("'1.5'", "'1.x'")), looped) == (
        Kind.HIDDEN,
        "the case 1.5 is not asked any more",
    )


def test_renamed_and_moved_tests_are_found_by_their_body() -> None:
    renamed = with_test(TEST.replace("test_price", "test_gross"))
    assert kind(renamed, head={"tests/test_shop.py::test_gross": "passed"})[0] is Kind.UNEXPLAINED
    moved = {**BASE, "shop.py": BROKEN, "tests/unit/test_prices.py": TEST}
    del moved["tests/test_shop.py"]
    assert kind(moved, head={"tests/unit/test_prices.py::test_price": "passed"})[0] is Kind.UNEXPLAINED


def test_an_old_copy_of_the_product_is_no_reason_to_import_from_elsewhere() -> None:
    turned = TEST.replace("from shop import", "from vendored.shop import").replace("14", "7 * 2")
    copied = with_test(turned, **{"vendored/shop.py": SHOP})
    assert kind(copied) == (Kind.HIDDEN, "imports something else at head, though shop.price is still there")
    forwarding = {**copied, "shop.py": "from vendored.shop import label, price\n"}
    assert kind(forwarding)[0] is Kind.REWRITTEN


def test_skips_and_expected_failures_by_the_product_count_as_failures() -> None:
    runs = judged(BASE, with_test(TEST), [ID], {ID: "xfailed"}, mixed={ID: "xfailed"})
    assert runs == [], "a test may expect its failure itself"
