"""Evidence that a person or another system brings: signed by its bringer, bound to one commit, with an end. Pure."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from gatekeeper.model.subject import Subject
from gatekeeper.model.target import Artefact, Attestation, Signer
from gatekeeper.model.vocabulary import CommitId, Label
from gatekeeper.stamp.envelope import IN_TOTO, SigningKey, sign
from gatekeeper.stamp.form import ATTESTATION as PREDICATE_TYPE
from gatekeeper.stamp.form import Chain
from gatekeeper.stamp.scrub import Scrub
from gatekeeper.stamp.spoken import LONGEST, SKEW, UNREADABLE_TIMES, outdated, spoken, unbound
from gatekeeper.stamp.statement import about, chain_json, utc
from gatekeeper.stamp.strict import Json, dump

__all__ = ["LONGEST", "PREDICATE_TYPE", "SKEW", "Brought", "attest", "standing"]

_SUPERSEDED = "its signer has said something newer about this target"
_FIELDS = ("target", "label", "reason", "by", "made", "expires")


class Brought(Struct, frozen=True, kw_only=True):
    """What somebody attests. `made` is taken from the chain; `expires` is ISO 8601 UTC."""

    target: str
    label: Label
    reason: str
    by: str
    expires: str
    same_user: bool
    """Signer and worker are the same user of the machine: the worker could have signed it."""
    artefacts: tuple[Artefact, ...] = ()


def attest(brought: Brought, subject: Subject, chain: Chain, key: SigningKey) -> bytes:
    """The signed envelope, one line. The same input gives the same bytes."""
    scrub = Scrub(limit=2000)
    predicate: Json = {
        "target": scrub.text(brought.target),
        "label": brought.label.value,
        "reason": scrub.text(brought.reason),
        "by": scrub.text(brought.by),
        "trust": "same-user" if brought.same_user else "separate-user",
        "made": chain.time,
        "expires": utc(brought.expires),
        "artefacts": [
            {"name": scrub.text(one.name), "sha256": one.sha256, "size": one.size} for one in brought.artefacts
        ],
        "chain": chain_json(chain, ""),
    }
    return sign(dump(about(subject, PREDICATE_TYPE, predicate)), IN_TOTO, key)


def standing(
    raw: Sequence[bytes], commit: CommitId, signers: Sequence[Signer], now: datetime
) -> tuple[Attestation, ...]:
    """The attestations among the lines of a log, in their order; `problem` says why one does not count.

    Stamps and lines that nobody can read are passed over. Of what one signer says about one target only the latest
    counts: an old pass never beats a newer failure. `now` must know its time zone.
    """
    found = [one for line in dict.fromkeys(raw) if (one := _read(line, commit, signers, now))]
    latest: dict[tuple[str, str], tuple[datetime, int]] = {}
    for one in found:
        if one.place is not None:  # also one that has expired: what came before it does not come back
            latest[one.key] = max(latest.get(one.key, one.place), one.place)
    return tuple(
        replace(one.said, problem=one.said.problem or _SUPERSEDED) if latest.get(one.key) != one.place else one.said
        for one in found
    )


class _Found(Struct, frozen=True):
    """`place` orders what one signer said; None when nobody whom the policy knows has said it about this commit."""

    said: Attestation
    place: tuple[datetime, int] | None

    @property
    def key(self) -> tuple[str, str]:
        return (self.said.signer, self.said.target) if self.place else ("", self.said.digest)


def _read(line: bytes, commit: CommitId, signers: Sequence[Signer], now: datetime) -> _Found | None:
    """The attestation in a line; None for everything else."""
    one = spoken(line, PREDICATE_TYPE, signers)
    if one is None:
        return None
    said = {name: one.text(name) for name in _FIELDS}
    made = Attestation(**said, signer=one.signer.id if one.signer else "", commit=one.commit, digest=one.digest)
    times = one.times
    problem = unbound(one, commit) or _malformed(made)
    if problem or times is None:
        return _Found(replace(made, problem=problem or UNREADABLE_TIMES), None)
    return _Found(replace(made, problem=outdated(*times, now)), (times[0], one.sequence))


def _malformed(one: Attestation) -> str:
    if one.label not in {label.value for label in Label}:
        return "its label is none that the gate knows"
    return "" if one.target else "it names no target"
