"""Thresholds and ratchets: a number that had to be reached is lower, one that must not be passed is higher, or it is
gone.
"""

from collections.abc import Iterator, Mapping

from gatekeeper.integrity.commands.carriers import kind_of
from gatekeeper.integrity.commands.command import Judge
from gatekeeper.integrity.commands.matching import matched
from gatekeeper.integrity.commands.narrowing import limits
from gatekeeper.integrity.contract import Diff, Effect, FileChange, Hit, Rule
from gatekeeper.integrity.knobs import Knob, Side, as_strict, turned
from gatekeeper.integrity.loosened import Loosened, loosened
from gatekeeper.integrity.ratchets import grown
from gatekeeper.integrity.tool_sides import side_of

_MINE = frozenset({"threshold-weakened", "coverage-narrowed", "size-budget-raised"})


class Thresholds:
    """Settings are compared over all files of the branch: a threshold that moved with its value is no hit."""

    rules: Mapping[str, Rule] = {
        "threshold-weakened": Rule(Effect.BLOCK, "weakens a threshold"),
        "threshold-removed": Rule(Effect.BLOCK, "removes a threshold"),
        "ratchet-weakened": Rule(Effect.BLOCK, "lets a ratchet go back"),
        "coverage-narrowed": Rule(Effect.WARN, "counts less of the code towards coverage"),
        "size-budget-raised": Rule(Effect.WARN, "raises a size budget"),
        "tool-replaced": Rule(Effect.WARN, "replaces a tool by another one without its thresholds"),
    }

    def detect(self, change: FileChange, diff: Diff) -> Iterator[Hit]:
        """Hits in one file of configuration, commands or recorded numbers."""
        for found in loosened(change, diff):
            if found.turned.knob.rule in _MINE:
                yield hit_of(found, change, _rule(found))
        yield from _of_commands(change, diff)
        for message in grown(change):
            yield Hit("ratchet-weakened", change.path, message)


def _rule(found: Loosened) -> str:
    rule = found.turned.knob.rule
    if rule != "threshold-weakened" or not found.turned.gone:
        return rule
    return "tool-replaced" if found.replaced_by else "threshold-removed"


def hit_of(found: Loosened, change: FileChange, rule: str) -> Hit:
    """A hit for a setting that is looser."""
    text, knob = found.turned.text, found.turned.knob
    if found.retired:
        text += f"; nothing configures {knob.section} any more"
        text += f", {found.replaced_by} is new" if found.replaced_by else ""
    return Hit(
        rule,
        change.path,
        text,
        line=found.line,
        symbol=knob.name,
        context=".".join(knob.where),
        harder=found.turned.blanket,
    )


def _of_commands(change: FileChange, diff: Diff) -> Iterator[Hit]:
    """Thresholds on command lines, of commands that are there before and after."""
    if not (kind_of(change.path) or kind_of(change.before)):
        return
    for service in (True, False):
        for before, after in matched(diff, service).kept:
            if after.change is change and before.judge.arguments != after.judge.arguments:
                yield from _of_command(before.judge, after.judge, change, diff)


def _of_command(before: Judge, after: Judge, change: FileChange, diff: Diff) -> Iterator[Hit]:
    for found in turned(_side(before), _side(after)):
        if found.gone and _configured(found.knob, diff):
            continue
        yield Hit(
            "threshold-removed" if found.gone else "threshold-weakened",
            change.path,
            found.text,
            line=after.line or None,
            symbol=found.knob.name,
            context=after.shown,
        )


def _side(judge: Judge) -> Side:
    """The thresholds of one command line, to be compared like those of a file."""
    return Side(sections=frozenset({"command"}), knobs=limits(judge).found)


def _configured(knob: Knob, diff: Diff) -> bool:
    """Does a changed file of configuration hold the same threshold now?"""
    return any(
        as_strict(knob, other) for change in diff.changes for other in side_of(change, diff, True).knobs.values()
    )


DETECTOR = Thresholds()
