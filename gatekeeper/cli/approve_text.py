"""What `gate approve` says: what was signed, and what it settles of the run that looked at this commit last."""

from collections.abc import Iterator, Sequence

from gatekeeper.decision.approve import allowed_by, covers
from gatekeeper.errors import CannotEstablish
from gatekeeper.ledger.record import Ledger
from gatekeeper.model.approval import Approval
from gatekeeper.model.finding import Finding
from gatekeeper.model.policy import Policy
from gatekeeper.model.result import Report
from gatekeeper.model.subject import Subject
from gatekeeper.process.home import Home
from gatekeeper.report.summary import place, short
from gatekeeper.stamp.approving import Word
from gatekeeper.stamp.keys import PrivateKey

_RUNS = 500
"""Newest runs that are looked through."""
_SHOWN = 20


def approved(word: Word, name: str, key: PrivateKey, subject: Subject) -> Iterator[str]:
    """What was signed."""
    yield f"approved {', '.join(word.rules)} for {subject.head[:12]} ({subject.branch or 'no branch'})"
    yield f"  by       {name}, key {key.id[:16]}…"
    yield from (f"  path     {path}" for path in word.paths)
    yield f"  until    {word.expires}"
    if word.same_user:
        yield "  trust    same-user: a worker of this user could have signed it, unless the key has a passphrase"
    yield "  bound    to this commit: amended or rebased it is another one, and approved anew"


def withdrawn(word: Word, name: str, key: PrivateKey, subject: Subject) -> Iterator[str]:
    """What was taken back."""
    yield f"withdrawn: {', '.join(word.rules)} for {subject.head[:12]} ({subject.branch or 'no branch'})"
    yield f"  by       {name}, key {key.id[:16]}…"


def last_run(subject: Subject, home: Home) -> Report | None:
    """The newest run that judged this very commit, when one is recorded here."""
    if not home.ledger.exists():
        return None
    ledger = Ledger(home.ledger)
    try:
        rows = ledger.runs(subject.repository.common_dir, _RUNS)
        return next((ledger.find(row.run) for row in rows if row.head == subject.head), None)
    except CannotEstablish:
        return None  # what was signed stands; a ledger that cannot be read is for the next check to say
    finally:
        ledger.close()


def effect(found: Sequence[Approval], last: Report | None, policy: Policy, subject: Subject) -> Iterator[str]:
    """What it changes, as far as that can be told without judging."""
    yield from (f"  It does not count: {one.rule}: {one.problem}" for one in found if one.problem)
    again = f"gate check {subject.branch or subject.head[:12]}"
    if last is None:
        yield f"  No run of this commit is recorded here; what it settles is seen with: {again}"
        return
    settled, left = _parted(found, last, policy)
    yield f"  It settles {len(settled)} of the findings of run {short(last.run)}{':' if settled else '.'}"
    yield from (f"    {place(one)}  {one.check}/{one.rule}  {one.message}" for one in settled[:_SHOWN])
    if len(settled) > _SHOWN:
        yield f"    and {len(settled) - _SHOWN} more"
    if left:
        yield f"  Left open: {', '.join(left[:_SHOWN])}"
    yield f"  Judge it again: {again}"


def _parted(found: Sequence[Approval], last: Report, policy: Policy) -> tuple[Sequence[Finding], Sequence[str]]:
    """The findings that these approvals settle, and the rules of what else decides."""
    holding, allowed = [one for one in found if not one.problem], allowed_by(policy)
    settled, left = [], set()
    for finding in last.findings:
        if any(covers(one, finding, allowed) for one in holding):
            settled.append(finding)
        elif finding.rejects or finding.awaits:
            left.add(f"{finding.check}/{finding.rule}")
    return settled, sorted(left)
