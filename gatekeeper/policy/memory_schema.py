"""The table of gate.toml that says how much of a machine's memory budget this repository may take."""

from pydantic import Field

from gatekeeper.policy.shapes import Size, Table


class MemoryTable(Table):
    """[memory]: this repository's part of the budget. One command may always run, whatever it needs."""

    share: Size | None = Field(None, description="The most that all commands of this repository hold together")
