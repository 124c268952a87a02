"""The table of gate.toml that says how commands are kept from the rest of the machine."""

from typing import Literal

from pydantic import Field, field_validator

from gatekeeper.policy.shapes import Table

_TOO_MUCH = frozenset({"", "/", "~", "~/"})


class IsolationTable(Table):
    """[isolation]: what the commands of checks may see of the machine beside the tree and their tools."""

    use: Literal["auto", "require", "off"] = Field(
        "auto", description="auto: where the machine can; require: else blocked; off: never"
    )
    visible: list[str] = Field(default_factory=list, description="More files and folders to be shown, read-only")

    @field_validator("use", mode="before")
    @classmethod
    def _a_word(cls, value: object) -> object:
        if value not in ("auto", "require", "off"):
            raise ValueError('"auto", "require" or "off"')
        return value

    @field_validator("visible")
    @classmethod
    def _places(cls, values: list[str]) -> list[str]:
        for value in values:
            if not value.startswith(("/", "~/")) or ".." in value.split("/") or "\0" in value:
                raise ValueError(f"absolute paths, or paths below ~/ ({value!r} is none)")
            if value.rstrip("/") in _TOO_MUCH:
                raise ValueError(f"the folders that are needed: {value!r} would show everything")
        return values
