"""A struct of the model as plain dicts, all the way down: for what is shown, and for digests."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct


def plain(value: Struct) -> dict[str, Any]:
    """Its fields by name, in their order. Tuples stay tuples, and what is no struct stays as it is."""
    return {name: _plain(getattr(value, name)) for name in value.__struct_fields__}


def _plain(value: object) -> object:
    if isinstance(value, Struct):
        return plain(value)
    if isinstance(value, (tuple, list)):
        return type(value)(_plain(item) for item in value)
    return {key: _plain(item) for key, item in value.items()} if isinstance(value, Mapping) else value
