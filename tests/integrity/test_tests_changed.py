"""Tests that count for less than before are found, and honest work on tests is left alone."""

import pytest

from gatekeeper.integrity.tests_changed import DETECTOR
from tests.integrity.python_cases import change, hits, rules

PATH, HELPERS = "tests/test_core.py", "tests/helpers.py"
PLAIN = """
    import pytest
    from app import core

    def test_add():
        total = core.add(1, 2)
        assert total == 3

    def test_sub():
        assert core.sub(3, 2) == 1
        assert core.sub(0, 0) == 0
    """


def found(old: str | None, new: str | None, path: str = PATH) -> list[str]:
    return rules(DETECTOR, change(path, old, new))


def edited(old: str, new: str, text: str = PLAIN) -> list[str]:
    assert old in text, "the case fits its text"
    return found(text, text.replace(old, new))


def body(old: str, new: str) -> list[str]:
    """Rules for one test whose body changed."""
    head = (
        "import os, pytest, unittest, numpy as np\nfrom unittest import mock\nfrom app import f, g\n\ndef test_f():\n"
    )
    before, after = ("".join(f"    {line}\n" for line in text.split("\n")) for text in (old, new))
    return found(head + before, head + after)


@pytest.mark.parametrize(
    "mark",
    [
        "@pytest.mark.skip",
        "@pytest.mark.skip(reason='flaky')",
        "@pytest.mark.skipif(True, reason='x')",
        "@pytest.mark.skipif(sys.version_info > (3, 0), reason='x')",
        "@pytest.mark.xfail",
        "@pytest.mark.xfail(strict=True)",
        "@pytest.mark.usefixtures('x')\n    @unittest.skip('later')",
        "@unittest.skipUnless(False, 'x')",
        "@unittest.expectedFailure",
        "@my.disabled_test",
    ],
)
def test_a_mark_on_a_test_that_counted_warns(mark: str) -> None:
    assert edited("def test_sub", f"{mark}\n    def test_sub", "\n    import unittest" + PLAIN) == ["test-skipped"]


@pytest.mark.parametrize(
    "statement",
    [
        "pytest.skip('later')",
        "pytest.xfail('known')",
        "if not os.environ.get('X'):\n            pytest.skip('later')",
        "pytest.importorskip('nothing_of_that_name')",
        "raise unittest.SkipTest",
    ],
)
def test_so_does_a_skip_in_its_body(statement: str) -> None:
    text = PLAIN.replace("total = core", f"{statement}\n        total = core")
    assert "test-skipped" in found("\n    import os, unittest" + PLAIN, "\n    import os, unittest" + text)


@pytest.mark.parametrize(
    "honest",
    [
        ("def test_add", "@pytest.mark.slow\n    def test_add"),
        ("def test_add", "@pytest.mark.skipif(False, reason='never')\n    def test_add"),
        ("def test_add", "@pytest.mark.parametrize('x', [1])\n    def test_add"),
        ("def test_add", "@pytest.mark.skip\n    def test_new(): assert core\n\n    def test_add"),
    ],
)
def test_other_marks_do_not(honest: tuple[str, str]) -> None:
    assert set(edited(*honest)) <= {"test-born-skipped"}


def test_what_was_skipped_before_may_be() -> None:
    skipped = PLAIN.replace("def test_add", "@pytest.mark.skipif(OLD, reason='x')\n    def test_add")
    assert edited("reason='x'", "reason='a better one'", skipped) == []
    assert edited("OLD", "sys.version_info < (3, 12)", skipped) == [], "another condition in its place"
    assert edited("OLD", "True", skipped) == ["test-skipped"]
    assert edited(".skipif(OLD, reason='x')", ".skip", skipped) == ["test-skipped"]
    always = skipped.replace(".skipif(OLD, reason='x')", ".skip")
    assert edited(".skip", ".xfail", always) == []
    assert edited("@pytest.mark.skip\n    def", "def", always) == []


def test_a_mark_of_a_scope_is_told_once() -> None:
    assert edited("from app import core", "from app import core\n    pytestmark = pytest.mark.skip") == ["test-skipped"]
    assert edited("from app import core", "from app import core\n    pytest.skip(allow_module_level=True)") == [
        "test-skipped"
    ]
    assert edited("from app import core", "core = pytest.importorskip('app.core')") == ["test-skipped"]
    case = "import unittest\nclass TestA(unittest.TestCase):\n    def test_a(self): f()\n    def test_b(self): f()\n"
    (hit,) = hits(DETECTOR, change(PATH, case, case.replace("class", "@unittest.skip('x')\nclass")))
    assert (hit.rule, hit.symbol, hit.line) == ("test-skipped", "TestA", 2)
    text = "import pytest\n" + case
    assert found(text, text.replace("    def test_b", "    pytestmark = [pytest.mark.xfail]\n    def test_b")) == [
        "test-skipped"
    ]


def test_a_mark_under_another_name_is_a_mark() -> None:
    text = PLAIN.replace("from app import core", "from app import core\n    later = pytest.mark.skip(reason='x')")
    assert edited("def test_add", "@later\n    def test_add", text) == ["test-skipped"]
    aliased = PLAIN.replace("import pytest", "from pytest import mark as m")
    assert edited("def test_add", "@m.skip\n    def test_add", aliased) == ["test-skipped"]


def test_new_tests_that_never_count_are_a_note() -> None:
    born = PLAIN + "\n    @pytest.mark.skip\n    def test_new():\n        assert core.x\n"
    assert found(PLAIN, born) == ["test-born-skipped"]
    assert found(None, born) == ["test-born-skipped"]


def test_a_removed_test_warns() -> None:
    without = PLAIN[: PLAIN.index("    def test_sub")]
    (hit,) = hits(DETECTOR, change(PATH, PLAIN, without))
    assert (hit.rule, hit.symbol, hit.line) == ("test-removed", "test_sub", None)
    assert found(PLAIN, "x = 1\n") == ["test-removed"]
    (file_hit,) = hits(DETECTOR, change(PATH, PLAIN, None))
    assert file_hit.message == "2 tests are gone with the file: test_add, test_sub"
    many = "".join(f"def test_{i}():\n    assert f({i}) == {i}\n" for i in range(40))
    assert len(hits(DETECTOR, change(PATH, many, "x = 1\n"))) == 1


def test_a_test_that_is_elsewhere_is_not_removed() -> None:
    without = PLAIN[: PLAIN.index("    def test_sub")]
    other = "from app import core\n\nclass TestSub:\n    # moved\n    def test_sub(self):\n"
    other += "        assert core.sub(3, 2) == 1\n        assert core.sub(0, 0) == 0\n"
    assert rules(DETECTOR, change(PATH, PLAIN, without), change("tests/test_sub.py", None, other)) == []
    assert rules(DETECTOR, change("tests/test_sub.py", None, other), change(PATH, PLAIN, without)) == []
    assert edited("def test_sub", "def test_difference") == []
    assert edited("def test_sub()", "async def test_difference()") == []
    assert rules(DETECTOR, change("tests/unit/test_core.py", PLAIN, PLAIN, before=PATH)) == []
    assert rules(DETECTOR, change(PATH, PLAIN, None), change("tests/b/test_core.py", None, PLAIN)) == []


def test_what_is_moved_and_weakened_is_weakened() -> None:
    moved = PLAIN.replace("assert total == 3", "assert total")
    assert rules(DETECTOR, change(PATH, PLAIN, None), change("tests/b/test_core.py", None, moved)) == [
        "assertion-weakened"
    ]
    skipped = PLAIN.replace("from app import core", "from app import core\n    pytestmark = pytest.mark.skip")
    assert rules(DETECTOR, change(PATH, PLAIN, None), change("tests/b/test_core.py", None, skipped)) == ["test-skipped"]


def test_three_tests_that_became_one_with_cases_are_merged() -> None:
    old = "".join(f"def test_{word}():\n    assert core.length('{word}') == {len(word)}\n" for word in ("one", "three"))
    new = "@pytest.mark.parametrize(('word', 'n'), [('one', 3), ('three', 5)])\ndef test_length(word, n):\n"
    new += "    assert core.length(word) == n\n"
    assert set(found(old, new)) <= {"test-merged"}


def test_a_test_that_went_with_its_code_is_a_note() -> None:
    product = change("src/app/core.py", "def add_all(): ...\ndef rest(): ...\n", "def rest(): ...\n")
    new = "from app.core import rest\ndef test_rest():\n    assert rest()\n"
    old = new.replace("import", "import add_all,") + "def test_all():\n    assert add_all() == 1\n"
    assert rules(DETECTOR, product, change(PATH, old, new)) == ["test-removed-with-code"]
    assert rules(DETECTOR, change(PATH, old, new)) == ["test-removed"]
    module = change("src/app/fresh.py", "x = 1\n", None)
    old = "from app import fresh\ndef test_x():\n    assert fresh.x == 1\n"
    assert rules(DETECTOR, module, change(PATH, old, None)) == ["test-removed-with-code"]


@pytest.mark.parametrize(
    "edit",
    [
        ("def test_sub", "def _test_sub"),
        ("def test_sub", "def disabled_test_sub"),
        ("def test_sub", "def xtest_sub"),
        ("def test_sub", "@pytest.fixture\n    def test_sub"),
        ("def test_sub", "test_add.__test__ = False\n    def test_sub"),
        ("from app import core", "from app import core\n    __test__ = False"),
    ],
)
def test_a_test_that_no_runner_finds_weighs_more(edit: tuple[str, str]) -> None:
    assert edited(*edit) == ["test-uncollected!"]


def test_more_ways_to_hide_a_test() -> None:
    assert found(PLAIN, PLAIN + "\n    test_add = None\n") == ["test-uncollected!"]
    assert found(PLAIN, PLAIN + "\n    del test_sub\n") == ["test-uncollected!"]
    nested = PLAIN.replace("    def test_sub():\n", "    def test_all():\n        def test_sub():\n    ").replace(
        "        assert core.sub(0", "            assert core.sub(0"
    )
    assert found(PLAIN, nested) == ["assertion-removed!"]
    called = nested + "\n        test_sub()\n"
    assert found(PLAIN, called) == []
    case = "class TestA:\n    def test_a(self):\n        assert f() == 1\n"
    assert found(case, case.replace("class TestA:", "class TestA:\n    def __init__(self): pass")) == [
        "test-uncollected!"
    ]
    assert found(case, case.replace("TestA", "ChecksOfA")) == ["test-uncollected!"]
    renamed = rules(DETECTOR, change("tests/core_checks.py", PLAIN, PLAIN, before=PATH))
    assert renamed == ["test-uncollected!"]


def test_a_test_that_became_a_helper_of_tests_is_not_hidden() -> None:
    helper = PLAIN.replace("def test_sub", "def check_sub") + "\n    def test_both():\n        check_sub()\n"
    assert found(PLAIN, helper) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("assert f(1) == 2", "assert f(1)"),
        ("assert f(1) == 2", "assert f(1) is not None"),
        ("assert f(1) == 2", "assert f(1) in (2, 3)"),
        ("assert f(1) == 2", "assert f(1) >= 2"),
        ("assert f(1) == 2", "assert isinstance(f(1), int)"),
        ("assert f(1) == 2", "assert f(1) != 3"),
        ("assert f(1) == 2", "assert f(1) == mock.ANY"),
        ("assert f(1) == [1, 2]", "assert len(f(1)) == 2"),
        ("assert f(1) == [1, 2]", "assert sorted(f(1)) == [1, 2]"),
        ("assert f(1) == 2", "assert f(1) == 2 or f(1) is None"),
        ("x = f(1)\nassert x == 2", "x = f(1)\nassert x"),
        ("assert f(1) == 0.3", "assert f(1) == pytest.approx(0.3, abs=0.5)"),
        ("assert f(1) == pytest.approx(0.3)", "assert f(1) == pytest.approx(0.3, rel=0.5)"),
        ("assert f(1) == pytest.approx(0.3, 1e-9)", "assert f(1) == pytest.approx(0.3, 1e-2)"),
        ("assert f(1) == pytest.approx(0.3, 1e-9)", "assert f(1) == pytest.approx(0.3, 500)"),
        ("assert f(1) == pytest.approx(0.3, 299)", "assert f(1) == pytest.approx(0.3, 300)"),
        ("assert f(1) == pytest.approx(0.3, 1)", "assert f(1) == pytest.approx(0.3, 1e400)"),
        ("assert f(1) == pytest.approx(0.3, abs=1)", f"assert f(1) == pytest.approx(0.3, abs=1{'0' * 400})"),
        ("np.testing.assert_allclose(f(1), g(1), rtol=1e-7)", "np.testing.assert_allclose(f(1), g(1), rtol=1)"),
        ("self.assertEqual(f(1), 2)", "self.assertTrue(f(1))"),
        ("self.assertEqual(f(1), 2)", "self.assertIsNotNone(f(1))"),
        ("self.assertEqual(f(1), 2)", "self.assertIn(f(1), [1, 2])"),
        ("self.assertAlmostEqual(f(1), 2, places=7)", "self.assertAlmostEqual(f(1), 2, places=1)"),
        ("m.assert_called_once_with(1)", "m.assert_called()"),
        ("m.assert_called_once_with(1)", "m.assert_called_once_with(mock.ANY)"),
        ("with pytest.raises(KeyError):\n    f()", "with pytest.raises(Exception):\n    f()"),
        ("with pytest.raises(KeyError):\n    f()", "with pytest.raises(BaseException):\n    f()"),
        ("with pytest.raises(KeyError, match='x'):\n    f()", "with pytest.raises(KeyError):\n    f()"),
        ("with pytest.raises(KeyError):\n    f()", "with pytest.raises((KeyError, ValueError)):\n    f()"),
        ("self.assertRaises(KeyError, f, 1)", "self.assertRaises(Exception, f, 1)"),
        ("with self.assertRaisesRegex(E, 'x'):\n    f()", "with self.assertRaises(E):\n    f()"),
        ("assert f(1) == 2", "if os.environ.get('X'):\n    assert f(1) == 2"),
        ("assert f(1) == 2", "if not os.environ.get('X'):\n    return\nassert f(1) == 2"),
        ("assert f(1) == 2", "def run():\n    assert f(1) == 2\nThread(target=run).start()"),
        ("assert all(x == 1 for x in f(1))", "assert any(x == 1 for x in f(1))"),
        ("assert f(1) == 2 and g(1) == 3", "assert f(1) == 2 and g(1)"),
    ],
)
def test_weaker_assertions_warn(old: str, new: str) -> None:
    assert body(old, new) == ["assertion-weakened"]
    assert body(new, old) == [], "asking for more is none"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("assert f(1) == 2", "assert f(1) == 3"),
        ("assert f(1) == 2", "assert f(2) == 2"),
        ("assert f(1) == 2", "assert 2 == f(1)"),
        ("x = f(1)\nassert x == 2", "result = f(1)\nassert result == 2"),
        ("self.assertEqual(f(1), 2)", "assert f(1) == 2"),
        ("assert f(1) == 2", "assert f(1) == 2\nassert f(2)"),
        ("assert f(1) == 2", "assert (\n    f(1) == 2\n), 'why'"),
        ("assert f(1) == 2 and g(1) == 3", "assert f(1) == 2\nassert g(1) == 3"),
        ("assert f(1) == 2\nassert f(2) == 3", "for a, b in ((1, 2), (2, 3)):\n    assert f(a) == b"),
        ("with pytest.raises(KeyError):\n    f()", "with pytest.raises(ValueError):\n    f()"),
        ("with pytest.raises(Exception):\n    f()", "with pytest.raises(KeyError, match='x'):\n    f()"),
        ("with pytest.warns(UserWarning):\n    assert f() == 1", "assert f() == 1"),
        ("assert f(1) == 2", "if os.name == 'nt':\n    assert f(1) == 3\nelse:\n    assert f(1) == 2"),
        ("assert f(1) == pytest.approx(0.3, abs=1e-2)", "assert f(1) == pytest.approx(0.3, abs=1e-3)"),
        ("assert f(1) == pytest.approx(0.3, 500)", "assert f(1) == pytest.approx(0.3, 499)"),
        ("assert f(1) == pytest.approx(0.3, 500)", "assert f(1) == pytest.approx(0.3, 1e-3)"),
        ("self.assertAlmostEqual(f(1), 2, 400)", "self.assertAlmostEqual(f(1), 2, 500)"),
        ("assert f(1)", "assert f(1) is True"),
        ("assert f(1) == 2", "if not g():\n    assert f(1) == 3\n    return\nassert f(1) == 2"),
        ("assert f(1) == 2", "def run():\n    assert f(1) == 2\nrun()"),
        ("m.assert_called()", "m.assert_called_once_with(1)"),
    ],
)
def test_other_changes_of_assertions_do_not(old: str, new: str) -> None:
    assert body(old, new) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("assert f(1) == 2\nassert g(1) == 3", "assert f(1) == 2"),
        ("assert f(1) == 2\nassert f(2) == 3\nassert f(3) == 4", "assert f(1) == 2\ng(1)"),
        ("assert f(1) == 2\nm.assert_called_once_with(1)", "assert f(1) == 2"),
        ("assert f(1) == 2\nassert g(1) == 3", "assert f(1) == 2\nreturn\nassert g(1) == 3"),
        ("assert f(1) == 2\nassert g(1) == 3", "assert f(1) == 2\nif False:\n    assert g(1) == 3"),
    ],
)
def test_removed_assertions_warn(old: str, new: str) -> None:
    assert body(old, new) == ["assertion-removed"]
    assert body(new, old) == []


def test_a_test_that_lost_all_its_assertions_weighs_more() -> None:
    assert body("assert f(1) == 2", "f(1)") == ["assertion-removed!"]
    assert body("assert f(1) == 2", "print(f(1))\nreturn") == ["assertion-removed!"]
    assert body("assert f(1) == 2", "check_f(1, 2)") == []
    with_helper = "def same(a, b):\n    assert a == b\n\ndef test_f():\n    {}\n"
    assert found(with_helper.format("assert f(1) == 2\n    assert f(2)"), with_helper.format("same(f(1), 2)")) == []


def test_a_helper_that_asserts_less_warns() -> None:
    helper = "def same(a, b):\n    assert a == b\n\ndef test_f():\n    same(f(1), 2)\n"
    assert found(helper, helper.replace("assert a == b", "assert a")) == ["assertion-weakened"]
    assert found(helper, helper.replace("assert a == b", "pass")) == ["assertion-removed"]
    assert found(helper, helper.replace("a == b", "b == a, 'why'")) == []
    both = change("tests/helpers.py", "def same(a, b):\n    assert a == b\n", "def same(a, b):\n    return a == b\n")
    assert rules(DETECTOR, both) == ["assertion-removed"]


def test_cases_that_are_gone_warn() -> None:
    text = "import pytest\n@pytest.mark.parametrize(('a', 'b'), [(1, 2), (2, 3), (3, 4)])\ndef test_f(a, b):\n"
    text += "    assert f(a) == b\n"
    assert edited(", (3, 4)", "", text) == ["test-cases-removed"]
    assert edited("(1, 2), (2, 3), (3, 4)", "", text) == ["test-cases-removed!"]
    assert edited("(3, 4)", "(3, 5)", text) == []
    assert edited("(3, 4)", "(3, 4), (4, 5)", text) == []
    assert edited("(1, 2), ", "pytest.param(1, 2, id='one'), ", text) == []
    assert edited("(1, 2), ", "pytest.param(1, 2, marks=pytest.mark.xfail), ", text) == ["test-skipped"]
    table = "CASES = [(1, 2), (2, 3)]\n\ndef test_f():\n    for a, b in CASES:\n        assert f(a) == b\n"
    assert edited(", (2, 3)", "", table) == ["test-cases-removed"]
    assert edited("for a, b in CASES", "for a, b in OTHER", table) == []
    used = table.replace("    for a, b in CASES:\n        assert f(a) == b", "    assert f(CASES) == 1")
    assert edited(", (2, 3)", "", used) == [], "not a table of cases"
    named = table.replace("def test_f", "@pytest.mark.parametrize('x', CASES)\ndef test_f")
    assert edited(", (2, 3)", "", named) == ["test-cases-removed"]


@pytest.mark.parametrize(
    "wrapped",
    [
        "try:\n    assert f(1) == 2\nexcept AssertionError:\n    pass",
        "try:\n    assert f(1) == 2\nexcept Exception as error:\n    print(error)",
        "try:\n    assert f(1) == 2\nexcept:\n    return",
        "try:\n    assert f(1) == 2\nexcept (ValueError, AssertionError):\n    log.warning('no')",
        "try:\n    assert f(1) == 2\nexcept AssertionError:\n    pytest.skip('known')",
        "try:\n    assert f(1) == 2\nexcept AssertionError:\n    pytest.xfail('known')",
        "try:\n    assert f(1) == 2\nexcept AssertionError:\n    raise SkipTest",
        "try:\n    assert f(1) == 2\nexcept AssertionError:\n    raise unittest.SkipTest from None",
        "try:\n    assert f(1) == 2\nexcept AssertionError:\n    x = 1",
        "try:\n    assert f(1) == 2\nexcept AssertionError:\n    caught: bool = True",
        "try:\n    assert f(1) == 2\nexcept AssertionError as error:\n    x, y = error, 1",
        "x = 0\nprint(x)\ntry:\n    assert f(1) == 2\nexcept AssertionError:\n    x += 1\n    print(x)",
        "for z in y:\n    print(z)\ntry:\n    assert f(1) == 2\nexcept AssertionError:\n    z = 1",
        "try:\n    f(1)\n    self.assertEqual(g(1), 2)\nexcept BaseException:\n    ...",
        "try:\n    check_all(f)\nexcept AssertionError:\n    pass",
        "try:\n    assert f(1) == 2\nfinally:\n    return",
        "with contextlib.suppress(AssertionError):\n    assert f(1) == 2",
        "with suppress(Exception):\n    assert f(1) == 2",
        "for x in range(3):\n    try:\n        assert f(1) == 2\n    except AssertionError:\n        time.sleep(1)",
        "try:\n    with open('x'):\n        assert f(1) == 2\nexcept AssertionError:\n    pass",
    ],
)
def test_swallowed_assertions_are_blocked(wrapped: str) -> None:
    assert "assertion-swallowed" in body("assert f(1) == 2", wrapped)
    assert body(wrapped, wrapped + "\ng(1)") == [], "base had it"


@pytest.mark.parametrize(
    "honest",
    [
        "try:\n    assert f(1) == 2\nexcept AssertionError:\n    raise",
        "try:\n    assert f(1) == 2\nexcept AssertionError as error:\n    raise Wrapped from error",
        "try:\n    assert f(1) == 2\nexcept AssertionError as error:\n    raise Wrapped",
        "try:\n    assert f(1) == 2\nexcept AssertionError:\n    caught = True\nassert caught",
        "x = 0\ntry:\n    assert f(1) == 2\nexcept AssertionError:\n    x += 1\nassert x == 0",
        "try:\n    assert f(1) == 2\nexcept AssertionError:\n    global caught\n    caught = True",
        "global caught\ntry:\n    assert f(1) == 2\nexcept AssertionError:\n    caught = True",
        "try:\n    assert f(1) == 2\nexcept AssertionError:\n    self.caught = True",
        "try:\n    assert f(1) == 2\nexcept AssertionError:\n    x = g(1)",
        "def all_well():\n    return x\ntry:\n    assert f(1) == 2\nexcept AssertionError:\n    x = False\nall_well()",
        "x = 0\nwhile x < 3:\n    g(x)\n    try:\n        assert f(1) == 2\n    except AssertionError:\n        x = 3",
        "try:\n    assert f(1) == 2\nexcept ValueError:\n    pass",
        "try:\n    assert f(1) == 2\nfinally:\n    g(1)",
        "try:\n    g(1)\nexcept Exception:\n    pass\nassert f(1) == 2",
        "try:\n    check(g)\nexcept AssertionError:\n    pass\nelse:\n    raise AssertionError\nassert f(1) == 2",
        "try:\n    g(1)\n    pytest.fail('expected')\nexcept Exception:\n    pass\nassert f(1) == 2",
        "e = []\ntry:\n    assert f(1) == 2\nexcept AssertionError as error:\n    e.append(error)\nassert not e",
        "for x in y:\n    try:\n        assert f() == 2\n    except AssertionError:\n        wait()\nelse:\n    fail()",
        "with contextlib.suppress(KeyError):\n    assert f(1) == 2",
        "with contextlib.suppress(Exception):\n    g(1)\nassert f(1) == 2",
    ],
)
def test_honest_handlers_are_not(honest: str) -> None:
    assert "assertion-swallowed" not in body("assert f(1) == 2", honest.replace("fail()", "pytest.fail('x')"))


def test_a_helper_that_swallows_is_blocked_and_a_predicate_is_not() -> None:
    quiet = """
        def tolerant(test):
            def run():
                try:
                    test()
                except AssertionError:
                    pass
            return run
        """
    assert rules(DETECTOR, change(HELPERS, "x = 1\n", quiet)) == ["assertion-swallowed"]
    assert rules(DETECTOR, change("src/app/core.py", "x = 1\n", quiet)) == []
    same = """
        def same(a, b):
            try:
                assert_equal(a, b)
                return True
            except AssertionError:
                return False
        """
    assert rules(DETECTOR, change(HELPERS, "x = 1\n", same)) == []
    late = """
        def wait(f):
            for _ in range(9):
                try:
                    return check(f)
                except AssertionError:
                    sleep(1)
            check(f)
        """
    assert rules(DETECTOR, change(HELPERS, "x = 1\n", late)) == []
    meant = "def test_f():\n    try:\n        f()\n        self.fail('expected')\n    except Exception:\n        pass\n"
    assert rules(DETECTOR, change(PATH, "x = 1\n", meant)) == ["test-asserts-nothing"]


def test_swallowing_that_was_moved_is_not_new() -> None:
    quiet = "def tolerant(test):\n    try:\n        test()\n    except AssertionError:\n        pass\n"
    assert rules(DETECTOR, change("tests/a.py", quiet, None), change("tests/b.py", None, quiet)) == []


@pytest.mark.parametrize(
    "statement",
    [
        "assert True",
        "assert 1",
        "assert 'text'",
        "assert (f(1) == 2, 'message')",
        "x = f(1)\nassert x == x",
        "assert f(1) == 2 or True",
        "assert not False",
        "assert len(f(1)) >= 0",
        "assert isinstance(f(1), object)",
        "assert f'a{f(1)}'",
        "assert f'{f(1)}{2}'",
        "assert (*f(1), 2)",
        "self.assertTrue(True)",
        "self.assertEqual(1, 1)",
        "assert 3 == 3",
    ],
)
def test_what_is_always_true_warns(statement: str) -> None:
    assert "assertion-tautology!" in body("assert f(1) == 2", statement)
    assert "assertion-tautology" in body("assert f(1) == 2", f"{statement}\nassert f(1) == 2")


@pytest.mark.parametrize(
    "honest",
    [
        "assert f(1) == f(1)",
        "assert x.cached is x.cached",
        "assert next(x) == next(x)",
        "assert f(1) == 2 or g(1)",
        "assert len(f(1)) >= 1",
        "assert not f(1)",
        "assert f'{f(1)}'",
        "assert f'{f(1)}{g(1)}'",
        "assert f'{\"\"}'",
        "assert (*f(1),)",
        "assert ()",
        "assert isinstance(f(1), int)",
    ],
)
def test_what_can_fail_is_no_tautology(honest: str) -> None:
    assert not {"assertion-tautology", "assertion-tautology!"} & set(body("assert f(1) == 2", honest))


@pytest.mark.parametrize(
    "new",
    [
        "def test_new():\n    f(1)\n",
        "def test_new():\n    '''Docs.'''\n",
        "def test_new():\n    x = 'assert'  # assert x\n    print(f(x))\n",
        "class TestNew:\n    def test_new(self):\n        self.helper()\n    def helper(self):\n        f(1)\n",
        "async def test_new():\n    await f(1)\n",
    ],
)
def test_new_tests_without_assertion_warn(new: str) -> None:
    assert found(None, new) == ["test-asserts-nothing"]
    assert found("x = 1\n", new) == ["test-asserts-nothing"]
    assert found(new, new.replace("f(1)", "f(2)") + "\n\n") == [], "base had it"
    assert found(None, new, path="tests/helpers.py") == []


@pytest.mark.parametrize(
    "honest",
    [
        "def test_new():\n    assert f(1)\n",
        "def test_new():\n    with pytest.raises(E):\n        f(1)\n",
        "def test_new():\n    if f(1):\n        raise ValueError\n",
        "def test_new():\n    m.assert_called()\n",
        "def test_new():\n    check_all(f)\n",
        "def test_new():\n    helper()\ndef helper():\n    assert f(1)\n",
        "def test_new(snapshot):\n    f(1)\n",
        "class TestNew(Base):\n    def test_new(self):\n        self.roundtrip(1)\n",
        "from .helpers import roundtrip\ndef test_new():\n    roundtrip(1)\n",
        "def test_new(pytester):\n    pytester.runpytest().stdout.fnmatch_lines(['x'])\n",
        "def test_new():\n    subprocess.run(['x'], check=True)\n",
        "def test_new():\n    for x in f(1):\n        def inner():\n            assert x\n        inner()\n",
        "@image_comparison(['x'])\ndef test_new():\n    f(1)\n",
    ],
)
def test_new_tests_that_may_assert_do_not(honest: str) -> None:
    assert found(None, honest) == []


def test_what_does_not_parse_is_left_to_the_note() -> None:
    assert found(PLAIN, "def test_add(:\n") == []
    assert found("print 'two'\n", PLAIN) == []
    assert found(PLAIN, PLAIN.replace("\n", "\r\n")) == []


def test_notebooks_are_read_as_python() -> None:
    book = '{"cells": [{"cell_type": "code", "source": %s}]}'
    old, new = (book % f'["def test_a():\\n", "    assert f(1) == 2\\n", "{end}"]' for end in ("", "    f(2)\\n"))
    assert found(old, new, "tests/test_a.ipynb") == []
    assert found(old, new.replace(" == 2", ""), "tests/test_a.ipynb") == ["assertion-weakened"]
