"""A test or suite of JavaScript's runners while its calls are read: title, options, cases, what it is handed. Pure."""

from collections.abc import Sequence

from msgspec import Struct, field
from tree_sitter import Node

from gatekeeper.integrity.parsed_script import ParsedScript
from gatekeeper.integrity.script.assertions import Assertion
from gatekeeper.integrity.script.nodes import INLINE, arguments, body_of, option, plain, string_of

SKIPPING = ("skip", "todo", "fixme", "fails", "failing", "fail", "skipIf", "runIf")
_CONDITIONAL = ("skipIf", "runIf")
_TESTERS = frozenset({"t", "tt", "st", "ctx", "context", "tap", "test", "assert"})
"""Names that people give to what node:test, ava, tape and vitest hand to a test."""
_TABLES = frozenset({"each", "for"})
"""Words by which one call stands for several cases."""


class Open(Struct, eq=False):
    """A block while its calls are read."""

    call: Node
    body: Node | None
    end: int
    title: str
    suite: bool
    words: tuple[str, ...]
    tester: str = ""
    """Its first parameter, when that is the runner's context."""
    done: str = ""
    """Its first parameter, when that may be the callback which ends it."""
    taken: frozenset[str] = frozenset()
    """What it takes out of the runner's context: `({ equal, end }) => …`."""
    planned: bool = False
    counted_to: int = 0
    """Offset after which nothing of the body is reached: the end of a `return` at its top level."""
    rows: int | None = 1
    found: list[Assertion] = field(default_factory=list)
    calls: set[str] = field(default_factory=set)
    skipped: str = ""
    conditional: bool = False
    zero: bool = False
    retried: bool = False


def opened(script: ParsedScript, call: Node, found: tuple[str, ...], given: list[Node], body: Node | None) -> Open:
    """The block that a call opens: `found` are the words of its callee, `given` its arguments (at least one)."""
    tabled = not _TABLES.isdisjoint(found)
    made = Open(call, body, call.end_byte, _title(script, given[0], body), found[0] == "describe", found[1:])
    made.rows = _rows(script, call) if tabled else _loop_rows(given[0])
    made.skipped, made.conditional = _marked(found[1:])
    if body is None:
        made.skipped = made.skipped or "todo"
    for options in (node for node in given if node.type == "object"):
        _options(script, made, options)
    if body is not None:
        _handed(script, made, body, tabled)
        made.counted_to = _reached(body)
    return made


def _title(script: ParsedScript, first: Node, body: Node | None) -> str:
    """The first argument as it is written; nothing where that is the body already."""
    title = string_of(script, first)
    if title is not None:
        return title
    return plain(script.text(first))[:200] if first is not body else ""


def _marked(words: tuple[str, ...]) -> tuple[str, bool]:
    """The words by which a block is skipped, and whether all of them take a condition."""
    marked = [word for word in words if word in SKIPPING]
    return ".".join(marked), bool(marked) and all(word in _CONDITIONAL for word in marked)


def _handed(script: ParsedScript, made: Open, body: Node, tabled: bool) -> None:
    """What the runner hands to the body: its context, or the callback that ends a test; of a table its values."""
    first = "" if tabled else _first_parameter(script, body)
    made.tester = first if first in _TESTERS else ""
    made.done = first if not made.tester and not made.suite else ""
    made.taken = _pattern(script, body)


def _options(script: ParsedScript, made: Open, options: Node) -> None:
    """`{ skip: true, todo: "later", only: true, retry: 3 }` of vitest and node:test."""
    for word in ("skip", "todo", "fails", "only"):
        value = option(script, options, word)
        if value is None or value.type in ("false", "undefined", "null"):
            continue
        if word == "only":
            made.words = (*made.words, "only")
        else:
            made.skipped = made.skipped or word
            made.conditional = value.type not in ("true", "string", "template_string")
    retry = option(script, options, "retry") or option(script, options, "retries")
    made.retried = retry is not None and script.text(retry) not in ("0", "false", "undefined")


def joined(path: Sequence[Open]) -> str:
    """Id of the last block of a path."""
    return " > ".join(block.title for block in path)


def only_of(path: Sequence[Open], blocks: Sequence[Open]) -> tuple[str, int]:
    """Id and line of the first of `blocks` that is marked as the only one; `path` leads to it. ("", 0) for none."""
    chosen = next((block for block in blocks if "only" in block.words), None)
    if chosen is None:
        return "", 0
    return joined(path[: path.index(chosen) + 1]), chosen.call.start_point[0] + 1


def skipped_of(blocks: Sequence[Open]) -> tuple[str, bool]:
    """The word by which the first of `blocks` that is skipped is, and whether it is under a condition."""
    holder = next((block for block in blocks if block.skipped), None)
    return (holder.skipped, holder.conditional) if holder is not None else ("", False)


def function_of(node: Node) -> Node | None:
    """The function that an argument is, or that it wraps: `fakeAsync(() => …)`."""
    for _ in range(3):
        if node.type in INLINE:
            return node
        inner = (
            [child for child in arguments(node) if child.type in (*INLINE, "call_expression")]
            if node.type == "call_expression"
            else []
        )
        if not inner:
            return None
        node = inner[-1]
    return None


def _first_parameter(script: ParsedScript, body: Node) -> str:
    """Name of the first parameter, which the runner's own context is given to; of a pattern nothing."""
    first = _inner_pattern(body.child_by_field_name("parameter") or _first_of_many(body))
    return script.text(first) if first is not None and first.type == "identifier" else ""


def _pattern(script: ParsedScript, body: Node) -> frozenset[str]:
    """Names that a function takes out of its first parameter."""
    first = _inner_pattern(_first_of_many(body))
    if first is None or first.type != "object_pattern":
        return frozenset()
    return frozenset(
        script.text(part) for part in first.named_children if part.type == "shorthand_property_identifier_pattern"
    )


def _first_of_many(body: Node) -> Node | None:
    many = body.child_by_field_name("parameters")
    return many.named_children[0] if many is not None and many.named_children else None


def _inner_pattern(parameter: Node | None) -> Node | None:
    """A parameter of TypeScript without its type."""
    if parameter is not None and parameter.type == "required_parameter":
        return parameter.child_by_field_name("pattern")
    return parameter


def _reached(body: Node) -> int:
    """End of the first `return` or `throw` that stands directly in a body; 0 when its end is reached."""
    return next((part.end_byte for part in body_of(body) if part.type in ("return_statement", "throw_statement")), 0)


def _rows(script: ParsedScript, call: Node) -> int | None:
    """Cases of `it.each(table)("…", fn)`: items of a literal array, lines of a template."""
    table = call.child_by_field_name("function")
    given = table.child_by_field_name("arguments") if table is not None and table.type == "call_expression" else None
    if given is None:
        return None
    if given.type == "template_string":
        columns = script.text(given).partition("\n")[0].count("|") + 1
        values = sum(child.type == "template_substitution" for child in given.named_children)
        return values // columns or None
    return _items(next((child for child in given.named_children if child.type != "comment"), None))


def _items(rows: Node | None) -> int | None:
    """Items of a literal array, whatever it is cast to; None when it is none, or spreads another one."""
    while rows is not None and rows.type in ("as_expression", "satisfies_expression") and rows.named_children:
        rows = rows.named_children[0]
    if rows is None or rows.type != "array":
        return None
    items = [child for child in rows.named_children if child.type != "comment"]
    return None if any(child.type == "spread_element" for child in items) else len(items)


def _loop_rows(title: Node) -> int | None:
    """A title with something in it stands in a loop."""
    computed = title.type == "template_string" and any(
        child.type == "template_substitution" for child in title.named_children
    )
    return None if computed or title.type == "binary_expression" else 1
