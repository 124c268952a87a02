"""Shell text: which commands judge, and whether the shell passes their failure on. tree-sitter parses; nothing is run.

Followed: `set -e` and `set +e`, `-o pipefail`, `||`, `&&`, `!`, pipes, `if` and loops, `&` and `wait`, `exit` in the
middle, `trap … EXIT`,
`sh -c`. Text that does not parse gives the commands that were recognised.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, cached_property
from typing import TYPE_CHECKING

from gatekeeper.integrity.commands.command import Judge, Soft, judge_of
from gatekeeper.integrity.commands.shell_options import inner_script, switches
from gatekeeper.integrity.commands.status import Status
from gatekeeper.integrity.commands.syntax import all_nodes, argv_of, commands, fails, names
from gatekeeper.integrity.reading.data import MAX_DEPTH

if TYPE_CHECKING:
    import tree_sitter

MAX_BYTES = 1 << 16
HARMLESS = frozenset({"true", ":", "echo", "printf", "cat", "/bin/true", "/usr/bin/true"})
"""Programs that hardly ever fail."""
_BLOCKS = frozenset({"program", "compound_statement", "subshell", "do_group", "else_clause", "elif_clause",
    "case_item", "function_definition",
                     "for_statement", "c_style_for_statement", "while_statement", "case_statement",
                     "ERROR"})  # fmt: skip


@cache
def _parser() -> tree_sitter.Parser:
    # Here and not above: most branches change no text of a shell.
    import tree_sitter  # noqa: PLC0415
    import tree_sitter_bash  # noqa: PLC0415

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


def judges(text: str, errexit: bool, pipefail: bool = False, line: int = 1) -> list[Judge]:
    """Commands of `text` that judge; `line` is that of its first line. `errexit`: the shell was started with `-e`."""
    raw = text.encode("utf-8", "replace")
    if len(raw) > MAX_BYTES:
        return []
    return _Reader(raw, errexit, pipefail, line).read()


def harmless(text: str) -> bool:
    """Does the text only say something and succeed?"""
    raw = text.encode("utf-8", "replace")[:MAX_BYTES]
    return all(
        argv[:1] and (argv[0] in HARMLESS or argv in (("exit",), ("exit", "0")))
        for argv in commands(_parser().parse(raw).root_node)
    )


def shown_words(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """(line, words) of every `echo`, `printf` and `cat` whose output goes to the log: neither into a pipe nor into a
    file.
    """
    raw = text.encode("utf-8", "replace")[:MAX_BYTES]
    for node in all_nodes(_parser().parse(raw).root_node):
        if node.type != "command" or argv_of(node)[:1] not in (("echo",), ("printf",)):
            continue
        parent = node.parent
        piped = parent is not None and parent.type == "pipeline" and parent.named_children[-1] != node
        filed = parent is not None and parent.type == "redirected_statement"
        if not piped and not filed and not _is_captured(node):
            yield node.start_point[0] + 1, argv_of(node)


def _is_captured(node: tree_sitter.Node) -> bool:
    """Does the output of some construct around the command go elsewhere?"""
    around = node.parent
    while around is not None:
        if around.type in ("command_substitution", "redirected_statement", "process_substitution"):
            return True
        around = around.parent
    return False


class _Reader:
    """Walks the statements in order, because `set` changes what comes after it."""

    def __init__(self, raw: bytes, errexit: bool, pipefail: bool, line: int) -> None:
        self.root = _parser().parse(raw).root_node
        self.raw = raw
        self.errexit = errexit
        self.pipefail = pipefail
        self.first = line
        self.found: list[Judge] = []

    def read(self) -> list[Judge]:
        self._sequence(self.root, Soft.NO, 0)
        if any(_forgiving_trap(argv) for argv in commands(self.root)):
            return [judge.softened(Soft.FORGIVEN) for judge in self.found]
        return self.found

    def _sequence(self, block: tree_sitter.Node, soft: Soft, depth: int) -> None:
        """One after another: without errexit only the last one's status counts, after `exit` nothing runs."""
        statements = [child for child in block.children if child.is_named and child.type != "comment"]
        over = False
        for index, statement in enumerate(statements):
            following = statements[index + 1] if index + 1 < len(statements) else None
            here = Soft.NEVER if over else soft or self._softened(statement, following)
            self._statement(statement, here, depth + 1, last=following is None)
            over = over or (block.type == "program" and _leaves(statement))

    def _softened(self, statement: tree_sitter.Node, following: tree_sitter.Node | None) -> Soft:
        lost = self._is_passed_over(statement, following) or self._is_left_behind(statement)
        return Soft.FORGIVEN if lost else Soft.NO

    def _is_passed_over(self, statement: tree_sitter.Node, following: tree_sitter.Node | None) -> bool:
        """Does the shell go on to what follows, and does nobody ask how this ended?"""
        if following is None or self.errexit:
            return False
        return not self._status.is_heard(following) and not self._answers(statement)

    def _answers(self, statement: tree_sitter.Node) -> bool:
        """`command || exit 1`, `command || failed=1`: the script itself deals with the failure."""
        if statement.type != "list" or not any(child.type == "||" for child in statement.children):
            return False
        return not self._forgives(statement.named_children[-1])

    @cached_property
    def _status(self) -> Status:
        return Status(self.root, self.raw)

    @cached_property
    def _waits(self) -> bool:
        """Is there a `wait $job`? Without a job `wait` succeeds whatever they came to."""
        return any(argv[:1] == ("wait",) and len(argv) > 1 for argv in commands(self.root))

    def _is_left_behind(self, statement: tree_sitter.Node) -> bool:
        """`command &` that nobody waits for."""
        after = statement.next_sibling
        return after is not None and after.type == "&" and not self._waits

    def _statement(self, node: tree_sitter.Node, soft: Soft, depth: int, last: bool) -> None:
        if depth > MAX_DEPTH:
            return
        kind = node.type
        if kind == "command":
            self._command(node, soft)
        elif kind == "list":
            self._list(node, soft, depth, last)
        elif kind == "pipeline":
            self._pipeline(node, soft, depth)
        elif kind == "negated_command":
            self._each(node, Soft.FORGIVEN, depth)
        elif kind == "if_statement":
            self._if(node, soft, depth)
        elif kind in ("while_statement", "until_statement"):
            self._each(node, soft or Soft.FORGIVEN, depth)
        elif kind in _BLOCKS:
            self._sequence(node, soft, depth)
        else:
            self._each(node, soft, depth)

    def _each(self, node: tree_sitter.Node, soft: Soft, depth: int) -> None:
        for child in node.named_children:
            self._statement(child, soft, depth + 1, last=True)

    def _list(self, node: tree_sitter.Node, soft: Soft, depth: int, last: bool) -> None:
        left, right = node.named_children[0], node.named_children[-1]
        operator = next((child.type for child in node.children if child.type in ("||", "&&")), "&&")
        if operator == "||":
            forgiven = self._forgives(right)
        else:
            forgiven = self.errexit and not last and names(right) <= HARMLESS and bool(names(right))
        self._statement(left, soft or (Soft.FORGIVEN if forgiven else Soft.NO), depth + 1, last=True)
        self._statement(right, soft, depth + 1, last)

    def _forgives(self, right: tree_sitter.Node) -> bool:
        """Does `|| right` end well when the left side failed?"""
        if right.type == "variable_assignment":
            name = right.child_by_field_name("name")
            used = self.raw.count(b"$" + (name.text or b"")) + self.raw.count(b"${" + (name.text or b"")) if name else 0
            return used == 0
        return not fails(right) and not any(judge_of(argv, 1, Soft.NO) for argv in commands(right))

    def _pipeline(self, node: tree_sitter.Node, soft: Soft, depth: int) -> None:
        *feeding, final = node.named_children
        for child in feeding:
            self._statement(child, soft or (Soft.NO if self.pipefail else Soft.FORGIVEN), depth + 1, last=True)
        self._statement(final, soft, depth + 1, last=True)

    def _if(self, node: tree_sitter.Node, soft: Soft, depth: int) -> None:
        """The condition's failure is passed on when some branch fails or the status is kept in a variable."""
        passes_on = fails(node) or any(child.type == "variable_assignment" for child in all_nodes(node))
        condition = node.child_by_field_name("condition")
        asked = soft or (Soft.NO if passes_on else Soft.FORGIVEN)
        for child in node.named_children:
            if condition is not None and child.start_byte == condition.start_byte:
                self._statement(_positive(child), asked, depth + 1, last=True)
            else:
                self._statement(child, soft, depth + 1, last=True)

    def _command(self, node: tree_sitter.Node, soft: Soft) -> None:
        argv = argv_of(node)
        line = node.start_point[0] + self.first
        if argv[:1] == ("set",):
            self._set(argv[1:])
        elif (inner := inner_script(argv)) is not None:
            found = judges(inner.text, inner.errexit, inner.pipefail, line) if len(inner.text) < len(self.raw) else []
            self.found += [judge.softened(soft) for judge in found]
        elif (judge := judge_of(argv, line, soft)) is not None:
            self.found.append(judge)

    def _set(self, words: tuple[str, ...]) -> None:
        switched, _ = switches(words)
        self.errexit = switched.get("errexit", self.errexit)
        self.pipefail = switched.get("pipefail", self.pipefail)


def _leaves(statement: tree_sitter.Node) -> bool:
    return statement.type == "command" and argv_of(statement)[:1] == ("exit",)


def _positive(condition: tree_sitter.Node) -> tree_sitter.Node:
    """`if ! command` asks for the same failure as `if command`."""
    negated = condition.type == "negated_command" and condition.named_children
    return condition.named_children[0] if negated else condition


def _forgiving_trap(argv: tuple[str, ...]) -> bool:
    return len(argv) > 2 and argv[0] == "trap" and "exit 0" in argv[1] and bool({"EXIT", "ERR", "0"} & set(argv[2:]))
