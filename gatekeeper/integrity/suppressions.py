"""Comments of Python files that silence linters, type checkers, scanners and coverage, and warnings turned off."""

import ast
from collections.abc import Iterator, Mapping

from gatekeeper.integrity.code.added import Found, added
from gatekeeper.integrity.code.dotted import Names, text_of
from gatekeeper.integrity.code.silencers import WORDS, Silencer, silencers
from gatekeeper.integrity.code.untyped import may_be_untyped, untyped
from gatekeeper.integrity.code.words import has_any
from gatekeeper.integrity.contract import Diff, Effect, FileChange, Hit, Role, Rule
from gatekeeper.integrity.parsed import FunctionNode, ParsedPython, nested, parsed, unparse

_WARNINGS = ("filterwarnings", "simplefilter")


class Suppressions:
    """Suppressions beyond those of base. Only real comments count, a moved line is none, narrowing one is none."""

    rules: Mapping[str, Rule] = {
        "suppression-added": Rule(Effect.WARN, "silences a finding of a linter, type checker or scanner"),
        "suppression-blanket": Rule(Effect.WARN, "silences everything that a tool says about a line or a file"),
        "coverage-excluded": Rule(Effect.WARN, "takes lines out of the coverage"),
        "warnings-silenced": Rule(Effect.WARN, "turns warnings off for a whole process"),
    }

    def detect(self, change: FileChange, diff: Diff) -> Iterator[Hit]:
        """Hits in one changed file."""
        hits = added(diff, _find, _worth).get(change.path, ())
        narrowed = _narrowed(change, diff) if hits and change.old else frozenset()
        yield from (hit for hit in hits if (hit.line, hit.symbol) not in narrowed)


DETECTOR = Suppressions()


def _worth(_: FileChange, text: str) -> bool:
    return has_any(text.lower(), WORDS) or has_any(text, _WARNINGS) or may_be_untyped(text)


def _find(change: FileChange, side: ParsedPython) -> Iterator[Found]:
    yield from (_found(one, change) for one in _silencers(side))
    if "warnings" in side.text and side.tree is not None:
        yield from _warnings(side.tree)
    if change.role not in (Role.TEST, Role.HARNESS) and may_be_untyped(side.text) and side.tree is not None:
        yield from untyped(side.tree)


def _silencers(side: ParsedPython) -> Iterator[Silencer]:
    code_seen = 0
    for comment in side.comments:
        first = not any(
            line.strip() and not line.lstrip().startswith("#") for line in side.lines[code_seen : comment.line]
        )
        code_seen = code_seen if first else len(side.lines)
        yield from silencers(comment, first and not code_seen)


def _found(one: Silencer, change: FileChange) -> Found:
    rule = "suppression-blanket" if one.blanket or one.whole else "suppression-added"
    rule = "coverage-excluded" if one.kind.startswith("pragma") else rule
    where = "the rest of the file" if one.whole else "a line"
    what = _name(one)
    return Found(
        rule=rule,
        key=f"{rule} {what} {one.comment.code}",
        line=one.comment.line,
        message=f"adds `{what}` for {where}",
        same=f"{rule} {what} {one.head}",
        symbol=what,
        # A bare `# type: ignore` on a line is the habit of many honest projects; a file that was read and no longer
        # is at all is nobody's.
        harder=one.whole and one.everything and change.old is not None and change.role not in (Role.TEST, Role.HARNESS),
    )


def _name(one: Silencer) -> str:
    return one.kind if one.code == "*" else f"{one.kind}: {one.code}"


def _narrowed(change: FileChange, diff: Diff) -> frozenset[tuple[int | None, str]]:
    """Lines and names of what silences one code where base silenced all: it says less than before."""
    old = {(one.kind, one.head) for one in _silencers(parsed(diff, change.old, change.before)) if one.blanket}
    new = parsed(diff, change.new, change.path)
    return frozenset(
        (new.place(one.comment.line), _name(one))
        for one in _silencers(new)
        if not one.blanket and (one.kind, one.head) in old
    )


def _warnings(tree: ast.Module) -> Iterator[Found]:
    """`warnings.filterwarnings("ignore", …)` and `simplefilter("ignore")` that an import runs."""
    names = Names(tree)
    todo = list(tree.body)
    while todo:
        statement = todo.pop()
        if isinstance(statement, FunctionNode | ast.With):
            continue
        todo += nested(statement)
        call = statement.value if isinstance(statement, ast.Expr) else None
        if not isinstance(call, ast.Call) or not call.args or text_of(call.args[0]) != "ignore":
            continue
        if names.of(call.func) in ("warnings.filterwarnings", "warnings.simplefilter"):
            text = unparse(call)
            yield Found(
                "warnings-silenced", text, call.lineno, f"turns warnings off for all: {text[:120]}", symbol=text[:80]
            )
