"""Structs of the model ↔ JSON, driven by their type hints. Strict: what does not fit is an error, never a guess.

Only the shapes that the model uses are supported. A field that is missing in the JSON takes its default, so that the
ledger stays readable when a struct gains a field. A run may have thousands of findings: how a type is read is worked
out once, and writing leaves everything but structs to the json module.
"""

import functools
import json
import types
import typing
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar, cast

from msgspec import Struct

T = TypeVar("T")
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
_Reader = Callable[[Json], object]


class CodecError(ValueError):
    """The JSON does not have the shape of the wanted type; the message names the place."""

    def __init__(self, what: str, place: str = "") -> None:
        super().__init__(f"{place}: {what}" if place else what)
        self._what, self._place = what, place

    def inside(self, outer: str) -> "CodecError":
        """The same mistake, seen from the value around it."""
        return CodecError(self._what, outer + self._place)


def dumps(value: object) -> str:
    """Compact ASCII JSON. Lone surrogates of undecodable file names survive as escapes.

    Raises CodecError for a type that the model does not use.
    """
    return json.dumps(value, default=_opened, ensure_ascii=True, separators=(",", ":"))


def _opened(value: object) -> object:
    """One level of what the json module does not know; it asks again for what is inside."""
    if isinstance(value, Struct):
        return {name: getattr(value, name) for name in value.__struct_fields__}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise CodecError(f"cannot encode {type(value).__name__}")


def encode(value: object) -> Json:
    """The same as plain JSON values."""
    return cast(Json, json.loads(dumps(value)))


def loads(kind: type[T], text: str) -> T:
    """The value of type `kind`. Raises CodecError on malformed JSON or another shape."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CodecError(f"not JSON: {error}") from error
    return decode(kind, data)


def decode(kind: type[T], data: Json) -> T:
    """The inverse of `encode`. Raises CodecError naming the place that does not fit."""
    try:
        return cast(T, _reader(cast(object, kind))(data))
    except CodecError as error:
        raise error.inside(kind.__name__) from error


@functools.cache
def _reader(kind: object) -> _Reader:
    """How values of a type are read."""
    kind = getattr(kind, "__supertype__", kind)  # NewType
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return _optional(typing.get_args(kind))
    if origin is tuple:
        members = typing.get_args(kind)
        return _row(members[0]) if members[1:] == (Ellipsis,) else _fixed(members)
    if origin is Mapping:
        return _mapping(*typing.get_args(kind))
    if isinstance(kind, type):
        return _object(kind) if issubclass(kind, Struct) else _scalar(kind)
    return _unsupported(f"unsupported type {kind!r}")


def _unsupported(why: str) -> _Reader:
    def read(_: Json) -> object:
        raise CodecError(why)

    return read


def _optional(members: tuple[object, ...]) -> _Reader:
    others = [member for member in members if member is not type(None)]
    if len(others) != 1:
        return _unsupported("only optional types are supported")
    inner = _reader(others[0])
    return lambda data: None if data is None else inner(data)


def _row(member: object) -> _Reader:
    inner = _reader(member)

    def read(data: Json) -> object:
        items = _list(data)
        try:
            return tuple([inner(item) for item in items])
        except CodecError:
            return _each([inner] * len(items), items)  # once more, to say where

    return read


def _fixed(members: tuple[object, ...]) -> _Reader:
    inner = [_reader(member) for member in members]

    def read(data: Json) -> object:
        items = _list(data)
        if len(items) != len(inner):
            raise CodecError(f"{len(inner)} items are wanted, not {len(items)}")
        return _each(inner, items)

    return read


def _each(readers: list[_Reader], items: list[Json]) -> tuple[object, ...]:
    found = []
    for index, (inner, item) in enumerate(zip(readers, items, strict=True)):
        try:
            found.append(inner(item))
        except CodecError as error:
            raise error.inside(f"[{index}]") from error
    return tuple(found)


def _list(data: Json) -> list[Json]:
    if not isinstance(data, list):
        raise CodecError(f"a list is wanted, not {type(data).__name__}")
    return data


def _table(data: Json) -> dict[str, Json]:
    if not isinstance(data, dict):
        raise CodecError(f"an object is wanted, not {type(data).__name__}")
    return data


def _mapping(key: object, value: object) -> _Reader:
    keys, values = _reader(key), _reader(value)

    def read(data: Json) -> object:
        found = {}
        for name, item in _table(data).items():
            try:
                found[keys(name)] = values(item)
            except CodecError as error:
                raise error.inside(f".{name}") from error
        return found

    return read


def _object(kind: type[Struct]) -> _Reader:
    hints = _hints(kind)
    readers = {name: _reader(hints[name]) for name in kind.__struct_fields__}

    def read(data: Json) -> object:
        values = {}
        for name, item in _table(data).items():
            if name not in readers:
                raise CodecError(f"unknown field {name!r}")
            try:
                values[name] = readers[name](item)
            except CodecError as error:
                raise error.inside(f".{name}") from error
        try:
            return kind(**values)
        except TypeError as error:
            raise CodecError(str(error)) from error

    return read


def _hints(kind: type[Struct]) -> Mapping[str, object]:
    """Field → type. To look them up takes longer, and is needed where one is inherited or written as text."""
    own = kind.__annotations__
    plain = all(name in own and not isinstance(own[name], str) for name in kind.__struct_fields__)
    return own if plain else typing.get_type_hints(kind)


def _scalar(kind: type) -> _Reader:
    if kind is date or issubclass(kind, StrEnum):
        return _word(kind)
    if kind not in (str, int, float, bool):
        return _unsupported(f"unsupported type {kind!r}")

    def read(data: Json) -> object:
        if type(data) is kind:
            return data
        if kind is float and type(data) is int:
            return float(data)
        raise CodecError(f"{kind.__name__} is wanted, not {type(data).__name__}")

    return read


def _word(kind: type) -> _Reader:
    known = {member.value: member for member in kind} if issubclass(kind, StrEnum) else {}

    def read(data: Json) -> object:
        if not isinstance(data, str):
            raise CodecError(f"text is wanted, not {type(data).__name__}")
        if data in known:
            return known[data]
        try:
            return date.fromisoformat(data) if kind is date else kind(data)
        except ValueError as error:
            raise CodecError(str(error)) from error

    return read
