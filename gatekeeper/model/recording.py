"""What was observed of one run, without machine, without opinion: all that is needed to judge it again."""

from collections.abc import Mapping

from msgspec import Struct, field

from gatekeeper.model.approval import Approval
from gatekeeper.model.change import ChangeFacts, Repeat
from gatekeeper.model.claim import ReviewFacts, SelfReview
from gatekeeper.model.contract import Contract
from gatekeeper.model.observation import Observation
from gatekeeper.model.subject import Base, Repository, Subject
from gatekeeper.model.vocabulary import CheckId, CommitId, TreeId

RECORDING = "gatekeeper/observations/1"
_NOBODY = "0" * 40


class RecordedSubject(Struct, frozen=True):
    """The subject without the folders that it was in."""

    branch: str = "work"
    base: str = "main"
    head: str = _NOBODY
    head_tree: str = _NOBODY
    merge_base: str = _NOBODY
    ahead: int = 1
    behind: int = 0
    conflicts: tuple[str, ...] = ()
    whole: bool = False
    detached: bool = False

    def restored(self) -> Subject:
        """A subject in a repository that is nowhere."""
        return Subject(
            repository=Repository("/", "/", "/", bare=True),
            branch=None if self.detached else self.branch,
            base=None if self.whole else Base(self.base, "recorded", CommitId(self.merge_base)),
            head=CommitId(self.head),
            head_tree=TreeId(self.head_tree),
            merge_base=None if self.whole else CommitId(self.merge_base),
            base_tree=TreeId(_NOBODY),
            merge_tree=None if self.conflicts else TreeId(self.head_tree),
            ahead=self.ahead,
            behind=self.behind,
            conflicts=self.conflicts,
            whole=self.whole,
        )


class Recording(Struct, frozen=True):
    """Observations of the head by check, those of the merge base where it was looked at, and what git said.

    Checks that are not in `heads` are no part of the case.
    """

    schema: str = RECORDING
    subject: RecordedSubject = RecordedSubject()
    heads: Mapping[CheckId, Observation] = field(default_factory=dict)
    bases: Mapping[CheckId, Observation] = field(default_factory=dict)
    change: ChangeFacts | None = None
    review: SelfReview | None = None
    review_facts: ReviewFacts | None = None
    contract: Contract | None = None
    repeats: tuple[Repeat, ...] = ()
    approvals: tuple[Approval, ...] = ()
    """What people had approved for the commit, when it was judged."""
