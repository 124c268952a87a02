"""Settings that a branch makes looser, over all changed files: what moved to another file as strict as it was is not
looser. Pure.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from posixpath import basename

from msgspec import Struct
from msgspec.structs import replace

from gatekeeper.integrity.contract import Diff, FileChange
from gatekeeper.integrity.knobs import Kind, Knob, Side, Turned, as_strict, turned
from gatekeeper.integrity.reading.data import get, rows
from gatekeeper.integrity.tool_sides import is_tool_file, side_of

_FAMILIES = (
    frozenset({"flake8", "pylint", "ruff", "pycodestyle"}),
    frozenset({"eslint", "biome", "oxlint"}),
    frozenset({"mypy", "pyright", "basedpyright"}),
    frozenset({"jest", "vitest", "mocha", "nyc", "c8"}),
)
_OTHER_LINTERS = {"biome.json": "biome", "biome.jsonc": "biome", ".oxlintrc.json": "oxlint"}
_PATTERN = "ignores for "


class Loosened(Struct, frozen=True):
    """A setting that is looser, with the side that names its line."""

    turned: Turned
    side: Side
    retired: bool = False
    """The whole configuration of the tool is gone from the changed files."""
    replaced_by: str = ""
    """Another tool of the same kind that the branch configures, where the whole configuration of this one is gone."""

    @property
    def line(self) -> int | None:
        """In the new file where the key is still there."""
        gone = self.turned.gone or self.side.document is None
        return None if gone or self.side.document is None else self.side.document.line_of(*self.turned.knob.where)


class _Elsewhere(Struct, frozen=True):
    """What all changed files say together."""

    old: dict[tuple[str, str], list[Knob]]
    new: dict[tuple[str, str], list[tuple[Side, Knob]]]
    old_sections: frozenset[str]
    new_sections: frozenset[str]


def loosened(change: FileChange, diff: Diff) -> tuple[Loosened, ...]:
    """Everything that is looser in this file. Cached in the diff."""
    key = ("loosened", id(change))
    if key not in diff.cache:
        diff.cache[key] = (
            tuple(_loosened(change, diff)) if is_tool_file(change.path) or is_tool_file(change.before) else ()
        )
    found = diff.cache[key]
    return found if isinstance(found, tuple) else ()


def _loosened(change: FileChange, diff: Diff) -> Iterator[Loosened]:
    if change.old == change.new and change.path == change.before:
        return
    old, new = side_of(change, diff, False), side_of(change, diff, True)
    if _is_unreadable(change, new):
        return  # said as unreadable-configuration; nothing can be compared
    whole = _elsewhere(diff)
    retired: set[tuple[str, str]] = set()
    for found in turned(old, new):
        knob = found.knob
        kept = None if _is_inherited(knob) else _excused(found, old, new, whole)
        if kept is None:
            continue
        if not _is_retired(knob, old, whole):
            yield Loosened(kept, new)
        elif (knob.section, knob.rule) not in retired:  # one hit per tool and rule says it
            retired.add((knob.section, knob.rule))
            yield Loosened(kept, new, True, _replacement(knob.section, whole))


def _is_unreadable(change: FileChange, new: Side) -> bool:
    return change.new is not None and new.document is None and change.new_mode.startswith("100")


def _is_retired(knob: Knob, old: Side, whole: _Elsewhere) -> bool:
    """Does no changed file configure the tool any more, which this one did?"""
    return knob.section not in whole.new_sections and knob.section in old.sections and knob.section != "command"


def _is_inherited(knob: Knob) -> bool:
    """A flag that was only on because `strict` was: `strict` itself is said."""
    return knob.where[-1:] == ("strict",) and knob.key != "strict"


def _excused(found: Turned, old: Side, new: Side, whole: _Elsewhere) -> Turned | None:
    """None when it is not looser after all; else what remains of it."""
    knob = found.knob
    if found.gone:
        return None if _has_moved(knob, new, whole) else found
    before = _set_elsewhere(knob, old, whole)
    if knob.kind is Kind.QUIET:
        return _without(found, _items(before) | _moved_pattern(knob, old, new))
    if knob.kind is Kind.LOOSE and any(other.value is True for other in before):
        return None
    return found


def _has_moved(knob: Knob, new: Side, whole: _Elsewhere) -> bool:
    """Is it set now, as strict as it was, in a place that the tool reads?"""
    return any(
        as_strict(knob, other) and _is_read(knob, side, new) for side, other in whole.new.get((knob.tool, knob.key), ())
    )


def _set_elsewhere(knob: Knob, old: Side, whole: _Elsewhere) -> list[Knob]:
    """What the same key was in other places, before."""
    return [
        other
        for other in whole.old.get((knob.tool, knob.key), ())
        if other.identity not in old.knobs or other is not old.knobs.get(knob.identity)
    ]


def _items(knobs: Iterable[Knob]) -> frozenset[str]:
    """The items of all lists among the values."""
    return frozenset(item for knob in knobs if isinstance(knob.value, frozenset) for item in knob.value)


def _is_read(knob: Knob, side: Side, new: Side) -> bool:
    """Is the other place one that the tool reads? Not when this file still configures the same tool, for only one
    file counts, unless it `extends` the other one.
    """
    if side.path == new.path or knob.section not in new.sections:
        return True
    inherited = get(new.document.data, "extends") if new.document is not None else None
    return any(isinstance(name, str) and basename(name) == basename(side.path) for name in rows(inherited))


def _without(found: Turned, known: frozenset[str]) -> Turned | None:
    items = found.items - known
    if not items:
        return None
    return (
        found
        if items == found.items
        else replace(
            found,
            items=items,
            text=f"{found.knob.name} now has " + ", ".join(f"“{item}”" for item in sorted(items)[:5]),
        )
    )


def _moved_pattern(knob: Knob, old: Side, new: Side) -> frozenset[str]:
    """Codes of a pattern that is gone: the files have another name now."""
    if not knob.key.startswith(_PATTERN):
        return frozenset()
    return _items(
        other for identity, other in old.knobs.items() if identity not in new.knobs and other.key.startswith(_PATTERN)
    )


def _replacement(section: str, whole: _Elsewhere) -> str:
    family = next((names for names in _FAMILIES if section in names), frozenset())
    return next(iter(sorted((family & whole.new_sections) - whole.old_sections)), "")


def _elsewhere(diff: Diff) -> _Elsewhere:
    if "settings elsewhere" not in diff.cache:
        diff.cache["settings elsewhere"] = _collect(diff)
    found = diff.cache["settings elsewhere"]
    return found if isinstance(found, _Elsewhere) else _Elsewhere({}, {}, frozenset(), frozenset())


def _collect(diff: Diff) -> _Elsewhere:
    old: dict[tuple[str, str], list[Knob]] = defaultdict(list)
    new: dict[tuple[str, str], list[tuple[Side, Knob]]] = defaultdict(list)
    sections: tuple[set[str], set[str]] = (set(), set())
    for change in diff.changes:
        if not (is_tool_file(change.path) or is_tool_file(change.before)):
            continue
        for knob in side_of(change, diff, False).knobs.values():
            old[(knob.tool, knob.key)].append(knob)
        side = side_of(change, diff, True)
        for knob in side.knobs.values():
            new[(knob.tool, knob.key)].append((side, knob))
        sections[0].update(side_of(change, diff, False).sections)
        sections[1].update(side.sections)
    names = {tool for path, tool in _OTHER_LINTERS.items() if path in diff.head_names}
    return _Elsewhere(old, new, frozenset(sections[0]), frozenset(sections[1] | names))
