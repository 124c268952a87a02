"""One setting of one tool, as something that can be turned: which way is looser, and whether it was turned that way.
Pure.
"""

from collections.abc import Iterator, Mapping
from enum import Enum, auto

from msgspec import Struct, field

from gatekeeper.integrity.reading.data import Document, flag, lines, number, words

Value = float | bool | frozenset[str]
Identity = tuple[str, str, str]
MAX_SHOWN = 5


class Kind(Enum):
    """Which way is looser."""

    FLOOR = auto()
    """A number that must be reached: less is looser, none is loosest."""
    CEILING = auto()
    """A number that must not be passed: more is looser, none is loosest."""
    STRICT = auto()
    """A switch that asks for more: off is looser."""
    LOOSE = auto()
    """A switch that asks for less: on is looser."""
    QUIET = auto()
    """What is left out: more of it is looser."""
    SCOPE = auto()
    """What is looked at: less of it is looser."""


class Knob(Struct, frozen=True):
    """A setting as it stands. `section` is the tool whose part of the file holds it, `where` the path of its keys."""

    rule: str
    section: str
    tool: str
    key: str
    kind: Kind
    value: Value
    where: tuple[str, ...] = ()
    absent: Value | None = None
    """What is in force when the key is not there; None: nothing is asked for (numbers), or the tool's default (sets).
    """
    shown: str = ""
    """The value as it was written, where `value` is a rank."""
    blanket: frozenset[str] = frozenset()
    """Items of a QUIET or SCOPE setting that silence everything; `{"*"}` for a switch that does."""
    adopted: bool = True
    """True: not counted when the branch is the first to configure the tool."""

    @property
    def identity(self) -> Identity:
        """What makes it the same setting in another version of the same file."""
        return (self.section, self.tool, self.key)

    @property
    def name(self) -> str:
        """For messages."""
        return f"{self.tool} {self.key}"


class Side(Struct, frozen=True):
    """All settings of one version of one file."""

    path: str = ""
    sections: frozenset[str] = frozenset()
    knobs: Mapping[Identity, Knob] = field(default_factory=dict)
    document: Document | None = None


class Turned(Struct, frozen=True):
    """A setting that is looser than it was."""

    knob: Knob
    text: str
    gone: bool = False
    """The key is no longer there."""
    items: frozenset[str] = frozenset()

    @property
    def blanket(self) -> bool:
        """Does it silence everything?"""
        return bool(self.knob.blanket & (self.items or {"*"}))


class Panel:
    """Collects the settings of one section of a file. Values that are not what they should be are left out."""

    def __init__(self, section: str, where: tuple[str, ...] = ()) -> None:
        self.section = section
        self.where = where
        self.found: dict[Identity, Knob] = {}

    def add(self, rule: str, kind: Kind, key: str, raw: object, **more: object) -> None:
        """Note a setting. `more`: `tool` (another one than the section's), and fields of Knob."""
        value = _coerced(kind, raw, bool(more.pop("by_line", False)))
        if value is None:
            return
        tool = str(more.pop("tool", self.section))
        at = more.pop("at", None)
        tail = tuple(str(part) for part in at) if isinstance(at, tuple) else (key,)
        knob = Knob(rule, self.section, tool, key, kind, value, where=(*self.where, *tail), **more)  # type: ignore[arg-type]
        known = self.found.get(knob.identity)
        self.found[knob.identity] = _joined(known, knob) if known else knob


def _joined(known: Knob, knob: Knob) -> Knob:
    """Sets that are spread over several keys (`select` and `extend-select`) are one; else the later one counts."""
    if isinstance(known.value, frozenset) and isinstance(knob.value, frozenset):
        return Knob(
            knob.rule, knob.section, knob.tool, knob.key, knob.kind, known.value | knob.value, known.where,
            absent=knob.absent, blanket=knob.blanket, adopted=knob.adopted,
        )  # fmt: skip
    return knob


def _coerced(kind: Kind, raw: object, by_line: bool) -> Value | None:
    if isinstance(raw, frozenset):
        return raw
    if kind in (Kind.FLOOR, Kind.CEILING):
        return number(raw)
    if kind in (Kind.STRICT, Kind.LOOSE):
        return flag(raw)
    return lines(raw) if by_line else words(raw)


def turned(old: Side, new: Side) -> Iterator[Turned]:
    """Settings that are looser in the new version of a file than in the old one."""
    for identity, before in old.knobs.items():
        after = new.knobs.get(identity)
        yield from _kept(before, after) if after is not None else _lost(before)
    for identity, after in new.knobs.items():
        if identity not in old.knobs and not (after.adopted and after.section not in old.sections):
            yield from _gained(after)


def _kept(before: Knob, after: Knob) -> Iterator[Turned]:
    if isinstance(before.value, frozenset) and isinstance(after.value, frozenset):
        grown = after.kind is Kind.QUIET
        items = after.value - before.value if grown else before.value - after.value
        if items:
            yield Turned(after, f"{after.name} {'now has' if grown else 'no longer has'} {_listed(items)}", items=items)
    elif _looser(before, after):
        if isinstance(after.value, bool):
            yield _switched(after)
        else:
            word = "lowered" if after.kind is Kind.FLOOR else "raised"
            yield Turned(after, f"{after.name} is {word} from {_number(before)} to {_number(after)}")


def _looser(before: Knob, after: Knob) -> bool:
    return _looser_than(after.kind, after.value, before.value)


def _looser_than(kind: Kind, value: Value, other: Value) -> bool:
    """Is `value` looser than `other`? Sets are compared item by item elsewhere."""
    if isinstance(value, frozenset) or isinstance(other, frozenset):
        return False
    return value < other if kind in (Kind.FLOOR, Kind.STRICT) else value > other


def _lost(before: Knob) -> Iterator[Turned]:
    """A key that is no longer there: compare with what is in force without it."""
    if before.kind in (Kind.FLOOR, Kind.CEILING):
        if before.absent is None or _looser_than(before.kind, before.absent, before.value):
            yield Turned(before, f"{before.name} is no longer set (it was {_number(before)})", gone=True)
    elif before.kind is Kind.SCOPE:
        items = _beyond(before.value, before.absent)
        if items:
            yield Turned(before, f"{before.name} no longer has {_listed(items)}", gone=True, items=items)
    elif before.kind in _SWITCHES and _is_set(before, _SWITCHES[before.kind]):
        yield Turned(before, f"{before.name} is no longer {'on' if before.value else 'off'}", gone=True)


def _gained(after: Knob) -> Iterator[Turned]:
    """A key that was not there: compare with what is in force without it."""
    if after.kind in (Kind.FLOOR, Kind.CEILING):
        if after.absent is not None and _looser_than(after.kind, after.value, after.absent):
            yield Turned(after, f"{after.name} is set to {_number(after)}")
    elif after.kind in _SWITCHES:
        if _is_set(after, not _SWITCHES[after.kind]):
            yield _switched(after)
    elif after.kind is Kind.QUIET:
        items = _set(after.value) - _set(after.absent)
        if items:
            yield Turned(after, f"{after.name} now has {_listed(items)}", items=items)
    else:
        items = _beyond(after.absent, after.value)
        if items:
            yield Turned(after, f"{after.name} no longer has {_listed(items)}", items=items)


_SWITCHES = {Kind.STRICT: True, Kind.LOOSE: False}
"""Switches, with the position in which they ask for more."""


def _is_set(knob: Knob, position: bool) -> bool:
    """Is a switch in this position, and would it be in the other one if nobody said so?"""
    return knob.value is position and (knob.absent is True) is not position


def _set(value: Value | None) -> frozenset[str]:
    return value if isinstance(value, frozenset) else frozenset()


def _beyond(value: Value | None, other: Value | None) -> frozenset[str]:
    """Items of a set that another one does not have; none where one of them is no set."""
    return value - other if isinstance(value, frozenset) and isinstance(other, frozenset) else frozenset()


def _switched(knob: Knob) -> Turned:
    return Turned(knob, f"{knob.name} is turned {'on' if knob.value else 'off'}")


def _number(knob: Knob) -> str:
    return knob.shown or f"{knob.value:g}"


def _listed(items: frozenset[str]) -> str:
    shown = sorted(items)
    more = f" and {len(shown) - MAX_SHOWN} more" if len(shown) > MAX_SHOWN else ""
    return ", ".join(f"“{item}”" for item in shown[:MAX_SHOWN]) + more


def as_strict(wanted: Knob, other: Knob) -> bool:
    """Does another place hold the same setting, as strict as it was?"""
    if (wanted.tool, wanted.key) != (other.tool, other.key):
        return False
    if isinstance(wanted.value, frozenset):
        return isinstance(other.value, frozenset) and wanted.value <= other.value
    return not isinstance(other.value, frozenset) and not _looser(wanted, other)
