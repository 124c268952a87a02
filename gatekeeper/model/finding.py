"""One problem, wherever it was found."""

from msgspec import Struct

from gatekeeper.model.vocabulary import CheckId, Novelty, Severity


class Finding(Struct, frozen=True):
    """Rule, place and message.

    `path` is relative to the repository with forward slashes; lines and columns start at 1.
    """

    check: CheckId
    rule: str
    message: str
    severity: Severity = Severity.ERROR
    path: str | None = None
    line: int | None = None
    column: int | None = None
    symbol: str = ""
    """Function, class or test id that the finding is about; part of the fingerprint when set."""
    measure: float | None = None
    """The measured number, for findings of a metric (complexity)."""
    context: str = ""
    """Normalised text of the line that the finding points at; what makes it the same finding after a move."""
    fingerprint: str = ""
    """Hash of content, not of line numbers; filled by `decision/baseline.py`."""
    novelty: Novelty = Novelty.NEW
    waiver: str | None = None
    """Reason of the waiver that covers this finding. Waived findings stay counted."""
    disclosed: str | None = None
    """What the worker's self-review says about it: an error that is disclosed waits for a person."""
    approval: str | None = None
    """Who approved it for this commit, and why: "Ana: agreed with the team". Approved findings stay counted."""

    @property
    def rejects(self) -> bool:
        """True for a new error that is neither waived nor approved nor disclosed."""
        return self._is_open and self.disclosed is None

    @property
    def awaits(self) -> bool:
        """True for an error that is disclosed and not yet approved: it blocks until a person has looked."""
        return self._is_open and self.disclosed is not None

    @property
    def settled(self) -> bool:
        """True for what a waiver or an approval covers."""
        return self.waiver is not None or self.approval is not None

    @property
    def _is_open(self) -> bool:
        return self.severity is Severity.ERROR and self.novelty is Novelty.NEW and not self.settled
