"""What the log holds about a commit, sorted: stamps of trusted signers, and everything else with the reason. Pure.

One line that is junk, forged or somebody else's never keeps a good one from being found.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from gatekeeper.model.target import Signer
from gatekeeper.model.vocabulary import CommitId
from gatekeeper.stamp.chains import chain_of
from gatekeeper.stamp.envelope import BadEnvelope, Envelope, digest_of, read
from gatekeeper.stamp.form import APPROVAL, ATTESTATION, VERDICT, Chain, commit_of
from gatekeeper.stamp.strict import Json
from gatekeeper.stamp.view import Stored

ENVELOPE, SIGNER, SUBJECT = 2, 3, 4
"""Numbers of the steps (`verify.py`) at which a line can be refused."""


class Refused(Struct, frozen=True):
    """A line that counts for nothing. `forged`: it says to be by a trusted key, and its signature is bad."""

    name: str
    step: int
    reason: str
    forged: bool = False
    approval: bool = False
    """It says to be an approval: those are listed apart, with the same reason in more words."""


class Observed(Struct, frozen=True):
    """One check in a stamp, as text: see `Outcome` and `Label`. `label` is empty when it has none."""

    outcome: str
    label: str
    reasons: tuple[str, ...]
    counts: Mapping[str, int] = field(default_factory=dict)
    """What was counted, for example passed → 214."""
    ran: tuple[tuple[str, ...], ...] = ()
    """Command lines without the folders of the machine that they ran on."""


class Stamp(Struct, frozen=True):
    """What a trusted signer says about the commit. Everything in here is covered by the signature."""

    name: str
    digest: str
    signer: Signer
    chain: Chain
    branch: str | None
    base: str
    """Commit of the base's tip, empty when the whole tree was judged without any base."""
    merge_base: str
    whole: bool
    policy: str
    contract: str
    """Digest of the contract, empty without one."""
    verdict: str
    reasons: tuple[str, ...]
    checks: Mapping[str, Observed]
    same_user: bool
    approvals: tuple[tuple[str, str], ...] = ()
    """(digest, rule) of the approvals by people that settled findings."""


class Sifted(Struct, frozen=True):
    """`attestations` (and approvals) are for the gate, not for these steps; here they are only counted."""

    stamps: tuple[Stamp, ...]
    refused: tuple[Refused, ...]
    attestations: tuple[Chain, ...]
    envelopes: int
    """How many lines came past that step."""
    signed: int
    approvals: tuple[bytes, ...] = ()
    """The lines that say they are approvals, whoever has signed them (`stamp/approval.py` reads them)."""

    @property
    def places(self) -> Mapping[str, frozenset[int]]:
        """Chain → places whose envelopes were understood and believed."""
        found: dict[str, set[int]] = {}
        for chain in (*(one.chain for one in self.stamps), *self.attestations):
            found.setdefault(chain.id, set()).add(chain.sequence)
        return {chain: frozenset(places) for chain, places in found.items()}


class _Refuse(Exception):
    def __init__(self, step: int, reason: str, *, forged: bool = False) -> None:
        super().__init__(reason)
        self.step = step
        self.reason = reason
        self.forged = forged


def sift(
    lines: Sequence[Stored],
    signers: Sequence[Signer],
    commit: CommitId,
    tree: str,
    approvers: Sequence[Signer] | None = None,
) -> Sifted:
    """Sort the lines. `tree` is the tree of the commit as it was read; `approvers` are those whose approvals are known
    (None: `signers`).
    """
    known = signers if approvers is None else approvers
    stamps: list[Stamp] = []
    refused: list[Refused] = []
    attestations: list[Chain] = []
    approvals: list[bytes] = []
    for line in lines:
        approves = False
        try:
            opened = _opened(line)
            approves = opened.kind == APPROVAL
            found = _stamp(line, opened, known if approves else signers, commit, tree)
        except _Refuse as error:
            refused.append(Refused(line.name, error.step, error.reason, error.forged, approves))
        else:
            if isinstance(found, Stamp):
                stamps.append(found)
            else:
                attestations.append(found)
        approvals += [line.raw] if approves else []
    envelopes, signed = (len(lines) - sum(one.step <= step for one in refused) for step in (ENVELOPE, SIGNER))
    return Sifted(tuple(stamps), tuple(refused), tuple(attestations), envelopes, signed, tuple(approvals))


def latest(stamps: Sequence[Stamp]) -> tuple[Stamp, ...]:
    """The newest of each chain, by chain; several when more than one claims the same place."""
    newest: dict[str, int] = {}
    for one in stamps:
        newest[one.chain.id] = max(newest.get(one.chain.id, 0), one.chain.sequence)
    chosen = [one for one in stamps if one.chain.sequence == newest[one.chain.id]]
    return tuple(sorted(chosen, key=lambda one: (one.chain.id, one.digest)))


class _Opened(Struct, frozen=True):
    """An envelope, and what it says it is: nobody has vouched for that yet."""

    envelope: Envelope
    statement: Mapping[str, Json]
    unread: BadEnvelope | None

    @property
    def kind(self) -> Json:
        return self.statement.get("predicateType")


def _opened(line: Stored) -> _Opened:
    if line.problem:
        raise _Refuse(ENVELOPE, line.problem)
    try:
        envelope = read(line.raw)
    except BadEnvelope as error:
        raise _Refuse(ENVELOPE, error.reason) from error
    try:
        return _Opened(envelope, envelope.statement(), None)
    except BadEnvelope as error:
        return _Opened(envelope, {}, error)


def _stamp(line: Stored, opened: _Opened, signers: Sequence[Signer], commit: CommitId, tree: str) -> Stamp | Chain:
    """The stamp in a line, or the place of an attestation or approval."""
    signer = opened.envelope.signer(signers)
    if signer is None:
        raise _unsigned(opened.envelope, signers)
    try:
        if opened.unread is not None:
            raise opened.unread
        if opened.kind in {ATTESTATION, APPROVAL}:
            _must_be_about(opened.statement, commit)
            return _own_chain(opened.statement, signer)
        if not signer.stamps:
            raise _Refuse(SIGNER, f"{signer.name} is trusted for other things than stamps (stamps = false)")
        return _read(line, signer, opened.statement, commit, tree)
    except BadEnvelope as error:
        raise _Refuse(SUBJECT, error.reason) from error


def _unsigned(envelope: Envelope, signers: Sequence[Signer]) -> _Refuse:
    known = {signer.id: signer.name for signer in signers}
    for signature in envelope.signatures:
        if signature.keyid in known:
            what = f"forged or damaged: not what {known[signature.keyid]} has signed"
            return _Refuse(SIGNER, what, forged=True)
    keys = ", ".join(sorted({one.keyid[:16] or "nobody" for one in envelope.signatures}))
    return _Refuse(SIGNER, f"signed by a key that is not trusted ({keys})")


def _read(line: Stored, signer: Signer, statement: Mapping[str, Json], commit: CommitId, tree: str) -> Stamp:
    if statement.get("predicateType") != VERDICT:
        raise BadEnvelope("another kind of statement")
    _must_be_about(statement, commit)
    said = _table(statement.get("predicate"))
    head, base = _table(said.get("head")), said.get("base")
    if head.get("tree") != tree or head.get("commit") != commit:
        raise BadEnvelope("it names another tree than that of the commit")
    chain = _own_chain(statement, signer)
    decision, contract, branch = _table(said.get("decision")), said.get("contract"), said.get("branch")
    return Stamp(
        name=line.name,
        digest=digest_of(line.raw),
        signer=signer,
        chain=chain,
        branch=branch if isinstance(branch, str) else None,
        base=_text(_table(base).get("commit")) if base is not None else "",
        merge_base=_text(said.get("merge_base") or ""),
        whole=said.get("whole") is not False,
        policy=_text(_table(said.get("policy")).get("digest")),
        contract=_text(_table(contract).get("digest")) if contract is not None else "",
        verdict=_text(decision.get("verdict")),
        reasons=_texts(decision.get("reasons")),
        checks=_checks(said.get("checks")),
        same_user=said.get("trust") != "separate-user",
        approvals=_approvals(decision.get("approvals", [])),
    )


def _must_be_about(statement: Mapping[str, Json], commit: CommitId) -> None:
    about = commit_of(statement)
    if about != commit:
        raise BadEnvelope(f"it is about another commit ({about[:12]})")


def _own_chain(statement: Mapping[str, Json], signer: Signer) -> Chain:
    chain = chain_of(statement)
    if chain.id.partition("-")[0] != signer.id:
        raise BadEnvelope("it stands in the chain of another signer")
    return chain


def _checks(value: Json) -> Mapping[str, Observed]:
    if not isinstance(value, list):
        raise BadEnvelope("the statement lists no checks")
    found: dict[str, Observed] = {}
    for one in map(_table, value):
        name = _text(one.get("id"))
        if name in found:
            raise BadEnvelope("the statement lists a check twice")
        outcome, label = _text(one.get("outcome")), _text(one.get("label") or "")
        found[name] = Observed(outcome, label, _texts(one.get("reasons")), *_seen(one.get("observation")))
    return found


def _seen(value: Json) -> tuple[Mapping[str, int], tuple[tuple[str, ...], ...]]:
    """Counts and command lines; what is not as this gate writes it is passed over, nothing rests on it."""
    said = value if isinstance(value, dict) else {}
    counts, commands = said.get("counts"), said.get("commands")
    counted = counts.items() if isinstance(counts, dict) else ()
    listed = commands if isinstance(commands, list) else ()
    return (
        {name: number for name, number in counted if isinstance(number, int)},
        tuple(_texts(one.get("argv")) for one in listed if isinstance(one, dict)),
    )


def _approvals(value: Json) -> tuple[tuple[str, str], ...]:
    """Those that settled something. A gate that knew no approvals lists none."""
    listed = [_table(one) for one in value] if isinstance(value, list) else []
    return tuple((_text(one.get("digest")), _text(one.get("rule"))) for one in listed if one.get("used"))


def _table(value: Json) -> Mapping[str, Json]:
    if not isinstance(value, dict):
        raise BadEnvelope("the statement is no verdict of this gate")
    return value


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise BadEnvelope("the statement is no verdict of this gate")
    return value


def _texts(value: Json) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()
