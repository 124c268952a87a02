"""Which references a `git push` pushes, for hooks that are told of the first one only.

The command line is found among the parents of this process, and asked again with --dry-run.
"""

import os
from collections.abc import Mapping, Sequence

from gatekeeper.errors import CannotEstablish
from gatekeeper.git.command import decode
from gatekeeper.process.capture import capture

TIMEOUT_S = 30.0
_WITH_VALUE = frozenset({"-c", "-C", "--git-dir", "--work-tree", "--namespace", "--exec-path", "--super-prefix"})
_SEVERAL = frozenset({"--all", "--branches", "--mirror", "--tags", "--follow-tags", "--prune"})
_TAKES_VALUE = frozenset({"-o", "--push-option", "--receive-pack", "--exec", "--repo"})
_USUAL = frozenset(f"push.default {way}" for way in ("simple", "current", "upstream", "nothing"))
_SETTINGS = r"^(push\.(default|followtags)|remote\..*\.(push|mirror))$"


def arguments(command: Sequence[str]) -> tuple[str, ...] | None:
    """What follows `push` on a command line of git, None when it is another command."""
    if not command or os.path.basename(command[0]) not in {"git", "git.exe"}:  # noqa: PTH119
        return None
    at = 1
    while at < len(command) and command[at].startswith("-"):
        at += 2 if command[at] in _WITH_VALUE else 1
    return tuple(command[at + 1 :]) if at < len(command) and command[at] == "push" else None


def names_one(given: Sequence[str], settings: Sequence[str]) -> bool:
    """Do the words, with the user's settings ("key value" each), push one reference and no more?"""
    refs = _words(given)[1:]
    if _SEVERAL & set(given) or any(key.startswith("push.followtags") and not _is_off(key) for key in settings):
        return False
    if not refs:
        return all(key in _USUAL or _is_off(key) for key in settings)
    return len(refs) == 1 and "*" not in refs[0] and refs[0] not in {":", "+:"}


def _is_off(setting: str) -> bool:
    return setting.endswith(" false")


def _words(given: Sequence[str]) -> list[str]:
    """The remote and what is pushed, without options."""
    words, at = [], 0
    while at < len(given):
        if given[at] in _TAKES_VALUE:
            at += 1
        elif not given[at].startswith("-"):
            words.append(given[at])
        at += 1
    return words


def pushed_refs(env: Mapping[str, str]) -> tuple[str, ...] | None:
    """Full names, on the other side, of everything that the `git push` around this process pushes.

    None when there is no such command around, or it cannot be asked again; () when it pushes one reference only.
    """
    given = _around()
    if given is None:
        return None
    quiet = {"GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": env.get("GIT_SSH_COMMAND") or "ssh -oBatchMode=yes"}
    variables = {**env, **quiet, "LC_ALL": "C"}
    try:
        said = capture(("git", "config", "--get-regexp", _SETTINGS), cwd=None, env=variables)
        if names_one(given, decode(said.stdout).lower().splitlines()):
            return ()
        argv = ("git", "push", "--dry-run", "--porcelain", "--no-verify", *given)
        said = capture(argv, cwd=None, env=variables, timeout_s=TIMEOUT_S)
    except CannotEstablish:
        return None
    return moved(decode(said.stdout)) or None


def moved(porcelain: str) -> tuple[str, ...]:
    """The references that `git push --porcelain` would change on the other side, deletions left out."""
    rows = (line.split("\t") for line in porcelain.splitlines())
    return tuple(row[1].partition(":")[2] for row in rows if len(row) == 3 and row[0] in {" ", "+", "*"})


def _around() -> tuple[str, ...] | None:
    import psutil  # noqa: PLC0415 - only for pre-commit and prek; it costs more than a remembered push

    for parent in psutil.Process().parents():
        try:
            found = arguments(parent.cmdline())
        except psutil.Error:
            continue
        if found is not None:
            return found
    return None
