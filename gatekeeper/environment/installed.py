"""What is installed for a Python interpreter: its site folders, distributions, their files and console scripts.

Found by reading files, never by running the interpreter where its layout is known: an environment is data.
"""

import os
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from gatekeeper.environment.digests import files_below
from gatekeeper.errors import GateError
from gatekeeper.process.capture import capture

if TYPE_CHECKING:
    from importlib.metadata import Distribution


class Closure(Struct, frozen=True):
    """A distribution and everything it depends on, as far as installed: names with versions, and their files."""

    name: str
    version: str
    members: tuple[str, ...]
    files: tuple[str, ...]
    roots: tuple[str, ...] = ()
    """Folders that file names are relative to in a digest."""


def site_folders(python: str) -> tuple[str, ...]:
    """Folders from which this interpreter imports third-party code, in order. Empty when it cannot be asked."""
    prefix = Path(python).parent.parent
    if (prefix / "pyvenv.cfg").is_file():
        own = own_site_folders(python)
        system = _system_site(prefix) if _sees_system(prefix) else ()
        return tuple(dict.fromkeys([*own, *(line for site in own for line in _path_lines(Path(site))), *system]))
    return _asked(python)


def own_site_folders(python: str) -> tuple[str, ...]:
    """The site-packages of a virtual environment itself; empty for an interpreter that is none."""
    prefix = Path(python).parent.parent
    if not (prefix / "pyvenv.cfg").is_file():
        return ()
    found = {
        str(path.resolve()): str(path) for path in sorted(prefix.glob("lib*/python3*/site-packages"), reverse=True)
    }
    return tuple(sorted(found.values()))


def find_distribution(name: str, sites: Sequence[str]) -> "Distribution | None":
    """The first distribution of that name on the given folders, as `importlib.metadata` would find it."""
    return next(_distributions(sites, name), None)


def _distributions(sites: Sequence[str], name: str | None = None) -> "Iterator[Distribution]":
    # Here and not above: it brings the parsers of mail and archives, which only tools that are packages call for.
    from importlib.metadata import DistributionFinder, MetadataPathFinder  # noqa: PLC0415

    yield from MetadataPathFinder.find_distributions(DistributionFinder.Context(name=name, path=list(sites)))


def distribution_of_script(script: str, sites: Sequence[str]) -> str | None:
    """Name of the distribution that declares the console script, for tools whose name is not their distribution's."""
    if find_distribution(script, sites) is not None:
        return script
    for found in _distributions(sites):
        if any(entry.group == "console_scripts" and entry.name == script for entry in found.entry_points):
            return found.name
    return None


def closure(name: str, sites: Sequence[str]) -> Closure | None:
    """The distribution with its installed dependencies. None when it is not installed."""
    first = find_distribution(name, sites)
    if first is None:
        return None
    waiting, members, files = [name], dict[str, str](), set[str]()
    while waiting:
        found = find_distribution(waiting.pop(), sites)
        if found is None:
            continue
        called, version, requirements = _described(found)
        if canonical(called) in members:
            continue
        members[canonical(called)] = version
        files.update(_contents(found))
        waiting.extend(_needs(requirements))
    rows = tuple(f"{member} {version}" for member, version in sorted(members.items()))
    roots = (*sites, *(str(Path(site).parent.parent.parent) for site in sites))
    called, version, _ = _described(first)
    return Closure(called, version, rows, tuple(sorted(files)), roots)


def canonical(name: str) -> str:
    """Project name as the index compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _described(found: "Distribution") -> tuple[str, str, Sequence[str]]:
    """Name, version and requirements, from the head of METADATA alone: the description below is long, and a mail to
    importlib.metadata."""
    head = (found.read_text("METADATA") or "").partition("\n\n")[0]
    fields: dict[str, list[str]] = {}
    for line in head.split("\n"):
        key, _, value = line.partition(": ")
        fields.setdefault(key, []).append(value)
    if "Name" not in fields or "Version" not in fields:
        return found.name, found.version, found.requires or ()
    return fields["Name"][0], fields["Version"][0], fields.get("Requires-Dist", [])


def _contents(found: "Distribution") -> Iterator[str]:
    """Files of the distribution, and the folders they are in, so that an added file is seen as well."""
    base, folders = str(found.locate_file("")), set()
    for name in _listed(found):
        if name.endswith(".pyc") or "/__pycache__/" in f"/{name}":
            continue
        path = name if name.startswith("/") else f"{base}/{name}"
        if "/../" in f"/{name}":
            path = os.path.realpath(path)
        elif "/" in name:
            folders.add(path.rpartition("/")[0])
        yield path
    yield from folders


def _listed(found: "Distribution") -> list[str]:
    """Names of the files, relative to the site folder. Plain text: a path object for each of thousands takes long."""
    record = found.read_text("RECORD")
    if record is None:
        return [str(file) for file in found.files or ()]
    import csv  # noqa: PLC0415 - as in _distributions

    return [row[0] for row in csv.reader(record.splitlines()) if row]


def _needs(requirements: Sequence[str]) -> Iterator[str]:
    for requirement in requirements:
        text, _, marker = requirement.partition(";")
        name = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*", text.strip())
        if name and "extra" not in marker:
            yield name.group()


def _path_lines(site: Path) -> Iterator[str]:
    for file in sorted(site.glob("*.pth")):
        for line in file.read_text(errors="replace").splitlines():
            folder = site / line.strip()
            if line.strip() and not line.startswith(("#", "import ", "import\t")) and folder.is_dir():
                yield str(folder)


def _sees_system(prefix: Path) -> bool:
    text = (prefix / "pyvenv.cfg").read_text(errors="replace")
    return re.search(r"(?mi)^include-system-site-packages\s*=\s*true", text) is not None


def _system_site(prefix: Path) -> tuple[str, ...]:
    home = re.search(r"(?m)^home\s*=\s*(.+)$", (prefix / "pyvenv.cfg").read_text(errors="replace"))
    return _asked(str(Path(home.group(1).strip()) / "python3")) if home else ()


@lru_cache(maxsize=32)
def _asked(python: str) -> tuple[str, ...]:
    """An interpreter that is no virtual environment has no layout to rely on (Debian's dist-packages): it is asked."""
    script = "import sys; print('\\n'.join(p for p in sys.path if p.endswith(('site-packages', 'dist-packages'))))"
    try:
        answer = capture((python, "-c", script), cwd="/", env={"PATH": "/usr/bin:/bin"}, timeout_s=20)
    except (GateError, OSError):
        return ()
    return tuple(answer.stdout.decode(errors="replace").split("\n")[:-1]) if answer.exit == 0 else ()


def everything_below(sites: Sequence[str]) -> Iterator[str]:
    """Every file of the given site folders: the contents of an environment that the gate did not build."""
    for site in sites:
        yield from files_below(Path(site))
