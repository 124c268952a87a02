"""A virtual environment of one slot that lies over the shared one: same interpreter, same packages, own project.

Made by writing files, in milliseconds. The shared site-packages follow the slot's own on the import path; path lines of
editable installs that point into the caller's checkout are turned to the slot, so that no other checkout is imported.
"""

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from gatekeeper.environment.contract import Environment
from gatekeeper.environment.installed import own_site_folders, site_folders
from gatekeeper.process.private import Private

_NOT_WRAPPED = re.compile(r"(python|pip|wheel$|activate|Activate|deactivate|pydoc)")
_SHARED = "zzz_gate_shared.pth"
"""Sorts last: what is installed for the slot comes first on the import path."""


def make_layer(environment: Environment, slot: Path, folder: Path) -> tuple[str, tuple[str, ...]]:
    """Write the layer into `folder` (which must not exist). Returns its python and notes on what was turned away."""
    python = Path(environment.python or "")
    real = python.resolve()
    version = _version_of(real, site_folders(str(python)))
    site = folder / "lib" / f"python{version}" / "site-packages"
    site.mkdir(parents=True)
    (folder / "bin").mkdir()
    lines = f"home = {real.parent}\ninclude-system-site-packages = false\nversion = {version}\n"
    (folder / "pyvenv.cfg").write_text(lines)
    for name in ("python", "python3", f"python{version}"):
        (folder / "bin" / name).symlink_to(real)
    notes = list[str]()
    rows = [row for path in _roots(str(python)) for row in _shared_rows(Path(path), environment, slot, notes)]
    (site / _SHARED).write_text("".join(f"{row}\n" for row in dict.fromkeys(rows)))
    if own_site_folders(str(python)):
        _wrap_scripts(python.parent, folder / "bin")
    return str(folder / "bin" / "python"), tuple(dict.fromkeys(notes))


def in_use(environment: Environment, python: str | None, private: Private) -> tuple[str, ...]:
    """Paths of everything that a layer rests on; `python` is the layer's own. None of another worktree's code."""
    interpreters = (python, environment.python)
    places = (environment.root, *(source for _, source in environment.links))
    folders = _shared_folders(python) if python else ()
    elsewhere = (folder for folder in folders if not private.holds(os.path.realpath(folder)))
    return (*filter(None, (*places, *interpreters)), *elsewhere)


def _shared_folders(python: str) -> Iterator[str]:
    """Absolute folders on the import path of a layer's python, beside the layer's own."""
    for site in own_site_folders(python):
        shared = Path(site) / _SHARED
        rows = shared.read_text(errors="replace").splitlines() if shared.is_file() else []
        yield from (row for row in rows if row.startswith("/"))


def _roots(python: str) -> tuple[str, ...]:
    """Site folders without those that are there only because a .pth file names them: these are turned one by one."""
    shared = site_folders(python)
    own = own_site_folders(python) or shared
    system = [path for path in shared if path not in own and path.endswith(("site-packages", "dist-packages"))]
    return (*own, *system)


def _shared_rows(site: Path, environment: Environment, slot: Path, notes: list[str]) -> Iterator[str]:
    """The site folder itself and the lines of its .pth files, which Python would not read from a folder on a .pth."""
    yield str(site)
    for file in sorted(site.glob("*.pth")):
        for line in file.read_text(errors="replace").splitlines():
            text = line.strip()
            if text.startswith(("import ", "import\t")):
                yield from _import_row(site, text, environment, notes)
            elif text and not text.startswith("#"):
                yield from _path_row(Path(os.path.normpath(site / text)), environment, slot, notes)


def _path_row(path: Path, environment: Environment, slot: Path, notes: list[str]) -> Iterator[str]:
    caller = environment.caller_root
    if caller and path.is_relative_to(caller) and not path.is_relative_to(Path(environment.python or "").parent.parent):
        turned = slot / path.relative_to(caller)
        notes.append(f"an editable install of {path} is turned to the judged tree")
        if turned.is_dir():
            yield str(turned)
    elif path.exists():
        yield str(path)


def _import_row(site: Path, text: str, environment: Environment, notes: list[str]) -> Iterator[str]:
    """Lines that are executed. A finder that leads into the caller's checkout is left out."""
    module = re.match(r"import\s+(\w+)", text)
    finder = site / f"{module.group(1)}.py" if module else site / "absent"
    caller = environment.caller_root
    leads = caller and ("__editable__" in text or (finder.is_file() and caller in finder.read_text(errors="replace")))
    if leads:
        notes.append(f"an editable install ({finder.name}) that leads out of the judged tree is left out")
    else:
        yield text


def _wrap_scripts(scripts: Path, target: Path) -> None:
    """Console scripts of the shared environment, started with the layer's interpreter; compiled programs as links."""
    for script in sorted(scripts.iterdir()):
        place = target / script.name
        if _NOT_WRAPPED.match(script.name) or place.exists() or not script.is_file():
            continue
        with script.open("rb") as file:
            head = file.read(2)
        if head != b"#!":
            place.symlink_to(script)
            continue
        text = script.read_text(errors="surrogateescape")
        own = re.compile(rf"{re.escape(str(scripts))}/python[\d.]*")
        start, body = text[:1024], text[1024:]
        place.write_text(own.sub(str(target / "python"), start, count=1) + body, errors="surrogateescape")
        shutil.copymode(script, place)
        place.chmod(place.stat().st_mode | 0o200)


def _version_of(python: Path, sites: Sequence[str]) -> str:
    for text in (*sites, python.name):
        match = re.search(r"python(3\.\d+)", text)
        if match:
            return match.group(1)
    return "3"
