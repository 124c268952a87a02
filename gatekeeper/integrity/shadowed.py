"""A new configuration file that a tool reads instead of the one that the project has."""

from collections.abc import Iterator
from posixpath import basename, dirname

from gatekeeper.integrity.contract import Diff, FileChange, Hit
from gatekeeper.integrity.tool_sides import side_of
from gatekeeper.integrity.winners import BEFORE

_NEAREST = ("pytest", "ruff")
"""Tools for which a file in a folder wins over one of the root."""


def shadowed(change: FileChange, diff: Diff) -> Iterator[Hit]:
    """At most one hit: the file is new, wins, and the one that loses is there before and after."""
    if change.old is not None or change.new is None:
        return
    name, folder = basename(change.path), dirname(change.path)
    for tool, (winners, losers) in BEFORE.items():
        if name not in winners:
            continue
        beside = [f"{folder}/{loser}" if folder else loser for loser in losers]
        above = [*winners, *losers] if folder and tool in _NEAREST else []
        yield from _won(change, tool, beside, above, diff)


def _won(change: FileChange, tool: str, beside: list[str], above: list[str], diff: Diff) -> Iterator[Hit]:
    """`beside`: paths in the folder of the file that lose to it; `above`: those of the root that do."""
    known = _still_configured(tool, beside, diff)
    if known:
        yield _hit(change, tool, known, certain=True)
    elif known is None and (unseen := _unseen([*beside, *above], diff)):
        yield _hit(change, tool, unseen, certain=False)


def _still_configured(tool: str, paths: list[str], diff: Diff) -> str | None:
    """The file that still configures the tool; "" when it moved out of one; None when none is known that did."""
    moved: str | None = None
    unchanged = (FileChange(path, "M", diff.beside[path], diff.beside[path]) for path in paths if path in diff.beside)
    for change in (*diff.changes, *unchanged):
        if change.path in paths or change.before in paths:
            if tool in side_of(change, diff, True).sections:
                return change.path
            moved = "" if tool in side_of(change, diff, False).sections else moved
    return moved


def _unseen(paths: list[str], diff: Diff) -> str:
    changed = {change.path for change in diff.changes} | {change.before for change in diff.changes} | {*diff.beside}
    return next(
        (path for path in paths if path in diff.base_names and path in diff.head_names and path not in changed), ""
    )


def _hit(change: FileChange, tool: str, loser: str, certain: bool) -> Hit:
    rule = "configuration-shadowed" if certain else "configuration-added-beside"
    says = f"{tool} reads this file instead of {loser}" + ("" if certain else ", should that configure it")
    return Hit(rule, change.path, says, line=1, symbol=tool)
