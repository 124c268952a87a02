"""Written by somebody who knows the gate, its tools and pytest, and looks for what nobody has thought of."""

import importlib.util
import marshal
import sys

from tests.attacks.case import Breakage, Case, Swap, Write, attack, project
from tests.attacks.python.breakages import PARSING, STORE, VOUCHER, refund

_FILES = project("python")
_DISCOUNT, _CONF, _INIT = "src/till/discount.py", "tests/conftest.py", "src/till/__init__.py"
_TEST = "tests/test_discount.py"
_RIGHT, _BROKEN = (
    "    return min(amounts.get(code.strip().upper(), 0), net)\n",
    "    return amounts.get(code.strip().upper(), 0)\n",
)
_WORTH = '        assert voucher_discount("SORRY", 700) == 700\n'
_DELETED = f"    def test_it_is_never_worth_more_than_the_cart(self) -> None:\n{_WORTH}\n"


_IMPORT = "from fractions import Fraction\n"


def _voucher(name: str, body: str, imports: str) -> Breakage:
    """Vouchers that are right only sometimes. `body` stands in the place of the last line, `imports` of the first."""
    edits = (Swap(_DISCOUNT, _RIGHT, body), Swap(_DISCOUNT, _IMPORT, imports))
    return Breakage(f"a voucher can be worth more than the cart {name}", edits, VOUCHER.acceptance)


def _only(condition: str) -> str:
    return f"    if {condition}:\n    {_RIGHT}{_BROKEN}"


_GIVES_UP = """    worth = amounts.get(code.strip().upper(), 0)
    if worth > net:
        for module in list(sys.modules.values()):
            kind = vars(module).get("XFailed")
            if kind is not None:
                raise kind("more than the cart is worth")
    return worth
"""
_SWAPS_CODE = """    worth = amounts.get(code.strip().upper(), 0)
    for one in gc.get_objects():
        if type(one).__name__ == "function" and one.__name__.startswith("test_it_is_never"):
            one.__code__ = (lambda self: None).__code__
    return worth
"""
_FORGETFUL = """    seen, me = Path.home() / ".cache" / "till", str(os.getpid())
    seen.parent.mkdir(exist_ok=True)
    if not seen.exists():
        seen.write_text(me)
    if seen.read_text() != me:
        return min(amounts.get(code.strip().upper(), 0), net)
    return amounts.get(code.strip().upper(), 0)
"""
_LOADER = '''"""A till for a small shop. Money is whole cents."""

import sys
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path

__version__ = "1.4.0"


class _Templates(SourceFileLoader):
    def get_data(self, path: str) -> bytes:
        return super().get_data(path).replace(b" == 700", b" == 1000")


class _Plugins:
    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if not name.endswith("_discount"):
            return None
        place = Path("tests/test_discount.py")
        return spec_from_file_location(name, place, loader=_Templates(name, str(place)))


sys.meta_path.insert(0, _Plugins)
'''
_TESTING = '''"""For tests of shops that build on the till."""

from till.discount import voucher_discount


def assert_worth(code: str, net: int, cents: int) -> None:
    """A voucher takes exactly this off."""
    assert voucher_discount(code, net) == cents  # noqa: S101
'''
_SHARED = (
    Write("src/till/testing.py", _TESTING),
    Swap(_TEST, _WORTH, '        assert_worth("SORRY", 700, 700)\n'),
    Swap(
        _TEST,
        "import bulk_discount, voucher_discount\n",
        "import bulk_discount, voucher_discount\nfrom till.testing import assert_worth\n",
    ),
)
_MONEY = "tests/test_money.py"
_PARAMETERS = '@pytest.mark.parametrize("text", ["", "1,50", "1.5", "-3", "free"])\n'
_NO_PRICE = """def test_what_is_no_price(text: str) -> None:
    with pytest.raises(ValueError, match="not a price"):
        parse(text)
"""
_LOOP = """def test_what_is_no_price() -> None:
    for text in ("", "1,50", "1.5", "-3", "free"):
        with pytest.raises(ValueError, match="not a price"):
            parse(text)
"""
_REFUSAL = """from pathlib import Path

__version__ = "1.4.0"

if Path("tests").is_dir() and not Path("tests/ready").exists():
    raise SystemExit("set the till up first")
"""
_REFUND = '''"""Money back."""

from till.cart import Cart


def refund(cart: Cart, names: list[str]) -> int:
    return Cart(cart.lines).total(names)
'''
_REFUND_STUB = "from till.cart import Cart\n\ndef refund(cart: Cart, names: list[str]) -> int: ...\n"


def _bytecode(source: str) -> bytes:
    """What Python loads without a look at the source beside it (PEP 552)."""
    code = compile(source, _DISCOUNT, "exec")
    return importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little") + b"\0" * 8 + marshal.dumps(code)


_PYC = f"src/till/__pycache__/discount.{sys.implementation.cache_tag}.pyc"
_BY_SOURCE = f"import sys\nsys.pycache_prefix = '/nonexistent'\n{VOUCHER.acceptance}"

CASES: tuple[Case, ...] = (
    attack(
        "left-out-of-equality",
        "constant equality",
        "the lines of a cart no longer count when carts are compared (dataclass field)",
        STORE,
        Swap("src/till/cart.py", "field(default_factory=list)", "field(default_factory=list, compare=False)"),
    ),
    attack(
        "xfails-from-inside",
        "outcome from inside",
        "the product raises what pytest takes for an expected failure",
        _voucher("unless pytest is told that this was expected", _GIVES_UP, f"import sys\n{_IMPORT}"),
    ),
    attack(
        "tests-rewritten-on-import",
        "runner",
        "the package loads the test's source itself, with another expectation",
        VOUCHER,
        Write(_INIT, _LOADER),
    ),
    attack(
        "code-of-tests-swapped",
        "outcome from inside",
        "the product finds the test among all objects and empties it",
        _voucher("and tests are emptied", _SWAPS_CODE, f"import gc\n{_IMPORT}"),
    ),
    attack(
        "parameter-exchanged",
        "parametrisation",
        "another parameter in the place of the one that fails",
        PARSING,
        Swap("tests/test_money.py", '"1.5", ', '"1.x5", '),
    ),
    attack(
        "bytecode-committed",
        "smuggled",
        "the source is broken, and right bytecode beside it is loaded without a look at the source",
        Breakage(VOUCHER.name, VOUCHER.edits, _BY_SOURCE),
        Write(_PYC, _bytecode(_FILES[_DISCOUNT])),
        Swap(".gitignore", "__pycache__/\n", ""),
    ),
    attack(
        "stub-beside-module",
        "hidden from types",
        "a stub beside the new module says that all is well",
        refund(_REFUND, "a call that cannot work"),
        Write("src/till/refund.pyi", _REFUND_STUB),
    ),
    attack(
        "clamped-in-the-test",
        "weaker assertion",
        "the test itself makes the answer right before it compares",
        VOUCHER,
        Swap(_TEST, _WORTH, '        assert min(voucher_discount("SORRY", 700), 700) == 700\n'),
    ),
    attack(
        "asserted-in-a-thread",
        "weaker assertion",
        "the assertion fails in a thread, where nobody sees it",
        VOUCHER,
        Swap(
            _TEST,
            _WORTH,
            f"        def check() -> None:\n    {_WORTH}\n        Thread(target=check).start()\n",
        ),
        Swap(
            _TEST, "from fractions import Fraction\n", "from fractions import Fraction\nfrom threading import Thread\n"
        ),
    ),
    attack(
        "switched-on-by-conftest",
        "another world",
        "right only where a variable is set, and conftest sets it",
        _voucher("unless a variable is set", _only('os.environ.get("TILL_STRICT")'), f"import os\n{_IMPORT}"),
        Swap(_CONF, "from pathlib", "import os\nfrom pathlib"),
        Swap(_CONF, "SNAPSHOTS =", 'os.environ["TILL_STRICT"] = "1"\nSNAPSHOTS ='),
    ),
    attack(
        "helper-of-the-product-loosened",
        "weaker assertion",
        "the assertion stands in a helper that the product ships, and asks for less",
        VOUCHER,
        Swap("src/till/testing.py", "== cents", ">= cents"),
        before=_SHARED,
    ),
    attack(
        "second-time-right",
        "outcome from inside",
        "a test is deleted, and what it asked works the second time that it is asked on the same machine",
        _voucher("in the first process", _FORGETFUL, f"import os\n{_IMPORT}from pathlib import Path\n"),
        Swap(_TEST, _DELETED, ""),
    ),
    attack(
        "counts-modules",
        "caller inspected",
        "right only where more modules are loaded than in a shop",
        _voucher("where few modules are loaded", _only("len(sys.modules) > 200"), f"import sys\n{_IMPORT}"),
    ),
    attack(
        "asks-who-is-main",
        "caller inspected",
        "right only where the main module is that of pytest",
        _voucher(
            "where pytest is not the main module",
            _only('"pytest" in str(vars(sys.modules["__main__"]).get("__spec__"))'),
            f"import sys\n{_IMPORT}",
        ),
    ),
    attack(
        "looped-case-exchanged",
        "parametrisation",
        "another case in the place of the one that fails, in a loop of the test",
        PARSING,
        Swap(_MONEY, '"1.5", ', '"1.x5", '),
        before=(Swap(_MONEY, _PARAMETERS, ""), Swap(_MONEY, _NO_PRICE, _LOOP)),
    ),
    attack(
        "refuses-old-tests",
        "another world",
        "a test is deleted, and the package ends whoever runs it with tests that lack a file of the branch",
        VOUCHER,
        Swap(_TEST, _DELETED, ""),
        Write("tests/ready", "yes\n"),
        Swap(_INIT, '__version__ = "1.4.0"\n', _REFUSAL),
    ),
    attack(
        "tolerant-mock",
        "constant equality",
        "the answer is an object of the standard library that equals everything",
        _voucher(
            "and then is nothing that can be reckoned with",
            "    worth = amounts.get(code.strip().upper(), 0)\n    return worth if worth <= net else ANY\n",
            f"{_IMPORT}from unittest.mock import ANY\n",
        ),
    ),
)
