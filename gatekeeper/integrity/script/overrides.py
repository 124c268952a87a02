"""The ground under the tests, replaced: global test functions, assertion libraries, the module loader, equality.
Pure.
"""

from collections.abc import Iterator, Sequence

from tree_sitter import Node

from gatekeeper.integrity.contract import Role
from gatekeeper.integrity.script import equalities
from gatekeeper.integrity.script.equalities import always_true
from gatekeeper.integrity.script.found import Found
from gatekeeper.integrity.script.names import ASSERTION_LIBRARIES, TEST_LIBRARIES, required
from gatekeeper.integrity.script.nodes import (
    arguments,
    chain,
    key_of,
    string_of,
    unwrap,
)
from gatekeeper.integrity.script.side import RUN_BY_TESTS, Finder, Side, found_at

PATCHED, TAMPERED = "js-runner-patched", "js-module-tampered"
_LIBRARIES = TEST_LIBRARIES | ASSERTION_LIBRARIES
_GLOBALS = frozenset(
    {
        "expect",
        "it",
        "test",
        "describe",
        "suite",
        "specify",
        "context",
        "assert",
        "beforeEach",
        "afterEach",
        "beforeAll",
        "afterAll",
        "xit",
        "fit",
        "jest",
        "vi",
        "vitest",
    }
)
_BUILTINS = frozenset({"expect", "it", "test", "describe", "assert", "vi", "jest"})
_ROOTS = ("globalThis", "global", "window", "self")
_MATCHERS = frozenset(
    {
        "toBe",
        "toEqual",
        "toStrictEqual",
        "toThrow",
        "toThrowError",
        "toBeTruthy",
        "toBeFalsy",
        "toBeDefined",
        "toBeUndefined",
        "toBeNull",
        "toContain",
        "toContainEqual",
        "toMatch",
        "toMatchObject",
        "toHaveLength",
        "toHaveProperty",
        "toBeCloseTo",
        "toBeInstanceOf",
        "toHaveBeenCalled",
        "toHaveBeenCalledWith",
        "toHaveBeenCalledTimes",
        "toMatchSnapshot",
        "toMatchInlineSnapshot",
        "toBeGreaterThan",
        "toBeLessThan",
        "toBeNaN",
    }
)
_LOADER = frozenset(
    {
        "_load",
        "_resolveFilename",
        "_extensions",
        "_compile",
        "_findPath",
        "_cache",
        "require",
        "registerHooks",
        "register",
    }
)
_SETTINGS = ("timeout", "displayName", "maxDiff", "config", "truncateThreshold")
_PARTS = (("it",), ("describe",), ("expect",), ("assert",))
_MOCKING = frozenset({"jest", "vi", "vitest"})
_CALLED = (b"Object.", b"Reflect.", b"expect.", b"vi.", b"vitest.", b"jest.", b"mock.", b"chai.", b"(")
_DEFINING = (
    ("Object", "defineProperty"),
    ("Reflect", "defineProperty"),
    ("Reflect", "set"),
    ("Object", "defineProperties"),
    ("Object", "assign"),
)


def _patched(side: Side) -> Iterator[Found]:
    for node in side.script.nodes("assignment_expression", "augmented_assignment_expression"):
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        what = _target(side, left) if left is not None else ""
        if what and not (right is not None and _from_library(side, right)):
            yield found_at(side, PATCHED, node, f"{what} is overwritten", what)
    for node in side.script.nodes("call_expression"):
        what = _by_call(side, node) if side.script.source.startswith(_CALLED, node.start_byte) else ""
        if what:
            yield found_at(side, PATCHED, node, f"{what} is overwritten", what)


def _target(side: Side, left: Node) -> str:
    """The part of the runner that an assignment writes to; empty for none."""
    written = unwrap(left)
    if written.type not in ("member_expression", "subscript_expression"):
        return ""
    names, whole = chain(side.script, written), side.script.text(written)
    on_global = whole.lstrip("(").startswith(_ROOTS)
    if on_global and len(names) == 1 and names[0] in _GLOBALS:
        return names[0]
    return _part(side, names, on_global)


def _part(side: Side, names: tuple[str, ...], on_global: bool = False) -> str:
    """`assert.equal`, `expect.prototype.x`, `it.each`: a part of something that the test library made."""
    if len(names) < 2:
        return ""
    if names[:2] == ("Object", "is"):
        return "Object.is"
    if not _is_of_library(side, names[0], on_global) or names[0] not in side.names.roots or names[-1] in _SETTINGS:
        return ""
    asserts = side.names.resolve(names)[:1] in _PARTS
    return ".".join(names) if asserts and "config" not in names else ""


def _is_of_library(side: Side, root: str, on_global: bool) -> bool:
    module = side.names.imported.get(root)
    if module is not None:
        return module in _LIBRARIES
    return on_global or (root in _BUILTINS and root not in side.declared)


def _from_library(side: Side, right: Node) -> bool:
    """`globalThis.expect = expect` with the real one, or put back what was there."""
    right = unwrap(right)
    module = required(side.script, right)
    if module is not None:
        return module in _LIBRARIES
    names = chain(side.script, right)
    if right.type not in ("identifier", "member_expression") or not names:
        return False
    if names[0] in _MOCKING and len(names) == 1:  # `globalThis.jest = vi`
        return True
    home = side.names.imported.get(names[0])
    return home in _LIBRARIES or (home is not None and not home.startswith(".") and names[-1] in _GLOBALS)


def _by_call(side: Side, node: Node) -> str:
    callee = node.child_by_field_name("function")
    names, given = side.names.runtime(callee), arguments(node)
    if not given:
        return ""
    if names in _DEFINING:
        return _defined(side, given)
    resolved = side.names.of(callee)[:2]
    if resolved == ("expect", "extend") and given[0].type == "object":
        return next((f"expect().{key}" for key in _keys(side, given[0]) if key in _MATCHERS), "")
    if resolved == ("expect", "addEqualityTesters"):
        return _testers(side, given[0])
    if _replaces_module(names):
        return _library(string_of(side.script, given[0]))
    return _spied(side, node, names, given)


def _testers(side: Side, listed: Node) -> str:
    """`expect.addEqualityTesters([() => true])`."""
    return "the equality of expect" if any(always_true(side, part) for part in listed.named_children) else ""


def _library(module: str | None) -> str:
    return module if module is not None and module in _LIBRARIES else ""


def _replaces_module(names: Sequence[str]) -> bool:
    replaced = ("mock", "doMock", "unstable_mockModule", "module")
    return len(names) > 1 and names[0] in ("vi", "jest", "vitest", "mock") and names[-1] in replaced


def _spied(side: Side, node: Node, names: Sequence[str], given: Sequence[Node]) -> str:
    """`vi.spyOn(console, "assert").…` and its like on what asserts."""
    if not (len(names) > 1 and names[-1] == "spyOn" and len(given) > 1):
        return ""
    if node.parent is None or node.parent.type != "member_expression":
        return ""
    owner = side.script.text(given[0])
    if owner in _BUILTINS and side.names.resolve((owner,))[:1] in (("expect",), ("assert",)):
        return f"{owner}.{string_of(side.script, given[1]) or ''}"
    return ""


def _defined(side: Side, given: list[Node]) -> str:
    """What `Object.assign`, `Object.defineProperty` and their like write to."""
    values = [part for part in given[1:] if part.type == "object"]
    keys = _written(side, given, values)
    if side.script.text(unwrap(given[0])) in _ROOTS:
        return _global(side, [key for key in keys if key in _GLOBALS], values)
    chains = chain(side.script, given[0])
    return next((what for key in keys if (what := _part(side, (*chains, key)))), "")


def _global(side: Side, written: list[str], values: list[Node]) -> str:
    """The first global that is written; "" where all of them are what a library exports."""
    taken = bool(values) and all(_taken(side, part, written) for part in values)
    return written[0] if written and not taken else ""


def _written(side: Side, given: list[Node], values: list[Node]) -> list[str]:
    """The key that is named by a string, or the keys of the objects that are given."""
    if len(given) > 1 and given[1].type == "string":
        return [string_of(side.script, given[1]) or ""]
    return [key for part in values for key in _keys(side, part)]


def _taken(side: Side, values: Node, keys: list[str]) -> bool:
    """`Object.assign(globalThis, { expect, it })` with what a library exports."""
    return all(side.names.imported.get(key) in _LIBRARIES for key in keys) and all(
        part.type == "shorthand_property_identifier" for part in values.named_children
    )


def _keys(side: Side, node: Node) -> list[str]:
    found = []
    for part in node.named_children:
        key = part.child_by_field_name("key") or part.child_by_field_name("name")
        found.append(
            side.script.text(part) if part.type == "shorthand_property_identifier" else key_of(side.script, key)
        )
    return found


def _tampered(side: Side) -> Iterator[Found]:
    """Modules are swapped for others while they are loaded. Taking one out of the cache only loads it anew."""
    for node in side.script.nodes("assignment_expression"):
        left = node.child_by_field_name("left")
        names = side.names.runtime(left)
        if left is None or len(names) < 2:
            continue
        if (names[:2] == ("require", "cache") and len(names) > 2) or _is_loader(names):
            yield found_at(
                side,
                TAMPERED,
                node,
                f"{'.'.join(names[:2])} is overwritten: modules are swapped while they are loaded",
                ".".join(names[:2]),
            )
    yield from _hooked(side)


def _hooked(side: Side) -> Iterator[Found]:
    """`registerHooks({ … })` of node:module, in what the runner itself loads."""
    for node in side.script.nodes("call_expression"):
        names = side.names.runtime(node.child_by_field_name("function"))
        if names[-1:] == ("registerHooks",) and names[:1] == ("Module",) and side.role in RUN_BY_TESTS:
            yield found_at(
                side, TAMPERED, node, "a hook of the module loader swaps modules while they are loaded", "registerHooks"
            )


def _is_loader(names: tuple[str, ...]) -> bool:
    if names[0] == "Module":
        return names[1] in _LOADER or names[1] == "prototype"
    return names[0] in ("module", "require") and ("constructor" in names or names[1] == "extensions")


_CODE = (Role.PRODUCT, *RUN_BY_TESTS)
FINDERS = (
    Finder(_patched, (), RUN_BY_TESTS),
    Finder(_patched, (b"assert", b"chai", b"vitest", b"@jest", b"node:test"), (Role.PRODUCT,)),
    Finder(
        _tampered,
        (b"require.cache", b"Module", b"module.constructor", b"_load", b"registerHooks", b"require.extensions"),
        _CODE,
    ),
    *equalities.FINDERS,
)
