"""Which folders a program needs beside its own file, where home folders are not shown: its installation, no more.

`X/bin/tool` needs `X`, unless `X` is a home folder, a repository or a place known to hold credentials: then only
`X/bin` is shown. Links and first lines (`#!`) are followed: the real installation is often elsewhere.
"""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from gatekeeper.process.private import Private, contains

_PROGRAM_FOLDERS = frozenset({"bin", "sbin", ".bin", "shims"})
_MARKS = ("lib", "lib64", "libexec", "share", "include", "pyvenv.cfg", "conda-meta", "installs", "package.json")
"""What an installation has beside its programs; a folder of somebody's own scripts has none of them."""
_WITH_CREDENTIALS = frozenset({".local", ".config", ".cargo", ".docker", ".aws", ".azure", ".kube", ".ssh", ".gnupg"})
_SYSTEM = ("/usr/", "/bin/", "/sbin/", "/opt/", "/nix/", "/gnu/store/")
"""Shown to everybody."""
_VENV_HOME = re.compile(r"(?m)^home\s*=\s*(.+?)\s*$")
_FIRST_LINE_BYTES = 512
_MOST_LINKS = 200
"""Looked at per folder of PATH."""


def needed_by(search: Sequence[str], programs: Iterable[str], private: Private) -> tuple[str, ...]:
    """Folders to be shown for the folders of a PATH and for single programs (absolute paths), each once."""
    found = [*(place for folder in search for place in _of_folder(folder, private))]
    found += [place for program in programs for place in of_program(program, private)]
    return tuple(dict.fromkeys(found))


def _of_folder(folder: str, private: Private) -> Iterator[str]:
    if not folder.startswith("/") or f"{folder}/".startswith(_SYSTEM) or not os.path.isdir(folder):  # noqa: PTH112
        return
    yield from _around(folder, private)
    if any(contains(home, (os.path.realpath(folder),)) for home in private.homes):
        # ~/.local/bin: each link leads into the installation of one tool.
        with os.scandir(folder) as entries:
            links = [entry.path for entry in entries if entry.is_symlink()]
        for link in links[:_MOST_LINKS]:
            yield from of_program(link, private)


def of_program(program: str, private: Private) -> Iterator[str]:
    """The installations that a program consists of: where it lies, where its links lead, what interprets it."""
    waiting, seen = [program], set[str]()
    while waiting:
        path = waiting.pop()
        if path in seen or not path.startswith("/") or not os.path.isfile(path):  # noqa: PTH113
            continue
        seen.add(path)
        if not path.startswith(_SYSTEM):
            yield from _around(os.path.dirname(path), private)  # noqa: PTH120
        if os.path.islink(path):  # noqa: PTH114
            waiting.append(os.path.normpath(os.path.join(os.path.dirname(path), os.readlink(path))))  # noqa: PTH115,PTH118,PTH120
        else:
            waiting.extend(_interpreter(path))
        waiting.extend(_behind_venv(os.path.dirname(path)))  # noqa: PTH120


def _around(folder: str, private: Private) -> Iterator[str]:
    """The folder of programs and the installation that it belongs to, as far as they may be shown."""
    real = os.path.realpath(folder)
    prefix, name = os.path.split(real)
    if private.holds(real) and not _is_environment(prefix, name):
        return
    if name in _PROGRAM_FOLDERS and _is_installation(prefix, name, private):
        yield folder
        yield prefix
    elif not private.forbids(real):
        yield folder


def _is_installation(prefix: str, name: str, private: Private) -> bool:
    if prefix == "/" or private.forbids(prefix) or os.path.basename(prefix) in _WITH_CREDENTIALS:  # noqa: PTH119
        return False
    if name == "shims":  # of a version manager, which is itself often a clone
        return True
    if os.path.lexists(f"{prefix}/.git"):
        return False
    return name == ".bin" or any(os.path.lexists(f"{prefix}/{mark}") for mark in _MARKS)


def _is_environment(prefix: str, name: str) -> bool:
    """In a worktree only its environments are shown: what is borrowed from them is in use."""
    return name == ".bin" or os.path.lexists(f"{prefix}/pyvenv.cfg")


@cache
def _behind_venv(folder: str) -> tuple[str, ...]:
    """The interpreter that a virtual environment rests on; `folder` is its bin."""
    try:
        with open(f"{os.path.dirname(folder)}/pyvenv.cfg", encoding="utf-8", errors="replace") as file:  # noqa: PTH120,PTH123
            found = _VENV_HOME.search(file.read(65536))
    except OSError:
        return ()
    return (f"{found.group(1)}/python3",) if found else ()


def _interpreter(script: str) -> list[str]:
    """Absolute paths in the first line of a script."""
    try:
        with open(script, "rb") as file:  # noqa: PTH123
            first = file.read(_FIRST_LINE_BYTES)
    except OSError:
        return []
    if not first.startswith(b"#!"):
        return []
    # Also the `/bin/sh` form for long paths: '''exec' "/long/path/python" "$0" "$@"
    words = re.split(r"[\s\"']+", first[2:].decode("utf-8", "surrogateescape"))
    return [word for word in words[:6] if word.startswith("/")]
