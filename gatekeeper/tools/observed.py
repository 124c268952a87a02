"""What the observer inside pytest said (`inside/gate_pytest_observer.py`), held against the report. Pure; never raises.

The observer shares its process with the code of the branch: what it says may be forged, so it makes nothing pass. It
only takes away what a report claims beyond it.
"""

import json
from collections.abc import Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from gatekeeper.model.finding import Finding
from gatekeeper.model.vocabulary import CheckId
from gatekeeper.tools.contract import Reading
from gatekeeper.tools.junit import id_of_node
from gatekeeper.tools.reading import repository_path, shorten

RULE = "observer-disagrees"
ENDED_EARLY = "the test process ended before pytest did: its last word is missing, so its report proves nothing"
_SHOWN = 50
_NEVER_BEGUN, _NOT_FINISHED = 0, 1


class Seen(Struct):
    """One test, its last try. Exceptions are qualified names; `body` is None where it could not be followed."""

    raised: str = ""
    skipped: bool = False
    skipped_by: str = ""
    body: int | None = None
    called: bool = False
    unverified: bool = False
    """It ran in a worker without observer."""
    swapped: bool = False
    """Its function had another code than when it was collected."""


class Observed(Struct):
    """Everything that came over the pipe. `ended` is pytest's own exit status, None without a last word."""

    tests: dict[str, Seen] = field(default_factory=dict)
    collected: set[str] = field(default_factory=set)
    ended: int | None = None
    refused: tuple[str, ...] = ()
    """Plugins of the branch that were not loaded."""
    replaced: tuple[str, ...] = ()
    """Parts of the runner that were replaced by something of the tree."""


def read(channel: bytes, root: str) -> Observed:
    """Lines that are no such words are passed over: what is missing counts against the report anyway."""
    found = Observed()
    for line in channel.splitlines():
        try:
            words = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(words, dict):
            _take(found, words, root)
    return found


def _take(found: Observed, words: Mapping[str, object], root: str) -> None:
    ended, collected = words.get("e"), words.get("c")
    if isinstance(ended, int):
        found.ended = ended
    elif "r" in words:
        found.refused = _texts(words["r"])
    elif "m" in words:
        found.replaced = _texts(words["m"])
    elif collected is not None:
        found.collected.update(_texts(collected))
    elif isinstance(words.get("t"), str):
        _phase(found, words, root)


def _texts(value: object) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def _phase(found: Observed, words: Mapping[str, object], root: str) -> None:
    node, file = str(words["t"]), words.get("f")
    test = id_of_node(node, repository_path(file, root) if isinstance(file, str) else None)
    found.collected.discard(node)
    raised, kind, body = str(words.get("x") or ""), words.get("k"), words.get("b")
    if words.get("p") == "teardown":
        seen = found.tests.setdefault(test, Seen())
        seen.raised = seen.raised or raised
        return
    # A set-up that speaks, and every call, begins anew: a test that is tried again counts by its last try.
    found.tests[test] = Seen(
        raised="" if kind == "skip" else raised,
        skipped=kind == "skip",
        skipped_by=str(words.get("w") or ""),
        body=body if isinstance(body, int) else None,
        called=words.get("p") == "call",
        unverified=bool(words.get("u")),
        swapped=bool(words.get("z")),
    )


def hold(check: CheckId, reading: Reading, observed: Observed, exit_status: int) -> Reading:
    """The reading with what the observer saw otherwise; `exit_status` is that of the process."""
    if observed.ended is None:
        # What was seen until then stays: a failure among it is one.
        problem = reading.problem or ENDED_EARLY
        found = tuple(_findings(check, reading.tests, observed)) if observed.tests else ()
        return replace(reading, problem=problem, findings=(*reading.findings, *found))
    found = (
        *_exit(check, observed.ended, exit_status),
        *_replaced(check, observed),
        *_findings(check, reading.tests, observed),
    )
    counts = dict(reading.counts)
    if counts and observed.collected:
        counts["deselected"] = len(observed.collected)
    alone = sum(seen.unverified for seen in observed.tests.values())
    notes = [f"{alone} tests ran in workers without the gate's observer"] if alone else []
    notes += [f"plugin {name!r} of the branch was not loaded: base offers none" for name in observed.refused]
    return replace(
        reading,
        findings=(*reading.findings, *found),
        counts=counts,
        notes=(*reading.notes, *notes),
        skipped_by=_skips(observed),
    )


def _skips(observed: Observed) -> dict[str, str]:
    elsewhere = {}
    for test, seen in observed.tests.items():
        if seen.skipped and seen.skipped_by and not test.startswith(f"{seen.skipped_by}::"):
            elsewhere[test] = seen.skipped_by
    return elsewhere


def _exit(check: CheckId, ended: int, exit_status: int) -> Iterator[Finding]:
    if ended != exit_status:
        message = f"pytest ended with {ended}, and its process was made to exit with {exit_status}"
        yield Finding(check=check, rule=RULE, message=message, symbol="exit status")


def _replaced(check: CheckId, observed: Observed) -> Iterator[Finding]:
    for name in observed.replaced[:_SHOWN]:
        message = f"{shorten(name, 100)} was replaced by code of the tree while the tests ran"
        yield Finding(check=check, rule=RULE, message=message, symbol=name)


def _findings(check: CheckId, states: Mapping[str, str], observed: Observed) -> Iterator[Finding]:
    """One finding per test that the report tells otherwise; past the first fifty only their number."""
    told = list(_told(states, observed))
    for test, why in told[:_SHOWN]:
        path = test.partition("::")[0]
        inside = path if "::" in test and "." in path else None
        message = shorten(f"{test}: {why}")
        yield Finding(check=check, rule=RULE, message=message, path=inside, symbol=test)
    if len(told) > _SHOWN:
        message = f"and {len(told) - _SHOWN} more tests that the report tells otherwise than they were seen"
        yield Finding(check=check, rule=RULE, message=message, symbol="more")


def _told(states: Mapping[str, str], observed: Observed) -> Iterator[tuple[str, str]]:
    for test, state in states.items():
        why = _otherwise(state, observed.tests.get(test))
        if why:
            yield test, why
    for test, seen in observed.tests.items() if states else ():
        if test not in states and seen.raised:
            yield test, "it failed, and the report does not list it"


def _otherwise(state: str, seen: Seen | None) -> str:
    """Why the report's word about a test cannot be true; "" when it can."""
    if seen is not None and (seen.unverified or state not in {"passed", "skipped"}):
        return ""
    if state == "skipped":
        return f"reported as skipped, and it raised {seen.raised}" if seen is not None and seen.raised else ""
    why = _not_passed(seen) if state == "passed" else ""
    return f"reported as passed, and {why}" if why else ""


def _not_passed(seen: Seen | None) -> str:
    if seen is None:
        return "it was not seen to be executed"
    if seen.raised or seen.skipped:
        return f"it raised {seen.raised}" if seen.raised else "it was skipped"
    if not seen.called:
        return "it was not seen to be executed"
    if seen.swapped:
        return "its code was exchanged for another while the tests ran"
    if seen.body == _NEVER_BEGUN:
        return "its code was never entered"
    return "its code did not come to its end" if seen.body == _NOT_FINISHED else ""
