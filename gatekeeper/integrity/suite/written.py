"""One test as it is written, in whatever language: plain data that two trees can be compared by. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct

from gatekeeper.integrity.suite.asked import Asked

Read = Callable[[str], bytes | None]


CASES = frozenset({"parameters", "row"})
"""Kinds of pieces that are one case of several."""


class Piece(Struct, frozen=True):
    """Something that a test consists of or rests on: its body, a fixture, a helper, an import.

    `shape` is the same for two pieces that say the same. `means` are the ways in it by which something else can be put
    in the place of what is tested, with what they reach; `asked` are its assertions; `calls` are names that it calls.
    """

    kind: str
    """body, parameters, row, fixture, helper, class, import."""
    name: str
    shape: str
    means: tuple[str, ...] = ()
    asked: tuple[Asked, ...] = ()
    calls: frozenset[str] = frozenset()
    constants: frozenset[str] = frozenset()
    """Texts and numbers in the cases of a parametrised test, as text."""


class Written(Struct, frozen=True):
    """One test function with everything that it rests on in the harness."""

    path: str
    name: str
    """Qualified name in the file; titles joined by " > " in TypeScript and JavaScript."""
    body: str
    """Digest of its arguments and statements."""
    pieces: tuple[Piece, ...]
    words: frozenset[str] = frozenset()
    """Identifiers, attributes and short strings in its body and helpers."""
    subjects: frozenset[str] = frozenset()
    """Names of the product that its body uses: imported ones, and attributes of imported modules."""
    modules: frozenset[str] = frozenset()
    """Files of the product that its file, its fixtures or its helpers import."""
    trivial: bool = False
    """Its body is too short to recognise it by."""

    @property
    def shapes(self) -> frozenset[str]:
        return frozenset(piece.shape for piece in self.pieces)

    @property
    def asked(self) -> tuple[Asked, ...]:
        """All assertions."""
        return tuple(one for piece in self.pieces for one in piece.asked)


class Files(Struct, frozen=True, eq=False):
    """One tree: its names, what is in them, and which of them belong to the tests."""

    names: frozenset[str]
    read: Read
    is_harness: Callable[[str], bool]
    load: Callable[[Iterable[str]], None] = lambda _: None
    """Called before many files are read: to get them all at once."""

    def harness(self) -> Iterator[str]:
        return (name for name in sorted(self.names) if self.is_harness(name))

    def product(self) -> Iterator[str]:
        return (name for name in sorted(self.names) if not self.is_harness(name))


def split_id(test: str) -> tuple[str, str, str]:
    """(path, name, parameters) of a test id: ("tests/test_a.py", "TestA.test_x", "[1-2]")."""
    path, _, rest = test.partition("::")
    if not path.endswith(".py"):
        return path, rest, ""
    # Parameters may hold "::" and brackets themselves: names cannot.
    name, bracket, parameters = rest.partition("[")
    return path, name.replace("::", "."), bracket + parameters


def test_id(path: str, name: str) -> str:
    """The id of a test without parameters, from its file and its qualified name."""
    return f"{path}::{name.replace('.', '::')}" if path.endswith(".py") else f"{path}::{name}"


test_id.__test__ = False  # type: ignore[attr-defined]


def function_of(test: str) -> str:
    """The id without its parameters: all cases of one function have the same."""
    path, name, _ = split_id(test)
    return test_id(path, name) if path.endswith(".py") else test


def cases(tests: Mapping[str, str]) -> dict[str, list[str]]:
    """Function → the ids of its cases, in order."""
    found: dict[str, list[str]] = {}
    for test in tests:
        found.setdefault(function_of(test), []).append(test)
    return found
