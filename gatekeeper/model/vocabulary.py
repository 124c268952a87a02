"""The closed words of the house. Values are what users read in every report."""

from enum import StrEnum
from typing import NewType

CommitId = NewType("CommitId", str)
"""Full hexadecimal object id of a commit."""
TreeId = NewType("TreeId", str)
"""Full hexadecimal object id of a tree."""
CheckId = NewType("CheckId", str)
"""Identifier of a check, for example `tests` or `worktree`."""
RunId = NewType("RunId", str)
"""Identifier of one run of the gate: 16 hexadecimal digits, abbreviable."""


class Outcome(StrEnum):
    """Of a check. Blocked and not-applicable are never passed."""

    PASSED = "passed"
    FAILED = "failed"
    BLOCKED = "blocked"
    NOT_APPLICABLE = "not-applicable"


class Label(StrEnum):
    """Strength of evidence: direct > proxy > local > blocked."""

    DIRECT = "direct"
    PROXY = "proxy"
    LOCAL = "local"
    BLOCKED = "blocked"


class Verdict(StrEnum):
    """Of a subject."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    BLOCKED = "blocked"


class Severity(StrEnum):
    """Of a finding. Only an error that is new and not waived rejects."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Novelty(StrEnum):
    """Is the finding new against the merge base, or was it there before?"""

    NEW = "new"
    BASELINE = "baseline"


class Ended(StrEnum):
    """How a process ended. Only `exited` carries a meaningful exit status."""

    EXITED = "exited"
    SIGNALLED = "signalled"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    MISSING = "missing"
    INTERRUPTED = "interrupted"


class ReportState(StrEnum):
    """What became of the report file that a tool was asked to write."""

    NOT_ASKED = "not-asked"
    READ = "read"
    MISSING = "missing"
    STALE = "stale"
    MALFORMED = "malformed"
    OVERSIZED = "oversized"
