"""What a command in a sandbox sees of the machine, and the bubblewrap options that make it so.

The root is empty at first: what is not named is not there. Symbolic links on the way to a named place are made anew, so
that every path means inside what it means outside.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum

from msgspec import Struct

_LINKS = 40
"""As many symbolic links as the kernel follows in one path."""


class View(Struct, frozen=True):
    """Absolute paths. The more special place wins: what is `hidden` in a visible folder is not seen.

    `visible` files and folders are read-only, unless they lie in a writable one. `writable` are pairs of a folder of
    the machine and its place inside. `hidden` folders are there, but empty; `masked` files cannot be opened.
    """

    visible: tuple[str, ...] = ()
    writable: tuple[tuple[str, str], ...] = ()
    hidden: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()

    def __add__(self, other: "View") -> "View":
        return View(
            (*self.visible, *other.visible),
            (*self.writable, *other.writable),
            (*self.hidden, *other.hidden),
            (*self.masked, *other.masked),
        )


class _Kind(Enum):
    VISIBLE = "visible"
    WRITABLE = "writable"
    HIDDEN = "hidden"
    MASKED = "masked"


class _Mount(Struct, frozen=True):
    kind: _Kind
    source: str


def options(view: View) -> tuple[str, ...]:
    """The mounts as options of bubblewrap, parents before what lies in them. What does not exist is left out."""
    links: dict[str, str] = {}
    mounts = _mounts(view, links)
    needed = {place: mount for place, mount in mounts.items() if not _redundant(place, mount, mounts)}
    made = {place: _option(place, mount) for place, mount in needed.items()}
    for place, text in links.items():
        if not _shows_machine(_above(place, needed), needed):
            made.setdefault(place, ("--symlink", text, place))
    # Last: until then the places of other mounts are made in them.
    covers = sorted(place for place, mount in needed.items() if mount.kind is _Kind.HIDDEN)
    return (
        *_words(made[place] for place in sorted(made, key=_depth)),
        *_words(("--remount-ro", one) for one in covers),
    )


def _words(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    return (word for row in rows for word in row)


def _mounts(view: View, links: dict[str, str]) -> dict[str, _Mount]:
    """By real place; the links that were met are added to `links`. Later kinds win over earlier ones."""
    found: dict[str, _Mount] = {}
    for path in map(os.path.realpath, view.hidden):
        if os.path.isdir(path) and path != "/":  # noqa: PTH112 - plain strings all through
            found[path] = _Mount(_Kind.HIDDEN, "")
    for path in view.visible:
        real = _follow(path, links)
        if real is not None:
            found[real] = _Mount(_Kind.VISIBLE, real)
    for path in map(os.path.realpath, view.masked):
        found[path] = _Mount(_Kind.MASKED, os.devnull)
    for source, place in view.writable:
        real = _follow(place, links)
        found[real or os.path.realpath(place)] = _Mount(_Kind.WRITABLE, os.path.realpath(source))
    return found


def _follow(path: str, links: dict[str, str]) -> str | None:
    """The real path; None when there is nothing. Every link on the way is put into `links`."""
    done, rest, left = "/", _parts(path), _LINKS
    while rest and left:
        place = os.path.normpath(f"{done.rstrip('/')}/{rest.pop(0)}")
        text = _link(place)
        if text is None:
            done = place
        else:
            left -= 1
            links[place] = text
            rest = [*_parts(text), *rest]
            done = "/" if text.startswith("/") else done
    return done if left and os.path.lexists(done) else None


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part and part != "."]


def _link(place: str) -> str | None:
    try:
        return os.readlink(place)  # noqa: PTH115
    except OSError:
        return None


def _redundant(place: str, mount: _Mount, mounts: Mapping[str, _Mount]) -> bool:
    """Would it look the same without this mount?"""
    shown = _shows_machine(_above(place, mounts), mounts)
    if mount.kind is _Kind.VISIBLE:
        return shown
    # Nothing has to be hidden where nothing is shown.
    return mount.kind in {_Kind.HIDDEN, _Kind.MASKED} and not shown


def _shows_machine(place: str | None, mounts: Mapping[str, _Mount]) -> bool:
    """Does this mount show what the machine itself has in that place?"""
    return place is not None and mounts[place].source == place


def _above(place: str, mounts: Mapping[str, _Mount]) -> str | None:
    """Where the innermost mount is that the place lies in, itself not counted."""
    return next((parent for parent in _parents(place) if parent in mounts), None)


def _parents(place: str) -> Iterator[str]:
    while (parent := os.path.dirname(place)) != place:  # noqa: PTH120
        yield parent
        place = parent


def _option(place: str, mount: _Mount) -> tuple[str, ...]:
    match mount.kind:
        case _Kind.HIDDEN:
            return ("--tmpfs", place)
        case _Kind.WRITABLE:
            return ("--bind", mount.source, place)
        case _:
            return ("--ro-bind", mount.source, place)


def _depth(place: str) -> tuple[int, str]:
    return place.count("/"), place
