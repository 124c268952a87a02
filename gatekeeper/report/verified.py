"""What `gate verify` found, for people and for programs. Everything shown may come from the log, so it is escaped."""

import json
from collections.abc import Iterator, Sequence

from gatekeeper.model.approval import Approval
from gatekeeper.report.approved import sentence, word_of
from gatekeeper.report.escape import single_line, unicode_only
from gatekeeper.stamp.answer import Answer, Verified

SCHEMA = "gatekeeper/verify/1"
SHOWN = 20
"""Lines that do not count are listed up to this many; the JSON has all."""
_HEADS = {Answer.VERIFIED: "VERIFIED", Answer.REJECTED: "REJECTED", Answer.UNESTABLISHED: "NOT ESTABLISHED"}
_MARKS = {True: "ok", False: "FAILED", None: "-"}


def text(verified: Verified, name: str, commit: str) -> str:
    """The answer, its steps, what to do next, and what did not count."""
    return "".join(line + "\n" for line in _lines(verified, name, commit))


def json_text(verified: Verified, name: str, commit: str) -> str:
    """The same as JSON; ASCII, so that nothing in it can act on a terminal."""
    value = {
        "schema": SCHEMA,
        "answer": verified.answer.value,
        "name": unicode_only(name),
        "commit": commit,
        "steps": [
            {"number": one.number, "name": one.name, "ok": one.ok, "said": unicode_only(one.said), "hint": one.hint}
            for one in verified.steps
        ],
        "stamps": [
            {"digest": one.digest, "signer": one.signer.name, "key": one.signer.id, "run": one.chain.run,
             "chain": one.chain.id, "sequence": one.chain.sequence, "time": one.chain.time, "verdict": one.verdict}
            for one in verified.stamps
        ],
        "not_counted": [
            {"file": unicode_only(one.name), "step": one.step, "reason": unicode_only(one.reason), "forged": one.forged}
            for one in verified.refused
        ],
        "approvals": [_approval(one) for one in verified.approvals],
        "notes": [unicode_only(note) for note in verified.notes],
    }  # fmt: skip
    return json.dumps(value, indent=2) + "\n"


def _approval(one: Approval) -> dict[str, object]:
    texts = {"rule": one.rule, "reason": one.reason, "name": one.name, "signer": one.signer, "made": one.made,
             "expires": one.expires, "digest": one.digest, "problem": one.problem}  # fmt: skip
    shown: dict[str, object] = {name: unicode_only(text) for name, text in texts.items()}
    return {
        **shown,
        "paths": [unicode_only(path) for path in one.paths],
        "same_user": one.same_user,
        "withdrawn": one.withdrawn,
    }


def _lines(verified: Verified, name: str, commit: str) -> Iterator[str]:
    yield f"{_HEADS[verified.answer]}  {single_line(name, 80)} {commit[:12]}"
    for step in verified.steps:
        said = single_line(step.said, 400) or "not reached"
        yield f"  {step.number} {step.name:<9}  {_MARKS[step.ok]:<6}  {said}"
        if step.hint:
            yield f"{'':22}{single_line(step.hint, 400)}"
    for stamp in verified.stamps:
        signer, run, time = (single_line(word, 80) for word in (stamp.signer.name, stamp.chain.run, stamp.chain.time))
        yield f"stamp: {single_line(stamp.verdict, 20)} by {signer}, run {run}, {time}"
    yield from _approvals(verified.approvals)
    for note in verified.notes:
        yield f"note: {single_line(note, 400)}"
    for one in verified.refused[:SHOWN]:
        yield f"not counted: {single_line(one.name, 160)}: {single_line(one.reason, 200)}"
    if len(verified.refused) > SHOWN:
        yield f"not counted: {len(verified.refused) - SHOWN} more; --format json lists all"


def _approvals(listed: Sequence[Approval]) -> Iterator[str]:
    if len(listed) > SHOWN:
        yield f"approvals: {len(listed) - SHOWN} older ones; --format json lists all"
    for one in listed[-SHOWN:]:
        problem = f" ({one.problem})" if one.problem else ""
        yield f"{word_of(one)}: {single_line(sentence(one) + problem, 600)}"
