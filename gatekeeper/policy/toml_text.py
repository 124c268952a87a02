"""Values as one line of TOML."""

import json
from collections.abc import Mapping
from enum import StrEnum


def toml(value: object) -> str:
    """Text, numbers, lists and tables. What has no form in TOML (None) is the caller's to leave out."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{toml_key(str(name))} = {toml(one)}" for name, one in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, StrEnum):
        return json.dumps(value.value)
    if isinstance(value, str):
        # A JSON string is a TOML string, apart from DEL and from half a surrogate pair.
        text = value.encode("utf-8", "backslashreplace").decode()
        return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)


def toml_key(name: str) -> str:
    """A bare key where that is allowed, else a quoted one."""
    bare = name.isascii() and bool(name) and name.replace("-", "").replace("_", "").isalnum()
    return name if bare else toml(name)
