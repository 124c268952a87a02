"""One problem, wherever it was found."""

from dataclasses import dataclass

from gatekeeper.model.vocabulary import CheckId, Novelty, Severity


@dataclass(frozen=True, slots=True)
class Finding:
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

    @property
    def rejects(self) -> bool:
        """True for a new, unwaived error."""
        return self.severity is Severity.ERROR and self.novelty is Novelty.NEW and self.waiver is None
