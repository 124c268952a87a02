"""Product code that asks whether it is being tested, or who calls it. Pure."""

import ast
import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from gatekeeper.integrity.code.dotted import Names, text_of
from gatekeeper.integrity.parsed import unparse

_RUNNERS = ("pytest", "_pytest", "unittest", "nose", "nose2", "doctest", "hypothesis", "unittest.mock", "py.test")
FRAMES = (
    "inspect.stack", "inspect.currentframe", "inspect.trace", "inspect.getouterframes", "inspect.getinnerframes",
    "sys._getframe", "sys._current_frames", "traceback.extract_stack", "traceback.walk_stack", "traceback.format_stack",
    "sys._getframemodulename",
)  # fmt: skip
_SECRETS = ("co_consts", "co_code", "f_locals", "code_context")
_SOURCES = (
    "inspect.getsource",
    "inspect.getsourcelines",
    "linecache.getline",
    "linecache.getlines",
    "inspect.findsource",
)
_OF_PROCESS = ("sys.argv", "sys.orig_argv", "sys.modules", "sys.path", "sys.executable", "__main__")
"""What tells one process from another: how it was started, and what it has loaded."""
_TEST_WORD = re.compile(r"(?i)pytest|unittest|(?:^|[^a-z])tests?(?:[^a-z]|$)|conftest")


class Watch(Struct, frozen=True):
    """One question. `telling`: the answer decides something and is about tests, or is taken from the caller."""

    node: ast.AST
    what: str
    telling: bool


def runner_questions(nodes: Sequence[ast.AST], names: Names) -> Iterator[Watch]:
    """Questions whether a test runner is there: by environment, loaded modules, or command line."""
    for node in nodes:
        match node:
            case ast.Constant(value=str(text)):
                if text.startswith("PYTEST_"):
                    yield Watch(node, text, True)
            case ast.Compare(ops=[_]):
                yield from _compared(node, names)
                yield from _counted(node, names)
            case ast.Call(func=ast.Attribute(value=owner, attr=method), args=[first, *_]):
                yield from _looked_up(node, owner, method, first, names)
            case ast.GeneratorExp() | ast.ListComp() | ast.SetComp() | ast.For():
                yield from _searched(node, names)
            case ast.Attribute(attr="_called_from_test"):
                yield Watch(node, "_called_from_test", True)


def frame_readings(nodes: Sequence[ast.AST], names: Names) -> Iterator[Watch]:
    """Looks at the stack within one scope.

    Libraries for logging and warnings do that, to name the line of their caller. It tells more where the same scope
    speaks of tests, or decides or returns by what the caller's variables, constants or source are.
    """
    readings = [node for node in nodes if isinstance(node, ast.Call) and names.of(node.func) in FRAMES]
    if not readings:
        return
    telling = any(_is_telling(node, names) for node in nodes) and _decides(nodes, names)
    for reading in readings:
        yield Watch(reading, names.of(reading.func), telling)


def _is_telling(node: ast.AST, names: Names) -> bool:
    """Does it speak of tests, or take variables, constants or source from a frame?"""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and _TEST_WORD.search(node.value) is not None
    if isinstance(node, ast.Attribute):
        return node.attr in _SECRETS
    return isinstance(node, ast.Call) and names.of(node.func) in _SOURCES


def _looked_up(node: ast.AST, owner: ast.expr, method: str, first: ast.expr, names: Names) -> Iterator[Watch]:
    """`sys.modules.get("pytest")`, `sys.argv[0].endswith("pytest")`: a method that is given the name of a runner."""
    if text_of(first) in _RUNNERS and method in ("get", "__contains__") and names.of(owner) == "sys.modules":
        yield Watch(node, f"{text_of(first)} in sys.modules", True)
    if _says_runner(first) and "sys.argv" in unparse(owner):
        yield Watch(node, "a test runner in sys.argv", True)


def _compared(node: ast.Compare, names: Names) -> Iterator[Watch]:
    left, right = node.left, node.comparators[0]
    if not isinstance(node.ops[0], ast.In | ast.NotIn | ast.Eq | ast.NotEq):
        return
    if names.of(right) == "sys.modules" and text_of(left) in _RUNNERS:
        yield Watch(node, f"{text_of(left)} in sys.modules", True)
        return
    for one, other in ((left, right), (right, left)):
        about = _of_process(other, names) if _says_runner(one) else ""
        if about:
            yield Watch(node, f"a test runner in {about}", True)


def _searched(node: ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.For, names: Names) -> Iterator[Watch]:
    """`any("pytest" in word for word in sys.argv)`: the words of the process, one by one."""
    sources = [node.iter] if isinstance(node, ast.For) else [one.iter for one in node.generators]
    about = next((said for source in sources if (said := _of_process(source, names))), "")
    if about and any(_compares_with_runner(part) for part in ast.walk(node)):
        yield Watch(node, f"a test runner in {about}", True)


def _compares_with_runner(node: ast.AST) -> bool:
    return isinstance(node, ast.Compare) and any(map(_says_runner, (node.left, *node.comparators)))


def _of_process(node: ast.AST, names: Names) -> str:
    """The fact about the process that an expression is made of."""
    said = (names.of(part) or text_of(part) or "" for part in ast.walk(node))
    return next((one for one in said if one in _OF_PROCESS), "")


def _counted(node: ast.Compare, names: Names) -> Iterator[Watch]:
    """How many modules are loaded: a test process has more than any other."""
    for part in (node.left, *node.comparators):
        call = part if isinstance(part, ast.Call) and len(part.args) == 1 else None
        if call and (names.of(call.func), names.of(call.args[0])) == ("len", "sys.modules"):
            yield Watch(node, "the number of loaded modules", True)


def _says_runner(node: ast.expr) -> bool:
    said = [text_of(part) or "" for part in (node.elts if isinstance(node, ast.Tuple) else [node])]
    return any("pytest" in text or "py.test" in text or "unittest" in text for text in said)


def _decides(nodes: Sequence[ast.AST], names: Names) -> bool:
    """Does what was read from the stack reach a condition or a returned value? Followed through assignments."""
    held = _held(nodes, names)
    for node in nodes:
        asked: list[ast.expr | None] = []
        if isinstance(node, ast.If | ast.While | ast.IfExp | ast.Assert):
            asked = [node.test]
        elif isinstance(node, ast.Return | ast.Yield | ast.Match):
            asked = [node.subject if isinstance(node, ast.Match) else node.value]
        elif isinstance(node, ast.comprehension):
            asked = list(node.ifs)
        elif isinstance(node, ast.Compare | ast.BoolOp):
            asked = [node]
        if any(one is not None and _mentions(one, held, names) for one in asked):
            return True
    return False


def _held(nodes: Sequence[ast.AST], names: Names) -> frozenset[str]:
    """Variables of the scope that hold something of the stack."""
    bindings = [binding for binding in map(_binding, nodes) if binding is not None]
    held: frozenset[str] = frozenset()
    for _ in range(4):
        found = set(held)
        for targets, value in bindings:
            if _mentions(value, held, names):
                found |= {part.id for one in targets for part in ast.walk(one) if isinstance(part, ast.Name)}
        if found == held:
            break
        held = frozenset(found)
    return held


def _binding(node: ast.AST) -> tuple[Sequence[ast.expr], ast.expr] | None:
    """Targets that a node binds and what they take their values from; None for a node that binds nothing."""
    match node:
        case ast.Assign():
            return node.targets, node.value
        case (
            ast.NamedExpr(target=ast.Name() as name, value=value)
            | ast.AnnAssign(target=ast.Name() as name, value=ast.expr() as value)
        ):
            return [name], value
        case ast.For() | ast.comprehension():
            return [node.target], node.iter
    return None


def _mentions(node: ast.AST, held: frozenset[str], names: Names) -> bool:
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part.id in held:
            return True
        if isinstance(part, ast.Call) and names.of(part.func) in FRAMES:
            return True
    return False
