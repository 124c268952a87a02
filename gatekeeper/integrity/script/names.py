"""What names in a file stand for: the functions of test libraries, renamed imports and simple aliases. Pure."""

from collections.abc import Iterator, Mapping

from tree_sitter import Node

from gatekeeper.integrity.parsed_script import ParsedScript
from gatekeeper.integrity.script.nodes import chain, key_of, string_of, unwrap

TEST_LIBRARIES = frozenset(
    {
        "vitest",
        "@jest/globals",
        "node:test",
        "test",
        "mocha",
        "bun:test",
        "ava",
        "tape",
        "tap",
        "@playwright/test",
        "uvu",
        "jasmine",
        "@japa/runner",
        "qunit",
        "zora",
        "@std/testing/bdd",
        "jsr:@std/testing/bdd",
    }
)
ASSERTION_LIBRARIES = frozenset(
    {
        "assert",
        "node:assert",
        "assert/strict",
        "node:assert/strict",
        "chai",
        "expect",
        "should",
        "power-assert",
        "@vitest/expect",
        "jest-expect",
        "expect.js",
        "unexpected",
        "@std/expect",
        "@std/assert",
        "jsr:@std/expect",
        "earl",
    }
)
_ROOTS: Mapping[str, tuple[str, ...]] = {
    "it": ("it",),
    "test": ("it",),
    "specify": ("it",),
    "describe": ("describe",),
    "context": ("describe",),
    "suite": ("describe",),
    "xit": ("it", "skip"),
    "xtest": ("it", "skip"),
    "xspecify": ("it", "skip"),
    "xdescribe": ("describe", "skip"),
    "xcontext": ("describe", "skip"),
    "fit": ("it", "only"),
    "ftest": ("it", "only"),
    "fspecify": ("it", "only"),
    "fdescribe": ("describe", "only"),
    "fcontext": ("describe", "only"),
    "expect": ("expect",),
    "assert": ("assert",),
    "chai": (),
    "QUnit": (),
    "Deno": (),
    "globalThis": (),
    "global": (),
    "window": (),
}
_MEMBERS = {"skip": ("it", "skip"), "only": ("it", "only"), "todo": ("it", "todo"), "module": ("describe",)}
_SUITE_WORDS = frozenset({"describe", "suite", "module"})
_FOLLOWED = ("process", "Deno", "require", "module", "Module", "Error", "Object", "Reflect", "globalThis", "Promise")
_RUNTIME_MODULES = {
    "process": ("process",),
    "node:process": ("process",),
    "module": ("Module",),
    "node:module": ("Module",),
}
_STARTS = tuple((name,) for name in _FOLLOWED)
_BASES = frozenset({"it", "describe", "expect", "assert"})


class Names:
    """Names of one file that lead to test libraries."""

    def __init__(self, script: ParsedScript) -> None:
        self.script = script
        self.roots: dict[str, tuple[str, ...]] = dict(_ROOTS)
        """First name of a callee → what it stands for: it, describe, expect or assert, with what is behind it."""
        self.imported: dict[str, str] = {}
        """Local name → module that it was imported from."""
        self.namespaces: dict[str, str] = {}
        """Local name of a whole module → that module."""
        self.aliases: dict[str, tuple[str, ...]] = {name: (name,) for name in _FOLLOWED}
        """Local name → what of the runtime it stands for: after `const { exit } = process` exit is ("process",
        "exit").
        """
        for node in script.nodes("import_statement"):
            self._import(node)
        for node in script.nodes("variable_declarator"):
            self._variable(node)

    @property
    def modules(self) -> frozenset[str]:
        """Modules that are imported or required under a name."""
        return frozenset(self.imported.values())

    def resolve(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """A chain with its aliases followed: `xit` is ("it", "skip"), `vitest.describe.only` ("describe", "only")."""
        if not names or names[0] not in self.roots:
            return names
        found = (*self.roots[names[0]], *names[1:])
        if found and found[0] not in _BASES:  # a member of a whole library
            found = (*_MEMBERS.get(found[0], _ROOTS.get(found[0], found[:1])), *found[1:])
        if found[:1] == ("it",) and _SUITE_WORDS.intersection(found):
            return ("describe", *(name for name in found[1:] if name not in _SUITE_WORDS))
        return found

    def runtime(self, node: Node | None) -> tuple[str, ...]:
        """The chain of a callee or member with aliases of the runtime's own objects followed."""
        names = chain(self.script, node)
        return (*self.aliases[names[0]], *names[1:]) if names and names[0] in self.aliases else names

    def of(self, node: Node | None) -> tuple[str, ...]:
        """The resolved chain of a callee."""
        return self.resolve(chain(self.script, node))

    def _import(self, node: Node) -> None:
        module = string_of(self.script, node.child_by_field_name("source")) or ""
        for clause in node.named_children:
            if clause.type == "import_require_clause":
                module = string_of(self.script, clause.child_by_field_name("source")) or ""
                self._bind_whole(self.script.text(clause.named_children[0]), module)
            for part in clause.named_children if clause.type == "import_clause" else ():
                self._import_part(part, module)

    def _import_part(self, part: Node, module: str) -> None:
        if part.type == "namespace_import" and part.named_children:
            self._bind_whole(self.script.text(part.named_children[0]), module)
        elif part.type == "identifier":
            self._bind_whole(self.script.text(part), module)
        for specifier in part.named_children if part.type == "named_imports" else ():
            name = key_of(self.script, specifier.child_by_field_name("name"))
            alias = specifier.child_by_field_name("alias")
            self._bind(self.script.text(alias) if alias is not None else name, name, module)

    def _variable(self, node: Node) -> None:
        target, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if target is None or value is None:
            return
        value = unwrap(value)
        module = required(self.script, value)
        for local, name in _targets(self.script, target):
            if module is not None:
                self._bind(local, name, module) if name else self._bind_whole(local, module)
            elif value.type in ("identifier", "member_expression", "call_expression", "subscript_expression"):
                self._alias(local, value, name)
                if value.type in ("identifier", "member_expression") and (found := self.runtime(value))[:1] in _STARTS:
                    self.aliases.setdefault(local, (*found, name) if name else found)

    def _alias(self, local: str, value: Node, name: str) -> None:
        """`const only = it.only`, `const { only } = it`, `const test = base.extend({…})`."""
        start = self.script.source[value.start_byte : min(value.end_byte, value.start_byte + 40)]
        first = start.decode("utf-8", "replace").split(".")[0].split("[")[0].split("(")[0].strip()
        if first not in self.roots:
            return
        found = self.of(value)
        if (found and found[0] in ("it", "describe")) or (
            found[:1] in (("expect",), ("assert",)) and value.type != "call_expression"
        ):
            behind = () if value.type == "call_expression" else found[1:]
            self.roots.setdefault(local, (found[0], *behind, *((name,) if name else ())))

    def _bind(self, local: str, name: str, module: str) -> None:
        self.imported[local] = module
        if module in _RUNTIME_MODULES and name != "default":
            self.aliases[local] = (*_RUNTIME_MODULES[module], name) if name != "Module" else ("Module",)
        if name == "default":
            self._bind_whole(local, module)
        elif module in TEST_LIBRARIES or module in ASSERTION_LIBRARIES:
            self.roots[local] = _ROOTS.get(name, ("assert", name) if module in ASSERTION_LIBRARIES else (name,))

    def _bind_whole(self, local: str, module: str) -> None:
        self.imported[local] = self.namespaces[local] = module
        self.aliases.update({local: _RUNTIME_MODULES[module]} if module in _RUNTIME_MODULES else {})
        if module in ("chai", *TEST_LIBRARIES):
            # The default export of node:test, ava and tape is `test` itself; members of it resolve all the same.
            self.roots[local] = (
                () if module in ("vitest", "@jest/globals", "chai", "mocha", "bun:test", "qunit") else ("it",)
            )
        elif module in ASSERTION_LIBRARIES:
            self.roots[local] = ("expect",) if "expect" in module or local == "expect" else ("assert",)


def required(script: ParsedScript, value: Node) -> str | None:
    """Module of `require("x")`, `await import("x")`, also with a member behind it."""
    for _ in range(8):
        value = unwrap(value)
        if value.type == "member_expression":
            inner = value.child_by_field_name("object")
        elif value.type == "call_expression":
            callee, given = value.child_by_field_name("function"), value.child_by_field_name("arguments")
            if (
                callee is not None
                and script.text(callee) in ("require", "import")
                and given is not None
                and given.named_children
            ):
                return string_of(script, given.named_children[0])
            inner = callee
        else:
            return None
        if inner is None:
            return None
        value = inner
    return None


def _targets(script: ParsedScript, target: Node) -> Iterator[tuple[str, str]]:
    """Names that a declaration binds, each with the key that it takes; empty for the whole value."""
    if target.type == "identifier":
        yield script.text(target), ""
    for part in target.named_children if target.type == "object_pattern" else ():
        if part.type == "shorthand_property_identifier_pattern":
            yield script.text(part), script.text(part)
        elif part.type == "pair_pattern":
            yield script.text(part.child_by_field_name("value")), key_of(script, part.child_by_field_name("key"))


def specifiers(script: ParsedScript) -> Iterator[str]:
    """Every module that the file imports, exports from, or requires."""
    for node in script.nodes("import_statement", "export_statement"):
        source = string_of(script, node.child_by_field_name("source"))
        if source:
            yield source
    for node in script.nodes("call_expression"):
        if script.source.startswith((b"require", b"import"), node.start_byte):
            module = required(script, node)
            if module:
                yield module
