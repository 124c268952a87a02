"""What a run tells whoever watches it."""

from typing import Protocol

from gatekeeper.model.vocabulary import Outcome


class Progress(Protocol):
    """Called from several threads."""

    def started(self, check: str) -> None: ...

    def sample(self, check: str, peak_bytes: int) -> None: ...

    def finished(self, check: str, outcome: Outcome, duration_s: float) -> None: ...

    def message(self, text: str) -> None: ...
