"""YAML as plain data with lines, from the parser's events: no tags, no objects, no recursion, no alias bombs.

Keys stay the text that was written (`on` is no boolean here), and only `true`, `false`, `null` and numbers are more
than
text: YAML 1.2 as the services that read these files have it.
"""

from collections.abc import Iterator

import yaml

from gatekeeper.integrity.reading.data import MAX_DEPTH, MAX_NODES, Rows, Table, Text, number

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C one is ten times as fast and not in every build
_CONSTANTS: dict[str, object] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}


class UnreadableYaml(ValueError):
    """Not YAML, or more of it than anybody writes."""


def read_yaml(text: str) -> object:
    """The first document. Raises UnreadableYaml."""
    try:
        return _Builder().build(yaml.parse(text, Loader=_Loader))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UnreadableYaml(str(error)) from error


class _Builder:
    """Puts the events together. A frame is a container and, for mappings, the key that waits for its value."""

    def __init__(self) -> None:
        self.root: object = None
        self.frames: list[tuple[Table | Rows, list[str]]] = []
        self.anchors: dict[str, object] = {}
        self.sizes: dict[int, int] = {}
        self.nodes = 0

    def build(self, events: Iterator[yaml.Event]) -> object:
        for event in events:
            self._count(1)
            line = _line(event)
            if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                self._open(Table() if isinstance(event, yaml.MappingStartEvent) else Rows(), event.anchor, line)
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                self.frames.pop()
            elif isinstance(event, yaml.ScalarEvent):
                self._put(_scalar(event), line, event.anchor)
            elif isinstance(event, yaml.AliasEvent):
                self._put(self._alias(event.anchor or ""), line, None)
            elif isinstance(event, yaml.DocumentEndEvent):
                break
        return self.root

    def _count(self, more: int) -> None:
        self.nodes += more
        if self.nodes > MAX_NODES:
            raise UnreadableYaml("it is too large")

    def _open(self, made: Table | Rows, anchor: str | None, line: int) -> None:
        if len(self.frames) >= MAX_DEPTH:
            raise UnreadableYaml("it is nested too deeply")
        self._put(made, line, anchor)
        self.frames.append((made, []))

    def _alias(self, anchor: str) -> object:
        """What the anchor holds. Its size counts each time, and an open container cannot hold itself."""
        value = self.anchors.get(anchor)
        if any(value is frame for frame, _ in self.frames):
            raise UnreadableYaml("an alias holds itself")
        self._count(_size(value, self.sizes))
        return value

    def _put(self, value: object, line: int, anchor: str | None) -> None:
        if anchor:
            self.anchors[anchor] = value
        if not self.frames:
            self.root = value
            return
        container, keys = self.frames[-1]
        if isinstance(container, Rows):
            container.add(value, line)
        elif not keys:
            keys.append(value if isinstance(value, str) else _written(value))
            container.lines.setdefault(keys[0], line)
        else:
            _assign(container, keys.pop(), value)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark is not None else 0


def _assign(container: Table, key: str, value: object) -> None:
    if key != "<<":
        container[key] = value
        return
    for source in value if isinstance(value, list) else [value]:
        for name, inherited in source.items() if isinstance(source, dict) else ():
            container.setdefault(name, inherited)


def _written(value: object) -> str:
    """The text of a key that is no string."""
    if isinstance(value, (dict, list)):
        return "?"
    return "" if value is None else str(value).lower()


def _scalar(event: yaml.ScalarEvent) -> object:
    line = _line(event) + (1 if event.style in ("|", ">") else 0)
    if event.style is None or event.style == "":
        if event.value in _CONSTANTS:
            return _CONSTANTS[event.value]
        found = number(event.value) if event.value[:1].isdigit() or event.value[:1] in "+-." else None
        # "3.10" is a version as often as a number: whoever wants the number converts the text.
        if found is not None and event.value.lstrip("+-").isdigit():
            return int(found)
    return Text(event.value, line)


def _size(value: object, known: dict[int, int]) -> int:
    """How many nodes the value has when it is written out. Aliases are defined before use: no cycles, bounded depth."""
    if not isinstance(value, (dict, list)):
        return 1
    if id(value) not in known:
        items = value.values() if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_size(item, known) for item in items)
    return known[id(value)]
