"""Cases of a test: rows of `parametrize`, and tables that tests go through. Pure."""

import ast
from collections import Counter
from collections.abc import Iterator, Mapping

from msgspec import Struct

from gatekeeper.integrity.code.dotted import Names, every_statement, last
from gatekeeper.integrity.code.marks import Marks
from gatekeeper.integrity.parsed import Function, FunctionNode, ParsedPython, unparse

Table = ast.List | ast.Tuple | ast.Set | ast.Dict
_MANY = 20_000


class Cases(Struct, frozen=True):
    """Rows by what names them (the arguments of a `parametrize`, or a variable), without their marks and ids.

    `left_out` are rows with a mark that keeps them from counting.
    """

    name: str
    rows: tuple[str, ...]
    left_out: tuple[str, ...]
    line: int


def parametrized(function: Function, marks: Marks, tables: Mapping[str, Table]) -> Iterator[Cases]:
    """Rows of each `parametrize` of a test, as far as they are written down; a table of the module is followed."""
    for decorator in function.node.decorator_list:
        if not isinstance(decorator, ast.Call) or last(marks.names.of(decorator.func)) != "parametrize":
            continue
        named, values = _given(decorator)
        if isinstance(values, ast.Name):
            values = tables.get(values.id, values)
        if named is not None and isinstance(values, ast.List | ast.Tuple | ast.Set):
            yield _cases(unparse(named), values.elts, marks, decorator.lineno)


def _given(call: ast.Call) -> tuple[ast.expr | None, ast.expr | None]:
    """Names of arguments and rows that a `parametrize` is given, by place or by keyword."""
    by_keyword = {k.arg: k.value for k in call.keywords if k.arg}
    named = call.args[0] if call.args else by_keyword.get("argnames")
    return named, call.args[1] if len(call.args) > 1 else by_keyword.get("argvalues")


def tables(tree: ast.Module) -> dict[str, Table]:
    """Literal lists, tuples, sets and dictionaries that the module gives a name."""
    found: dict[str, Table] = {}
    for statement in tree.body:
        target = statement.targets[0] if isinstance(statement, ast.Assign) and len(statement.targets) == 1 else None
        target = statement.target if isinstance(statement, ast.AnnAssign) else target
        value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
        if isinstance(target, ast.Name) and isinstance(value, Table):
            found[target.id] = value
    return found


def looped(side: ParsedPython, marks: Marks) -> Iterator[Cases]:
    """Tables of the module that a test goes through in a loop."""
    known = tables(side.tree) if side.tree else {}
    used = {name for test in side.tests.values() for name in _looped_over(test.node, marks.names)} if known else set()
    for name in sorted(used & known.keys()):
        value = known[name]
        if isinstance(value, ast.Dict):
            yield _cases_of_dict(name, value)
        else:
            yield _cases(name, value.elts, marks, value.lineno)


def _cases_of_dict(name: str, table: ast.Dict) -> Cases:
    rows = list(zip(table.keys, table.values, strict=True))[:_MANY]
    texts = tuple(f"{unparse(key) if key else '**'}: {unparse(item)}" for key, item in rows)
    return Cases(name, texts, (), table.lineno)


def fewer(old: Cases, new: Cases) -> tuple[str, ...]:
    """Rows that are gone when there are fewer than before."""
    if len(new.rows) >= len(old.rows):
        return ()
    gone = Counter(old.rows) - Counter(new.rows)
    return tuple(gone.elements())


def newly_left_out(old: Cases, new: Cases) -> tuple[str, ...]:
    """Rows of base that counted and are marked now."""
    counted = Counter(old.rows) - Counter(old.left_out)
    return tuple(((Counter(new.left_out) - Counter(old.left_out)) & counted).elements())


def _cases(name: str, rows: list[ast.expr], marks: Marks, line: int) -> Cases:
    texts, left_out = [], []
    for row in rows[:_MANY]:
        text = unparse(row)
        if isinstance(row, ast.Call) and last(marks.names.of(row.func)) == "param":
            values = [unparse(value) for value in row.args]
            text = values[0] if len(values) == 1 else f"({', '.join(values)})"
            marked = [k.value for k in row.keywords if k.arg == "marks"]
            left_out += [text] * any(marks.of_value(value) for value in marked)
        texts.append(text)
    return Cases(name, tuple(texts), tuple(left_out), line)


def _looped_over(node: FunctionNode, names: Names) -> Iterator[str]:
    for statement in every_statement(node.body):
        if isinstance(statement, ast.For):
            over = statement.iter
            if isinstance(over, ast.Call) and isinstance(over.func, ast.Attribute):
                over = over.func.value
            elif isinstance(over, ast.Call) and names.of(over.func) in ("enumerate", "sorted", "zip") and over.args:
                over = over.args[0]
            if isinstance(over, ast.Name):
                yield over.id
