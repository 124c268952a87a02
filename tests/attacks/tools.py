"""What a developer of a base project would have installed, and nothing more: a `.venv`, or `node_modules`."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

_WANTED = ("mypy", "pytest", "radon", "ruff")


def lend_tools(root: Path) -> None:
    """Make `root`/.venv of the packages that these tests run with: nothing is fetched."""
    venv, real = root / ".venv", Path(sys.executable).resolve()
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    site = venv / "lib" / f"python{version}" / "site-packages"
    site.mkdir(parents=True)
    (venv / "bin").mkdir()
    (venv / "bin" / "python").symlink_to(real)
    lines = f"home = {real.parent}\ninclude-system-site-packages = false\nversion = {version}\n"
    (venv / "pyvenv.cfg").write_text(lines)
    for found in _with_needs(_WANTED):
        _copy(found, site)
    shutil.copy2(Path(sys.executable).with_name("ruff"), venv / "bin" / "ruff")


def install_packages(root: Path) -> None:
    """Make `root`/node_modules and a lock file, from the npm registry that the machine is set up for."""
    argv = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"]
    subprocess.run(argv, cwd=root, check=True, capture_output=True, timeout=300)


def _with_needs(names: tuple[str, ...]) -> Iterator[Distribution]:
    waiting, seen = list(names), set[str]()
    while waiting:
        name = waiting.pop().lower()
        if name in seen:
            continue
        seen.add(name)
        try:
            found = distribution(name)
        except PackageNotFoundError:
            continue  # needed on other systems only
        yield found
        needs = (Requirement(text) for text in found.requires or ())
        waiting += [need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]


def _copy(found: Distribution, site: Path) -> None:
    for file in found.files or ():
        if ".." in file.parts or file.suffix == ".pyc":
            continue
        place = site.joinpath(*file.parts)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(str(found.locate_file(file)), place)
