"""What can go wrong outside a verdict. Kinds only: exit statuses belong to the CLI."""


class GateError(Exception):
    """A foreseeable failure: names the thing, the reason and the next step.

    `what` is one sentence that names the thing and the reason; `hint` is what to do next.
    """

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.hint = hint


class UsageError(GateError):
    """The command line or the place it was typed in is wrong."""


class TooLarge(UsageError):
    """A job needs more memory than there is in all. `needed` in bytes."""

    def __init__(self, what: str, hint: str, needed: int) -> None:
        super().__init__(what, hint)
        self.needed = needed


class ConfigurationError(GateError):
    """A policy cannot be used: syntax, unknown key, wrong type."""


class NothingToJudge(GateError):
    """Empty change, empty policy, no base to compare with."""


class CannotEstablish(GateError):
    """The facts needed for a verdict cannot be had (shallow clone, missing objects, full disk)."""


class GaveUpWaiting(GateError):
    """No memory came free in time, before any check could start."""


class Interrupted(GateError):
    """The user pressed Ctrl-C, or the process was asked to end."""
