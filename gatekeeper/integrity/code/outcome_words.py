"""Where ends of the process, hooks and patches of the runner can be: words on lines, and words in files. Pure.

Only a sieve: what stands there is read from the tree.
"""

import re

from gatekeeper.integrity.code.dotted import Names
from gatekeeper.integrity.code.exits import NAMES, of_tests
from gatekeeper.integrity.code.words import has_any
from gatekeeper.integrity.contract import FileChange

_MODULES = frozenset({
    "pytest", "unittest", "builtins", "_pytest", "unittest.TestCase", "unittest.case.TestCase", "os", "sys",
})  # fmt: skip
# What stands after the target of an assignment: of a plain, an annotated, an unpacking one, or of a loop.
_WRITTEN = r"[\s\\]*+(?:[:,]|[+*]?=[^=]|[)\]]++[\s\\]*+(?:,|=[^=])|in\b)"
_LINE = (
    r"pytest_|\b_?exit\b|SystemExit|\bquit\b|exec[lv]|abort|killpg|getpid|raise_signal|excepthook|unraisablehook|"
    r"atexit|finalize|Timer|signal\.|add(?:Cleanup|finalizer|\w+Cleanup)|callback|\.push|load_tests|outcome|longrepr|"
    r"wasxfail|excinfo|exitstatus|testsfailed|testscollected|force_|_result|runtest|\bobj\b|_obj|_testfunction|"
    r"own_markers|option\.|\.args\b|Error\b|sys\.modules|getattr|setattr|delattr|__import__|import_module|__dict__|"
    r"vars\(|patch|\bdel\b|class .*(?:Test|Case|Result)|assert\w*\s*(?:[:,)\]]|=[^=])|\bglobals\(|"
    r"\bas[\s(]+\w+\.|(?:pytest|unittest|TestCase|TestResult|builtins)(?:[\s\\]*\.[\s\\]*\w+)+" + _WRITTEN
)
# Whether to look at a file at all: most have none of these.
_ANYWHERE = (
    "pytest_", "excepthook", "unraisablehook", "atexit", "_pytest", "force_result", "TestResult", "pluggy",
    "weakref.finalize", "os._exit", "import _exit", "_exit,", "Process(",
)  # fmt: skip
_IN_TESTS = (
    "SystemExit", "raise_signal", "getpid", "load_tests", "exitstatus", "builtins", "testsfailed",
    "sys.modules", "__import__", "longrepr", "wasSuccessful", "config.option", "config.args",
)  # fmt: skip
# Each begins with a literal: then the engine jumps from one occurrence to the next, which is ten times as fast.
_SHAPES_ANYWHERE = tuple(
    re.compile(pattern)
    for pattern in (
        r"import\s+(?:pytest|unittest)\s+as",
        r"pytest(?:[\s\\]*+\.[\s\\]*+\w++)+" + _WRITTEN,
        r"unittest(?:[\s\\]*+\.[\s\\]*+\w++)+" + _WRITTEN,
        r"TestCase(?:[\s\\]*+\.[\s\\]*+\w++)+" + _WRITTEN,
        r"attr\([\s\\]*+(?:pytest|unittest|TestCase)",
        r"object\([\s\\]*+(?:pytest|unittest|TestCase)",
        r"pytest\b(?<=[\"']pytest)",
        r"unittest\b(?<=[\"']unittest)",
        r"_exit\b(?<=[\"']_exit)",
        r"_exit\((?<!\w_exit\()",
        r"\.assert\w++" + _WRITTEN,
        r"\.assert\w++[\s\\]*+[)\]]++[\s\\]*+:",
        r"unittest\.(?<=as unittest\.)",
        r"exec[lv]\w*+\(",
        r"getattr\([^,\n]*+,[^,)\n+]*+[+]",
    )
)
_SHAPES_IN_TESTS = tuple(
    re.compile(pattern)
    for pattern in (
        r"exit\b(?<!\wexit)",
        r"abort\b(?<!\wabort)",
        r"quit\b(?<![.\w]quit)",
        r"kill\b(?<![.\w]kill)",
        r"def (?:assert[A-Z]|fail\w*+\(|run\(self, result|__call__\(self, |debug\(self|_callTest)",
        r"def add(?:Fail|Err|Sub|Unex)",
        r"\.(?:outcome|excinfo|_?obj|runtest|own_markers|_result)" + _WRITTEN,
    )
)


def worth(change: FileChange, text: str) -> bool:
    """Can a text hold anything of it? In product code much less counts."""
    if has_any(text, _ANYWHERE) or _has_shape(text, _SHAPES_ANYWHERE):
        return True
    return of_tests(change) and (has_any(text, _IN_TESTS) or _has_shape(text, _SHAPES_IN_TESTS))


def _has_shape(text: str, shapes: tuple[re.Pattern[str], ...]) -> bool:
    return any(shape.search(text) for shape in shapes)


def lines(names: Names) -> re.Pattern[str]:
    """What lines must hold to be looked at, with the names that the file itself gives to things."""
    aliases = "".join(rf"|\b{re.escape(name)}\b" for name in names.aliases(NAMES | _MODULES))
    return re.compile(_LINE + aliases)
