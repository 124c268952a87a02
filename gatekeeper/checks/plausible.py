"""Was a run of tests implausibly short, held against earlier ones? A note, no more: machines and tests differ. Pure."""

from collections.abc import Sequence
from statistics import median

from gatekeeper.model.observation import Observation, Past

_FEWEST = 3
"""Earlier runs from which on anything is said."""
_LEAST_S = 2.0
"""Shorter runs are mostly the start of the runner."""
_SHARE = 0.1


def implausibly_short(head: Observation, past: Sequence[Past]) -> str:
    """The note, or "" when there is nothing to be said: less than a tenth of the usual time for each test."""
    executed = head.counts.get("executed", 0)
    usual = [one for one in past if one.executed and one.duration_s >= _LEAST_S]
    if not executed or len(usual) < _FEWEST:
        return ""
    each = median(one.duration_s / one.executed for one in usual)
    if head.duration_s / executed >= _SHARE * each:
        return ""
    seconds, tests = median(one.duration_s for one in usual), median(one.executed for one in usual)
    return (
        f"implausibly short: {executed} tests ran in {head.duration_s:.1f} s; "
        f"the last {len(usual)} runs took {seconds:.1f} s for {tests:.0f}"
    )
