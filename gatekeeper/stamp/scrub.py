"""What may be told in a stamp: no folders of the machine, no values of variables, nothing endless. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

SHORTEST_SECRET = 4
"""Characters. Replacing shorter values (`1`, `yes`) would spoil every number and hide nothing."""

_USER_INFO = re.compile(r"(?<=://)[^/\s?#@]*@")
_SLOT = re.compile(r"\{slots\}/[^/\s]+/[^/\s]+/(tree|scratch)(?![\w.-])")
_ABSOLUTE = re.compile(r"(?:(?<=^)|(?<=[=:,]))/(?:[^/\s=:,]+/)*([^/\s=:,]+)")
_ANY_HOME = r"/(?:home|Users)/[^/\s:'\"]+|/root"
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Scrub:
    """`places`: (absolute folder, what stands for it); `hidden`: (value, name of the variable that has it)."""

    places: tuple[tuple[str, str], ...] = ()
    hidden: tuple[tuple[str, str], ...] = ()
    limit: int = 400
    """Characters of one text."""
    items: int = 50
    """Members of one list."""
    _names: Mapping[str, str] = field(init=False, repr=False)
    _folders: re.Pattern[str] = field(init=False, repr=False)
    _values: re.Pattern[str] | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        folders = {folder.rstrip("/"): name for folder, name in self.places if folder.rstrip("/").startswith("/")}
        known = [re.escape(folder) for folder in sorted(folders, key=len, reverse=True)]
        values = sorted((value for value, _ in self.hidden if len(value) >= SHORTEST_SECRET), key=len, reverse=True)
        pattern = "|".join([*known, _ANY_HOME])
        object.__setattr__(self, "_folders", re.compile(rf"(?<![\w.~-])(?:{pattern})(?![\w.-])"))
        object.__setattr__(self, "_values", re.compile("|".join(map(re.escape, values))) if values else None)
        names = folders | {value: f"${name}" for value, name in self.hidden}
        object.__setattr__(self, "_names", names)

    def text(self, text: str) -> str:
        """One text, cut to the limit. Undecodable bytes become visible: a stamp is read by many parsers."""
        if self._values is not None:
            text = self._values.sub(lambda found: self._names[found[0]], text)
        if "/" in text:
            text = _USER_INFO.sub("", text)
            text = self._folders.sub(lambda found: self._names.get(found[0], "~"), text)
            text = _SLOT.sub(r"{\1}", text).replace("{tree}", "{slot}")
        if not text.isascii():
            text = text.encode("utf-8", "backslashreplace").decode()
        return text if len(text) <= self.limit else text[: self.limit - 1] + _ELLIPSIS

    def texts(self, texts: Iterable[str]) -> list[str]:
        """The first ones; when there were more, the last entry says how many."""
        listed = list(texts)
        shown = [self.text(text) for text in listed[: self.items]]
        return shown if len(listed) <= self.items else [*shown, f"{_ELLIPSIS} and {len(listed) - self.items} more"]

    def argv(self, argv: Iterable[str]) -> list[str]:
        """The words of a command; of an absolute path that has no name here only the last part is told."""
        return self.texts(_ABSOLUTE.sub(rf"{_ELLIPSIS}/\1", self.text(word)) for word in argv)
