"""What static reading says of tests that were changed: which of them ask for less than at base. Pure.

Alone it warns: assertions shrink in one honest change of fifty. Beside a test of base that fails on the branch's code
it says why the test at head does not.
"""

import importlib
from collections.abc import Collection, Iterable, Iterator, Mapping

from msgspec import Struct

from gatekeeper.integrity.contract import Detector, Diff, FileChange, Hit, Role
from gatekeeper.integrity.roles import role_of
from gatekeeper.integrity.suite.written import Files, Piece

_LESS = frozenset({
    "assertion-weakened", "assertion-removed", "assertion-tautology", "assertion-swallowed", "test-cases-removed",
    "test-skipped", "js-assertion-weakened", "js-assertion-removed", "js-assertion-constant", "js-assertion-swallowed",
    "js-test-skipped",
})  # fmt: skip
_SCRIPT = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts")
_MOST_BYTES = 2_000_000
"""Of one side of a file: larger ones were written by programs."""


class Lessened(Struct, frozen=True):
    """Path at head and name of a test or helper → what it lost, in words."""

    by_function: Mapping[tuple[str, str], str]

    def of(self, path: str, name: str, pieces: Iterable[Piece]) -> str:
        """What a test lost, itself or in a helper that it calls; "" when nothing is known of it."""
        own = self.by_function.get((path, name), "")
        return own or next((said for piece in pieces if (said := self._of_helper(piece))), "")

    def _of_helper(self, piece: Piece) -> str:
        path, _, rest = piece.name.partition(":")
        return self.by_function.get((path, rest.partition(":")[0]), "") if piece.kind in {"helper", "fixture"} else ""


NOTHING_KNOWN = Lessened({})


def lessened(old: Files, new: Files, touched: Iterable[str], also: Collection[str] = ()) -> Lessened:
    """Read the files of the tests in which the two trees differ, and those of the product that are named in `also`."""
    diff = Diff(tuple(_changes(old, new, touched, also)), old.names, new.names)
    found: dict[tuple[str, str], str] = {}
    for hit in _hits(diff):
        if hit.rule in _LESS and hit.symbol:
            found.setdefault((hit.path, hit.symbol), hit.message)
    return Lessened(found)


def _changes(old: Files, new: Files, touched: Iterable[str], also: Collection[str]) -> Iterator[FileChange]:
    scripts = (path for path in touched if path.endswith((".py", *_SCRIPT)))
    for path in (one for one in scripts if old.is_harness(one) or one in also):
        before, after = _content(old, path), _content(new, path)
        if max(map(len, filter(None, (before, after))), default=0) <= _MOST_BYTES:
            role = Role.TEST if role_of(path, names=old.names) is Role.TEST else Role.HARNESS
            yield FileChange(path, _status(before, after), before, after, role=role)


def _status(before: bytes | None, after: bytes | None) -> str:
    return "A" if before is None else "D" if after is None else "M"


def _content(files: Files, path: str) -> bytes | None:
    return files.read(path) if path in files.names else None


def _hits(diff: Diff) -> Iterator[Hit]:
    for ends, place in (((".py",), "tests_changed"), (_SCRIPT, "script_tests")):
        mine = [change for change in diff.changes if change.path.endswith(ends)]
        for change in mine:
            # Lazy, as in `registry.py`: a branch of Python code pays for no parser of TypeScript.
            detector: Detector = importlib.import_module(f"gatekeeper.integrity.{place}").DETECTOR
            try:
                yield from detector.detect(change, diff)
            except Exception:  # noqa: BLE001 - the check `integrity` reads the same files, and says what broke
                return
