"""Tests of TypeScript and JavaScript that vanish, are skipped, or ask for less than they did.

Old and new tests are paired over the whole diff (by id, by title, by body, by what they assert), so that what was
moved, renamed, split, merged or made a table is no loss.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from gatekeeper.integrity.contract import Diff, Effect, FileChange, Hit, Role, Rule
from gatekeeper.integrity.roles import is_test_name
from gatekeeper.integrity.script.assertions import Assertion
from gatekeeper.integrity.script.blocks import Block
from gatekeeper.integrity.script.branch import added, facts, scripts
from gatekeeper.integrity.script.doubtful import CONSTANT, MOCK, ONLY, RETRY, SWALLOWED
from gatekeeper.integrity.script.pairs import Placed, asserts_in_hooks, pairs
from gatekeeper.integrity.script.side import bare, resolved
from gatekeeper.integrity.script.weaker import difference

SKIPPED, REMOVED, WEAKENED, FEWER, EMPTY = (
    "js-test-skipped",
    "js-test-removed",
    "js-assertion-weakened",
    "js-assertion-removed",
    "js-test-without-assertion",
)
_NAMED = 5
"""Removed tests of one file up to which each has a hit of its own."""


class ScriptTests:
    """Compares the tests of base and head, and looks at what new tests can prove."""

    rules: Mapping[str, Rule] = {
        ONLY: Rule(Effect.BLOCK, "marks a test with .only, so that all others are left out"),
        SKIPPED: Rule(Effect.WARN, "skips an existing test"),
        REMOVED: Rule(Effect.WARN, "removes a test without a replacement"),
        WEAKENED: Rule(Effect.WARN, "weakens an assertion"),
        FEWER: Rule(Effect.WARN, "removes assertions from a test"),
        EMPTY: Rule(Effect.WARN, "adds a test that asserts nothing"),
        SWALLOWED: Rule(Effect.WARN, "adds an assertion whose failure is swallowed"),
        CONSTANT: Rule(Effect.WARN, "adds a test whose assertions can't fail"),
        RETRY: Rule(Effect.WARN, "runs tests again until they pass"),
        MOCK: Rule(Effect.WARN, "replaces the changed module in its own test"),
    }

    def detect(self, change: FileChange, diff: Diff) -> Iterator[Hit]:
        """Hits in one changed file; the whole diff is compared once."""
        for hit in added(diff).get(change.path, ()):
            if hit.rule in self.rules and (hit.rule != MOCK or _is_subject(diff, change, hit.symbol)):
                yield hit
        yield from _compared(diff).get(change.path, ())


DETECTOR = ScriptTests()


def _compared(diff: Diff) -> Mapping[str, list[Hit]]:
    made = diff.cache.get(_compared)
    if made is None:
        hits: dict[str, list[Hit]] = {}
        for hit in _hits(diff):
            hits.setdefault(hit.path, []).append(hit)
        made = diff.cache[_compared] = hits
    return made  # type: ignore[return-value]


def _hits(diff: Diff) -> Iterator[Hit]:
    found = pairs(diff)
    gained = _gained(found.kept, found.fresh)
    for old, new in found.kept:
        yield from _skipped(old.block, new)
        yield from _less(old.block, new, gained)
        yield from _empty(new, old.block)
    yield from _removed(diff, found.gone)
    for gone in found.gone:
        yield from _gutted(diff, gone, gained)
    for new in found.fresh:
        if not new.block.helper and not asserts_in_hooks(diff, new.change):
            yield from _without_assertion(new)
        yield from _empty(new, None)


def _gained(kept: list[tuple[Placed, Placed]], fresh: list[Placed]) -> Counter[str]:
    """Assertions that some test has now and had not before, by text."""
    gained = Counter(one.text for new in fresh for one in new.block.assertions)
    for old, new in kept:
        more = Counter(one.text for one in new.block.assertions) - Counter(one.text for one in old.block.assertions)
        gained.update(more)
    return gained


def _hit(rule: str, new: Placed, message: str, line: int | None = None) -> Hit:
    return Hit(rule, new.change.path, message, line or new.block.line, new.block.id, new.block.title)


def _skipped(old: Block, new: Placed) -> Iterator[Hit]:
    block = new.block
    if block.skipped and not old.skipped:
        how = f"under a condition ({block.skipped})" if block.conditional else f"now ({block.skipped})"
        fails = " and passes only when it fails" if block.skipped.startswith("fail") else " and proves nothing there"
        yield _hit(SKIPPED, new, f"this test ran at base; it is marked {how}{fails}")
    elif block.skipped and old.conditional and not block.conditional:
        yield _hit(SKIPPED, new, f"this test was skipped under a condition at base; now it always is ({block.skipped})")
    elif block.leaves > old.leaves and not block.skipped:
        yield _hit(SKIPPED, new, "this test returns before its assertions where it did not at base")


def _less(old: Block, new: Placed, gained: Counter[str]) -> Iterator[Hit]:
    if old.skipped or new.block.skipped:
        return
    found = difference(old, new.block, gained)
    for before, after in found.weakened:
        yield _hit(WEAKENED, new, f"`{_short(before)}` became `{_short(after)}`, which asks for less", after.line)
    if found.removed:
        count = len(found.removed)
        named = "; ".join(f"`{_short(one)}`" for one in found.removed[:3])
        yield _hit(FEWER, new, f"{count} assertion{'s' if count > 1 else ''} of base without a replacement: {named}")
    if old.rows is not None and new.block.rows is not None and 0 < new.block.rows < old.rows:
        yield _hit(REMOVED, new, f"its table had {old.rows} cases, now it has {new.block.rows}")


def _gutted(diff: Diff, gone: Placed, gained: Counter[str]) -> Iterator[Hit]:
    """A function of the tests, or a hook around them, that asserts nothing any more and is still there."""
    block, now = gone.block, facts(diff, gone.change, True)
    if not block.helper or not now.blocks or (block.title and block.title not in now.functions):
        return
    empty = Placed(gone.change, Block(block.id, block.title, 0, helper=True))
    for hit in _less(block, empty, gained):
        yield replace(hit, line=None)


def _short(one: Assertion) -> str:
    return one.text if len(one.text) <= 120 else f"{one.text[:119]}…"


def _empty(new: Placed, old: Block | None) -> Iterator[Hit]:
    if new.block.zero and not (old is not None and old.zero):
        yield _hit(EMPTY, new, "expect.assertions(0) says that nothing is asserted")


def _without_assertion(new: Placed) -> Iterator[Hit]:
    block = new.block
    if not (block.assertions or block.markers or block.checks or block.skipped or block.zero):
        yield _hit(EMPTY, new, "nothing in this test is compared with anything: it passes unless something throws")


def _removed(diff: Diff, gone: list[Placed]) -> Iterator[Hit]:
    by_file: dict[str, list[Placed]] = {}
    for placed in gone:
        block = placed.block
        holds_tests = "test" in block.checks and not block.assertions
        if not block.helper and not block.skipped and not holds_tests:
            by_file.setdefault(placed.change.path, []).append(placed)
    for path, several in by_file.items():
        change = several[0].change
        why = _why(diff, change)
        if len(several) > _NAMED:
            named = ", ".join(f"“{placed.block.title}”" for placed in several[:3])
            yield Hit(
                REMOVED,
                path,
                f"{len(several)} tests of base have no successor ({named}, …){why}",
                _line(change, several[0]),
                path,
                "",
            )
            continue
        for placed in several:
            message = f"the test “{placed.block.id}” of base has no successor{why}"
            yield Hit(REMOVED, path, message, _line(change, placed), placed.block.id, placed.block.title)


def _line(change: FileChange, placed: Placed) -> int | None:
    """Lines belong to the new file where there is one; the test is not in it."""
    return placed.block.line if change.new is None else None


def _why(diff: Diff, change: FileChange) -> str:
    """What a reader wants to know at once."""
    if change.new is not None and is_test_name(change.before) and change.role not in (Role.TEST, Role.HARNESS):
        return "; no runner looks for tests under the file's new name"
    if any(subject.new is None for subject in _subjects(diff, change)):
        return "; the module that it is named after is removed as well"
    return ""


def _is_subject(diff: Diff, change: FileChange, module: str) -> bool:
    """Is this relative module the one that a test file is named after, and did the branch change it?"""
    target = resolved(change.path, module)
    return any(subject.new is not None and bare(subject.path) == target for subject in _subjects(diff, change))


def _subjects(diff: Diff, change: FileChange) -> Iterator[FileChange]:
    """Changed product files with the name of a test file: cart.test.ts is about cart.ts, cart.tsx or cart/index.ts."""
    name = bare(change.before).rpartition("/")[2]
    for ending in (".test", ".spec", ".e2e", "-test", "_test", ".cy", ".unit", ".integration"):
        name = name.removesuffix(ending)
    yield from _products(diff).get(name.removeprefix("test-"), ())


def _products(diff: Diff) -> Mapping[str, list[FileChange]]:
    made = diff.cache.get(_products)
    if made is None:
        products: dict[str, list[FileChange]] = {}
        for change in scripts(diff):
            if change.role is Role.PRODUCT:
                products.setdefault(bare(change.before).rpartition("/")[2], []).append(change)
        made = diff.cache[_products] = products
    return made  # type: ignore[return-value]
