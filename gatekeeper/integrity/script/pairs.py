"""Which test of base is which test of head, over a whole diff: by id, by title, by body, by what it asserts. Pure."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator

from msgspec import Struct, field

from gatekeeper.integrity.contract import Diff, FileChange
from gatekeeper.integrity.script.blocks import OUTSIDE, Block
from gatekeeper.integrity.script.branch import facts, scripts


class Placed(Struct, frozen=True, eq=False):
    """A test with the change that it belongs to."""

    change: FileChange
    block: Block

    @property
    def key(self) -> str:
        """Id within its own file."""
        return self.block.id


class Pairs(Struct, frozen=True):
    """`kept` are old and new of one test; `gone` have no new one; `fresh` no old one. All in the order of the diff."""

    kept: list[tuple[Placed, Placed]] = field(default_factory=list)
    gone: list[Placed] = field(default_factory=list)
    fresh: list[Placed] = field(default_factory=list)


def pairs(diff: Diff) -> Pairs:
    """Of all changed files with tests; made once for a diff."""
    made = diff.cache.get(pairs)
    if made is None:
        made = diff.cache[pairs] = _pairs(diff)
    return made  # type: ignore[return-value]


def _pairs(diff: Diff) -> Pairs:
    found = Pairs()
    for change in scripts(diff):
        old = [Placed(change, block) for block in facts(diff, change, False).blocks]
        new = [Placed(change, block) for block in facts(diff, change, True).blocks]
        _match(found, old, new, lambda placed: placed.key)
        found.gone.extend(old)
        found.fresh.extend(new)
    for by in (_same_id, _body, _title_in_file, _title, _asserted):
        if found.gone and found.fresh:
            _match(found, found.gone, found.fresh, by)
    _match_similar(found)
    return found


def _match(found: Pairs, old: list[Placed], new: list[Placed], by: Callable[[Placed], str]) -> None:
    """Pair, one for one and in order, what has the same name by `by`; empty names pair with none. Takes the pairs
    out.
    """
    waiting: dict[str, list[Placed]] = defaultdict(list)
    for placed in reversed(new):
        waiting[by(placed)].append(placed)
    taken: set[int] = set()
    for placed in old:
        name = by(placed)
        if name and waiting.get(name):
            other = waiting[name].pop()
            found.kept.append((placed, other))
            taken.update((id(placed), id(other)))
    old[:] = [placed for placed in old if id(placed) not in taken]
    new[:] = [placed for placed in new if id(placed) not in taken]


def _same_id(placed: Placed) -> str:
    return "" if placed.block.helper else f"t {placed.block.id}"


def _body(placed: Placed) -> str:
    return "" if placed.block.helper else placed.block.digest


def _title_in_file(placed: Placed) -> str:
    return "" if placed.block.helper or not placed.block.title else f"{placed.change.path} {placed.block.title}"


def _title(placed: Placed) -> str:
    """A title alone says enough in another file only when something that is asserted is the same."""
    block = placed.block
    return (
        "" if block.helper or not block.title or not block.assertions else f"{block.title} {block.assertions[0].text}"
    )


def _asserted(placed: Placed) -> str:
    block = placed.block
    return "" if block.helper or not block.assertions else "\n".join(found.text for found in block.assertions)


def _match_similar(found: Pairs) -> None:
    """Rewritten and merged tests: most of the old assertions stand in a new test, or a table of the same file asks
    them.
    """
    holders, tables = _holders(found.fresh), _tables(found.fresh)
    explained: set[int] = set()
    for placed in without_hooks(found.gone):
        holder = _holder(placed, holders)
        if holder is not None:
            found.kept.append((placed, holder))
        if holder is not None or _in_table(placed, tables):
            explained.add(id(placed))
    found.gone[:] = [placed for placed in found.gone if id(placed) not in explained]


def _holders(fresh: Iterable[Placed]) -> dict[str, list[Placed]]:
    """New tests by the assertions that they hold."""
    holders: dict[str, list[Placed]] = defaultdict(list)
    for placed in without_hooks(fresh):
        for text in {one.text for one in placed.block.assertions}:
            holders[text].append(placed)
    return holders


def _holder(placed: Placed, holders: dict[str, list[Placed]]) -> Placed | None:
    """The new test that holds most of an old one's assertions, when all new tests together hold at least half of
    them.
    """
    held = [holders[one.text] for one in placed.block.assertions if one.text in holders]
    if not held or len(held) * 2 < len(placed.block.assertions):
        return None
    counted = Counter(other for several in held for other in several[:20])
    return counted.most_common(1)[0][0]


class _Table(Struct, eq=False):
    shapes: frozenset[str]
    left: int | None


def _tables(fresh: Iterable[Placed]) -> dict[str, list[_Table]]:
    """New parametrised tests by file, with the number of old ones that each may stand for."""
    tables: dict[str, list[_Table]] = defaultdict(list)
    for placed in fresh:
        block = placed.block
        if block.rows != 1 and not block.helper:
            tables[placed.change.path].append(_Table(frozenset(_shapes(block)), block.rows))
    return tables


def _in_table(placed: Placed, tables: dict[str, list[_Table]]) -> bool:
    for table in tables.get(placed.change.path, ()):
        if table.left != 0 and placed.block.assertions and table.shapes.issuperset(_shapes(placed.block)):
            table.left = None if table.left is None else table.left - (placed.block.rows or 1)
            return table.left is None or table.left >= 0
    return False


def _shapes(block: Block) -> Iterator[str]:
    """What is called and how it is asked, without the values."""
    for one in block.assertions:
        yield f"{one.subject.partition('(')[0]} {' '.join(one.words)}"


def without_hooks(placed: Iterable[Placed]) -> list[Placed]:
    """Tests only, no helpers."""
    return [one for one in placed if not one.block.helper]


def asserts_in_hooks(diff: Diff, change: FileChange) -> bool:
    """Does the file assert after or before each of its tests?"""
    return any(block.id == OUTSIDE for block in facts(diff, change, True).blocks)
