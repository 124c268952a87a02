"""What a branch weakens: everything that the detectors say, each hit once, sorted, a bounded number.

Most branches are read here. A large one is read by two processes, scripts in one and everything else in the other: they
share nothing but the diff, and take about the same time.
"""

import json
import os
import pickle
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from gatekeeper.dispatch.crew import Crew
from gatekeeper.errors import CannotEstablish
from gatekeeper.integrity.contract import Diff, Hit, Rule
from gatekeeper.integrity.registry import Looked, concerned, look
from gatekeeper.process.capture import capture
from gatekeeper.process.environment import scrubbed

MOST = 200
"""Hits of one rule that are listed; the others are counted."""
LARGE = 4 << 20
"""Bytes on both sides of a diff from which on a second process is worth the third of a second until it begins."""
APART = "script_"
"""How the places of detectors begin that the second process looks after."""
TIMEOUT_S = 600.0
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from gatekeeper.integrity.examine import main; main()"
)


@dataclass(frozen=True, slots=True)
class Examined:
    """What all detectors say that may have looked at the diff."""

    hits: tuple[Hit, ...] = ()
    rules: Mapping[str, Rule] = field(default_factory=dict)
    """Rules of these detectors."""
    beyond: Mapping[str, int] = field(default_factory=dict)
    """Rule → hits that are not listed."""
    failed: tuple[str, ...] = ()
    """What broke, in words."""


def examine(diff: Diff, most: int = MOST, large: int = LARGE) -> Examined:
    """What the branch weakens. Nothing raises: a process or a detector that broke is in `failed`."""
    looked = _looked(diff, large)
    found = {hit: None for one in looked for hit in one.hits}
    hits, beyond = _bounded(sorted(found, key=_order), most)
    rules = {rule: what for one in looked for rule, what in one.rules.items()}
    return Examined(hits, rules, beyond, tuple(why for one in looked for why in one.failed))


def _looked(diff: Diff, large: int) -> Sequence[Looked]:
    places = concerned(diff)
    apart = tuple(place for place in places if place.startswith(APART))
    here = tuple(place for place in places if place not in apart)
    if not apart or not here or _size(diff) < large:
        return [look(places, diff)]
    both = Crew([partial(look, here, diff), partial(_apart, apart, diff)], 2, "integrity")
    return both.work(when_failed=lambda: None)


def _size(diff: Diff) -> int:
    return sum(len(one.old or b"") + len(one.new or b"") for one in diff.changes)


def _apart(places: Sequence[str], diff: Diff) -> Looked:
    """What a process of its own says; it inherits where the gate is imported from, and nothing else.

    The diff goes through a file: a pipe would be fed in small pieces, each of which waits for the other thread.
    """
    env = scrubbed(os.environ, home=Path("/nonexistent"))
    try:
        with tempfile.NamedTemporaryFile(prefix="gate-diff-") as file:
            pickle.dump((places, replace(diff, cache={})), file)
            file.flush()
            argv = (sys.executable, "-I", "-c", _START, json.dumps([path for path in sys.path if path]), file.name)
            said = capture(argv, cwd="/", env=env, timeout_s=TIMEOUT_S)
        answer: Looked = pickle.loads(said.stdout)  # noqa: S301 - written by our own process
    except (CannotEstablish, EOFError, OSError, pickle.UnpicklingError) as error:
        return Looked((), {}, (f"the process that reads scripts ended early: {error}",))
    return answer


def main() -> None:
    """The second process: (places, diff) in the file that is named last, what was seen on standard output; pickled."""
    with Path(sys.argv[-1]).open("rb") as file:
        places, diff = pickle.load(file)  # noqa: S301 - written by the gate that started this
    pickle.dump(look(places, diff), sys.stdout.buffer)


def _order(hit: Hit) -> tuple[str, int, str, str, str]:
    return (hit.path, hit.line or 0, hit.rule, hit.symbol, hit.message)


def _bounded(hits: Iterable[Hit], most: int) -> tuple[tuple[Hit, ...], dict[str, int]]:
    """At most so many of each rule: those that weigh more first, then in order."""
    by_rule: defaultdict[str, list[Hit]] = defaultdict(list)
    for hit in hits:
        by_rule[hit.rule].append(hit)
    kept = [hit for several in by_rule.values() for hit in sorted(several, key=lambda one: not one.harder)[:most]]
    beyond = {rule: len(several) - most for rule, several in sorted(by_rule.items()) if len(several) > most}
    return tuple(sorted(kept, key=_order)), beyond
