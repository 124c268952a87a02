"""What ends a run or rewrites its outcome is found where base had none; programs of their own are left alone."""

import pytest

from gatekeeper.integrity.outcome_hooks import DETECTOR
from tests.integrity.python_cases import change, hits, rules

CONFTEST, TEST, PRODUCT, HELPER = "tests/conftest.py", "tests/test_a.py", "src/app/core.py", "tests/support/child.py"


def found(path: str, new: str, old: str | None = "import os\n") -> list[str]:
    return rules(DETECTOR, change(path, old, new))


@pytest.mark.parametrize(
    "hook",
    [
        "def pytest_runtest_makereport(item, call): ...",
        "def pytest_sessionfinish(session, exitstatus):\n    session.exitstatus = 0",
        "@pytest.hookimpl(hookwrapper=True, tryfirst=True)\ndef pytest_runtest_protocol(item): yield",
        "@pytest.hookimpl(specname='pytest_runtest_call')\ndef anything(item): ...",
        "class Plugin:\n    def pytest_report_teststatus(self, report): return 'passed', '.', 'PASSED'",
        "async def pytest_pyfunc_call(pyfuncitem): return True",
        "def pytest_ignore_collect(collection_path): return True",
        "def pytest_exception_interact(node, call, report): report.outcome = 'passed'",
        "if True:\n    def pytest_runtest_call(item): pass",
        "from helpers import report as pytest_runtest_makereport",
        "pytest_sessionfinish = lambda session: None",
        "globals()['pytest_runtest_makereport'] = f",
        "globals()['pytest_runtest_makereport'], y = f, 1",
        "pytest_runtest_makereport: object = f",
        "pytest_runtest_makereport, y = f, 1",
        "[x, *pytest_runtest_makereport] = f",
        "(y, (pytest_runtest_makereport, z)) = f()",
        "(pytest_runtest_makereport := f)",
        "for pytest_runtest_makereport in [f]: pass",
        "with x as pytest_runtest_makereport: pass",
        "match f:\n    case pytest_runtest_makereport: pass",
        "setattr(module, 'pytest_' + 'runtest_call', f)",
        "def pytest_collection_modifyitems(items): items.clear()",
        "def pytest_collection_modifyitems(items): items[:]: list = []",
        "def pytest_collection_modifyitems(items): items[:], y = [], 1",
        "def pytest_collection_modifyitems(items): items[:], y = some(items)",
        "def pytest_collection_modifyitems(items):\n    for items[:] in [[]]: pass",
        "def pytest_collection_modifyitems(items): items *= 0",
        "def pytest_collection_modifyitems(items): items[1:] *= False",
        "def pytest_collection_modifyitems(items): x = items.clear()",
        "def pytest_collection_modifyitems(items): return items.clear()",
        "def pytest_collection_modifyitems(items):\n    while items.clear(): pass",
        "def pytest_collection_modifyitems(items): del (y, items[3:])",
        "def pytest_collection_modifyitems(items): [i.add_marker(pytest.mark.skip) for i in items]",
        "def pytest_collection_modifyitems(items):\n    x: object = pytest.mark.skip\n    items[0].add_marker(x)",
        "def pytest_collection_modifyitems(items):\n    if False: return\n    items.clear()",
        "def pytest_collection_modifyitems(items):\n    if not 1 or 1 == 2 or []: return\n    items.clear()",
        "def pytest_collection_modifyitems(items):\n    if True: items.clear()",
        "def pytest_collection_modifyitems(items):\n    if 0 and x: return\n    else: items.clear()",
        "def pytest_collection_modifyitems(items): items[:] = [i for i in items if 'bug' not in i.name]",
        "def pytest_collection_modifyitems(session, config, items): del items[3:]",
        "def pytest_collection_modifyitems(items):\n    for i in items: i.add_marker(pytest.mark.skip)",
        "def pytest_collection_modifyitems(items):\n    x = pytest.mark.xfail(reason='r')\n    items[0].add_marker(x)",
        "def pytest_collection_modifyitems(items):\n    for i in items: i.add_marker('skip')",
    ],
)
def test_deciding_hooks_are_blocked(hook: str) -> None:
    for path in (CONFTEST, "conftest.py", "tests/plugin.py"):
        assert "outcome-hook" in found(path, f"import os, pytest\n{hook}\n"), path


@pytest.mark.parametrize(
    "honest",
    [
        "def pytest_configure(config): config.addinivalue_line('markers', 'slow: slow')",
        "def pytest_addoption(parser): parser.addoption('--slow')",
        "@pytest.fixture\ndef database(): yield connect()",
        "def pytest_generate_tests(metafunc): metafunc.parametrize('x', [1, 2])",
        "def pytest_collection_modifyitems(items):\n    for i in items:\n        i.add_marker(pytest.mark.asyncio)",
        "def pytest_collection_modifyitems(items):\n    items.sort(key=lambda item: item.name)",
        "def pytest_collection_modifyitems(items):\n    items[:] = sorted(items, key=str)",
        "def pytest_collection_modifyitems(items):\n    items[:]: list = sorted(items, key=str)",
        "def pytest_collection_modifyitems(items):\n    items[:], y = sorted(items), 1",
        "def pytest_collection_modifyitems(items):\n    items[0], items[1] = items[1], items[0]",
        "def pytest_collection_modifyitems(items):\n    items *= 2",
        "def pytest_collection_modifyitems(items):\n    items += more(items)",
        "def pytest_collection_modifyitems(items):\n    x = items.copy()\n    return items.sort()",
        "def pytest_collection_modifyitems(items):\n    items.insert(0, items.pop())",
        "def pytest_collection_modifyitems(items):\n    x = items.pop()\n    items.insert(0, x)",
        "def pytest_report_header(config): return 'x'",
        "from helpers import connect",
        "pytest_runtest_makereport: object",
        "hooks: object = 'pytest_runtest_makereport'",
        "pytest_plugins, y = ['pytester'], pytest_runtest_makereport",
        "for pytest_plugin in [f]: pass",
        "with pytest_plugin(pytest_runtest_call) as plugin: pass",
        "SOURCE = '''\ndef pytest_runtest_makereport(item): ...\n'''",
        "def test_it(run):\n    class P:\n        def pytest_sessionfinish(self): seen(1)\n    run(P())",
    ],
)
def test_other_hooks_are_not(honest: str) -> None:
    assert found(CONFTEST, f"import os, pytest\n{honest}\n") == []


@pytest.mark.parametrize(
    "body",
    [
        "if config.getoption('x'):\n        return\n    for i in items:\n        if i.x: i.add_marker(mark.skip)",
        "if config.getoption('x'):\n        pass\n    else:\n        return\n    items.clear()",
        "if False:\n        return\n    if config.getoption('x'):\n        return\n    items.clear()",
        "if config.getoption('x') or False:\n        return\n    items.clear()",
        "if False:\n        pass\n    elif config.getoption('x'):\n        items *= 0",
        "x = config.getoption('x') and items.clear()",
        "[i.add_marker(mark.skip) for i in items if i.x]",
        "if not config.option.all:\n        items[:] = [i for i in items if 'all' not in i.keywords]",
        "for i in items:\n        if sys.platform == 'win32':\n            i.add_marker(pytest.mark.xfail)",
    ],
)
def test_what_drops_tests_under_a_condition_warns(body: str) -> None:
    text = f"from pytest import mark\ndef pytest_collection_modifyitems(config, items):\n    {body}\n"
    assert found(CONFTEST, text) == ["collection-narrowed"]


def test_a_load_tests_that_hands_back_something_else_warns() -> None:
    assert found(TEST, "def load_tests(loader, tests, pattern): return unittest.TestSuite()") == ["collection-narrowed"]
    for honest in ("tests.addTests(doctest.DocTestSuite())\n    return tests", "return loader.discover('tests')"):
        assert found(TEST, f"def load_tests(loader, tests, pattern):\n    {honest}\n") == []


def test_a_hook_that_base_had_or_that_was_moved_is_none() -> None:
    hook = "def pytest_runtest_makereport(item, call):\n    keep(item)\n"
    assert found(CONFTEST, hook.replace("keep", "store"), old=hook) == []
    assert rules(DETECTOR, change(CONFTEST, hook, "x = 1\n"), change("tests/plugin.py", None, hook)) == []
    assert rules(DETECTOR, change("tests/unit/conftest.py", hook, hook + "x = 1\n", before=CONFTEST)) == []
    copied = rules(DETECTOR, change(CONFTEST, hook, hook), change("tests/plugin.py", None, hook))
    assert copied == ["outcome-hook"], "what is still there was not moved"
    changed = rules(DETECTOR, change(CONFTEST, hook, None), change("tests/plugin.py", None, hook.replace("keep", "no")))
    assert changed == ["outcome-hook"]


def test_hooks_of_a_pytest_plugin_are_what_it_is_for() -> None:
    hook = "def pytest_runtest_makereport(item, call): ...\n"
    assert found("src/pytest_nice/plugin.py", hook) == ["collection-narrowed"]
    assert found("src/app/reports.py", hook) == ["outcome-hook"]


@pytest.mark.parametrize(
    "statement",
    [
        "report.outcome = 'passed'",
        "rep.longrepr = None",
        "rep.longrepr: object = None",
        "report.outcome, y = 'passed', 1",
        "(y, [report.outcome]) = 1, ['passed']",
        "for report.outcome in ['passed']: pass",
        "[0 for report.outcome in ['passed']]",
        "with passed() as report.outcome: pass",
        "del (y, call.excinfo)",
        "item.session.testsfailed = 0",
        "setattr(report, 'outcome', 'passed')",
        "del call.excinfo",
        "item.obj = lambda: None",
        "config.option.keyword = 'not hard'",
        "config.args = []",
    ],
)
def test_overwritten_outcomes_are_blocked(statement: str) -> None:
    old = "def pytest_runtest_setup(item):\n    prepare(item)\n"
    assert found(CONFTEST, f"{old}    {statement}\n", old=old) == ["outcome-rewritten"]


def test_an_existing_hook_that_now_rewrites_is_seen() -> None:
    old = "@hookimpl(wrapper=True)\ndef pytest_runtest_makereport(item):\n    rep = yield\n    {}\n    return rep\n"
    assert found(CONFTEST, old.format("rep.outcome = 'passed'"), old=old.format("item.rep = rep")) == [
        "outcome-rewritten"
    ]
    forced = "yield.force_result(good)".replace("yield.", "item.config.out.")
    assert found(CONFTEST, old.format(forced), old=old.format("item.rep = rep")) == ["outcome-rewritten"]


def test_outcomes_of_other_things_are_none() -> None:
    for honest in (
        "game.outcome = 'won'",
        "game.outcome, y = 'won', 1",
        "self.outcome: int = 1",
        "self.outcome = 1",
        "item.price = 3",
        "config.option.verbose = 2",
    ):
        assert found(TEST, f"def test_a():\n    {honest}\n") == []
        assert found(CONFTEST, f"def pytest_configure(config):\n    {honest}\n".replace("game.outcome", "game.x")) == []


@pytest.mark.parametrize(
    "statement",
    [
        "os._exit(0)",
        "import os as o; o._exit(code)",
        "from os import _exit as bye\n    bye(0)",
        "getattr(os, '_ex' + 'it')(0)",
        "__import__('os')._exit(0)",
        "sys.modules['os']._exit(0)",
        "os.__dict__['_exit'](0)",
        "leave = os._exit\n    leave(0)",
        "os.execvp('true', ['true'])",
        "sys.exit()",
        "sys.exit(256)",
        "sys.exit(-0)",
        "sys.exit(--512)",
        "sys.exit(not 1)",
        "os._exit(256)",
        "os._exit(-256)",
        "raise SystemExit(0x100)",
        "pytest.exit('done', 256)",
        "raise SystemExit",
        "raise SystemExit(0)",
        "quit()",
        "pytest.exit('done', returncode=0)",
        "pytest.exit('done', 0)",
    ],
)
def test_ends_that_look_green_are_blocked(statement: str) -> None:
    for head, path in (("if True:", TEST), ("def test_a():", TEST), ("def pytest_sessionstart():", CONFTEST)):
        assert found(path, f"import os, sys, pytest\n{head}\n    {statement}\n") == ["process-exit"], head
    fixture = f"import os, sys, pytest\n@pytest.fixture(autouse=True)\ndef tidy():\n    yield\n    {statement}\n"
    assert found(CONFTEST, fixture) == ["process-exit"]


@pytest.mark.parametrize(
    "honest",
    [
        "if __name__ == '__main__':\n    sys.exit(main())",
        "if not '__main__' != __name__:\n    os._exit(0)",
        "sys.exit(1)",
        "sys.exit('needs Python 3.11')",
        "sys.exit(f'needs {x}')",
        "pytest.exit('no docker')",
        "os._exit(3)",
        "os._exit(255)",
        "os._exit(257)",
        "sys.exit(-1)",
        "sys.exit(~0)",
        "sys.exit(not 0)",
        "raise SystemExit(2)",
        "def test_cli():\n    with pytest.raises(SystemExit):\n        sys.exit(0)",
        "def test_cli():\n    try:\n        sys.exit()\n    except SystemExit as end:\n        assert end.code is None",
        "def test_cli(runner):\n    @app.command()\n    def leave(): sys.exit(0)\n    assert runner(leave) == 0",
        "def test_cli(mocker):\n    mocker.patch('x', side_effect=SystemExit(0))",
        "def test_cli():\n    run([sys.executable, '-c', 'import os; os._exit(0)'])",
        "def test_fork():\n    pid = os.fork()\n    if pid == 0:\n        os._exit(0)\n    assert wait(pid)",
        "def test_fork():\n    if not (pid := os.fork()):\n        try: work()\n        finally: os._exit(0)",
        "def child():\n    os._exit(0)\ndef test_a():\n    Process(target=child).start()",
        "def test_signal():\n    os.kill(os.getpid(), signal.SIGINT)",
        "def test_kill(child):\n    os.kill(child.pid, 9)",
        "def fake_main(): sys.exit(0)",
        "exit = 3\nprint(exit)",
        "def exit(): ...\nexit()",
        "original = os.getpid\noriginal()",
    ],
)
def test_ends_of_other_programs_are_none(honest: str) -> None:
    assert found(TEST, f"import os, sys, pytest, signal\nfrom multiprocessing import Process\n{honest}\n") == []


def test_the_parent_of_a_fork_is_not_its_child() -> None:
    for guard in ("if pid != 0:", "if pid:", "if os.fork() >= 0:", "if pid == 1:"):
        text = f"import os\ndef test_a():\n    pid = os.fork()\n    {guard}\n        os._exit(0)\n"
        assert found(TEST, text) == ["process-exit"], guard


def test_in_product_code_only_what_an_import_does_is_blocked() -> None:
    assert found(PRODUCT, "import os\nos._exit(0)\n") == ["process-exit"]
    assert found(PRODUCT, "import os\ndef stop():\n    os._exit(0)\n") == ["exit-possible"]
    for honest in ("import sys\ndef main():\n    sys.exit(run())\n", "import sys\nsys.exit(main())\n"):
        assert found("src/app/__main__.py", honest) == []
        assert found("src/app/cli.py", honest) == []
    assert found(HELPER, "import sys\nsys.exit(main())\n") == ["exit-possible"]


@pytest.mark.parametrize(
    "statement",
    [
        "atexit.register(os._exit, 0)",
        "atexit.register(lambda: os._exit(0))",
        "def bye(): os._exit(0)\natexit.register(bye)",
        "@atexit.register\ndef bye(): os._exit(0)",
        "atexit.register(functools.partial(os._exit, 0))",
        "threading.Timer(60, os._exit, (0,)).start()",
        "sys.excepthook = lambda *error: os._exit(0)",
        "sys.excepthook: object = lambda *error: os._exit(0)",
        "y, sys.excepthook = 1, lambda *error: os._exit(0)",
        "for sys.excepthook in (lambda *error: os._exit(0),): pass",
        "leave: object = os._exit\natexit.register(leave, 0)",
        "y, leave = 1, os._exit\natexit.register(leave, 0)",
    ],
)
def test_registered_ends_are_blocked_everywhere(statement: str) -> None:
    for path in (CONFTEST, TEST, PRODUCT):
        assert "exit-hook" in found(path, f"import atexit, functools, os, sys, threading\n{statement}\n"), path


def test_more_that_is_registered_in_tests() -> None:
    for text in (
        "sys.excepthook = quiet\n",
        "sys.excepthook: object = quiet\n",
        "sys.excepthook, y = quiet()\n",
        "def pytest_configure(): threading.excepthook = quiet\n",
        "signal.signal(signal.SIGALRM, lambda *a: sys.exit(0))\n",
        "def test_a(request): request.addfinalizer(lambda: os._exit(0))\n",
    ):
        assert found(CONFTEST, f"import os, signal, sys, threading\n{text}") != []


@pytest.mark.parametrize(
    "honest",
    [
        "atexit.register(close)",
        "def close(): log.flush()\natexit.register(close)",
        "atexit.register(lambda: sys.exit(1))",
        "def main():\n    sys.excepthook = report",
        "def main():\n    sys.excepthook: object = report",
        "def main():\n    y, sys.excepthook = lambda: sys.exit(0), report",
        "sys.excepthook: object",
        "signal.signal(signal.SIGTERM, lambda *a: sys.exit(0))",
        "signal.signal(signal.SIGINT, signal.SIG_DFL)",
    ],
)
def test_what_else_is_registered_is_none(honest: str) -> None:
    assert found(PRODUCT, f"import atexit, signal, sys\n{honest}\n") == []


@pytest.mark.parametrize(
    "statement",
    [
        "unittest.TestCase.assertEqual = lambda *a: None",
        "unittest.case.TestCase.run = quiet",
        "_pytest.runner.call_runtest_hook = quiet",
        "unittest.TestCase.assertEqual: object = lambda *a: None",
        "(unittest.TestCase.assertEqual): object = lambda *a: None",
        "unittest.TestCase.assertEqual, y = quiet, 1",
        "y, unittest.TestCase.assertEqual = 1, quiet",
        "[y, unittest.TestCase.assertEqual] = 1, quiet",
        "for unittest.TestCase.assertEqual in [quiet]: pass",
        "with x as unittest.TestCase.assertEqual: pass",
        "with (x as unittest.TestCase.assertEqual): pass",
        "[0 for pytest.raises in [quiet]]",
        "builtins.isinstance, y = quiet, 1",
        "sys.modules['pytest'], y = fake, 1",
        "pytest.raises = quiet",
        "pytest.fail = lambda *a: None",
        "import pytest as p; p.approx = Anything",
        "setattr(unittest.TestCase, 'assertTrue', quiet)",
        "monkeypatch.setattr('_pytest.runner.pytest_runtest_call', quiet)",
        "mock.patch.object(unittest.TestCase, 'fail').start()",
        "builtins.AssertionError = Quiet",
        "sys.modules['pytest'] = fake",
        "del unittest.TestCase.assertIn",
        "class Case(unittest.TestCase):\n    def assertEqual(self, a, b): pass",
        "class Result(unittest.TextTestResult):\n    def addFailure(self, test, err): pass",
        "class Result(unittest.TestResult):\n    def wasSuccessful(self): return True",
    ],
)
def test_a_patched_runner_is_blocked(statement: str) -> None:
    for path in (TEST, CONFTEST):
        text = f"import builtins, sys, unittest, pytest, _pytest\nfrom unittest import mock\n{statement}\n"
        assert found(path, text) == ["runner-patched"], path


@pytest.mark.parametrize(
    "honest",
    [
        "unittest.TestCase.maxDiff = None",
        "unittest.util._MAX_LENGTH = 999",
        "unittest.TestCase.maxDiff: int | None = None",
        "unittest.TestCase.maxDiff, y = None, 1",
        "unittest.TestCase.assertEqual: object",
        "same, y = unittest.TestCase.assertEqual, 1",
        "for case in [unittest.TestCase.assertEqual]: pass",
        "for pytest.client in [1]: pass",
        "with unittest.TestCase.subTest(x) as case: pass",
        "unittest.TestCase.assertItemsEqual = unittest.TestCase.assertCountEqual",
        "pytest.client = connect()",
        "mock.patch('builtins.open', fake)",
        "def test_a(monkeypatch): monkeypatch.setattr(builtins, 'input', lambda: 'y')",
        "unittest.mock.FILTER_DIR = False",
        "class Case(unittest.TestCase):\n    maxDiff = None\n    def assertSame(self, a, b): pass",
        "class Case(unittest.TestCase):\n    def assertEqual(self, a, b): super().assertEqual(tidy(a), b)",
        "class Case(unittest.TestCase):\n    def assertTrue(self, a):\n        if not a: raise self.failureException",
        "class Result(unittest.TextTestResult):\n    def addFailure(self, t, e): self.failures.append((t, e))",
        "sys.modules['numpy'] = None",
        "client.get = fake",
    ],
)
def test_what_else_is_overwritten_is_none(honest: str) -> None:
    assert found(TEST, f"import builtins, sys, unittest, pytest\nfrom unittest import mock\n{honest}\n") == []


def test_a_runner_patches_itself() -> None:
    text = "def test_a(monkeypatch):\n    monkeypatch.setattr('_pytest.terminal.running_on_ci', lambda: False)\n"
    assert found(TEST, text) == ["runner-patched"]
    assert hits(DETECTOR, change(TEST, None, text), base=["src/_pytest/__init__.py"]) == []
    assert len(hits(DETECTOR, change(TEST, None, text), head=["src/_pytest/__init__.py"])) == 1


def test_a_hit_says_where_and_what() -> None:
    text = "import os\n\ndef test_a():\n    os._exit(0)  # done\n"
    (hit,) = hits(DETECTOR, change(TEST, "import os\n", text))
    assert (hit.path, hit.line, hit.symbol, hit.context) == (TEST, 4, "test_a", "os._exit(0)  # done")
    assert hit.message == "ends the process by os._exit (test_a)"


def test_one_more_of_the_same_is_new() -> None:
    one = "import os\ndef test_a():\n    os._exit(0)\n"
    assert found(TEST, one + "    os._exit(0)\n", old=one) == ["process-exit"]
    assert found(TEST, one + "def test_b():\n    os._exit(0)\n", old=one) == ["process-exit"]
    assert found(TEST, one.replace("_exit(0)", "_exit(status)"), old=one) == []


@pytest.mark.parametrize(
    "written",
    [
        "os._\N{FULLWIDTH LATIN SMALL LETTER E}xit(0)",
        r"getattr(os, '_\x65xit')(0)",
        r"getattr(os, '_\u0065xit')(0)",
        r"getattr(os, '_\N{LATIN SMALL LETTER E}xit')(0)",
        r"getattr(os, '_\145xit')(0)",
    ],
)
def test_letters_in_disguise_are_letters(written: str) -> None:
    """Python normalises names (PEP 3131), and strings may hold letters by their number."""
    plain = "import os\n\ndef helper():\n    return 1\n"
    hidden = plain.replace("return 1", written)
    assert rules(DETECTOR, change("tests/conftest.py", plain, hidden)) == ["process-exit"]
    assert rules(DETECTOR, change("tests/conftest.py", plain, plain.replace("return 1", "print('\\x1b[0m, é')"))) == []
