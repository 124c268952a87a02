"""Which test of base is which of head: the same place, the same body elsewhere, or the same name elsewhere. Pure."""

from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from gatekeeper.integrity.suite.suites import Suites
from gatekeeper.integrity.suite.written import Written, split_id, test_id

Place = tuple[str, str]
"""(path, qualified name)."""


class Renames(Struct, frozen=True):
    """`moved`: from places of base to places of head, where these differ. `new` tests have no place at base."""

    moved: Mapping[Place, Place] = field(default_factory=dict)
    new: tuple[Written, ...] = ()

    def at_head(self, path: str, name: str) -> Place:
        """Where the test is looked for at head."""
        return self.moved.get((path, name), (path, name))

    def id_at_head(self, function: str) -> str:
        """The same for an id without parameters."""
        path, name, _ = split_id(function)
        return test_id(*self.at_head(path, name))


def match(old: Suites, new: Suites, touched: Iterable[str]) -> Renames:
    """Compare the harness files that differ. A body that several tests share is matched by name, then in order."""
    paths = [path for path in touched if old.files.is_harness(path)]
    before, after = _by_place(old, paths), _by_place(new, paths)
    lost, free = _without(before, after), _without(after, before)
    moved: dict[Place, Place] = {}
    for same in (_same_body_and_name, _same_body, _same_name):
        for place in [one for one in lost if one not in moved]:
            found = next((there for there, other in free.items() if same(lost[place], other)), None)
            if found is not None:
                moved[place] = found
                del free[found]
    return Renames(moved, tuple(free.values()))


def _without(these: Mapping[Place, Written], those: Mapping[Place, Written]) -> dict[Place, Written]:
    return {place: one for place, one in these.items() if place not in those}


def _by_place(suites: Suites, paths: Iterable[str]) -> dict[Place, Written]:
    here = [path for path in paths if path in suites.files.names]
    suites.files.load(here)
    return {(one.path, one.name): one for path in here for one in suites.of_file(path)}


def _same_body_and_name(one: Written, other: Written) -> bool:
    return one.body == other.body and _last(one) == _last(other)


def _same_body(one: Written, other: Written) -> bool:
    return one.body == other.body and not one.trivial


def _same_name(one: Written, other: Written) -> bool:
    """In another file, or in another class of the same file."""
    return _last(one) == _last(other)


def _last(one: Written) -> str:
    return one.name.rpartition(" > ")[2] if " > " in one.name else one.name.rpartition(".")[2]
