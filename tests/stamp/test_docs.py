"""docs/reference/stamp.md explains every field that a stamp can have."""

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[2] / "docs/reference/stamp.md"


def names(schema: Any) -> Iterator[str]:
    """Names of all properties, anywhere in the schema."""
    if isinstance(schema, dict):
        for name, value in schema.get("properties", {}).items():
            yield name
            yield from names(value)
        for key, value in schema.items():
            if key != "properties":
                yield from names(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from names(value)


def test_every_field_is_explained() -> None:
    schema = json.loads(files("gatekeeper.stamp").joinpath("verdict.schema.json").read_text(encoding="utf-8"))
    told = set(re.findall(r"[a-z_0-9]+", " ".join(re.findall(r"`([^`]+)`", PAGE.read_text(encoding="utf-8")))))
    wanted = set(names(schema))
    assert len(wanted) > 80
    assert wanted - told == set()
