"""What a statement binds or writes to, in whichever form of assignment it is written. Pure."""

import ast
from collections.abc import Iterator

Pair = tuple[ast.expr, ast.expr | None]
"""A target without tuples, and what it is given; None where that is not written out."""


def bindings(node: ast.AST) -> Iterator[Pair]:
    """Every target of one node: `x = y = 1`, `x, y = 1, 2`, `x: int = 1`, `x += 1` (the operand), `(x := 1)`,
    `for x in [1]`, `with y as x`. What is inside of the node's own statements is not looked at.
    """
    match node:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                yield from _paired(target, value)
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            yield target, value
        case ast.AugAssign(target=target, value=value) | ast.NamedExpr(target=target, value=value):
            yield target, value
        case ast.For(target=target, iter=source) | ast.AsyncFor(target=target, iter=source):
            yield from _of_each(target, source)
        case ast.With(items=items) | ast.AsyncWith(items=items):
            for item in items:
                if item.optional_vars is not None:
                    yield from _paired(item.optional_vars, None)


def written(node: ast.AST) -> Iterator[ast.expr]:
    """The same targets, also those of loops inside of expressions, and what `del` takes away."""
    if isinstance(node, ast.Delete):
        targets: list[ast.expr] = node.targets
    elif isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        targets = [part.target for part in node.generators]
    else:
        yield from (target for target, _ in bindings(node))
        return
    for target in targets:
        yield from (part for part, _ in _paired(target, None))


def head(node: ast.AST) -> ast.AST:
    """A loop and a `with` without their bodies, to be quoted; other nodes as they are."""
    if isinstance(node, ast.For | ast.AsyncFor):
        return ast.Assign([node.target], node.iter, lineno=node.lineno)
    if isinstance(node, ast.With | ast.AsyncWith):
        return type(node)(node.items, [ast.Pass()], lineno=node.lineno)
    return node


def _of_each(target: ast.expr, source: ast.expr) -> Iterator[Pair]:
    """A loop over what is written out gives its target each of it, one after another."""
    given = source.elts if isinstance(source, ast.Tuple | ast.List | ast.Set) else []
    if not given or any(isinstance(one, ast.Starred) for one in given):
        yield from _paired(target, None)
        return
    for one in given:
        yield from _paired(target, one)


def _paired(target: ast.expr, value: ast.expr | None) -> Iterator[Pair]:
    """Targets of a tuple with their parts of the value, in order; iterative, because hostile code nests deeply."""
    todo: list[Pair] = [(target, value)]
    while todo:
        one, given = todo.pop()
        if isinstance(one, ast.Starred):
            todo.append((one.value, None))
        elif isinstance(one, ast.Tuple | ast.List):
            todo += reversed([*zip(one.elts, _parts(one.elts, given), strict=True)])
        else:
            yield one, given


def _parts(targets: list[ast.expr], value: ast.expr | None) -> list[ast.expr] | list[None]:
    """What each of several targets is given, when the value has as many parts as there are targets."""
    given = value.elts if isinstance(value, ast.Tuple | ast.List) else []
    if len(given) != len(targets) or any(isinstance(one, ast.Starred) for one in (*given, *targets)):
        return [None] * len(targets)
    return given
