"""What the environment floor hands to the checks: plain data, no opinion."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from msgspec import Struct, field

from gatekeeper.environment.witness import Witness
from gatekeeper.model.observation import ToolIdentity


class SlotLike(Protocol):
    """What the environment needs to know of a slot: where the tree is, and a kept folder outside of it."""

    @property
    def path(self) -> Path: ...

    @property
    def scratch(self) -> Path: ...


class Contents(Protocol):
    """The contents of an environment that the gate did not build. Looking may take a second: thousands of files."""

    def look(self) -> tuple[str, tuple[Witness, ...]]:
        """sha256 of the contents, and what it was made from."""
        ...


class Environment(Struct, frozen=True):
    """The tools' environment, shared by all slots.

    `origin` says in words where it came from. `links` are (name in the tree, absolute source) pairs that
    `overlay.install_project` puts under the slot. Any entry of `problems` blocks what needs this environment.
    """

    origin: str
    digest: str
    python: str | None = None
    bin_dirs: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    witnesses: tuple[Witness, ...] = ()
    root: str = ""
    """Absolute folder that holds it, when the gate built it; empty when it is the caller's."""
    caller_root: str = ""
    """The main worktree whose environment is borrowed; its editable installs are pointed at the slot instead."""
    contents: "Contents | None" = None
    """What is installed, where `digest` does not cover it; only asked when a result is to be cached."""
    local_projects: tuple[str, ...] = ()
    """Folders (relative to the tree) of the projects that are installed per slot; "." is the tree itself."""


class Overlay(Struct, frozen=True):
    """The environment as one slot sees it: the shared one plus the project itself.

    `placed` are names that were put into the tree (`node_modules`, …): the gate's own, not a change of the tree.
    """

    python: str | None
    bin_dirs: tuple[str, ...]
    env: Mapping[str, str]
    digest: str
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    placed: tuple[str, ...] = ()


NO_ENVIRONMENT = Environment(origin="PATH of the caller: the tree needs no environment", digest="none")
NO_OVERLAY = Overlay(None, (), {}, NO_ENVIRONMENT.digest)
"""What a slot sees of it: nothing."""


class ResolvedTool(Struct, frozen=True):
    """A tool that can be run: `executable` is the beginning of its argv."""

    executable: tuple[str, ...]
    identity: ToolIdentity
    witnesses: tuple[Witness, ...] = ()
