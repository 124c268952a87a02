"""Assertions of JavaScript's test libraries: subject, matcher, arguments, and how much each of them asks for. Pure."""

import re
from functools import cached_property

from msgspec import Struct
from tree_sitter import Node

from gatekeeper.integrity.parsed_script import ParsedScript
from gatekeeper.integrity.script.names import Names
from gatekeeper.integrity.script.nodes import FUNCTIONS, arguments, chain, plain, unwrap

_NOISE = frozenset(
    {
        "to",
        "be",
        "been",
        "is",
        "that",
        "which",
        "and",
        "has",
        "have",
        "with",
        "at",
        "of",
        "same",
        "but",
        "does",
        "still",
        "also",
        "soft",
        "poll",
        "strict",
        "resolves",
        "rejects",
        "eventually",
        "a",
        "an",
        "own",
        "deep",
        "should",
    }
)
_NO_CHECKS = frozenset(
    {
        "assertions",
        "hasAssertions",
        "extend",
        "any",
        "anything",
        "objectContaining",
        "arrayContaining",
        "stringContaining",
        "stringMatching",
        "closeTo",
        "addSnapshotSerializer",
        "addEqualityTesters",
        "getState",
        "setState",
        "configure",
        "AssertionError",
        "use",
        "CallTracker",
        "Assertion",
        "prototype",
        "plan",
    }
)
EXACT, PARTLY, BARELY = 3, 2, 1
_LEVELS: dict[str, int] = {
    **dict.fromkeys(
        (
            "toBe",
            "toEqual",
            "toStrictEqual",
            "toMatchInlineSnapshot",
            "toMatchSnapshot",
            "toHaveLength",
            "toHaveBeenCalledWith",
            "toHaveBeenCalledTimes",
            "toHaveBeenLastCalledWith",
            "toHaveBeenNthCalledWith",
            "toHaveReturnedWith",
            "toBeCloseTo",
            "toBeNull",
            "toBeUndefined",
            "toBeNaN",
            "toThrowErrorMatchingInlineSnapshot",
            "toHaveBeenCalledOnce",
            "toHaveBeenCalledExactlyOnceWith",
            "equal",
            "equals",
            "eq",
            "eql",
            "eqls",
            "strictEqual",
            "deepEqual",
            "deepStrictEqual",
            "is",
            "same",
            "lengthOf",
            "true",
            "false",
            "null",
            "undefined",
            "isTrue",
            "isFalse",
            "isNull",
            "isUndefined",
            "calledWith",
            "calledOnceWith",
            "calledOnceWithExactly",
            "toHaveText",
            "toHaveTextContent",
            "toHaveValue",
            "toHaveCount",
            "toHaveURL",
            "toHaveTitle",
            "toHaveAttribute",
            "empty",
        ),
        EXACT,
    ),
    **dict.fromkeys(
        (
            "toMatchObject",
            "toContain",
            "toContainEqual",
            "toMatch",
            "toHaveProperty",
            "toBeInstanceOf",
            "toBeGreaterThan",
            "toSatisfy",
            "toBeGreaterThanOrEqual",
            "toBeLessThan",
            "toBeLessThanOrEqual",
            "toHaveBeenCalled",
            "toBeCalled",
            "toThrow",
            "toThrowError",
            "include",
            "includes",
            "contain",
            "contains",
            "match",
            "throws",
            "throw",
            "rejects",
            "like",
            "instanceOf",
            "instanceof",
            "above",
            "below",
            "property",
            "isAbove",
            "isBelow",
            "partialDeepStrictEqual",
            "called",
            "greaterThan",
            "lessThan",
            "members",
            "keys",
            "toContainText",
            "toBeTypeOf",
            "typeOf",
            "isString",
            "isNumber",
            "isArray",
            "isObject",
            "isFunction",
            "startsWith",
            "oneOf",
        ),
        PARTLY,
    ),
    **dict.fromkeys(
        (
            "toBeTruthy",
            "toBeFalsy",
            "toBeDefined",
            "ok",
            "isOk",
            "truthy",
            "falsy",
            "exist",
            "exists",
            "isDefined",
            "notEqual",
            "notStrictEqual",
            "notDeepEqual",
            "notDeepStrictEqual",
            "isNotNull",
            "isNotOk",
            "doesNotThrow",
            "doesNotReject",
            "notThrows",
            "pass",
            "not",
            "notThrowsAsync",
            "isNotEmpty",
        ),
        BARELY,
    ),
}
# With these, `not` asks for one thing out of two, or for an absence; with all others it says next to nothing.
_EXACT_NEGATED = frozenset(
    {
        "toHaveBeenCalled",
        "toBeCalled",
        "called",
        "exist",
        "exists",
        "toBeTruthy",
        "toBeDefined",
        "ok",
        "toBeInTheDocument",
        "true",
    }
)
_PARTLY_NEGATED = frozenset(
    {"toContain", "toContainEqual", "toMatch", "toHaveProperty", "include", "match", "property"}
)
_LOOSE_VALUE = re.compile(
    r"expect\.(?:any|objectContaining|arrayContaining|stringContaining|stringMatching|closeTo)\(|match\.any"
)
_ANYTHING = re.compile(r"^(?:expect\.anything\(\)|expect\.any\(Object\)|sinon\.match\.any)$")
_PRECISION = 2


class Assertion(Struct, frozen=True, dict=True):
    """One check of a test. `words` are the matcher without filling words."""

    text: str
    """All of it, `plain`."""
    words: tuple[str, ...]
    line: int
    start: int
    raw_subject: bytes = b""
    raw_given: tuple[bytes, ...] = ()
    constant: bool = False
    """It compares literals, or a name with itself: it can't fail."""

    @cached_property
    def subject(self) -> str:
        """What it is about, `plain`."""
        return plain(self.raw_subject)

    @cached_property
    def given(self) -> tuple[str, ...]:
        """What the matcher is given, each `plain`."""
        return tuple(plain(raw) for raw in self.raw_given)

    @property
    def matcher(self) -> str:
        """Name of what is asked, without `not`."""
        return self.words[-1] if self.words else ""

    @property
    def level(self) -> int | None:
        """How much it asks for; None for matchers that are not known."""
        found = _LEVELS.get(self.matcher)
        if found is None:
            return None
        if "not" in self.words[:-1]:
            return EXACT if self.matcher in _EXACT_NEGATED else PARTLY if self.matcher in _PARTLY_NEGATED else BARELY
        return self._positive(found)

    def _positive(self, found: int) -> int:
        if self.matcher == "toHaveProperty" and len(self.given) > 1:
            return EXACT
        if self.matcher in ("toThrow", "toThrowError", "throw", "throws", "rejects") and self.given:
            return EXACT
        if found == EXACT and self.given:
            values = " ".join(self.given)
            return BARELY if _ANYTHING.match(self.given[-1]) else PARTLY if _LOOSE_VALUE.search(values) else EXACT
        return found

    @property
    def precision(self) -> float:
        """Digits that `toBeCloseTo` compares."""
        try:
            return float(self.given[1]) if len(self.given) > 1 else _PRECISION
        except ValueError:
            return _PRECISION


def asks_less(old: Assertion, new: Assertion) -> bool:
    """Does `new` ask for less than `old` did? Unknown matchers ask for as much as any other."""
    if old.matcher == new.matcher == "toBeCloseTo":
        return new.precision < old.precision
    before, after = old.level, new.level
    return before is not None and after is not None and after < before


def assertion(script: ParsedScript, names: Names, call: Node, tester: str) -> Assertion | None:
    """The assertion whose outermost call this is; None when it is none. `tester` is the first parameter of the test
    (`t`).
    """
    callee = call.child_by_field_name("function")
    if callee is None:
        return None
    raw = chain(script, callee)
    if not raw or raw == (tester,):  # the callback that ends the test
        return None
    found = (
        ("assert", *(name for name in raw[1:] if name != "assert"))
        if tester and raw[:1] == (tester,)
        else names.resolve(raw)
    )
    if found[:1] == ("expect",):
        return _expect(script, call, found)
    if found[:1] == ("assert",):
        return _assert(script, call, found, raw[:1] == (tester,))
    return None


def plain_assertion(script: ParsedScript, call: Node, name: str) -> Assertion | None:
    """The assertion that `name(…)` is, when the test took `name` out of its runner's context."""
    callee = call.child_by_field_name("function")
    if name not in _LEVELS or callee is None or callee.type != "identifier":
        return None
    return _assert(script, call, ("assert", name), known=True)


def _expect(script: ParsedScript, call: Node, found: tuple[str, ...]) -> Assertion | None:
    inner = _innermost(call)
    top, behind = _climb(script, call)
    words = tuple(name for name in (*found[1:], *behind) if name not in _NOISE)
    if inner is call and not behind and words not in (("fail",), ("unreachable",)):
        return None  # `expect(x)` alone says nothing, nor does `expect.any(X)`
    if words and words[0] in _NO_CHECKS:
        return None
    subject = arguments(inner)
    return _made(script, top, subject[0] if subject else None, words, arguments(call) if inner is not call else [])


def _innermost(call: Node) -> Node:
    """The call that a chain of calls begins with: `expect(x)` of `expect(x).not.toBe(1)`."""
    inner = call
    for _ in range(60):
        deeper = _inner_call(inner.child_by_field_name("function"))
        if deeper is None:
            break
        inner = deeper
    return inner


def _assert(script: ParsedScript, call: Node, found: tuple[str, ...], known: bool) -> Assertion | None:
    words = tuple(name for name in found[1:] if name not in ("strict", "deep")) or ("ok",)
    if words[-1] in _NO_CHECKS or (known and words[-1] not in _LEVELS and words[-1] not in ("fail", "snapshot")):
        return None
    given = arguments(call)
    return _made(script, call, given[0] if given else None, words, given[1:3])


def _made(
    script: ParsedScript, top: Node, subject: Node | None, words: tuple[str, ...], given: list[Node]
) -> Assertion:
    about, texts = script.raw(subject), tuple(script.raw(node) for node in given)
    constant = subject is not None and words != () and _constant(subject, words, given, texts[:1] == (about,))
    constant = constant or words[-1:] == ("pass",)
    line = top.start_point[0] + 1
    return Assertion(plain(script.raw(top)), words, line, top.start_byte, about, texts, constant)


def _constant(subject: Node, words: tuple[str, ...], given: list[Node], same: bool) -> bool:
    """Literals on both sides, or the same name; a call on both sides may be a test of determinism."""
    if words[-1] not in _LEVELS:
        return False
    if same:
        return "not" not in words and not _calls(subject)
    return _fixed(unwrap(subject)) and (not given or _fixed(unwrap(given[0])))


def _fixed(node: Node) -> bool:
    return node.type in ("string", "number", "true", "false", "null", "undefined") or (
        node.type in ("object", "array") and not node.named_children
    )


def _calls(node: Node) -> bool:
    """Is something called, awaited or made anywhere in this expression?"""
    todo = [node]
    while todo:
        found = todo.pop()
        if found.type in _ACTIVE:
            return True
        todo += found.named_children
    return False


_ACTIVE = FUNCTIONS | {
    "call_expression",
    "new_expression",
    "await_expression",
    "yield_expression",
    "update_expression",
}


def _inner_call(callee: Node | None) -> Node | None:
    """The call that a callee is a member of."""
    for _ in range(60):
        if callee is None or callee.type == "call_expression":
            return callee
        callee = unwrap(callee)
        if callee.type == "call_expression":
            return callee
        if callee.type not in ("member_expression", "subscript_expression"):
            return None
        callee = callee.child_by_field_name("object")
    return None


def _climb(script: ParsedScript, call: Node) -> tuple[Node, tuple[str, ...]]:
    """Members behind a call that are not called: chai's `expect(x).to.be.true`."""
    names: list[str] = []
    node = call
    if script.source[call.end_byte : call.end_byte + 40].lstrip()[:1] not in (b".", b"!", b"?"):
        return call, ()
    for _ in range(20):
        parent = node.parent
        if parent is None or parent.type not in ("member_expression", "non_null_expression"):
            break
        if parent.type == "member_expression":
            names.append(script.text(parent.child_by_field_name("property")))
        node = parent
    return node, tuple(names)
