"""One git call: scrubbed environment, the gate's own configuration, no hooks, no fsmonitor, no prompts."""

import os
import re
from collections.abc import Callable, Mapping

from gatekeeper.errors import CannotEstablish
from gatekeeper.process.capture import MAX_BYTES, Captured, capture

MINIMUM = (2, 38)
"""First git whose `merge-tree --write-tree` exists."""
TIMEOUT_S = 120.0
CONFIG = os.path.join(os.path.dirname(os.path.abspath(__file__)), "gitconfig")  # noqa: PTH118,PTH120,PTH100 - start-up time

_UPGRADE = f"install git {MINIMUM[0]}.{MINIMUM[1]} or newer and make sure that it is first on PATH"
_PASSED = ("PATH", "TMPDIR", "SYSTEMROOT")
_FIXED = {
    "HOME": "/nonexistent",
    "XDG_CONFIG_HOME": "/nonexistent",
    "GIT_CONFIG_GLOBAL": CONFIG,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": "/dev/null",
    "GIT_PAGER": "cat",
    "GIT_EDITOR": "false",
    "GIT_ASKPASS": "false",
    "GIT_SSH_COMMAND": "false",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_ADVICE": "0",
    "LC_ALL": "C",
}
# A worker's repository has the last word over the global file, so what could start a program is set again here.
_OVERRIDES = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.useReplaceRefs=false")


class Git:
    """git with a fixed place. Names from outside are decoded and encoded with surrogateescape, so no path is lost."""

    __slots__ = ("argv", "cwd", "env")

    def __init__(
        self,
        git_dir: str | None = None,
        work_tree: str | None = None,
        cwd: str | None = None,
        index: str | None = None,
        env_base: Mapping[str, str] | None = None,
    ) -> None:
        base = os.environ if env_base is None else env_base
        self.env = {name: base[name] for name in _PASSED if name in base} | _FIXED
        if index is not None:
            self.env["GIT_INDEX_FILE"] = index
        self.cwd = cwd or work_tree or git_dir
        place: tuple[str, ...] = (f"--git-dir={git_dir}",) if git_dir else ()
        place += (f"--work-tree={work_tree}",) if work_tree else ()
        self.argv = ("git", "--no-pager", *_OVERRIDES, *place)

    def call(
        self,
        *args: str,
        stdin: bytes = b"",
        timeout_s: float = TIMEOUT_S,
        max_bytes: int = MAX_BYTES,
        on_stderr: Callable[[bytes], None] | None = None,
    ) -> Captured:
        """Run and return whatever came back. `on_stderr` gets git's progress as it comes.

        Raises CannotEstablish when git is missing or takes too long, TooMuch when it prints more than `max_bytes`.
        """
        argv = (*self.argv, *args)
        try:
            return capture(
                argv,
                cwd=self.cwd,
                env=self.env,
                timeout_s=timeout_s,
                stdin=stdin,
                max_bytes=max_bytes,
                on_stderr=on_stderr,
            )
        except CannotEstablish as error:
            if isinstance(error.__cause__, FileNotFoundError) and (self.cwd is None or os.path.isdir(self.cwd)):  # noqa: PTH112
                raise CannotEstablish("git is not installed, or not on PATH", _UPGRADE) from error
            raise

    def run(
        self,
        *args: str,
        stdin: bytes = b"",
        check: bool = True,
        timeout_s: float = TIMEOUT_S,
        max_bytes: int = MAX_BYTES,
    ) -> bytes:
        """Standard output. With `check`, a non-zero exit raises CannotEstablish with git's own words."""
        result = self.call(*args, stdin=stdin, timeout_s=timeout_s, max_bytes=max_bytes)
        if check and result.exit != 0:
            raise failure(args, result)
        return result.stdout

    def text(self, *args: str) -> str:
        """Standard output as text, without the closing newline."""
        return decode(self.run(*args)).rstrip("\n")

    def ok(self, *args: str) -> bool:
        """Did git exit with 0?"""
        return self.call(*args).exit == 0


def failure(args: tuple[str, ...], result: Captured) -> CannotEstablish:
    """The error that says which git command failed, and git's last words."""
    said = decode(result.stderr).strip().splitlines()
    full = [line for line in said if "No space left" in line or "quota exceeded" in line]
    if full:
        return CannotEstablish(
            f"git {args[0]} failed: {full[0]}", "make room, or name another place: GATE_HOME=DIR gate …"
        )
    reason = said[-1] if said else f"exit status {result.exit}"
    if "is not a git command" in reason or "unknown option" in reason or "usage: git" in reason:
        return CannotEstablish(f"this git is too old for the gate (git {args[0]}: {reason})", _UPGRADE)
    return CannotEstablish(
        f"git {args[0]} failed: {reason}", "see the reason above; the worker's repository was not changed"
    )


def decode(data: bytes) -> str:
    """Bytes of a path or message as text that turns back into the same bytes."""
    return data.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def require_version() -> None:
    """Raises CannotEstablish when git is missing or older than MINIMUM. Asked once per store: it costs a process."""
    said = Git(cwd="/").text("version")
    match = re.search(r"(\d+)\.(\d+)", said)
    if match is None or (int(match[1]), int(match[2])) < MINIMUM:
        raise CannotEstablish(f"{said} is too old: the gate needs git {MINIMUM[0]}.{MINIMUM[1]}", _UPGRADE)
