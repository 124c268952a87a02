"""Install the pre-push hook beside whatever is there, say what is there, and take away exactly what was written."""

import os
import stat
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from gatekeeper.errors import CannotEstablish, UsageError
from gatekeeper.git import hook_file
from gatekeeper.git.hook_place import HookPlace

HOOK = "pre-push"
_LEGACY = "pre-push.legacy"
_DISPLACED = "pre-push.old"
"""Where lefthook moves the hook of somebody else: nobody runs it there."""


class HookState(Struct, frozen=True):
    """`installed`: git runs the gate before a push. `path` is the file with the gate's lines, None without any.

    `chained` is the hook that follows it; `notes` is what the user should know.
    """

    installed: bool
    path: Path | None
    chained: Path | None = None
    notes: tuple[str, ...] = ()


def state(place: HookPlace) -> HookState:
    """What is there now. Raises CannotEstablish when it cannot be read."""
    paths = [place.folder / name for name in (HOOK, _LEGACY, _DISPLACED)]
    path = next((found for found in paths if hook_file.is_marked(_read(found))), None)
    if path is None:
        return HookState(False, None, notes=tuple(filter(None, (place.runs,))))
    before, whole = place.folder / hook_file.BEFORE, hook_file.is_whole(_read(path))
    chained = before if whole and os.path.lexists(before) else None
    changed = "" if whole or hook_file.has_block(_read(path)) else f"the gate's lines in {path} were changed by hand"
    idle = _idle(place, path)
    return HookState(not (idle or place.runs), path, chained, tuple(filter(None, (place.runs, idle, changed))))


def _idle(place: HookPlace, path: Path) -> str:
    """Why nobody runs a hook that is there; "" when somebody does."""
    if path.name == _DISPLACED:
        return f"{HOOK} was put in the place of the gate's, which lies in {_DISPLACED} now"
    if path.name == _LEGACY and not hook_file.by_framework(_read(place.folder / HOOK)):
        return f"nobody runs {path}"
    if not (place.husky or os.access(path, os.X_OK)):
        return f"{path} is not executable: git does not run it"
    return ""


def install(place: HookPlace, python: str) -> HookState:
    """Put the hook in place; the state after it. Raises UsageError where that cannot be done without harm.

    In a folder of this machine an existing hook is moved aside and runs after the gate; in a file of the project, the
    gate's lines go in front. Where pre-commit or prek is installed, the gate is what they run before everything else.
    """
    target = place.folder / HOOK
    if place.in_tree:
        _install_block(target)
    else:
        if hook_file.by_framework(_read(target)):
            target = place.folder / _LEGACY
        _install_whole(target, python)
    displaced = place.folder / _DISPLACED
    if hook_file.is_whole(_read(displaced)):
        displaced.unlink()
    return state(place if place.husky else replace(place, runs=""))  # the folder is there now


def _install_whole(target: Path, python: str) -> None:
    before, text = target.with_name(hook_file.BEFORE), _read(target)
    if hook_file.is_marked(text) and not hook_file.is_whole(text):
        raise _changed(target)
    if os.path.lexists(target) and not hook_file.is_whole(text):
        if os.path.lexists(before) and _read(before) != text:
            raise UsageError(
                f"{target} and {before} are both there: the one moved aside earlier would be lost",
                "look at them and remove the one that is not needed; then install again",
            )
        target.replace(before)  # a link moves as it is: it stays in the same folder
    _write(target, hook_file.whole(python))


def _install_block(target: Path) -> None:
    text = _read(target)
    if not hook_file.is_shell(text):
        raise UsageError(
            f"{target} is no shell script, so no lines can be added to it",
            "let it pass its arguments and standard input to: gate hook run pre-push -- REMOTE URL",
        )
    if hook_file.is_marked(text) and not hook_file.has_block(text):
        raise _changed(target)
    mode = stat.S_IMODE(target.stat().st_mode) if text else 0o755
    _write(target, hook_file.with_block(text), mode)


def uninstall(place: HookPlace) -> tuple[str, ...]:
    """Take away what the gate wrote; what was done, in words. Raises UsageError for lines changed by hand."""
    done: list[str] = []
    for name in (HOOK, _LEGACY, _DISPLACED):
        path = place.folder / name
        text = _read(path)
        if not hook_file.is_marked(text):
            continue
        if hook_file.is_whole(text):
            path.unlink()
            done.append(f"removed {path}")
            done += _back(path)
        elif hook_file.has_block(text):
            done.append(_take_block(path, hook_file.without_block(text)))
        else:
            raise _changed(path)
    return tuple(done)


def _back(path: Path) -> list[str]:
    before = path.with_name(hook_file.BEFORE)
    if path.name == _DISPLACED or not os.path.lexists(before):
        return []
    before.replace(path)
    return [f"put back {path}"]


def _take_block(path: Path, rest: str) -> str:
    if rest == "#!/bin/sh\n":
        path.unlink()
        return f"removed {path}"
    _write(path, rest, stat.S_IMODE(path.stat().st_mode))
    return f"took the gate's lines out of {path}"


def _changed(path: Path) -> UsageError:
    return UsageError(
        f"the gate's lines in {path} were changed by hand", "take them out with an editor; the rest is not the gate's"
    )


def _read(path: Path) -> str:
    """Its text, "" when it is not there. Bytes that are no text come back as they were."""
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        raise CannotEstablish(f"{path} cannot be read: {error.strerror}", "look at its rights") from error


def _write(path: Path, text: str, mode: int = 0o755) -> None:
    """Whole or not at all: a push that begins meanwhile runs the old hook or the new one."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(text.encode("utf-8", "surrogateescape"))
        partial.chmod(mode)
        # A link is followed: what it names is the hook that others look after.
        partial.replace(os.path.realpath(path))
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise CannotEstablish(f"{path} cannot be written: {error.strerror}", "make the folder writable") from error
