"""Which command of before is which command of after, over all changed files: moved is not lost, split is not lost.
Pure.

Files that a service runs and files that people run are two pools: what a Makefile still says is no comfort when CI
stopped
calling it, but a new `make check` in CI covers what it replaces.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable

from msgspec import Struct, field

from gatekeeper.integrity.commands.carriers import carried, is_service, kind_of
from gatekeeper.integrity.commands.command import BYPASS, Judge
from gatekeeper.integrity.contract import Diff, FileChange

MAX_COMMANDS = 800
"""Of one side of one pool: the matching is quadratic, and no project has so many in the files that one branch changes.
"""


class Placed(Struct, frozen=True, eq=False):
    """A command and the file that holds it. Compared by identity: the same line twice is two commands."""

    judge: Judge
    change: FileChange


class Matched(Struct):
    """The result for one pool."""

    kept: list[tuple[Placed, Placed]] = field(default_factory=list)
    """Pairs of which both can fail; their arguments may differ."""
    softened: list[tuple[Placed, Placed]] = field(default_factory=list)
    fewer: list[Placed] = field(default_factory=list)
    """Gone, but something of the kind still runs."""
    dropped: list[Placed] = field(default_factory=list)
    bypasses: list[Placed] = field(default_factory=list)
    after: list[Placed] = field(default_factory=list)
    """Everything of the new side that can fail."""

    @property
    def unconditional(self) -> set[str]:
        """Tools that run in some place whatever happens."""
        return {item.judge.tool for item in self.after if not item.judge.condition}

    def variants(self, tool: str) -> list[Judge]:
        """Every different way in which a tool is run now."""
        return list({item.judge.arguments: item.judge for item in self.after if item.judge.tool == tool}.values())


def matched(diff: Diff, service: bool) -> Matched:
    """Matching of one pool; cached in the diff."""
    key = ("matched", service)
    if key not in diff.cache:
        changes = [change for change in diff.changes if _in_pool(change, service)]
        old = [Placed(judge, change) for change in changes for judge in carried(change, diff, False).judges]
        new = [Placed(judge, change) for change in changes for judge in carried(change, diff, True).judges]
        diff.cache[key] = _Matching(old, new).result
    found = diff.cache[key]
    return found if isinstance(found, Matched) else Matched()


def _in_pool(change: FileChange, service: bool) -> bool:
    kinds = [path for path in (change.path, change.before) if kind_of(path)]
    return bool(kinds) and any(is_service(path) is service for path in kinds)


class _Matching:
    """Takes commands out of both sides, surest matches first."""

    def __init__(self, old: Iterable[Placed], new: Iterable[Placed]) -> None:
        self.result = Matched()
        self.old = list(old)[:MAX_COMMANDS]
        self.new = list(new)[:MAX_COMMANDS]
        self.result.after = [item for item in self.new if not item.judge.soft and item.judge.category != BYPASS]
        self._bypasses()
        for same in (_exact_and_near, _exact, _tool_and_place, _tool):
            self._pair(same, soft_before=True, soft_after=True)
        self._both_hard()
        self._rest()

    def _bypasses(self) -> None:
        before = [item.judge.arguments for item in self.old if item.judge.category == BYPASS]
        self.result.bypasses = [
            item for item in self.new if item.judge.category == BYPASS and item.judge.arguments not in before
        ]
        self.old = [item for item in self.old if item.judge.category != BYPASS]
        self.new = [item for item in self.new if item.judge.category != BYPASS]

    def _both_hard(self) -> None:
        kept, softened = self.result.kept, self.result.softened
        kept += self._pair(_exact_and_near, soft_before=False, soft_after=False)
        kept += self._pair(_exact, soft_before=False, soft_after=False)
        softened += self._pair(_exact_and_near, soft_before=False, soft_after=True)
        softened += self._pair(_exact, soft_before=False, soft_after=True)
        softened += self._pair(_tool_and_place, soft_before=False, soft_after=True)
        kept += self._pair(_tool_and_place, soft_before=False, soft_after=False)
        kept += self._pair(_tool, soft_before=False, soft_after=False)
        softened += self._pair(_tool, soft_before=False, soft_after=True)

    def _pair(
        self, same: Callable[[Placed], Hashable], soft_before: bool, soft_after: bool
    ) -> list[tuple[Placed, Placed]]:
        """Take out pairs that are the same by a key, in order."""
        waiting: dict[Hashable, deque[Placed]] = defaultdict(deque)
        for item in self.new:
            if bool(item.judge.soft) is soft_after:
                waiting[same(item)].append(item)
        pairs = [
            (before, waiting[same(before)].popleft())
            for before in self.old
            if bool(before.judge.soft) is soft_before and waiting.get(same(before))
        ]
        self._take_out(pairs)
        return pairs

    def _take_out(self, pairs: list[tuple[Placed, Placed]]) -> None:
        taken = {id(item) for pair in pairs for item in pair}
        self.old = [item for item in self.old if id(item) not in taken]
        self.new = [item for item in self.new if id(item) not in taken]

    def _rest(self) -> None:
        """What has no counterpart: replaced by something new of its kind, softened, one fewer, or gone."""
        left, stays = _categories(_hard(self.new)), _categories(self.result.after)
        empty = {item.judge.category: item for item in reversed(self.new) if item.judge.soft}
        for before in _hard(self.old):
            category = before.judge.category
            if _is_covered(category, left):
                continue
            if category in empty:
                self.result.softened.append((before, empty[category]))
            elif _is_covered(category, stays):
                self.result.fewer.append(before)
            else:
                self.result.dropped.append(before)


def _hard(items: Iterable[Placed]) -> list[Placed]:
    """Those whose failure is seen."""
    return [item for item in items if not item.judge.soft]


def _categories(items: Iterable[Placed]) -> set[str]:
    return {item.judge.category for item in items}


def _is_covered(old: str, categories: Iterable[str]) -> bool:
    return any(new == old or "all" in (new, old) for new in categories)


def _tool(one: Placed) -> Hashable:
    return one.judge.tool


def _exact(one: Placed) -> Hashable:
    return (one.judge.tool, one.judge.arguments)


def _exact_and_near(one: Placed) -> Hashable:
    return (id(one.change), one.judge.where, one.judge.tool, one.judge.arguments)


def _tool_and_place(one: Placed) -> Hashable:
    return (id(one.change), one.judge.where, one.judge.tool)
