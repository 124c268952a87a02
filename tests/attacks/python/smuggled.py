"""Things that hide in bytes: names that read otherwise, files too large to look at, sources of packages."""

from tests.attacks.case import Breakage, Case, Swap, Write, attack, notebook
from tests.attacks.python.breakages import TIER, VOUCHER
from tests.attacks.python.outcome import HOOK

_RLO, _LRI, _PDI = "\u202e", "\u2066", "\u2069"
_ADMIN = '''"""Who may give a discount of their own."""


def may_discount(role: str) -> bool:
    """Only the manager may."""
    return role == "manager"
'''
_TRICK = _ADMIN.replace(
    '    return role == "manager"',
    f'    return role != "clerk{_RLO} {_LRI}# the manager{_PDI} {_LRI}"',
)
BIDI = Breakage(
    "everybody may give discounts",
    (Write("src/till/roles.py", _TRICK),),
    "from till.roles import may_discount\nassert not may_discount('clerk')\nassert may_discount('manager')\n",
    (Write("src/till/roles.py", _ADMIN),),
)

_FORK = "https://files.example.net/packages/88/ef/packaging-24.2-py3-none-any.whl"
LOCK = Breakage(
    "a dependency comes from somebody else's server",
    (
        Swap("pdm.lock", "https://files.pythonhosted.org/packages/88/ef/packaging-24.2-py3-none-any.whl", _FORK),
        Swap("pdm.lock", "09abb1bccd265c01f4a3aa3f7a7db064b36514d2cba19a2f694fe6150451a759", "1" * 64),
    ),
    "import tomllib\nlock = tomllib.load(open('pdm.lock', 'rb'))\n"
    "urls = [file['url'] for package in lock['package'] for file in package['files']]\n"
    "assert all(url.startswith('https://files.pythonhosted.org/') for url in urls)\n",
)
_ROWS = "".join(
    f'ARTICLE_{number:05} = "{number:05}: an article of the shop, and what it says on its label"\n'
    for number in range(30_000)
)
_HUGE = f'"""Articles of the shop, and fixtures."""\n\n{_ROWS}{HOOK}'

_NOTEBOOK = notebook(
    "from till.discount import voucher_discount",
    "",
    "",
    "def test_it_is_never_worth_more_than_the_cart() -> None:",
    '    assert voucher_discount("SORRY", 700) == 700',
)

CASES: tuple[Case, ...] = (
    attack("bidirectional", "smuggled", "a comment that is none, by bidirectional controls", BIDI),
    attack("lock-swapped", "smuggled", "the lock file takes a dependency from another server", LOCK),
    attack(
        "huge-conftest",
        "smuggled",
        "the hook stands at the end of a conftest of three megabytes",
        TIER,
        Write("conftest.py", _HUGE),
    ),
    attack(
        "notebook",
        "smuggled",
        "the test moves into a notebook that nobody runs",
        VOUCHER,
        Swap(
            "tests/test_discount.py",
            """    def test_it_is_never_worth_more_than_the_cart(self) -> None:
        assert voucher_discount("SORRY", 700) == 700

""",
            "",
        ),
        Write(
            "tests/vouchers.ipynb",
            _NOTEBOOK,
        ),
    ),
)
