"""The small parts: ids, renames, imports, constants that are altered, names of the product."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.integrity.harness import asserts_for_tests, test_roots
from gatekeeper.integrity.parsed import ParsedPython
from gatekeeper.integrity.suite.imports import with_imports_of
from gatekeeper.integrity.suite.literals import altered, literals, rounds
from gatekeeper.integrity.suite.means import added_means
from gatekeeper.integrity.suite.product import Product
from gatekeeper.integrity.suite.written import cases, function_of, split_id, test_id
from tests.integrity.suite.trees import files, pair, touched

SHOP = "def price(net):\n    return net\n"


@pytest.mark.parametrize(
    ("test", "parts"),
    [
        ("tests/test_a.py::TestA::test_x[1-2]", ("tests/test_a.py", "TestA.test_x", "[1-2]")),
        ("tests/test_a.py::test_x[a/b::c[d]]", ("tests/test_a.py", "test_x", "[a/b::c[d]]")),
        ("a b/test_ä.py::test_x", ("a b/test_ä.py", "test_x", "")),
        ("test/a.test.ts::basket > takes [x] :: y", ("test/a.test.ts", "basket > takes [x] :: y", "")),
        ("tests/test_a.py", ("tests/test_a.py", "", "")),
    ],
)
def test_ids_are_parted(test: str, parts: tuple[str, str, str]) -> None:
    assert split_id(test) == parts
    assert function_of(test).startswith(parts[0])


@given(st.from_regex(r"[a-z]{1,5}(/[a-z]{1,5})?\.py", fullmatch=True), st.text(max_size=20))
def test_parameters_never_change_what_function_an_id_is_of(path: str, parameters: str) -> None:
    assert function_of(f"{path}::TestA::test_x[{parameters}]") == test_id(path, "TestA.test_x")


def test_cases_keep_their_order() -> None:
    assert cases(dict.fromkeys(["a.py::x[2]", "a.py::y", "a.py::x[1]"], "")) == {
        "a.py::x": ["a.py::x[2]", "a.py::x[1]"],
        "a.py::y": ["a.py::y"],
    }


def test_renames_are_matched_by_body_before_name() -> None:
    body = "    cart = Cart()\n    assert cart.total() == {}\n"
    old = {"tests/test_a.py": f"def test_one():\n{body.format(1)}\n\ndef test_two():\n{body.format(2)}"}
    new = {
        "tests/test_a.py": f"def test_two():\n{body.format(1)}",
        "tests/test_b.py": f"def test_three():\n{body.format(2)}\n\ndef test_four():\n{body.format(4)}",
    }
    renames = pair(old, new)[2]
    assert renames.at_head("tests/test_a.py", "test_one") == ("tests/test_a.py", "test_one"), "its name is free no more"
    new["tests/test_c.py"] = f"def test_first():\n{body.format(1)}"
    renames = pair(old, new)[2]
    assert renames.at_head("tests/test_a.py", "test_one") == ("tests/test_c.py", "test_first")
    assert {one.name for one in renames.new} == {"test_three", "test_four"}


def test_imports_of_head_replace_those_of_base() -> None:
    old = (
        b"from __future__ import annotations\nimport os\nfrom shop import price\n\n\ndef test_a():\n    assert price\n"
    )
    new = old.replace(b"from shop", b"from store.shop").replace(b"import os\n", b"")
    made = with_imports_of(old, new, "tests/test_a.py")
    assert made == old.replace(b"import os\nfrom shop", b"from store.shop")
    assert with_imports_of(old, old, "tests/test_a.py") is None
    assert with_imports_of(b"import os; x = 1\n", b"import sys\n", "tests/test_a.py") is None
    assert with_imports_of(b"print 'two'\n", b"import sys\n", "tests/test_a.py") is None


ALTERED = """def test_a(self):
    assert f(1) == 2 and g() == "a"
    self.assertEqual([1, 2], h())
    assert f(3) == x
    assert 1 == 1
    with raises(E):
        assert f(4) == 5
    if f(6) == 7:
        return
    assert f(8) == 9
"""


def test_only_constants_that_are_surely_compared_are_altered() -> None:
    function = ParsedPython(ALTERED.encode(), "test_a.py").functions["test_a"]
    found = literals(function)
    assert [(one.line, one.text) for one in found] == [(2, "104731"), (2, "'a~gate'"), (3, "104730")]
    made = altered(ALTERED.encode(), "test_a.py", found)
    assert made is not None
    assert made.decode().splitlines()[1:3] == [
        "    assert f(1) == 104731 and g() == 'a~gate'",
        "    self.assertEqual([104730, 2], h())",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [("True", "False"), ("None", "104729"), ("1.5", "104730.5"), ("b'x'", "b'x~gate'"), ("1e300", "0"), ("...", None)],
)
def test_every_kind_of_constant_becomes_another(value: str, text: str | None) -> None:
    function = ParsedPython(f"def test_a():\n    assert f() == {value}\n".encode(), "a.py").functions["test_a"]
    assert [one.text for one in literals(function)] == ([] if text is None else [text])


def test_columns_count_bytes_and_lines_end_as_they_may() -> None:
    text = "def test_a():\r\n    assert f('größe') == 'ä'\r\n".encode()
    function = ParsedPython(text, "a.py").functions["test_a"]
    assert altered(text, "a.py", literals(function)) == "def test_a():\n    assert f('größe') == 'ä~gate'\n".encode()
    assert altered(b"\xff = 1", "a.py", ()) is None


def test_every_test_has_its_first_constant_altered_before_any_has_its_second() -> None:
    function = ParsedPython(ALTERED.encode(), "test_a.py").functions["test_a"]
    found = {"b": literals(function), "a": literals(function)[:1]}
    assert [sorted(one) for one in rounds(found, most=10, per_test=2)] == [["a", "b"], ["b"]]
    assert [sorted(one) for one in rounds(found, most=1, per_test=2)] == [["a"]]


def test_names_of_the_product() -> None:
    old = {"shop.py": f"{SHOP}\n\nRATE = 1\n", "store/__init__.py": "from shop import price\n", "tests/test_a.py": ""}
    new = {**old, "shop.py": "def price(net):\n    return net + 1\n"}
    product = Product(files(old), files(new, old), touched(old, new))
    assert product.paths == ("shop.py",)
    assert product.changed_names == {"price", "RATE"}
    assert product.gone(["RATE", "price", "other"]) == {"RATE"}
    assert product.had(["price", "RATE", "nothing"]) == {"price", "RATE"}
    assert [product.has_target(one) for one in ("shop", "shop.price", "shop.RATE", "store.price", "none.x")] == [
        True,
        True,
        False,
        True,
        False,
    ]
    assert not product.has_target("store.price", defined=True)


def test_helpers_that_assert_and_packages_with_doctests() -> None:
    assert asserts_for_tests(b"def assert_price(a):\n    assert a\n", "shop/testing.py")
    assert asserts_for_tests(b"def check(a):\n    if not a:\n        raise AssertionError(a)\n", "shop/testing.py")
    assert not asserts_for_tests(b"def price(a):\n    assert a\n    return a\n", "shop/core.py")
    assert not asserts_for_tests(b"def assert_ print\n", "shop/testing.py")
    names = ("src/a.py", "src/b.py", "tests/test_a.py", "data/x.json")
    assert test_roots(("src", "tests", "data", "none"), names) == ("tests", "data", "none")


def test_only_new_means_of_a_file_count() -> None:
    old, new = b"sys.path.append('x')\n", b"sys.path.append('x')\nsys.modules['shop'] = fake\nos._exit(0)\n"
    assert added_means(old, new, "conftest.py") == ("os _exit", "sys modules")
    assert added_means(None, old, "conftest.py") == ("sys path",)
    assert added_means(new, None, "conftest.py") == ()
