"""Approvals by people: signed, bound to one commit and to rules and paths, with an end. Pure.

Like attestations they lie in the log beside the stamps. What somebody has signed that the policy does not name for it,
what is about another commit, over or taken back, is listed with the reason and settles nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from gatekeeper.model.approval import EVERY_RULE, Approval, may_allow, unapprovable_name
from gatekeeper.model.target import Signer
from gatekeeper.model.vocabulary import CommitId
from gatekeeper.policy.globs import are_globs
from gatekeeper.stamp.form import APPROVAL as PREDICATE_TYPE
from gatekeeper.stamp.spoken import UNREADABLE_TIMES, Spoken, outdated, spoken, unbound

MOST = 100
"""Rules and paths of one statement, each."""
LONGEST_TEXT = 2000
"""Characters of a rule, a path or a reason."""
_SHOWN = 5
_SUPERSEDED = "its signer has said something newer about this rule"
_TAKEN_BACK = "it takes an approval back"


def standing(raw: Sequence[bytes], commit: CommitId, signers: Sequence[Signer], now: datetime) -> tuple[Approval, ...]:
    """The approvals among the lines of a log, in their order; `problem` says why one settles nothing.

    What was signed for several rules is listed once for each; what nobody whom the policy knows has said about this
    commit, once. Of what one signer says about one rule and the same paths only the latest counts; what they take back
    without naming paths they take back wherever they have approved it. `now` must know its time zone.
    """
    found = [one for line in dict.fromkeys(raw) for one in _read(line, commit, signers, now)]
    latest: dict[_Key, _Place] = {}
    for one in found:
        if one.place is not None:
            for key in one.keys:
                latest[key] = max(latest.get(key, one.place), one.place)
    return tuple(replace(one.said, problem=one.said.problem or one.overtaken(latest)) for one in found)


_Place = tuple[datetime, int]
_Key = tuple[str, str, tuple[str, ...] | None]
"""Signer, rule and paths; None for whatever paths."""


class _Found(Struct, frozen=True):
    """`place` orders what one signer said; None when nobody whom the policy knows has said it about this commit."""

    said: Approval
    place: _Place | None

    @property
    def keys(self) -> tuple[_Key, ...]:
        """What it has the last word about, unless something newer has."""
        one = self.said
        everywhere: tuple[_Key, ...] = ((one.signer, one.rule, None),) if one.withdrawn and not one.paths else ()
        return ((one.signer, one.rule, one.paths), *everywhere)

    def overtaken(self, latest: Mapping[_Key, _Place]) -> str:
        """Why it is not the last word."""
        if self.place is None:
            return ""
        one, place = self.said, self.place
        about: tuple[_Key, ...] = ((one.signer, one.rule, one.paths), (one.signer, one.rule, None))
        if any(latest.get(key, place) > place for key in about):
            return _SUPERSEDED
        return _TAKEN_BACK if one.withdrawn else ""


def _read(line: bytes, commit: CommitId, signers: Sequence[Signer], now: datetime) -> list[_Found]:
    """What a line approves; nothing for everything that is no approval."""
    one = spoken(line, PREDICATE_TYPE, signers)
    if one is None:
        return []
    rules, made, times = _short(one.texts("rules")), _approval(one), one.times
    problem = unbound(one, commit) or _malformed(one)
    if problem or times is None:
        whole = replace(made, rule=", ".join(rules[:_SHOWN]), paths=made.paths[:_SHOWN])
        return [_Found(replace(whole, problem=problem or UNREADABLE_TIMES), None)]
    place, over = (times[0], one.sequence), "" if made.withdrawn else outdated(*times, now)
    return [_Found(replace(made, rule=rule, problem=refusal(rule, one.signer) or over), place) for rule in rules]


def _approval(one: Spoken) -> Approval:
    """What a statement says, without its rules; nothing of it is believed yet."""
    return Approval(
        rule="",
        paths=_short(one.texts("paths")),
        reason=one.text("reason")[:LONGEST_TEXT],
        name=one.signer.name if one.signer else "",
        signer=one.signer.id if one.signer else "",
        commit=one.commit,
        made=one.text("made")[:LONGEST_TEXT],
        expires=one.text("expires")[:LONGEST_TEXT],
        digest=one.digest,
        same_user=one.text("trust") != "separate-user",
        withdrawn=one.predicate.get("withdrawn") is not False,
    )


def _short(texts: Sequence[str] | None) -> tuple[str, ...]:
    """Anybody can write into the log: nothing endless is carried along. Each once."""
    return tuple(dict.fromkeys(text[:LONGEST_TEXT] for text in (texts or ())[:MOST]))


def _malformed(one: Spoken) -> str:
    rules, paths = one.texts("rules"), one.texts("paths")
    if not rules or not _is_bounded(rules) or any(rule.endswith(EVERY_RULE) for rule in rules):
        return f"it does not name one to {MOST} rules"
    return "" if paths is not None and _is_bounded(paths) and are_globs(paths) else "its paths cannot be read"


def _is_bounded(texts: Sequence[str]) -> bool:
    return len(texts) <= MOST and all(0 < len(text) <= LONGEST_TEXT for text in texts)


def refusal(rule: str, signer: Signer | None) -> str:
    """Why this rule is not for this signer to approve, "" when it is."""
    fixed = unapprovable_name(rule)
    if fixed:
        return fixed
    if signer is None or not signer.approves:
        return "the policy at base does not name its signer for approvals"
    if any(may_allow(one, rule) for one in signer.approves):
        return ""
    return f"the policy at base does not name {signer.name} for this rule"
