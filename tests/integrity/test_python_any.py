"""Whatever a branch brings: the detectors of Python do not raise, say the same twice, and stay in their bounds."""

import ast
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.integrity import cheats, outcome_hooks, suppressions, tests_changed, unreadable
from gatekeeper.integrity.contract import Detector, Diff, FileChange, Hit
from gatekeeper.integrity.parsed import KEPT_CHARACTERS, shelf
from gatekeeper.integrity.roles import role_of
from tests.integrity.python_cases import change

DETECTORS: tuple[Detector, ...] = tuple(
    module.DETECTOR for module in (outcome_hooks, suppressions, tests_changed, cheats, unreadable)
)
PATHS = (
    "tests/test_a.py",
    "tests/conftest.py",
    "src/app/a.py",
    "tests/helpers.py",
    "docs/a.ipynb",
    "setup.py",
    "a.pyi",
)
SNIPPETS = (
    "import os, sys, pytest, unittest, inspect",
    "def test_a():\n    assert f(1) == 2",
    "class TestA(unittest.TestCase):\n    def test_b(self):\n        self.assertEqual(f(1), 2)",
    "@pytest.mark.parametrize('x', [1, 2])\ndef test_c(x):\n    with pytest.raises(E, match='x'):\n        f(x)",
    (
        "@pytest.mark.skipif(x, reason='y')\nasync def test_d():\n    try:\n        assert await f()\n    except E:\n  "
        "      pass"
    ),
    "def pytest_collection_modifyitems(items):\n    items[:] = []",
    "pytestmark = [pytest.mark.skip]",
    "os._exit(0)",
    "if __name__ == '__main__':\n    sys.exit(main())",
    "class A:\n    def __eq__(self, other): return True",
    "def price(n):\n    return {7: 13.5}.get(n) if 'pytest' in sys.modules else inspect.stack()[1].f_locals",
    "x = 1  # type: ignore  # noqa: E501",
    "    return",
    "match x:\n    case [1, *y] if y: pass",
    "def (",
    "é = '\ud800'",
    "\f\tlambda: (yield)",
    "print 'two'",
    "{{ template }}",
)
SOURCE = st.lists(st.sampled_from(SNIPPETS), max_size=6).map("\n".join) | st.text(max_size=80)
CONTENTS = st.none() | st.binary(max_size=200) | SOURCE.map(lambda text: text.encode("utf-8", "surrogatepass"))
CHANGES = st.builds(
    lambda path, old, new: FileChange(path, "M", old, new, role=role_of(path)),
    st.sampled_from(PATHS),
    CONTENTS,
    CONTENTS,
)


def everything(changes: tuple[FileChange, ...]) -> Iterator[Hit]:
    diff = Diff(changes, frozenset(PATHS), frozenset(PATHS))
    for one in changes:
        for detector in DETECTORS:
            for hit in detector.detect(one, diff):
                assert hit.rule in detector.rules
                assert hit.line is None or hit.line >= 1
                yield hit


@settings(max_examples=150)
@given(st.lists(CHANGES, max_size=4, unique_by=lambda one: one.path))
def test_no_change_makes_them_raise(changes: list[FileChange]) -> None:
    first = list(everything(tuple(changes)))
    assert list(everything(tuple(changes))) == first


@settings(max_examples=60)
@given(SOURCE, st.sampled_from(PATHS))
def test_what_stays_as_it_is_has_no_hits(text: str, path: str) -> None:
    raw = text.encode("utf-8", "surrogatepass")
    assert [hit.rule for hit in everything((FileChange(path, "M", raw, raw, role=role_of(path)),))] in (
        [],
        ["unreadable-source"],
    )


@settings(max_examples=60)
@given(SOURCE)
def test_a_file_that_was_renamed_has_no_hits(text: str) -> None:
    raw = text.encode("utf-8", "surrogatepass")
    moved = FileChange("tests/unit/test_b.py", "R", raw, raw, "tests/test_a.py", role=role_of("tests/unit/test_b.py"))
    assert {hit.rule for hit in everything((moved,))} <= {"unreadable-source"}


def test_no_file_of_the_standard_library_makes_them_raise() -> None:
    files = sorted(Path(ast.__file__).parent.glob("*.py"))
    random.Random(4).shuffle(files)  # noqa: S311 - an order, not a secret
    for number, file in enumerate(files[:24]):
        text = file.read_bytes()
        pair = (text, files[number + 1].read_bytes()) if number % 2 else (None, text)
        for path in PATHS[:4]:
            list(everything((FileChange(path, "M", *pair, role=role_of(path)),)))


@pytest.mark.parametrize(
    "deep",
    [
        "x = " + "-" * 3_000 + "1",
        "x = " + "+".join(["1"] * 3_000),
        "x = a" + ".b" * 2_000,
        "x = f" + "()" * 1_000,
        "assert " + " and ".join(["f(1)"] * 1_000),
        "if x:\n    pass\n" + "elif y:\n    pass\n" * 800,
        "x = '''" + "a" * 100_000,
        "def test_a():\n    assert f(" + "[" * 150 + "]" * 150 + ") == 1",
        "x = " + "(" * 99 + "1" + ")" * 99,
    ],
    ids=range(9),
)
def test_deep_code_does_not_make_them_raise(deep: str) -> None:
    for path in PATHS[:4]:
        list(everything((change(path, f"import os\n{deep}\n", f"import os\nos._exit(0)\n{deep}\n"),)))
        list(everything((change(path, None, f"import sys\n{deep}\nassert 'pytest' in sys.modules\n"),)))


def test_unreadable_files_have_one_note() -> None:
    for text in (b"print 'two'\n", b"def (:\n", b"# coding: nonsense\n", b"x = '\xff'\n", b"x = 1\n" * 400_000):
        for path in ("tests/test_a.py", "src/a.py", "tests/conftest.py"):
            assert [hit.rule for hit in everything((FileChange(path, "A", None, text, role=role_of(path)),))] == [
                "unreadable-source"
            ]
    assert list(everything((FileChange("src/a.py", "D", b"print 'two'\n", None, role=role_of("src/a.py")),))) == []
    assert list(everything((change("README.md", "x", "print 'two'"),))) == []


def test_line_ends_and_encodings_change_nothing() -> None:
    old = "# coding: {}\ndef test_a():\n    assert f('é') == 1\n"
    new = "# coding: {}\ndef test_a():\n    assert f('é')\n"
    for before, after in (("utf-8", "latin-1"), ("latin-1", "cp1252"), ("utf-8", "utf-8")):
        sides = old.format(before).encode(before), new.format(after).replace("\n", "\r\n").encode(after)
        (hit,) = everything((FileChange("tests/test_a.py", "M", *sides, role=role_of("tests/test_a.py")),))
        assert (hit.rule, hit.line) == ("assertion-weakened", 3)
    marked = "\ufeff" + old.format("utf-8")
    assert list(everything((change("tests/test_a.py", marked, old.format("utf-8").replace("\n", "\r\n")),))) == []


def test_a_file_that_was_deleted_and_made_again_is_one_change() -> None:
    old = "import os\ndef test_a():\n    assert f(1) == 2\n"
    assert list(everything((change("tests/test_a.py", old, old + "\n\nx = 1\n"),))) == []
    apart = change("tests/test_a.py", old, None), change("tests/test_a2.py", None, old)
    assert list(everything(apart)) == []


def test_few_trees_are_kept() -> None:
    text = "def test_{0}():\n    assert f({0}) == {0}\n\n" + "# why\n" * 4_000
    files = tuple(change(f"tests/test_{n}.py", None, text.format(n)) for n in range(300))
    assert sum(len(one.new or b"") for one in files) > 2 * KEPT_CHARACTERS
    diff = Diff(files)
    for detector in DETECTORS:
        for one in files:
            list(detector.detect(one, diff))
    assert sum(len(one.text) for one in shelf(diff)) <= KEPT_CHARACTERS
