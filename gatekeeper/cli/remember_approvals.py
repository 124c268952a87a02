"""When a remembered verdict must be looked at again because of what people approve: one came, went, began or ended."""

from collections.abc import Iterator
from datetime import UTC, datetime

from gatekeeper.git.probes import Probe, folder_probe
from gatekeeper.model.result import Report
from gatekeeper.process.home import Home


def approval_probes(report: Report, home: Home, now: float) -> list[Probe] | None:
    """Commands that say whether the log still holds the same about the commit; None when it has changed meanwhile.

    Only the folder of the commit is looked at: stamps of other branches come all the time.
    """
    policy, subject = report.policy, report.subject
    if not any(signer.approves for signer in policy.signers):
        return []
    # Lazy: cryptography is for those who have approvers.
    from gatekeeper.stamp import layout
    from gatekeeper.stamp.approvals import approvals

    folder = "/".join(part.decode() for part in layout.of_commit(subject.head))
    probes = [folder_probe(subject.repository, ref, folder) for ref in (layout.REF, layout.FETCHED)]
    # What came in between the judging and these answers would be taken for judged.
    found = approvals(subject.repository, subject.head, policy, home, datetime.fromtimestamp(now, UTC))
    judged = tuple(use.approval for use in report.decision.approvals)
    return probes if found.listed == judged[: len(found.listed)] else None


def turning_points(report: Report) -> Iterator[float]:
    """Seconds since 1970 at which an approval begins or ceases to hold; clocks may differ as much as it says there."""
    if not report.decision.approvals:
        return
    from gatekeeper.stamp.spoken import SKEW  # lazy, as above

    for use in report.decision.approvals:
        for text, late in ((use.approval.made, -SKEW), (use.approval.expires, SKEW)):
            try:
                moment = datetime.fromisoformat(text)
                yield (moment.replace(tzinfo=moment.tzinfo or UTC) + late).timestamp()
            except (ValueError, OverflowError):
                continue  # nobody whom the policy knows has written that
