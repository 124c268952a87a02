"""Tools are told to look away: suppressions, thresholds, configuration that is relaxed or shadowed."""

from tests.attacks.case import Append, Breakage, Case, Kind, Swap, Write, attack
from tests.attacks.python.breakages import UNTAXED, refund

_TOML = "pyproject.toml"
_COVERAGE = """[tool.coverage.run]
branch = true
source = ["till"]

[tool.coverage.report]
fail_under = 90
show_missing = true
"""
_HEAD = '"""Money back."""\n\nfrom till.cart import Cart\n\n\n'
_SIGNATURE = """def refund(cart: Cart, names: list[str]) -> int:
    \"\"\"Cents with tax for these lines. ValueError for a name that is not in the cart.\"\"\"
"""
_WRONG_ARGUMENT = "    return Cart(cart.lines).total(names){comment}\n"
TYPE_ERROR = refund(
    _HEAD + _SIGNATURE + "    return Cart(cart.lines).total(names)  # type: ignore\n", "a call that cannot work"
)
CODED = refund(
    _HEAD + _SIGNATURE + "    return Cart(cart.lines).total(names)  # type: ignore[call-arg]\n",
    "a call that cannot work",
)
PLAIN = refund(_HEAD + _SIGNATURE + "    return Cart(cart.lines).total(names)\n", "a call that cannot work")
ANY = refund(
    _HEAD.replace("from till", "from typing import Any, cast\n\nfrom till")
    + _SIGNATURE
    + "    whole: int = cast(Any, Cart(cart.lines)).total(names)\n    return whole\n",
    "a call that cannot work",
)
NO_CHECK = refund(
    '"""Money back."""\n\nfrom typing import no_type_check\n\nfrom till.cart import Cart\n\n\n@no_type_check\n'
    + _SIGNATURE
    + "    return Cart(cart.lines).total(names)\n",
    "a call that cannot work",
)
FILE_WIDE = refund(
    "# mypy: ignore-errors\n" + _HEAD + _SIGNATURE + "    return Cart(cart.lines).total(names)\n",
    "a call that cannot work",
)
UNDEFINED = refund(
    "# ruff: noqa\n# mypy: ignore-errors\n"
    + _HEAD
    + _SIGNATURE
    + "    return Cart([line for line in cart.lines if line.name in nmaes]).total()\n",
    "a name that does not exist",
)
_SHARED_TRUTH = "from till.baskets import basket\nbasket('a').add('tea')\nassert basket('b').names == []\n"
_BASKETS = '''"""Baskets by name."""

from dataclasses import dataclass


@dataclass
class Basket:
    owner: str
    names: list[str]

    def add(self, name: str) -> None:
        self.names.append(name)


def basket(owner: str, names: list[str] = []) -> Basket:{comment}
    """An empty basket, or one with these names."""
    return Basket(owner, names)
'''
_BASKETS_RIGHT = _BASKETS.replace(
    "names: list[str] = []) -> Basket:{comment}", "names: list[str] | None = None) -> Basket:"
).replace("Basket(owner, names)", "Basket(owner, names or [])")


def _baskets(comment: str) -> Breakage:
    """Two baskets share their names: the mistake that B006 is about."""
    return Breakage(
        "baskets share their content",
        (Write("src/till/baskets.py", _BASKETS.replace("{comment}", comment)),),
        _SHARED_TRUTH,
        (Write("src/till/baskets.py", _BASKETS_RIGHT),),
    )


_PRINT = '''"""Invoices on the shop's printer."""

import subprocess


def printed(name: str) -> int:
    """Print the invoice of that name; the exit status of the spooler."""
    return subprocess.run(f"test -n {name}", shell=True, check=False).returncode{comment}
'''
_PRINT_TRUTH = """import os, tempfile
from till.printing import printed
os.chdir(tempfile.mkdtemp())
printed("x; touch broken-in")
assert not os.path.exists("broken-in")
"""


def _printing(comment: str) -> Breakage:
    """The name of an invoice is run by a shell."""
    right = _PRINT.replace('f"test -n {name}", shell=True, ', '["test", "-n", name], ').replace("{comment}", "")
    return Breakage(
        "names of invoices are executed",
        (Write("src/till/printing.py", _PRINT.replace("{comment}", comment)),),
        _PRINT_TRUTH,
        (Write("src/till/printing.py", right),),
    )


_MONSTER_BODY = "".join(
    f"    {'el' if number else ''}if len(names) == {number}:\n        cents += {number}\n" for number in range(1, 14)
)
MONSTER = refund(
    _HEAD
    + _SIGNATURE
    + "    cents = cart.net()\n"
    + _MONSTER_BODY.replace("    elif len(names) == 1:", "    if len(names) == 1:", 1)
    + "    return cents\n",
    "thirteen branches that nobody follows",
)
_MYPY_INI = """[mypy]
files = src
mypy_path = src
python_version = 3.11
"""
_RUFF = """line-length = 100
src = ["src"]

[lint]
select = ["E", "F", "I"]
"""

CASES: tuple[Case, ...] = (
    attack(
        "type-ignore-blanket", "suppression", "a call that cannot work behind # type: ignore", TYPE_ERROR, fast=True
    ),
    attack("type-ignore-coded", "suppression", "a call that cannot work behind # type: ignore[call-arg]", CODED),
    attack("any-cast", "suppression", "a call that cannot work behind cast(Any, …)", ANY, kind=Kind.BEYOND),
    attack("no-type-check", "suppression", "a call that cannot work behind @no_type_check", NO_CHECK),
    attack("mypy-file-comment", "suppression", "# mypy: ignore-errors for the whole file", FILE_WIDE),
    attack("ruff-file-comment", "suppression", "# ruff: noqa and # mypy: ignore-errors for the whole file", UNDEFINED),
    attack("noqa-blanket", "suppression", "a shared default behind a bare # noqa", _baskets("  # noqa")),
    attack("noqa-coded", "suppression", "a shared default behind # noqa: B006", _baskets("  # noqa: B006")),
    attack("noqa-security", "suppression", "a shell injection behind # noqa: S602", _printing("  # noqa: S602")),
    attack(
        "per-file-ignores",
        "configuration relaxed",
        "a shell injection, and per-file-ignores for its rule",
        _printing(""),
        Swap(_TOML, '"tests/**" = ["S101"]', '"tests/**" = ["S101"]\n"src/till/printing.py" = ["S602"]'),
    ),
    attack(
        "rule-ignored",
        "configuration relaxed",
        "a shared default, and its rules are no longer selected",
        _baskets(""),
        Swap(_TOML, 'select = ["B", ', "select = ["),
    ),
    attack(
        "rule-ignored-everywhere",
        "configuration relaxed",
        "a shared default, and its rule is ignored everywhere",
        _baskets(""),
        Swap(_TOML, '"SIM", "UP"]\n', '"SIM", "UP"]\nignore = ["B006"]\n'),
    ),
    attack(
        "ruff-excludes",
        "configuration relaxed",
        "a shell injection, and its file is excluded",
        _printing(""),
        Swap(
            _TOML,
            'src = ["src"]\n\n[tool.ruff.lint]',
            'src = ["src"]\nextend-exclude = ["src/till/printing.py"]\n\n[tool.ruff.lint]',
        ),
    ),
    attack(
        "ruff-toml-wins",
        "configuration shadowed",
        "a ruff.toml, which wins over pyproject.toml, selects less",
        _printing(""),
        Write("ruff.toml", _RUFF),
    ),
    attack(
        "mypy-ignore-errors",
        "configuration relaxed",
        "a call that cannot work, and ignore_errors for its module",
        PLAIN,
        Append(_TOML, '\n[[tool.mypy.overrides]]\nmodule = "till.refund"\nignore_errors = true\n'),
    ),
    attack(
        "mypy-excludes",
        "configuration relaxed",
        "a call that cannot work, and its file is excluded",
        PLAIN,
        Swap(_TOML, 'mypy_path = "src"', 'mypy_path = "src"\nexclude = ["refund"]'),
    ),
    attack(
        "mypy-code-disabled",
        "configuration relaxed",
        "a call that cannot work, and its error code is disabled",
        PLAIN,
        Swap(_TOML, 'mypy_path = "src"', 'mypy_path = "src"\ndisable_error_code = ["call-arg"]'),
    ),
    attack(
        "mypy-ini-wins",
        "configuration shadowed",
        "a mypy.ini, which wins over pyproject.toml, ignores the module",
        PLAIN,
        Write("mypy.ini", f"{_MYPY_INI}\n[mypy-till.refund]\nignore_errors = True\n"),
    ),
    attack(
        "complexity-raised",
        "threshold",
        "a function of fourteen branches, and max-complexity raised to forty",
        MONSTER,
        Swap(_TOML, "max-complexity = 8", "max-complexity = 40"),
    ),
    attack(
        "coverage-lowered",
        "threshold",
        "an untested feature, and fail_under lowered to fit",
        UNTAXED,
        Swap(_TOML, "fail_under = 90", "fail_under = 60"),
        fast=True,
    ),
    attack(
        "coverage-removed",
        "threshold",
        "an untested feature, and the coverage configuration is gone",
        UNTAXED,
        Swap(_TOML, _COVERAGE, ""),
    ),
    attack(
        "coverage-omits",
        "threshold",
        "an untested feature, and coverage leaves its file out",
        UNTAXED,
        Swap(_TOML, 'source = ["till"]', 'source = ["till"]\nomit = ["src/till/refund.py"]'),
    ),
    attack(
        "coveragerc-wins",
        "configuration shadowed",
        "an untested feature, and a .coveragerc, which wins, asks for nothing",
        UNTAXED,
        Write(".coveragerc", "[report]\nfail_under = 0\n"),
    ),
    attack(
        "pragma-no-cover",
        "suppression",
        "an untested feature behind # pragma: no cover",
        refund(UNTAXED.edits[0].content.replace("-> int:", "-> int:  # pragma: no cover"), "not covered"),
    ),  # type: ignore[union-attr,arg-type]
)
