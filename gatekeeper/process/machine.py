"""The part of this machine that every command in a sandbox sees: the system's programs and settings, read-only.

Not there at all: home folders, /run with its sockets, /var, /srv, /mnt, other users' files in /tmp.
"""

import os
import stat
from functools import cache

from gatekeeper.process.mounts import View

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/etc", "/nix", "/gnu/store")
_MORE = (
    # Processors and limits, which run-time systems size their pools by.
    "/sys/devices/system/cpu",
    # Where distributions keep what links in /etc and /usr lead to.
    "/var/lib/ca-certificates",
    "/var/lib/texmf",
    "/var/cache/fontconfig",
)
_CGROUP = "/sys/fs/cgroup"
"""One mount with cgroups v2; with v1 a dozen, which no command is worth."""
_RESOLVER = "/etc/resolv.conf"
"""Where systemd writes it, it is a link into /run."""


@cache
def system_view(*, network: bool) -> View:
    """The view without anything of the subject. Looked up once per process."""
    resolver = os.path.realpath(_RESOLVER)
    elsewhere = [resolver] if network and os.path.isfile(resolver) else []  # noqa: PTH113
    elsewhere += [_CGROUP] if os.path.isfile(f"{_CGROUP}/cgroup.controllers") else []  # noqa: PTH113
    seen = tuple(path for path in (*_SYSTEM, *_MORE, *elsewhere) if os.path.lexists(path))
    folders, files = _secrets("/etc") if os.geteuid() == 0 else ([], [])
    return View(visible=seen, hidden=tuple(folders), masked=tuple(files))


def _secrets(folder: str, depth: int = 2) -> tuple[list[str], list[str]]:
    """Folders and files that only root may read, which the command would be: passwords, host keys, private keys."""
    folders, files = list[str](), list[str]()
    for path, mode in _entries(folder):
        if stat.S_ISDIR(mode) and not mode & stat.S_IXOTH:
            folders.append(path)
        elif stat.S_ISDIR(mode) and depth > 1:
            inner = _secrets(path, depth - 1)
            folders, files = folders + inner[0], files + inner[1]
        elif stat.S_ISREG(mode) and not mode & stat.S_IROTH:
            files.append(path)
    return folders, files


def _entries(folder: str) -> list[tuple[str, int]]:
    """(path, mode) of what is in a folder, without empty files."""
    try:
        with os.scandir(folder) as entries:
            found = [(entry.path, entry.stat(follow_symlinks=False)) for entry in entries]
    except OSError:
        return []  # what we cannot look into, the command cannot either
    return [(path, facts.st_mode) for path, facts in found if facts.st_size or not stat.S_ISREG(facts.st_mode)]
