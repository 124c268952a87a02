"""Evidence that others brought about a commit, as it stands in the log of the repository."""

from datetime import datetime

from gatekeeper.model.policy import Policy
from gatekeeper.model.subject import Subject
from gatekeeper.model.target import Attestation
from gatekeeper.stamp.attestation import standing
from gatekeeper.stamp.log import Log


def brought(subject: Subject, policy: Policy, now: datetime) -> tuple[Attestation, ...]:
    """Every attestation about the head, with why it does not count where it does not. Raises CannotEstablish."""
    return standing(Log(subject.repository).lines(subject.head), subject.head, policy.signers, now)
