"""What the tables of gate.toml are made of: durations, sizes, commands, and strictness."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from gatekeeper.policy.values import parse_duration, parse_size

Duration = Annotated[
    float, BeforeValidator(parse_duration), WithJsonSchema({"type": ["string", "number"], "examples": ["90s", "10m"]})
]
Size = Annotated[
    int, BeforeValidator(parse_size), WithJsonSchema({"type": ["string", "integer"], "examples": ["512MiB", "2GiB"]})
]
Argv = Annotated[
    str | list[str], Field(description="A command: a string (split like a shell would, no shell) or a list")
]
Globs = list[str]

EVERYTHING = frozenset({"", "*", "**", "**/*", ".", "/", "/*", "/**"})
"""What names no one thing."""


class Table(BaseModel):
    """A table whose unknown keys are mistakes; values are never converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
