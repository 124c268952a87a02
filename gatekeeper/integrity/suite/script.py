"""TypeScript and JavaScript tests of one tree: what a test consists of and rests on, as in `python.py`. Pure.

Helpers are followed within the file: everything at its top level that is no test belongs to all of its tests.
"""

from collections.abc import Iterator, Mapping
from posixpath import dirname, join, normpath

from tree_sitter import Node

from gatekeeper.integrity.parsed_script import ParsedScript, is_script
from gatekeeper.integrity.script.assertions import Assertion
from gatekeeper.integrity.script.blocks import Block, blocks
from gatekeeper.integrity.script.names import Names
from gatekeeper.integrity.script.nodes import plain, string_of
from gatekeeper.integrity.suite.asked import BARELY, NOTHING, Asked
from gatekeeper.integrity.suite.written import Files, Piece, Written

_ENDS = ("", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", "/index.ts", "/index.js", "/index.tsx")
_MOCKS = ("mock", "doMock", "unstable_mockModule", "stubGlobal", "spyOn", "replace", "stub", "module")
_MOCK_ROOTS = ("vi", "jest", "vitest", "sinon", "td", "mock", "t")
_MAX_FILE = 1_000_000


class ScriptSuite:
    """The tests of one tree."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self._read: dict[str, tuple[ParsedScript, Mapping[str, Block]]] = {}

    def tests(self, path: str) -> Mapping[str, Block]:
        """Titles of every test that is written in a file → the test."""
        return self._file(path)[1]

    def written(self, path: str, name: str) -> Written | None:
        """The test with these titles (joined by " > ", or by spaces as some reporters do)."""
        script, found = self._file(path)
        block = found.get(name) or next((one for one in found.values() if _same(one.id, name)), None)
        if block is None:
            return None
        body = Piece("body", "", f"body {block.digest or block.id}", (), tuple(map(_asked, block.assertions)))
        around = tuple(_around(script, path, self.files))
        product = frozenset(piece.shape.partition("#")[0].removeprefix("import ") for piece in around if _own(piece))
        named = frozenset(piece.name for piece in around if piece.kind == "import")
        return Written(
            path=path,
            name=block.id,
            body=block.digest or block.id,
            pieces=(body, *around),
            words=named,
            subjects=named,
            modules=product & self.files.names,
            trivial=not block.digest,
        )

    def _file(self, path: str) -> tuple[ParsedScript, Mapping[str, Block]]:
        if path not in self._read:
            content = self.files.read(path) if path in self.files.names and is_script(path) else None
            script = ParsedScript(content if content and len(content) <= _MAX_FILE else b"", path, hand_written=True)
            made = blocks(script, Names(script))[0] if script.source else []
            self._read[path] = script, {block.id: block for block in made if not block.helper}
        return self._read[path]


def _same(titles: str, name: str) -> bool:
    return (
        titles.replace(" > ", " ") == name.replace(" > ", " ")
        or titles.rpartition(" > ")[2] == name.rpartition("::")[2]
    )


def _asked(one: Assertion) -> Asked:
    level = NOTHING if one.constant else one.level
    return Asked(BARELY if level is None else level, plain(one.text))


def _own(piece: Piece) -> bool:
    return piece.kind == "import" and "#" in piece.shape


def _around(script: ParsedScript, path: str, files: Files) -> Iterator[Piece]:
    """Imports, and everything at the top level that is no test."""
    if not script.source:
        return
    for number, node in enumerate(script.root.named_children):
        if node.type == "import_statement":
            yield from _imports(script, node, path, files)
        elif node.type != "comment" and not _is_test(script, node):
            text = plain(script.text(node))
            yield Piece("helper", str(number), f"helper {text}", tuple(_means(script, node)))


def _imports(script: ParsedScript, node: Node, path: str, files: Files) -> Iterator[Piece]:
    module = string_of(script, node.child_by_field_name("source")) or ""
    target = _resolved(path, module, files) or module
    names = [one for one in _walk(node) if one.type in ("import_specifier", "namespace_import", "identifier")]
    for one in names:
        if one.type == "identifier" and one.parent is not None and one.parent.type != "import_clause":
            continue
        local = script.text(one.child_by_field_name("alias") or one).rpartition(" ")[2]
        original = script.text(one.child_by_field_name("name") or one)
        yield Piece("import", local, f"import {target}#{original}")


def _resolved(path: str, module: str, files: Files) -> str:
    """The file of the tree behind a relative module; "" for packages."""
    if not module.startswith("."):
        return ""
    stem = normpath(join(dirname(path), module))
    bare = stem.rpartition(".")[0] if stem.endswith((".js", ".mjs", ".cjs", ".jsx")) else stem
    candidates = (f"{start}{end}" for start in (stem, bare) for end in _ENDS)
    return next((one for one in candidates if one in files.names), stem)


def _is_test(script: ParsedScript, node: Node) -> bool:
    call = node.named_children[0] if node.type == "expression_statement" and node.named_children else None
    text = (
        script.text(call.child_by_field_name("function")) if call is not None and call.type == "call_expression" else ""
    )
    return text.partition(".")[0] in {"test", "it", "describe", "suite"}


def _means(script: ParsedScript, node: Node) -> Iterator[str]:
    for call in _walk(node):
        if call.type != "call_expression":
            continue
        callee = script.text(call.child_by_field_name("function"))
        root, last = callee.partition(".")[0], callee.rpartition(".")[2]
        if root in _MOCK_ROOTS and last in _MOCKS:
            yield f"call {callee}"


def _walk(node: Node) -> Iterator[Node]:
    todo = [node]
    while todo:
        one = todo.pop()
        yield one
        todo += one.named_children


def declarations(path: str, content: bytes) -> Iterator[tuple[str, str]]:
    """(name, text) of every function, class, method and variable of a file."""
    script = ParsedScript(content, path)
    kinds = ("function_declaration", "class_declaration", "variable_declarator", "method_definition")
    for node in script.nodes(*kinds, "interface_declaration", "type_alias_declaration") if script.source else ():
        yield script.text(node.child_by_field_name("name")), plain(script.text(node))
