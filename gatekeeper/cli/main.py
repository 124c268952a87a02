"""`gate`: run a verb, turn failures into one clear message and an exit status.

Only light imports at the top: a cached verdict goes through here in tens of milliseconds.
"""

import os
import sys

from gatekeeper.cli import exits
from gatekeeper.errors import GateError


def main() -> None:
    """The whole command: ends the process with the exit status."""
    status = run(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:  # None: the caller has closed it
                stream.flush()
        except OSError:  # a full disk: what was said did not get out
            status = status or exits.INTERNAL
    # At once: taking hundreds of modules apart takes longer than repeating a verdict. Nothing is left to be done, since
    # every file is closed where it was written and every lock is the kernel's.
    os._exit(status)


def run(words: list[str]) -> int:
    """Run a verb; the exit status."""
    try:
        import gc  # built in

        # Loading modules makes what stays: looking for garbage in it again and again takes a twentieth of the time.
        gc.set_threshold(100_000, 20, 20)
        status = _at_once(words)
        if status is not None:
            return status
        # A thread whose command has ended waits so long (5 ms by default) for one that computes, several times over.
        sys.setswitchinterval(0.0005)
        import signal  # lazy, both: the cached path does without

        from gatekeeper.cli.verbs import dispatch

        signal.signal(signal.SIGTERM, _terminated)
        return dispatch(words)
    except GateError as error:
        return _explain(error)
    except KeyboardInterrupt:
        return _say("interrupted; nothing of this run was recorded", "", exits.INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.INTERNAL
    except Exception as error:  # noqa: BLE001 - the last resort: a defect of the gate itself must not look like a verdict
        return _defect(error)


def _at_once(words: list[str]) -> int | None:
    """Exit status of what needs no parser: `gate run -- …`, and `gate check` and the pre-push hook when nothing has
    changed; else None.
    """
    if words[:2] == ["run", "--"]:
        from gatekeeper.cli.run import plain  # lazy: only this verb has it

        return plain(words)
    if words[:3] == ["hook", "run", "pre-push"]:
        from gatekeeper.cli import pushing  # lazy: only this verb has it

        return pushing.replay(os.environ)
    if words[:1] != ["check"] or "--no-cache" in words:
        return None
    from gatekeeper.cli import cached  # lazy: only this verb has it

    return cached.replay(words[1:], os.environ)


def _terminated(*_: object) -> None:
    """SIGTERM ends a run as Ctrl-C does: no process, no lock, no half-written record stays behind."""
    raise KeyboardInterrupt


def _explain(error: GateError) -> int:
    return _say(error.what, error.hint, exits.status_of(error))


def _say(what: str, hint: str, status: int) -> int:
    from gatekeeper.cli.output import emit  # lazy: errors are rare
    from gatekeeper.report.escape import terminal

    lines = [f"gate: {terminal(what)}"]
    if hint:
        lines.append(f"      {terminal(hint)}")
    emit("\n".join(lines) + "\n", sys.stderr)
    return status


def _defect(error: Exception) -> int:
    import traceback  # lazy: only for a defect

    if os.environ.get("GATE_DEBUG"):
        traceback.print_exception(error)
    what = f"internal error, and no verdict: {type(error).__name__}: {error}"
    return _say(what, "Run it again with GATE_DEBUG=1 and report what it prints.", exits.INTERNAL)


if __name__ == "__main__":
    main()
