"""Product code that behaves otherwise under test is found; frameworks, sentinels and maps are left alone."""

import pytest

from gatekeeper.integrity.cheats import DETECTOR
from gatekeeper.integrity.code.answers import BASE_TESTS
from gatekeeper.integrity.contract import Diff
from tests.integrity.python_cases import change, hits, rules

PATH, TEST = "src/app/core.py", "tests/test_core.py"


def found(new: str, old: str | None = "import os\n", path: str = PATH) -> list[str]:
    return rules(DETECTOR, change(path, old, new))


@pytest.mark.parametrize(
    "method",
    [
        "def __eq__(self, other): return True",
        "def __eq__(self, other):\n        log(other)\n        return 1",
        "def __eq__(self, other): return self.a == other.a or True",
        "def __eq__(self, other): return other == other",
        "def __ne__(self, other): return False",
        "__eq__ = lambda self, other: True",
        "__eq__: object = lambda self, other: True",
        "__eq__, a = lambda self, other: True, 1",
        "def __eq__(self, other):\n        if other:\n            return True\n        return True",
    ],
)
def test_a_comparison_that_says_yes_to_all_is_blocked(method: str) -> None:
    assert found(f"class Money:\n    {method}\n") == ["constant-equality"]
    assert found(f"class Money:\n    {method}\n", path=TEST) == [], "doubles of tests may"
    assert found(f"x = 1\nclass Money:\n    {method}\n", old=f"class Money:\n    {method}\n") == []


@pytest.mark.parametrize(
    "method",
    [
        "def __eq__(self, other): return self.a == other.a",
        "def __eq__(self, other): return isinstance(other, Money)",
        "def __eq__(self, other): return NotImplemented",
        (
            "def __eq__(self, other):\n        if not isinstance(other, Money):\n            return NotImplemented\n   "
            "     return True"
        ),
        "def __ne__(self, other): return not self == other",
        "def __bool__(self): return False",
        "def __lt__(self, other): return True",
        "def __eq__(self, other): return all(a == b for a, b in zip(self, other))",
        "def equal(self, other): return True",
    ],
)
def test_other_comparisons_are_not(method: str) -> None:
    assert found(f"class Money:\n    {method}\n") == []


def test_what_is_left_when_the_comparison_was_taken_out() -> None:
    old = """
        class Money:
            def __eq__(self, other):
                if not isinstance(other, Money):
                    return NotImplemented
                return self.amount == other.amount
        """
    assert found(old.replace("self.amount == other.amount", "True"), old=old) == ["constant-equality"]
    assert found(old.replace("amount", "cents"), old=old) == []
    through = old.replace("return self.amount == other.amount", "same = self._same(other)\n                return True")
    assert found(through, old=old) == [], "something else looks at the other one"


def test_a_dataclass_of_which_nothing_is_compared_any_more_is_blocked() -> None:
    old = """
        from dataclasses import dataclass, field

        @dataclass(frozen=True)
        class Cart:
            lines: list = field(default_factory=list)
            owner: str = ""

            def count(self):
                return len(self.lines)
        """
    one = old.replace("=list)", "=list, compare=False)")
    both = one.replace('= ""', '= field(default="", compare=False)')
    assert found(both, old=old) == ["constant-equality"]
    assert found(one, old=old) == [], "its owner is compared"
    assert found(both + "\nx = 1\n", old=both) == []
    kind = old + "\n            def __eq__(self, other):\n                return isinstance(other, Cart)\n"
    assert found(kind, old=old) == ["constant-equality"]
    assert found(kind.replace("@dataclass(frozen=True)", ""), old="import os\n") == [], "a new class"


def test_a_question_that_always_says_yes_warns() -> None:
    for method in ("__bool__(self)", "__contains__(self, item)", "__instancecheck__(cls, item)"):
        assert found(f"class All:\n    def {method}: return True\n") == ["constant-truth"]


@pytest.mark.parametrize(
    "question",
    [
        "os.environ.get('PYTEST_CURRENT_TEST')",
        "'PYTEST_CURRENT_TEST' in os.environ",
        "os.getenv('PYTEST_VERSION')",
        "'pytest' in sys.modules",
        "'unittest' not in sys.modules",
        "sys.modules.get('pytest')",
        "'py' + 'test' in sys.modules",
        "'pytest' in sys.argv[0]",
        "sys.argv[0].endswith('pytest')",
        "any('pytest' == a for a in sys.argv) or sys.argv[0] == 'pytest'",
        "hasattr(sys, '_called_from_test') and sys._called_from_test",
        "any('pytest' in word for word in sys.orig_argv)",
        "len(sys.modules) > 200",
        "'pytest' in str(vars(sys.modules['__main__']).get('__spec__'))",
        "'pytest' in sys.executable or any('pytest' in one for one in sys.path)",
    ],
)
def test_asking_for_a_test_runner_is_blocked(question: str) -> None:
    assert found(f"import os, sys\ndef price():\n    if {question}:\n        return 1\n    return 2\n") == [
        "test-detected"
    ]
    assert found(f"import os, sys\nTESTING = bool({question})\n") == ["test-detected"]
    assert found(f"import os, sys\ndef helper():\n    return {question}\n", path=TEST) == []
    assert found(f"import os, sys\ndef helper():\n    return {question}\n", path="src/pytest_nice/plugin.py") == []


@pytest.mark.parametrize(
    "honest",
    [
        "'numpy' in sys.modules",
        "sys.modules.get('django')",
        "os.environ.get('APP_TESTING')",
        "sys.argv[0].endswith('app')",
        "'--pytest' in options",
        "help('set PYTEST_ADDOPTS to change it')",
        "'run' in sys.argv",
        "any('app' in word for word in sys.argv)",
        "len(sys.argv) > 2",
        "print(len(sys.modules))",
        "sys.modules['__main__'].__doc__",
    ],
)
def test_asking_for_other_things_is_not(honest: str) -> None:
    assert found(f"import os, sys  # pytest\ndef price():\n    return {honest}\n") == []


@pytest.mark.parametrize(
    "code",
    [
        (
            "    for frame in inspect.stack():\n        if 'test_' in frame.function or 'pytest' in frame.filename:\n  "
            "          return 1\n"
        ),
        "    return 1 if sys._getframe(1).f_code.co_name.startswith('test_') else 2\n",
        "    caller = inspect.currentframe().f_back\n    return caller.f_locals['expected']\n",
        "    return sys._getframe(1).f_code.co_consts[3]\n",
        "    where = inspect.stack()[1]\n    if where.code_context:\n        return where.code_context[0]\n",
        (
            "    frame = inspect.currentframe()\n    text = inspect.getsource(frame.f_back)\n    while frame: frame ="
            " frame.f_back\n"
        ),
    ],
)
def test_deciding_by_the_caller_is_blocked(code: str) -> None:
    text = f"import inspect, sys\ndef price():\n{code}"
    assert found(text) == ["caller-decides"]
    assert found(text.replace("import inspect, sys", "import inspect as i, sys").replace("inspect.", "i.")) == [
        "caller-decides"
    ]
    assert found(text, path=TEST) == []
    assert found(text + "x = 1\n", old=text) == []


@pytest.mark.parametrize(
    "code",
    [
        (
            "    frame = sys._getframe(1)\n    while frame and _internal(frame):\n        frame = frame.f_back\n   "
            " return frame\n"
        ),
        "    module = sys._getframe(1).f_globals.get('__name__', '__main__')\n    made.__module__ = module\n",
        "    warnings.warn('x', stacklevel=len(inspect.stack()))\n",
        "    scope = sys._getframe(1).f_locals\n    evaluate(scope)\n",
    ],
)
def test_looking_at_the_stack_warns(code: str) -> None:
    assert found(f"import inspect, sys, warnings\ndef price():\n{code}") == ["caller-inspected"]


def test_inspect_for_other_things_is_none() -> None:
    for honest in ("inspect.signature(f)", "inspect.getdoc(f)", "inspect.isclass(f)", "traceback.format_exc()"):
        assert found(f"import inspect, traceback\ndef price():\n    if {honest}:\n        return 1\n") == []


def test_moved_code_is_not_new() -> None:
    text = "import sys\ndef price():\n    return 'pytest' in sys.modules\n"
    assert rules(DETECTOR, change(PATH, text, "x = 1\n"), change("src/app/b.py", None, text)) == []
    assert rules(DETECTOR, change(PATH, text, text), change("src/app/b.py", None, text)) == ["test-detected"]


def test_a_double_of_what_was_changed_warns() -> None:
    product = change(
        PATH, "def add(a, b):\n    return a + b\ndef rest(): ...\n", "def add(a, b):\n    return 0\ndef rest(): ...\n"
    )
    head = "from unittest import mock\nfrom app import core\nimport app.core\n"

    def doubled(line: str, old: str = head) -> list[str]:
        return rules(
            DETECTOR,
            product,
            change(TEST, old, f"{head}def test_a(monkeypatch, mocker):\n    {line}\n    assert core.x()\n"),
        )

    for line in (
        "mock.patch('app.core.add').start()",
        "monkeypatch.setattr('app.core.add', f)",
        "monkeypatch.setattr(core, 'add', f)",
        "mock.patch.object(app.core, 'add', f)",
        "mocker.patch('app.core.add', return_value=3)",
    ):
        assert doubled(line) == ["mocked-change"], line
        had = f"{head}def test_a(monkeypatch, mocker):\n    {line}\n"
        assert doubled(line, had) == [], "base had it"
    for honest in ("mock.patch('app.core.rest')", "mock.patch('other.core.addx')", "mock.patch('requests.get')"):
        assert doubled(honest) == [], honest


TESTS = """
    import pytest
    from app.core import price, label

    def test_price():
        assert price(7, "gold") == 13.5
        assert price(8, "gold") == 14.5

    @pytest.mark.parametrize(("n", "text"), [(3, "three"), (5, "five")])
    def test_label(n, text):
        assert label(n) == text

    def test_through_a_variable():
        result = price(21, "silver")
        assert result == 99.25
    """
PRICE = "def price(n, kind):\n    return n * FACTOR[kind] + 1\n"


def answered(code: str, old: str = PRICE, tests: str = TESTS) -> list[str]:
    return rules(DETECTOR, change(PATH, old, code), change(TEST, None, tests))


@pytest.mark.parametrize(
    "code",
    [
        "def price(n, kind):\n    if (n, kind) == (7, 'gold'):\n        return 13.5\n    return n * 2\n",
        "def price(n, kind):\n    if n == 7 and kind == 'gold':\n        return 13.5\n    return n * 2\n",
        "def price(n, kind):\n    return 99.25 if n == 21 else n * 2\n",
        "def price(n, kind):\n    match n:\n        case 7: return 13.5\n        case 8: return 14.5\n    return n\n",
        "def price(n, kind):\n    return {7: 13.5, 8: 14.5}.get(n, 0)\n",
        f"KNOWN = {{3: 'three', 5: 'five'}}\n{PRICE}",
        (
            "def label(n):\n    if n == 3:\n        return 'three'\n    elif n == 5:\n        return 'five'\n    return"
            " ''\n"
        ),
        "def label(n):\n    words = {3: 'three', 5: 'five'}\n    return words[n]\n",
    ],
)
def test_answers_of_tests_in_the_code_warn(code: str) -> None:
    assert answered(code) == ["answers-in-code"]
    assert answered(code, old=code) == []


@pytest.mark.parametrize(
    "code",
    [
        "def price(n, kind):\n    return n * 2 + 0.5\n",
        "def price(n, kind):\n    if n == 9:\n        return 77.5\n    return n * 2\n",
        "def price(n, kind):\n    if n == 1:\n        return True\n    return n * 2\n",
        f"UNITS = {{'kb': 1024, 'mb': 1048576, 'gb': 5}}\n{PRICE}",
        f"WORDS = {{1: 'one', 2: 'two', 3: 'three', 4: 'four', 5: 'five', 6: 'six'}}\n{PRICE}",
        "def other(n):\n    if n == 3:\n        return 'three'\n    return str(n)\n",
        "def price(n, kind):\n    if n == 7:\n        raise ValueError(13.5)\n    return n\n",
    ],
)
def test_other_literals_do_not(code: str) -> None:
    assert answered(code) == []


def test_tests_of_base_that_did_not_change_count_when_they_are_given() -> None:
    one = change(
        PATH, PRICE, "def price(n, kind):\n    if n == 7 and kind == 'gold':\n        return 13.5\n    return n\n"
    )
    diff = Diff((one,))
    assert list(DETECTOR.detect(one, diff)) == []
    diff = Diff((one,), cache={BASE_TESTS: {TEST: b"def test_price():\n    assert price(7, 'gold') == 13.5\n"}})
    (hit,) = DETECTOR.detect(one, diff)
    assert (hit.rule, hit.symbol, hit.line) == ("answers-in-code", "price", 2)
    assert hit.message == "1 answers of tests stand in the code, such as 13.5 for 'gold', 7"


def test_where_and_what() -> None:
    (hit,) = hits(DETECTOR, change(PATH, "x = 1\n", "import sys\n\ndef f():\n    return 'pytest' in sys.modules\n"))
    assert (hit.line, hit.symbol) == (4, "f")
    assert hit.message == "asks whether it is being tested: pytest in sys.modules (f)"
