"""Product code that behaves otherwise under test: equality that is always true, a look at the caller, answers of tests.

Everything is compared function by function: what the same function did at base, or what was moved, is none.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from gatekeeper.integrity.code.added import Found, added, newly
from gatekeeper.integrity.code.answers import Groups, told, written_down
from gatekeeper.integrity.code.constant import constant_answers, is_data_class, type_only
from gatekeeper.integrity.code.dotted import Names, every_statement
from gatekeeper.integrity.code.doubles import changed_functions, doubles, is_test
from gatekeeper.integrity.code.scopes import scopes
from gatekeeper.integrity.code.watching import FRAMES, Watch, frame_readings, runner_questions
from gatekeeper.integrity.code.words import Lines, has_any
from gatekeeper.integrity.contract import Diff, Effect, FileChange, Hit, Role, Rule
from gatekeeper.integrity.parsed import FunctionNode, ParsedPython, is_python, parsed, shape, unparse
from gatekeeper.integrity.trimmed import trimmed

_WORDS = (
    "__eq__", "__ne__", "__contains__", "__bool__", "__instancecheck__", "__subclasscheck__", "_getframe",
    "inspect", "currentframe", "extract_stack", "walk_stack", "format_stack", "PYTEST_", "_called_from_test",
    "_current_frames", "sys.modules", "import modules", "compare=False", "eq=False",
)  # fmt: skip
_RUNNERS = ("pytest", "unittest", "py.test")
_PROCESS = ("argv", "__main__", "sys.path", "sys.executable")
_LINE = re.compile(
    r"__(?:eq|ne|contains|bool|instancecheck|subclasscheck)__|frame|inspect|stack|PYTEST_|modules|argv|_called_from_test"
    r"|__main__|sys\.path|executable|compare=|eq="
)
_PATCHING = ("patch", "setattr")
# Lines that compare with a literal, match one, or have one as a key.
_BRANCHES = re.compile(rb"==\s*[-\"'\d(]|\bcase\s+[-\"'\d(]|[\"'\d)]\s*:\s*[-\"'\d\[({TFN]|[\"'\d)]\s*==")
_MANY = 150
"""Changed product files beyond which nobody looks for answers of tests."""
_TYPE_ONLY = "compares the type only and says yes"


class Cheats:
    """Code that knows its tests."""

    rules: Mapping[str, Rule] = {
        "constant-equality": Rule(Effect.BLOCK, "makes a comparison say that everything is equal"),
        "constant-truth": Rule(Effect.WARN, "makes a question of an object always say yes"),
        "test-detected": Rule(Effect.BLOCK, "asks in product code whether a test runner is there"),
        "caller-decides": Rule(Effect.BLOCK, "decides in product code by who calls it"),
        "caller-inspected": Rule(Effect.WARN, "looks at the stack in product code"),
        "mocked-change": Rule(Effect.WARN, "replaces by a double in tests what it changed itself"),
        "answers-in-code": Rule(Effect.WARN, "has answers of tests as branches or rows in product code"),
    }

    def detect(self, change: FileChange, diff: Diff) -> Iterator[Hit]:
        """Hits in one changed file."""
        for hit in added(diff, _find, _worth, _is_product).get(change.path, ()):
            if not hit.message.endswith(_TYPE_ONLY) or _had(diff, change, hit.symbol):
                yield hit
        yield from _once(diff, _doubled).get(change.path, ())
        yield from _once(diff, _answered).get(change.path, ())


DETECTOR = Cheats()
_Hits = dict[str, tuple[Hit, ...]]


def _once(diff: Diff, make: Callable[[Diff], _Hits]) -> _Hits:
    """Made once for a diff."""
    made = diff.cache.get(make)
    if made is None:
        made = diff.cache[make] = make(diff)
    return made  # type: ignore[return-value]


def _is_product(change: FileChange) -> bool:
    """Product code; a plugin of pytest looks at tests because that is what it is for."""
    return change.role in (Role.PRODUCT, Role.OTHER) and "pytest" not in change.path.lower()


def _worth(_: FileChange, text: str) -> bool:
    return has_any(text, _WORDS) or (has_any(text, _PROCESS) and has_any(text, _RUNNERS))


def _find(_: FileChange, side: ParsedPython) -> Iterator[Found]:
    if side.tree is None:
        return
    names = Names(side.tree)
    aliases = "".join(rf"|\b{re.escape(name)}\b" for name in names.aliases(FRAMES))
    lines = Lines(side.text, re.compile(_LINE.pattern + aliases))
    for name, nodes in scopes(side.tree, lines):
        for watch in runner_questions(nodes, names):
            yield _watched("test-detected", watch, name, f"asks whether it is being tested: {watch.what}")
        for watch in frame_readings(nodes, names):
            rule = "caller-decides" if watch.telling else "caller-inspected"
            done = "decides by what is on the stack" if watch.telling else "looks at the stack"
            yield _watched(rule, watch, name, f"{done}: {watch.what}")
    yield from _classes(side.tree, lines, names)


def _watched(rule: str, watch: Watch, scope: str, message: str) -> Found:
    same = f"{rule} {scope} {watch.what}"
    line = getattr(watch.node, "lineno", 1)
    return Found(rule, f"{same} {unparse(watch.node)[:200]}", line, f"{message} ({scope})", same, scope)


def _classes(tree: ast.Module, lines: Lines, names: Names) -> Iterator[Found]:
    for statement in every_statement(tree.body):
        if isinstance(statement, ast.ClassDef) and lines.touch(statement):
            yield from _equalities(statement, names)


def _equalities(node: ast.ClassDef, names: Names) -> Iterator[Found]:
    for one in constant_answers(node, names):
        rule = "constant-equality" if one.equality else "constant-truth"
        message = f"{node.name}.{one.method} always says {'yes' if one.answer else 'no'}"
        yield _answering(rule, node, one.method, one.node, message)
    for part in node.body:
        if isinstance(part, FunctionNode) and part.name == "__eq__" and type_only(part):
            yield _answering("constant-equality", node, "__eq__", part, f"{node.name}.__eq__ {_TYPE_ONLY}")


def _answering(rule: str, owner: ast.ClassDef, method: str, node: ast.AST, message: str) -> Found:
    same = f"{rule} {owner.name}.{method}"
    return Found(rule, f"{same} {shape(node)}", getattr(node, "lineno", 1), message, same, f"{owner.name}.{method}")


def _had(diff: Diff, change: FileChange, name: str) -> bool:
    """Had base a function of this name, which compared, or a class for which Python writes one?"""
    old = parsed(diff, change.old, change.before)
    owner = name.partition(".")[0]
    classes = [part for part in old.tree.body if isinstance(part, ast.ClassDef)] if old.tree else []
    return name in old.functions or any(part.name == owner and is_data_class(part) for part in classes)


def _doubled(diff: Diff) -> _Hits:
    """Doubles of what the branch changed, by test file."""
    changed = changed_functions(diff)
    return newly(diff, lambda _, side: doubles(side, changed), _patches, is_test) if changed else {}


def _patches(_: FileChange, text: str) -> bool:
    return has_any(text, _PATCHING)


def _answered(diff: Diff) -> _Hits:
    """Answers of tests in product code, by product file."""
    worth = (c for c in diff.changes if c.role is Role.PRODUCT and is_python(c.path) and c.new and _branches(c))
    product = list(islice(worth, _MANY + 1))
    if not product or len(product) > _MANY:
        return {}
    tests = Groups(diff)
    return {change.path: tuple(_told(diff, change, tests)) for change in product}


def _told(diff: Diff, change: FileChange, tests: Groups) -> Iterator[Hit]:
    """At most one hit for each function or table of a file that has answers of the tests."""
    old, side = (trimmed(diff, change, new, lambda *_: False) for new in (False, True))
    for answers in written_down(old, side):
        found = told(answers, tests)
        if found:
            asked = ", ".join(sorted(found[0].asked))[:80]
            message = f"{len(found)} answers of tests stand in the code, such as {found[0].answer[:80]} for {asked}"
            line = side.place(found[0].line)
            text = side.line_text(found[0].line)
            yield Hit("answers-in-code", change.path, message, line, answers.name, text)


def _branches(change: FileChange) -> bool:
    """Is there a new line with a literal that something may be compared with?"""
    had = frozenset((change.old or b"").split(b"\n"))
    return any(_BRANCHES.search(line) for line in (change.new or b"").split(b"\n") if line not in had)
