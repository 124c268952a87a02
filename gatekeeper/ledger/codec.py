"""Dataclasses of the model ↔ JSON, driven by their type hints. Strict: what does not fit is an error, never a guess.

Only the shapes that the model uses are supported. A field that is missing in the JSON takes its default, so that the
ledger stays readable when a dataclass gains a field.
"""

import dataclasses
import functools
import json
import types
import typing
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar, cast

T = TypeVar("T")
Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


class CodecError(ValueError):
    """The JSON does not have the shape of the wanted type; the message names the place."""


def dumps(value: object) -> str:
    """Compact ASCII JSON. Lone surrogates of undecodable file names survive as escapes."""
    return json.dumps(encode(value), ensure_ascii=True, separators=(",", ":"))


def loads(kind: type[T], text: str) -> T:
    """The value of type `kind`. Raises CodecError on malformed JSON or another shape."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CodecError(f"not JSON: {error}") from error
    return decode(kind, data)


def encode(value: object) -> Json:
    """Plain JSON values. Raises CodecError for a type that the model does not use."""
    if value is None or isinstance(value, bool | int | float | str):
        return value.value if isinstance(value, StrEnum) else value
    if isinstance(value, tuple):
        return [encode(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    return _encode_object(value)


def _encode_object(value: object) -> Json:
    if isinstance(value, date):
        return value.isoformat()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
    raise CodecError(f"cannot encode {type(value).__name__}")


def decode(kind: type[T], data: Json) -> T:
    """The inverse of `encode`. Raises CodecError naming the place that does not fit."""
    return cast(T, _decode(kind, data, kind.__name__))


def _decode(kind: object, data: Json, where: str) -> object:
    kind = getattr(kind, "__supertype__", kind)  # NewType
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return _decode_union(typing.get_args(kind), data, where)
    if origin is tuple:
        return _decode_tuple(typing.get_args(kind), data, where)
    if origin is Mapping:
        return _decode_mapping(typing.get_args(kind), data, where)
    if isinstance(kind, type):
        if dataclasses.is_dataclass(kind):
            return _decode_dataclass(kind, data, where)
        return _decode_scalar(kind, data, where)
    raise CodecError(f"{where}: unsupported type {kind!r}")


def _decode_union(members: tuple[object, ...], data: Json, where: str) -> object:
    if data is None and type(None) in members:
        return None
    others = [member for member in members if member is not type(None)]
    if len(others) != 1:
        raise CodecError(f"{where}: only optional types are supported")
    return _decode(others[0], data, where)


def _decode_tuple(members: tuple[object, ...], data: Json, where: str) -> object:
    if not isinstance(data, list):
        raise CodecError(f"{where}: a list is wanted, not {type(data).__name__}")
    if len(members) == 2 and members[1] is Ellipsis:
        return tuple(_decode(members[0], item, f"{where}[{index}]") for index, item in enumerate(data))
    if len(members) != len(data):
        raise CodecError(f"{where}: {len(members)} items are wanted, not {len(data)}")
    return tuple(
        _decode(kind, item, f"{where}[{index}]") for index, (kind, item) in enumerate(zip(members, data, strict=True))
    )


def _decode_mapping(members: tuple[object, ...], data: Json, where: str) -> object:
    if not isinstance(data, dict):
        raise CodecError(f"{where}: an object is wanted, not {type(data).__name__}")
    return {_decode(members[0], key, where): _decode(members[1], item, f"{where}.{key}") for key, item in data.items()}


def _decode_dataclass(kind: type, data: Json, where: str) -> object:
    if not isinstance(data, dict):
        raise CodecError(f"{where}: an object is wanted, not {type(data).__name__}")
    hints = _hints(kind)
    unknown = sorted(set(data) - set(hints))
    if unknown:
        raise CodecError(f"{where}: unknown field {unknown[0]!r}")
    values = {name: _decode(hints[name], item, f"{where}.{name}") for name, item in data.items()}
    try:
        return kind(**values)
    except TypeError as error:
        raise CodecError(f"{where}: {error}") from error


def _decode_scalar(kind: type, data: Json, where: str) -> object:
    if kind is date or issubclass(kind, StrEnum):
        return _decode_word(kind, data, where)
    if kind is float and type(data) is int:
        return float(data)
    if kind in (str, int, float, bool) and type(data) is kind:
        return data
    raise CodecError(f"{where}: {kind.__name__} is wanted, not {type(data).__name__}")


def _decode_word(kind: type, data: Json, where: str) -> object:
    if not isinstance(data, str):
        raise CodecError(f"{where}: text is wanted, not {type(data).__name__}")
    try:
        return date.fromisoformat(data) if kind is date else cast(type[StrEnum], kind)(data)
    except ValueError as error:
        raise CodecError(f"{where}: {error}") from error


@functools.cache
def _hints(kind: type) -> Mapping[str, object]:
    return {
        name: hint
        for name, hint in typing.get_type_hints(kind).items()
        if name in {f.name for f in dataclasses.fields(kind)}
    }
