"""The real `gate check` over the branch of a case, and what it said."""

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.attacks.case import Case
from tests.attacks.desk import Desk
from tests.support.gate import run_gate

_ACCIDENT = re.compile(r"not found|timed? ?out|within|memory|contention|isolation|network|installing")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case. `stopped` are (check, rule) of what kept it from being accepted, `listed` of what was
    said beside that."""

    case: Case
    verdict: str
    stopped: tuple[tuple[str, str], ...]
    listed: tuple[tuple[str, str], ...]
    reasons: tuple[str, ...]
    seconds: float

    @property
    def by_accident(self) -> tuple[str, ...]:
        """Reasons that have nothing to do with the case: a slow machine, a tool that is missing."""
        return tuple(reason for reason in self.reasons if _ACCIDENT.search(reason))

    def __str__(self) -> str:
        rules = ", ".join("/".join(pair) for pair in self.stopped) or "nothing"
        return f"{self.case.name}: {self.verdict}, stopped by {rules}; {'; '.join(self.reasons)}"


def judge(desk: Desk, case: Case) -> Outcome:
    """Lay the case out and run the gate on its branch. AssertionError when the gate gives no verdict."""
    base, branch = desk.lay(case)
    started = time.monotonic()
    judged = run_gate("--base", base, branch, cwd=desk.path, env=_variables(desk), timeout_s=900, cold=True)
    seconds = time.monotonic() - started
    assert judged.report, f"exit {judged.status}: {judged.err}"
    checks = [one for one in judged.report["checks"] if one["outcome"] in {"failed", "blocked"} and _counts(case, one)]
    stopped = dict.fromkeys(pair for check in checks for pair in _stopped(check))
    listed = dict.fromkeys(pair for pair in _said(judged.report) if pair not in stopped)
    reasons = tuple(reason for check in checks for reason in check["reasons"])
    return Outcome(case, judged.verdict, tuple(stopped), tuple(listed), reasons, seconds)


def _said(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(check, rule) of every finding."""
    for check in report["checks"]:
        yield from ((check["id"], one["rule"]) for one in check["findings"])


def _counts(case: Case, check: Mapping[str, Any]) -> bool:
    """`fleet` asks every branch for a contract and a form of commits: that stops an attack, and proves nothing."""
    return case.policy != "fleet" or check["id"] != "rules"


def _stopped(check: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The rejecting rules of a check, or that it was blocked."""
    rules = dict.fromkeys(one["rule"] for one in check["findings"] if one["rejects"])
    return [(check["id"], rule) for rule in rules] or [(check["id"], check["outcome"])]


def _variables(desk: Desk) -> dict[str, str]:
    desk.home.mkdir(parents=True, exist_ok=True)
    return {"GATE_HOME": str(desk.home), "HOME": str(desk.home)}
