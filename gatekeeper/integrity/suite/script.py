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
from gatekeeper.integrity.script.nodes import arguments, chain, plain, string_of
from gatekeeper.integrity.suite.asked import BARELY, NOTHING, Asked
from gatekeeper.integrity.suite.instead import local
from gatekeeper.integrity.suite.written import Files, Piece, Written

_ENDS = ("", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", "/index.ts", "/index.js", "/index.tsx")
_OF_MODULES = ("mock", "doMock", "unstable_mockModule", "module", "replaceEsm")
"""Calls that put something in the place of a module, by its path."""
_OF_MEMBERS = ("spyOn", "stubGlobal", "replace", "stub", "method", "getter", "setter", "replaceProperty")
"""Calls that put something in the place of a member, by its name."""
_MOCK_ROOTS = ("vi", "jest", "vitest", "sinon", "td", "mock", "t", "context", "ctx")
_WORDS = ("identifier", "property_identifier", "shorthand_property_identifier")
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
        return self._written(script, path, block) if block else None

    def _written(self, script: ParsedScript, path: str, block: Block) -> Written:
        node = _node_of(script, block)
        inner = _words(script, node)
        ways = tuple(sorted(_means(script, node, path, self.files)))
        form, asked = f"body {block.digest or block.id}", tuple(map(_asked, block.assertions))
        body = Piece("body", "", form, ways, asked, _called(script, node))
        around = tuple(_around(script, path, self.files))
        used = [piece for piece in around if piece.kind == "import" and local(piece) in inner]
        product = {local(piece): target for piece in used if self._is_product(target := _target(piece))}
        return Written(
            path=path,
            name=block.id,
            body=block.digest or block.id,
            pieces=(body, *_rows(script, node), *around),
            words=inner | frozenset(piece.shape.rpartition("#")[2] for piece in used),
            subjects=frozenset(product),
            modules=frozenset(product.values()),
            trivial=not block.digest,
        )

    def _is_product(self, path: str) -> bool:
        return path in self.files.names and not self.files.is_harness(path)

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


def _rows(script: ParsedScript, node: Node | None) -> Iterator[Piece]:
    """What a test goes through in a loop that is written down in it."""
    for loop in _walk(node):
        right = loop.child_by_field_name("right") if loop.type == "for_in_statement" else None
        for row in right.named_children if right is not None and right.type == "array" else ():
            text = plain(script.text(row))
            yield Piece("row", text, f"row {text}", constants=_constants(script, row))


def _constants(script: ParsedScript, node: Node) -> frozenset[str]:
    found = (script.text(one).strip("\"'`") for one in _walk(node) if one.type in ("string", "number"))
    return frozenset(found) - {"", "0", "1"}


def _target(piece: Piece) -> str:
    """What an import leads to: a file of the tree, or the name of a package."""
    return piece.shape.rpartition("#")[0].removeprefix("import ")


def _node_of(script: ParsedScript, block: Block) -> Node | None:
    """The call that a test is."""
    return next((one for one in script.nodes("call_expression") if one.start_point[0] + 1 == block.line), None)


def _words(script: ParsedScript, node: Node | None) -> frozenset[str]:
    return frozenset(script.text(one) for one in _walk(node) if one.type in _WORDS)


def _called(script: ParsedScript, node: Node | None) -> frozenset[str]:
    calls = (one.child_by_field_name("function") for one in _walk(node) if one.type == "call_expression")
    return frozenset(script.text(one).rpartition(".")[2] for one in calls)


def _around(script: ParsedScript, path: str, files: Files) -> Iterator[Piece]:
    """Imports, and everything at the top level that is no test."""
    if not script.source:
        return
    for number, node in enumerate(script.root.named_children):
        if node.type == "import_statement":
            yield from _imports(script, node, path, files)
        elif node.type != "comment" and not _is_test(script, node):
            text, ways = plain(script.text(node)), tuple(sorted(_means(script, node, path, files)))
            names = _declared(script, node) or [""]
            for name in names:
                made = f"helper {text}" if len(names) == 1 else f"helper {name} {text}"
                yield Piece("helper", f"{path}:{name}:{number}", made, ways, (), _called(script, node))


def _imports(script: ParsedScript, node: Node, path: str, files: Files) -> Iterator[Piece]:
    module = string_of(script, node.child_by_field_name("source")) or ""
    target = _resolved(path, module, files) or module
    for one in filter(_is_imported, _walk(node)):
        known = script.text(one.child_by_field_name("alias") or one).rpartition(" ")[2]
        original = script.text(one.child_by_field_name("name") or one)
        yield Piece("import", f"{path}:{known}", f"import {target}#{original}")


def _is_imported(node: Node) -> bool:
    """A name that an import binds: one of several, all of a module, or its default."""
    default = node.type == "identifier" and node.parent is not None and node.parent.type == "import_clause"
    return default or node.type in ("import_specifier", "namespace_import")


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


def _declared(script: ParsedScript, node: Node) -> list[str]:
    """Names that a statement at the top level declares."""
    inner = [node, *(one for one in node.named_children if one.type.endswith("_declaration"))]
    kinds = ("function_declaration", "class_declaration", "generator_function_declaration")
    found = [one for one in inner if one.type in kinds]
    found += [part for one in inner for part in one.named_children if part.type == "variable_declarator"]
    return [script.text(one.child_by_field_name("name")) for one in found]


def _means(script: ParsedScript, node: Node | None, path: str, files: Files) -> Iterator[str]:
    """Ways to put something else in the place of what is tested, with what they reach, as in `means.py`."""
    for one in _walk(node):
        if one.type == "call_expression":
            yield from _mocked(script, one, path, files)
        elif one.type == "assignment_expression":
            left = chain(script, one.child_by_field_name("left"))
            if len(left) > 1 and left[0] not in {"this", "module", "exports"}:
                yield f"patch {left[-1]}"


def _mocked(script: ParsedScript, call: Node, path: str, files: Files) -> Iterator[str]:
    names = chain(script, call.child_by_field_name("function"))
    if len(names) < 2 or names[0] not in _MOCK_ROOTS:
        return
    given = [text for argument in arguments(call)[:2] if (text := string_of(script, argument))]
    if names[-1] in _OF_MODULES:
        yield from (f"patch {_resolved(path, module, files) or module}" for module in given[:1])
    elif names[-1] in _OF_MEMBERS:
        yield from (f"patch {name}" for name in given)


def _walk(node: Node | None) -> Iterator[Node]:
    todo = [node] if node is not None else []
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
