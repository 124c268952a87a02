"""What stands word for word on both sides is not read, and nothing hides behind that."""

import ast
import random
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.integrity import cheats, outcome_hooks, pieces, suppressions, tests_changed
from gatekeeper.integrity.contract import Diff, FileChange
from gatekeeper.integrity.pieces import Cut, cut
from gatekeeper.integrity.trimmed import fresh_text, trimmed
from tests.integrity.python_cases import change, rules

PATH = "tests/test_core.py"
DETECTORS = (outcome_hooks.DETECTOR, suppressions.DETECTOR, tests_changed.DETECTOR, cheats.DETECTOR)
OLD = """
    import os

    LIMIT = 3


    @pytest.mark.parametrize(
        "x", [1, 2]
    )
    def test_add(x):
        text = '''
    def test_inside():
        pass
    '''
        assert add(x, text) == 1


    class TestCart:
        limit = 5

        def test_total(self):
            assert total() == 5

        @mark
        def test_empty(self):
            assert total() == 0


    async def helper():
        return 1
    """


def both(old: str, new: str) -> tuple[Cut, Cut]:
    found = cut(Diff(()), change(PATH, old, new))
    assert found is not None
    return found


def fresh(old: str, new: str) -> str:
    return both(old, new)[1].fresh


def left(old: str, new: str) -> str:
    """Head as it is read when nothing is wanted."""
    one = change(PATH, old, new)
    return trimmed(Diff((one,)), one, True, lambda *_: False).text


def test_only_what_changed_is_fresh() -> None:
    new = OLD.replace("return 1", "return 2")
    assert "async def helper" in fresh(OLD, new)
    assert "test_add" not in fresh(OLD, new)
    assert "import os" in fresh(OLD, new), "what is outside of functions gives the rest its meaning"
    inside = fresh(OLD, OLD.replace("total() == 5", "total() == 6"))
    assert ("test_total" in inside, "test_empty" in inside) == (True, False)
    assert "test_empty" in fresh(OLD, OLD.replace("limit = 5", "limit = 6")), "more than a method changed"
    assert "test_total" in fresh(OLD, OLD.replace("class TestCart", "class Cart"))
    assert "test_total" in fresh(OLD, OLD.replace("def test_empty(self)", "def __init__(self)"))


def test_lines_stay_where_they_are() -> None:
    new = dedent(OLD.replace("return 1", "return 2"))
    text = left(OLD, new)
    assert text.count("\n") == new.count("\n")
    assert text.split("\n")[new.split("\n").index("async def helper():")] == "async def helper():"
    assert [node.lineno for node in ast.parse(text).body if isinstance(node, ast.Pass)] == [7, 18]
    inner = left(OLD, OLD.replace("total() == 5", "total() == 6"))
    decorator = dedent(OLD).split("\n").index("    @mark")
    assert inner.split("\n")[decorator] == "    pass", "the method that stays, with its decorator"


def test_a_function_inside_of_a_string_is_none() -> None:
    new = OLD.replace("def test_inside", "def test_within")
    assert "assert add(x, text) == 1" in fresh(OLD, new)
    assert "'''\ndef test_inside" not in fresh(OLD, OLD.replace("return 1", "return 2"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x = 1\n", None),
        (None, "x = 1\n"),
        (b"x = '\xff'\n", b"x = 1\n"),
        (b"x = 1\n", b"# coding: nonsense\n"),
    ],
)
def test_one_side_alone_is_read_as_it_is(old: str | bytes | None, new: str | bytes | None) -> None:
    one = change(PATH, old, new)
    diff = Diff((one,))
    assert cut(diff, one) is None
    assert fresh_text(diff, one, True) == ("x = 1\n" if new in {"x = 1\n", b"x = 1\n"} else "")


HIDDEN = """
    import pytest
    from app import f

    def test_a():
        assert f(1) == 2

    def test_b():
        assert f(2) == 3
    """


@pytest.mark.parametrize(
    "attack",
    [
        ("from app import f", 'from app import f\n    DISABLED = """', "f(2) == 3", 'f(2) == 3\n    """'),
        ("from app import f", "from app import f\n    x = '''", "f(2) == 3", "f(2) == 3\n    '''"),
        ("f(2) == 3", "f(2) == 3\n\n    def test_a(): pass"),
        ("f(2) == 3", "f(2) == 3\n\n    del test_a"),
        ("f(2) == 3", "f(2) == 3\n\n    test_a = None"),
        ("f(2) == 3", "f(2) == 3\n\n    __test__ = False"),
        ("from app import f", "from app import f\n    pytestmark = pytest.mark.skip"),
    ],
)
def test_what_is_around_tests_that_stay_is_seen(attack: tuple[str, ...]) -> None:
    new = HIDDEN
    for before, after in zip(attack[::2], attack[1::2], strict=True):
        new = new.replace(before, after)
    assert rules(tests_changed.DETECTOR, change(PATH, HIDDEN, new)) != []


def test_what_stays_and_is_used_anew_is_seen() -> None:
    old = "import atexit, os\n\ndef leave():\n    os._exit(0)\n\ndef test_a():\n    assert f() == 1\n"
    new = old + "\natexit.register(leave)\n"
    assert "exit-hook" in rules(outcome_hooks.DETECTOR, change("src/app/a.py", old, new))
    checked = "def check(x):\n    if x != 1:\n        raise ValueError\n\ndef test_a():\n    check(f())\n"
    assert rules(tests_changed.DETECTOR, change(PATH, checked, checked + "\ndef test_b():\n    check(g())\n")) == []
    table = "CASES = [1, 2, 3]\n\ndef test_a():\n    for case in CASES:\n        assert f(case)\n"
    assert rules(tests_changed.DETECTOR, change(PATH, table, table.replace("1, 2, 3", "1"))) == ["test-cases-removed"]


SOURCES = [path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("test_*.py"))]


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, str]:
    """A real file of tests, and the same with functions taken out, doubled, moved and with changed lines."""
    chance = random.Random(draw(st.integers(0, 1 << 30)))  # noqa: S311 - no secret, a seed
    blocks = chance.choice(SOURCES).split("\n\n\n")[:14]
    made = []
    for block in blocks:
        fate = chance.random()
        lines = block.split("\n")
        if fate < 0.15:
            lines.pop(chance.randrange(len(lines)))
        elif fate < 0.25:
            lines.insert(chance.randrange(len(lines)), chance.choice(("    return", "    x = 1", "    pass", "# noqa")))
        made += [] if 0.25 < fate < 0.32 else ["\n".join(lines)] * (2 if fate > 0.97 else 1)
    if chance.random() < 0.2:
        chance.shuffle(made)
    return "\n\n\n".join(blocks) + "\n", "\n\n\n".join(made) + "\n"


@settings(max_examples=40)
@given(edits())
def test_leaving_out_what_stays_changes_nothing(sides: tuple[str, str]) -> None:
    one = change(PATH, *sides)
    quick = [set(rules(detector, one)) for detector in DETECTORS]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "_cut", lambda _: None)
        assert quick == [set(rules(detector, one)) for detector in DETECTORS]


def test_a_function_that_was_doubled_is_new_one_time() -> None:
    once = "import os\n\n\ndef a():\n    return os.sep  # noqa: S1\n\n\n"
    assert rules(suppressions.DETECTOR, change(PATH, once, once + once.partition("os\n\n\n")[2])) == [
        "suppression-added"
    ]
    assert rules(suppressions.DETECTOR, change(PATH, once * 2, once + "x = 1\n")) == []


@settings(max_examples=60)
@given(
    st.text(alphabet="adefs \n\t'\"\\#@:()=_\x0c", max_size=200), st.text(alphabet="adefs \n'\"\\#@:(", max_size=200)
)
def test_pieces_have_no_gap_and_lose_no_line(old: str, new: str) -> None:
    found = cut(Diff(()), FileChange(PATH, "M", old.encode(), new.encode()))
    assert found is not None
    for side, text in zip(found, (old, new), strict=True):
        assert side.text == text
        assert "".join(text[piece.start : piece.end] for piece in side.pieces) == text
        assert side.trimmed(lambda *_: False)[0].count("\n") == text.count("\n")
        assert side.trimmed(lambda *_: True)[0] == text
