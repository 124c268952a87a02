"""What people have approved about the subject of one run, and about what its branch ended with in earlier runs."""

from collections.abc import Sequence
from datetime import datetime

from gatekeeper.errors import CannotEstablish
from gatekeeper.ledger.record import Ledger
from gatekeeper.model.approval import Approvals
from gatekeeper.model.policy import Policy
from gatekeeper.model.subject import Subject
from gatekeeper.model.vocabulary import CommitId
from gatekeeper.process.home import Home


def approvals_of(subject: Subject, policy: Policy, home: Home, now: datetime, ledger: Ledger) -> Approvals:
    """As `stamp.approvals.approvals`. Where nothing is signed and nobody may approve, nothing is looked for."""
    approvers = any(signer.approves for signer in policy.signers)
    if not policy.stamp.enabled and not approvers:
        return Approvals()
    from gatekeeper.stamp.approvals import approvals  # noqa: PLC0415 - cryptography, which a stamp needs as well

    earlier = _earlier(subject, ledger) if approvers else ()
    return approvals(subject.repository, subject.head, policy, home, now, earlier)


def _earlier(subject: Subject, ledger: Ledger) -> Sequence[CommitId]:
    if subject.branch is None:
        return ()
    try:
        return ledger.heads(subject.repository.common_dir, subject.branch)
    except CannotEstablish:
        return ()  # it is only to explain; recording the run says what is wrong with the ledger
