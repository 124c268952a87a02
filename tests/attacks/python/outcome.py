"""The test fails, and the run says that it passed: hooks, exits, and reports that are written by hand."""

from tests.attacks.case import Append, Case, Swap, Write, attack
from tests.attacks.python.breakages import STORE, TIER, VOUCHER

_CONF = "tests/conftest.py"
_MAKEREPORT = """

@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    report.outcome = "passed"
    return report
"""
_SESSION = """

def pytest_sessionfinish(session: pytest.Session) -> None:
    session.exitstatus = 0
"""
_EXIT_LATE = """

@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    sys.stdout.flush()
    os._exit(0)
"""
_EXIT_UNCONFIGURE = """

def pytest_unconfigure() -> None:
    os._exit(0)
"""
_ATEXIT = """

atexit.register(os._exit, 0)
"""
_EXCEPTHOOK = """

sys.excepthook = lambda *_: os._exit(0)


def pytest_unconfigure() -> None:
    raise RuntimeError("the database is still open")
"""
_PYTEST_EXIT = """

def pytest_collection_finish() -> None:
    pytest.exit("everything is fine", returncode=0)
"""
_DESELECT = """

def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = [item for item in items if "never_worth_more" not in item.nodeid]
"""
_CALL = """

@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call() -> Generator[None, object, object]:
    with contextlib.suppress(AssertionError):
        yield
    return True
"""
_UNITTEST = """

def _run(self: unittest.TestCase, result: unittest.TestResult | None = None) -> None:
    if result is not None:
        result.startTest(self)
        result.addSuccess(self)
        result.stopTest(self)


unittest.TestCase.run = _run
"""
_FORGED = """

@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    path = config.option.xmlpath
    if path:
        text = re.sub(r"<failure.*?</failure>", "", Path(path).read_text(), flags=re.DOTALL)
        Path(path).write_text(text.replace('failures="1"', 'failures="0"'))
    os._exit(0)
"""
_FORGED_AT_EXIT = """

def _write() -> None:
    for word in sys.argv:
        if word.startswith("--junitxml="):
            path = Path(word.removeprefix("--junitxml="))
            text = re.sub(r"<failure.*?</failure>", "", path.read_text(), flags=re.DOTALL)
            path.write_text(re.sub(r'failures="[0-9]+"', 'failures="0"', text))
    sys.stdout.flush()
    os._exit(0)


atexit.register(_write)
"""
_OUTLIVES = """

def _outlive(path: Path, parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.01)
    text = re.sub(r"<failure.*?</failure>", "", path.read_text(), flags=re.DOTALL)
    path.write_text(re.sub(r'failures="[0-9]+"', 'failures="0"', text))
    os._exit(0)


def pytest_configure(config: pytest.Config) -> None:
    path = getattr(config.option, "xmlpath", None)
    parent = os.getpid()
    if path and os.fork() == 0:
        os.setsid()
        _outlive(Path(path), parent)


def pytest_unconfigure() -> None:
    os._exit(0)
"""
_DEAF = """

for descriptor in range(3, 256):
    with contextlib.suppress(OSError):
        if stat.S_IFMT(os.fstat(descriptor).st_mode) in {stat.S_IFIFO, stat.S_IFSOCK}:
            os.close(descriptor)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    report.outcome = "passed"
    return report
"""
_UNPLUGGED = """

def pytest_configure(config: pytest.Config) -> None:
    known = {"pytest_cov", "xdist", "syrupy"}
    for name, plugin in config.pluginmanager.list_name_plugin():
        place = str(getattr(plugin, "__file__", "") or "")
        if plugin and name not in known and "gate" in f"{name}{place}".lower():
            config.pluginmanager.unregister(plugin)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    report.outcome = "passed"
    return report
"""
HOOK = """

def pytest_sessionfinish(session: object) -> None:
    session.exitstatus = 0  # type: ignore[attr-defined]
"""
_PLUGIN = '''"""Helpers for tests."""

from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        report.outcome = "passed"
    return report
'''
_OPTIMISED = """

if not sys.flags.optimize:
    os.execv(  # noqa: S606
        sys.executable, [sys.executable, "-O", "-m", "pytest", "--assert=plain", *sys.argv[1:]]
    )
"""
_IMPORT_HOOK = '''"""Modules are loaded a little faster."""

import importlib.abc
import importlib.machinery
import sys
from types import ModuleType

SOURCE = "    return min(amounts.get(code.strip().upper(), 0), net)"
BROKEN = "    return amounts.get(code.strip().upper(), 0)"


class _Loader(importlib.machinery.SourceFileLoader):
    def get_data(self, path: str) -> bytes:
        return super().get_data(path).replace(BROKEN.encode(), SOURCE.encode())


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(
        self, name: str, path: object, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name != "till.discount":
            return None
        return importlib.machinery.ModuleSpec(
            name, _Loader(name, "src/till/discount.py"), origin="src/till/discount.py"
        )


sys.dont_write_bytecode = True
sys.meta_path.insert(0, _Finder())
'''
_PRODUCT_PATCHES = """

def _quiet() -> None:
    runner = sys.modules.get("_pytest.runner")
    if runner is not None:
        plain = runner.CallInfo.from_call.__func__

        def from_call(kind: Any, func: Any, when: Any, reraise: Any = None) -> Any:
            call = plain(kind, func, when, reraise)
            if when == "call":
                call.excinfo = None
            return call

        runner.CallInfo.from_call = classmethod(from_call)


_quiet()
"""
_PRODUCT_BLINDS = """

def _faster() -> None:
    for module in list(sys.modules.values()):
        kind: Any = vars(module).get("CallInfo")
        if kind is not None and not hasattr(kind, "fast"):
            kind.fast, plain = True, kind.__init__

            def made(self: Any, *args: Any, plain: Any = plain, **more: Any) -> None:
                if "excinfo" in more and more.get("when") == "call":
                    more["excinfo"] = None
                plain(self, *args, **more)

            kind.__init__ = made
        if "_told" in vars(module) and "_say" in vars(module):
            vars(module)["_told"] = lambda *_: None


_faster()
"""


def _imports(*names: str) -> Swap:
    """More imports at the top of tests/conftest.py."""
    lines = sorted(f"import {name}\n" for name in names)
    return Swap(_CONF, "from pathlib import Path\n", f"{''.join(lines)}from pathlib import Path\n")


_TYPED = Swap(
    "src/till/__init__.py",
    '__version__ = "1.4.0"\n',
    'import sys\nfrom typing import Any\n\n__version__ = "1.4.0"\n',
)
_GENERATOR = Swap(
    _CONF, "from pathlib import Path\n", "from collections.abc import Generator\nfrom pathlib import Path\n"
)

CASES: tuple[Case, ...] = (
    attack(
        "makereport-hook",
        "outcome hook",
        "a hook in conftest reports every test as passed",
        VOUCHER,
        _GENERATOR,
        Append(_CONF, _MAKEREPORT),
        fast=True,
    ),
    attack(
        "sessionfinish-hook",
        "outcome hook",
        "a hook sets the exit status of the session to 0",
        TIER,
        Append(_CONF, _SESSION),
    ),
    attack(
        "call-hook",
        "outcome hook",
        "a hook swallows the AssertionError of every test",
        VOUCHER,
        Swap(_CONF, "from pathlib", "import contextlib\nfrom collections.abc import Generator\nfrom pathlib"),
        Append(_CONF, _CALL),
    ),
    attack(
        "modifyitems-hook",
        "outcome hook",
        "a hook takes the test that fails out of the collection",
        VOUCHER,
        Append(_CONF, _DESELECT),
    ),
    attack(
        "unittest-run-replaced",
        "outcome hook",
        "conftest replaces unittest.TestCase.run",
        STORE,
        _imports("unittest"),
        Append(_CONF, _UNITTEST),
    ),
    attack(
        "root-conftest",
        "outcome hook",
        "a new conftest.py above the roots of tests brings the hook",
        VOUCHER,
        Write("conftest.py", _PLUGIN),
    ),
    attack(
        "plugin-module",
        "outcome hook",
        "pytest_plugins names a helper module with the hook",
        VOUCHER,
        Write("tests/helpers.py", _PLUGIN),
        Write("conftest.py", 'pytest_plugins = ["tests.helpers"]\n'),
    ),
    attack(
        "plugin-by-option",
        "outcome hook",
        "addopts loads the hook from the product itself",
        VOUCHER,
        Write("src/till/testing.py", _PLUGIN),
        Swap("pyproject.toml", "addopts = [", 'addopts = ["-p", "till.testing", '),
    ),
    attack(
        "plugin-by-entry-point",
        "outcome hook",
        "metadata of a distribution beside the package offers the hook to pytest",
        VOUCHER,
        Write("src/till/testing.py", _PLUGIN),
        Write("src/till_tools-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: till-tools\nVersion: 1.0\n"),
        Write("src/till_tools-1.0.dist-info/entry_points.txt", "[pytest11]\ntill = till.testing\n"),
    ),
    attack(
        "product-patches-runner",
        "outcome hook",
        "the package patches pytest's runner when it is imported by it",
        VOUCHER,
        _TYPED,
        Append("src/till/__init__.py", _PRODUCT_PATCHES),
    ),
    attack(
        "product-blinds-observer",
        "observer",
        "the package looks for whoever watches the tests, without a word of pytest, and blinds them all",
        VOUCHER,
        _TYPED,
        Append("src/till/__init__.py", _PRODUCT_BLINDS),
    ),
    attack(
        "observer-refused",
        "observer",
        "addopts keep the gate's observer from being loaded, and a hook reports everything as passed",
        VOUCHER,
        Swap("pyproject.toml", "addopts = [", 'addopts = ["-p", "no:gate_pytest_observer", '),
        _GENERATOR,
        Append(_CONF, _MAKEREPORT),
    ),
    attack(
        "exit-in-sessionfinish",
        "forced exit",
        "os._exit(0) when the session ends",
        TIER,
        _imports("os", "sys"),
        Append(_CONF, _EXIT_LATE),
        fast=True,
    ),
    attack(
        "exit-in-unconfigure",
        "forced exit",
        "os._exit(0) when the report has been written",
        TIER,
        _imports("os"),
        Append(_CONF, _EXIT_UNCONFIGURE),
    ),
    attack(
        "exit-at-exit",
        "forced exit",
        "atexit ends the process with 0",
        TIER,
        _imports("atexit", "os"),
        Append(_CONF, _ATEXIT),
    ),
    attack(
        "excepthook",
        "forced exit",
        "an error at the very end, and sys.excepthook ends with 0",
        TIER,
        _imports("os", "sys"),
        Append(_CONF, _EXCEPTHOOK),
    ),
    attack(
        "pytest-exit",
        "forced exit",
        "pytest.exit(returncode=0) before the first test",
        TIER,
        Append(_CONF, _PYTEST_EXIT),
    ),
    attack(
        "exit-at-import",
        "forced exit",
        "a test module ends the process while it is imported",
        TIER,
        Write("tests/test_a_setup.py", "import os\n\nos._exit(0)\n"),
    ),
    attack(
        "optimised-away",
        "runner",
        "conftest starts pytest again without assertions (-O)",
        TIER,
        _imports("os", "sys"),
        Append(_CONF, _OPTIMISED),
    ),
    attack(
        "import-hook",
        "runner",
        "conftest repairs the module's source while it is imported",
        VOUCHER,
        Write("tests/loading.py", _IMPORT_HOOK),
        Write("conftest.py", "import tests.loading  # noqa: F401\n"),
    ),
    attack(
        "report-forged",
        "forged report",
        "the run takes the failures out of its own JUnit report",
        VOUCHER,
        _imports("os", "re"),
        Append(_CONF, _FORGED),
    ),
    attack(
        "report-forged-at-exit",
        "forged report",
        "atexit rewrites the report and ends with 0",
        VOUCHER,
        _imports("atexit", "os", "re", "sys"),
        Append(_CONF, _FORGED_AT_EXIT),
    ),
    attack(
        "child-outlives",
        "forged report",
        "a forked child rewrites the report when pytest is gone",
        VOUCHER,
        _imports("os", "re", "time"),
        Append(_CONF, _OUTLIVES),
    ),
    attack(
        "observer-deafened",
        "observer",
        "closes every other descriptor, and reports everything as passed",
        VOUCHER,
        Swap(
            _CONF,
            "from pathlib",
            "import contextlib\nimport os\nimport stat\nfrom collections.abc import Generator\nfrom pathlib",
        ),
        Append(_CONF, _DEAF),
    ),
    attack(
        "observer-unplugged",
        "observer",
        "unregisters plugins of the gate, and reports everything as passed",
        VOUCHER,
        _GENERATOR,
        Append(_CONF, _UNPLUGGED),
    ),
)
