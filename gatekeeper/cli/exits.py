"""Exit statuses, in one place. Light imports: this is on the cached path."""

from gatekeeper import errors

ACCEPTED = 0
REJECTED = 1
USAGE = 2
BLOCKED = 3
NOTHING = 4
INTERNAL = 70
WAITED = 75
INTERRUPTED = 130

OF_VERDICT = {"accepted": ACCEPTED, "rejected": REJECTED, "blocked": BLOCKED}

OF_ERROR: tuple[tuple[type[errors.GateError], int], ...] = (
    (errors.UsageError, USAGE),
    (errors.ConfigurationError, USAGE),
    (errors.NothingToJudge, NOTHING),
    (errors.CannotEstablish, BLOCKED),
    (errors.GaveUpWaiting, WAITED),
    (errors.Interrupted, INTERRUPTED),
)


def status_of(error: errors.GateError) -> int:
    """The exit status for a foreseeable failure."""
    return next((status for kind, status in OF_ERROR if isinstance(error, kind)), INTERNAL)
