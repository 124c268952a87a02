"""Which test of base is which of head: the same place, the same body elsewhere, or the same name elsewhere. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gatekeeper.integrity.suite.suites import Suites
from gatekeeper.integrity.suite.written import Written, split_id, test_id

Place = tuple[str, str]
"""(path, qualified name)."""


@dataclass(frozen=True, slots=True)
class Renames:
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
    old.files.load(path for path in paths if path in old.files.names)
    new.files.load(path for path in paths if path in new.files.names)
    before = {(one.path, one.name): one for path in paths if path in old.files.names for one in old.of_file(path)}
    after = {(one.path, one.name): one for path in paths if path in new.files.names for one in new.of_file(path)}
    lost = [one for place, one in before.items() if place not in after]
    free = {place: one for place, one in after.items() if place not in before}
    moved: dict[Place, Place] = {}
    for same in (_same_body_and_name, _same_body, _same_name):
        for one in lost:
            place = (one.path, one.name)
            if place in moved:
                continue
            found = next((there for there, other in free.items() if same(one, other)), None)
            if found is not None:
                moved[place] = found
                del free[found]
    return Renames(moved, tuple(free.values()))


def _same_body_and_name(one: Written, other: Written) -> bool:
    return one.body == other.body and _last(one) == _last(other)


def _same_body(one: Written, other: Written) -> bool:
    return one.body == other.body and not one.trivial


def _same_name(one: Written, other: Written) -> bool:
    """In another file, or in another class of the same file."""
    return _last(one) == _last(other)


def _last(one: Written) -> str:
    return one.name.rpartition(" > ")[2] if " > " in one.name else one.name.rpartition(".")[2]
