"""TypeScript and JavaScript files read once: source, syntax nodes by kind, comments. Pure; nothing raises.

tree-sitter takes everything: what it cannot read becomes error nodes, and the rest of the file is there all the same.
Its trees of hostile input take a thousand bytes for each byte of source, and its queries take the square of the time:
so files are bounded, and walked level by level.
"""

import re
from bisect import bisect_right
from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from posixpath import splitext

import tree_sitter_javascript
import tree_sitter_typescript
from msgspec import Struct
from tree_sitter import Language, Node, Parser

from gatekeeper.integrity.contract import Diff

TYPESCRIPT = (".ts", ".mts", ".cts")
SCRIPTS = (*TYPESCRIPT, ".tsx", ".js", ".jsx", ".mjs", ".cjs")
MAX_BYTES = 1_000_000
"""Larger files are generated: they are not looked into."""
ALWAYS_BYTES = 256_000
"""Up to here a file is parsed whatever it looks like."""
MAX_NESTING = 200
"""Of brackets, in files above ALWAYS_BYTES; people stay below thirty."""
MAX_DEPTH = 2_000
"""Of the syntax tree; deeper nodes are not looked at."""
MINIFIED_LINE = 500
"""Average bytes of a line from which on a file is taken for a machine's."""
KEPT_SIDES = 4
"""Trees that are kept at the same time: a change has two sides, and what is loaded from it may be looked up."""

_LEAVES = (
    "string", "comment", "identifier", "property_identifier", "type_annotation", "type_identifier", "predefined_type",
    "regex",
    "number", "true", "false", "null", "this", "shorthand_property_identifier", "type_parameters", "string_fragment",
    "jsx_text",
)  # fmt: skip
_BRACKET = re.compile(rb"[(\[{]+|[)\]}]+")


class ScriptComment(Struct, frozen=True):
    """One comment: its first line (from 1), its text without the marks around it, and whether it is a block comment."""

    line: int
    text: str
    block: bool
    start: int
    end: int


class ParsedScript:
    """One side of a changed TypeScript or JavaScript file."""

    def __init__(self, contents: bytes, path: str, hand_written: bool = False) -> None:
        self.path = path
        self._grammar = _grammar(path)
        self.unchanged: frozenset[int] = frozenset()
        """Offsets of statements that are not walked: they stand on both sides of the change."""
        self._sorted: dict[tuple[str, ...], list[Node]] = {}
        self.chains: dict[int, tuple[str, ...]] = {}
        """By the number of a callee: its names, which every finder asks for."""
        self.source = b""
        """UTF-8 with "\\n" line ends; empty when the file was not read."""
        self.problem = _problem(contents, hand_written)
        """Why there is no tree, as in "it is …"; empty when there is one."""
        if not self.problem:
            self.source = utf8(contents)

    @cached_property
    def root(self) -> Node:
        """Of the syntax tree."""
        return _parser(self._grammar).parse(self.source).root_node

    @cached_property
    def _kinds(self) -> Mapping[int, list[Node]]:
        """Named nodes by the number of their kind, level by level."""
        leaves = _leaf_ids(self._grammar)
        found: dict[int, list[Node]] = defaultdict(list)
        level, depth = [self.root], 0
        while level and depth < MAX_DEPTH:
            below: list[Node] = []
            for node in level:
                kind = node.kind_id
                found[kind].append(node)
                if kind not in leaves:
                    below += node.named_children
            level = self._changed(below) if self.unchanged else below
            depth += 1
        return found

    def _changed(self, nodes: list[Node]) -> list[Node]:
        statements = _ids(self._grammar, "expression_statement")
        return [n for n in nodes if n.kind_id not in statements or n.start_byte not in self.unchanged]

    @property
    def walked(self) -> bool:
        """Were nodes asked for already?"""
        return "_kinds" in self.__dict__

    def nodes(self, *kinds: str) -> Sequence[Node]:
        """All nodes of these kinds in the order of the source, an outer one before an inner one."""
        known = self._sorted.get(kinds)
        if known is None:
            wanted = {number for kind in kinds for number in _ids(self._grammar, kind)}
            known = [node for number in wanted for node in self._kinds.get(number, ())]
            known.sort(key=_place)
            self._sorted[kinds] = known
        return known

    def text(self, node: Node | None) -> str:
        """Source of a node; empty for none."""
        return "" if node is None else self.source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def raw(self, node: Node | None) -> bytes:
        """Source of a node as bytes; empty for none."""
        return b"" if node is None else self.source[node.start_byte : node.end_byte]

    @cached_property
    def comments(self) -> tuple[ScriptComment, ...]:
        """All comments, in order."""
        return tuple(self._comment(node) for node in self.nodes("comment", "html_comment"))

    @cached_property
    def lines(self) -> list[bytes]:
        """Lines of the source; line 1 is `lines[0]`."""
        return self.source.split(b"\n")

    def line_text(self, line: int | None) -> str:
        """A line, stripped; empty when there is none."""
        known = line is not None and 0 < line <= len(self.lines)
        return self.lines[line - 1].strip()[:200].decode("utf-8", "replace") if known and line else ""

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer(rb"\n", self.source))]

    def line_at(self, offset: int) -> int:
        """Line (from 1) of an offset of the source in bytes."""
        return bisect_right(self._line_starts, offset)

    def _comment(self, node: Node) -> ScriptComment:
        raw = self.text(node)
        block = not raw.startswith("//")
        text = raw.removeprefix("/*").removesuffix("*/") if block else raw.lstrip("/")
        return ScriptComment(node.start_point[0] + 1, text.lstrip("*").strip(), block, node.start_byte, node.end_byte)


def is_script(path: str) -> bool:
    """Is this file read as TypeScript or JavaScript, by its name?"""
    return path.endswith(SCRIPTS) and not path.endswith((".min.js", ".min.mjs", ".min.cjs"))


def parsed_script(diff: Diff, contents: bytes | None, path: str, hand_written: bool = False) -> ParsedScript:
    """The parsed side of a change, from the cache of the diff. No contents, or no script: an empty file.

    `hand_written`: looked into however long its lines are, as befits tests and what configures them.
    """
    contents = contents if contents is not None and is_script(path) else b""
    key = (splitext(path)[1], hand_written, contents)
    kept: OrderedDict[object, ParsedScript] = diff.cache.setdefault(parsed_script, OrderedDict())  # type: ignore[assignment]
    if key in kept:
        kept.move_to_end(key)
        return kept[key]
    kept[key] = found = ParsedScript(contents, path, hand_written)
    if len(kept) > KEPT_SIDES:
        kept.popitem(last=False)
    return found


def utf8(contents: bytes) -> bytes:
    """Contents as UTF-8 with "\\n" line ends and no byte order mark; bytes that are no UTF-8 are read as Latin-1."""
    if contents.startswith((b"\xff\xfe", b"\xfe\xff")):
        contents = contents.decode("utf-16", "replace").encode("utf-8", "replace")
    else:
        try:
            contents.decode("utf-8")
        except UnicodeDecodeError:
            contents = contents.decode("latin-1").encode("utf-8")
    contents = contents.removeprefix(b"\xef\xbb\xbf")
    return contents.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in contents else contents


def _problem(contents: bytes, hand_written: bool) -> str:
    if len(contents) > MAX_BYTES:
        return f"larger than {MAX_BYTES // 1_000_000} MB"
    if len(contents) > ALWAYS_BYTES and not _tame(contents):
        return "large and nested deeper than people write"
    if (
        not hand_written
        and len(contents) > 20 * MINIFIED_LINE
        and len(contents) > MINIFIED_LINE * (contents.count(b"\n") + 1)
    ):
        return "minified"
    return ""


def _tame(contents: bytes) -> bool:
    """Can this be parsed in reasonable memory? Strings and comments are counted with the rest, which is near enough."""
    depth = 0
    for match in _BRACKET.finditer(contents):
        brackets = match[0]
        depth += len(brackets) if brackets[0] in b"([{" else -len(brackets)
        if depth > MAX_NESTING:
            return False
        depth = max(depth, 0)
    return contents.count(b"<") * 25 < len(contents)


def _grammar(path: str) -> str:
    if path.endswith(TYPESCRIPT):
        return "typescript"
    return "tsx" if path.endswith(".tsx") else "javascript"


@cache
def _language(grammar: str) -> Language:
    if grammar == "javascript":
        return Language(tree_sitter_javascript.language())
    typescript = grammar == "typescript"
    return Language(
        tree_sitter_typescript.language_typescript() if typescript else tree_sitter_typescript.language_tsx()
    )


@cache
def _parser(grammar: str) -> Parser:
    return Parser(_language(grammar))


@cache
def _ids(grammar: str, kind: str) -> frozenset[int]:
    """Numbers of a kind of node; some kinds have several, some are not in every grammar."""
    language = _language(grammar)
    numbers = range(language.node_kind_count)
    return frozenset(n for n in numbers if language.node_kind_for_id(n) == kind and language.node_kind_is_named(n))


@cache
def _leaf_ids(grammar: str) -> frozenset[int]:
    """Kinds with nothing below that any detector looks for."""
    return frozenset(number for kind in _LEAVES for number in _ids(grammar, kind))


def _place(node: Node) -> tuple[int, int]:
    return node.start_byte, -node.end_byte
