"""Approvals of a commit as they stand in the log of the repository, and whether that log can be relied on."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime

from msgspec.structs import replace

from gatekeeper.errors import CannotEstablish
from gatekeeper.git.command import Git
from gatekeeper.git.objects import Objects
from gatekeeper.model.approval import Approval, Approvals
from gatekeeper.model.policy import Policy
from gatekeeper.model.subject import Repository
from gatekeeper.model.target import Signer
from gatekeeper.model.vocabulary import CommitId
from gatekeeper.process.home import Home
from gatekeeper.stamp.approval import standing
from gatekeeper.stamp.chains import chain_of
from gatekeeper.stamp.envelope import BadEnvelope, digest_of, read
from gatekeeper.stamp.gather import place_of, sifted
from gatekeeper.stamp.newest import newest_problem
from gatekeeper.stamp.seen import Memory
from gatekeeper.stamp.seen import standing as log_standing
from gatekeeper.stamp.sift import Sifted
from gatekeeper.stamp.view import View

MOST_REFUSED = 50
"""Anybody can write into the log: of what settles nothing only so many are listed, the newest."""


def approvals(
    repository: Repository,
    commit: CommitId,
    policy: Policy,
    home: Home,
    now: datetime,
    earlier: Sequence[CommitId] = (),
) -> Approvals:
    """Every approval that the log holds about the commit, with why it settles nothing where it does not.

    `earlier` are commits that the branch ended with before: what was approved for those is said to need it anew.

    A log that cannot be read, went back or was edited settles nothing, and says so: somebody may have taken out of it
    that an approval was withdrawn. Raises nothing for what others have written.
    """
    try:
        return _approvals(repository, commit, policy, home, now, earlier)
    except CannotEstablish as error:
        if not any(signer.approves for signer in policy.signers):
            return Approvals()
        return Approvals(notes=(f"approvals cannot be read, and none counts: {error.what}; {error.hint}",))


def _approvals(
    repository: Repository, commit: CommitId, policy: Policy, home: Home, now: datetime, earlier: Sequence[CommitId]
) -> Approvals:
    with Objects(Git(git_dir=repository.common_dir)) as objects:
        view = View(objects)
        found = believable(view, commit, sifted(objects, view, commit, policy.signers), policy.signers, now)
        problem = "" if all(one.problem for one in found) else _of_the_log(repository, view, home)
        found = tuple(replace(one, problem=one.problem or problem) for one in found)
        others = [old for old in earlier if old != commit]
        before = [one for old in others for one in _of_earlier(view, old, policy.signers, now)]
    return replace(_bounded(found), elsewhere=_not_among(found, before))


def _not_among(found: Sequence[Approval], before: Sequence[Approval]) -> tuple[Approval, ...]:
    """Those of earlier commits of which nobody has said the same about this one."""
    anew = {(one.signer, one.rule, one.paths) for one in found}
    return tuple(one for one in before if (one.signer, one.rule, one.paths) not in anew)


def _of_earlier(view: View, commit: CommitId, signers: Sequence[Signer], now: datetime) -> Iterator[Approval]:
    """What holds at a commit that the branch does not end with any more."""
    problem = f"it is about another commit ({commit[:12]}): after an amend, a rebase or a commit more it is given anew"
    lines = [one.raw for one in view.about(commit) if one.raw]
    for one in standing(lines, commit, signers, now):
        if not one.problem:
            yield replace(one, problem=problem)


def believable(
    view: View, commit: CommitId, found: Sifted, signers: Sequence[Signer], now: datetime
) -> tuple[Approval, ...]:
    """The approvals of a commit; `problem` of one says why it settles nothing.

    One that would is held against the chain of its signer: what was said after it must be there.
    """
    listed = standing(found.approvals, commit, signers, now)
    by_digest = {digest_of(line): line for line in found.approvals}
    by_id = {signer.id: signer for signer in signers}
    problems: dict[str, str] = {}
    for one in listed:
        if not one.problem and one.digest not in problems:
            problems[one.digest] = _chain_problem(view, commit, by_digest[one.digest], by_id[one.signer], found)
    return tuple(replace(one, problem=one.problem or problems.get(one.digest, "")) for one in listed)


def _chain_problem(view: View, commit: CommitId, line: bytes, signer: Signer, found: Sifted) -> str:
    try:
        chain = chain_of(read(line).statement())
    except BadEnvelope as error:
        return error.reason
    if chain.id.partition("-")[0] != signer.id:
        return "it stands in the chain of another signer"
    known = found.places.get(chain.id, frozenset())
    return newest_problem(chain, digest_of(line), signer, place_of(view, commit, chain.id, chain.sequence), known)


def _bounded(found: Sequence[Approval]) -> Approvals:
    refused = [one for one in found if one.problem]
    left_out = {id(one) for one in refused[:-MOST_REFUSED]}
    note = (f"{len(left_out)} more statements in the log approve nothing and are not listed",) if left_out else ()
    return Approvals(tuple(one for one in found if id(one) not in left_out), notes=note)


def _of_the_log(repository: Repository, view: View, home: Home) -> str:
    """Why nothing in the log is believed, "" when it has only grown since it was seen last. It is remembered then."""
    memory = Memory(home, repository)
    log = log_standing(Git(git_dir=repository.common_dir), view.tip, memory.tip())
    if log.problem:
        return f"{log.problem} (`gate verify` says what to do)"
    if log.tip is not None and log.tip != log.remembered:
        with suppress(CannotEstablish):  # a state that cannot be written is the ledger's to complain about
            memory.keep(log.tip, log.remembered)
    return ""
