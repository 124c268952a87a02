"""A virtual environment with the tools that a project needs, and nothing else.

The environment that these tests run in has a dozen plugins, and each of the several runs of pytest in one `gate check`
would load them all. Packages are links into that environment: nothing is fetched, and nothing is copied.
"""

import atexit
import os
import shutil
import sys
import tempfile
import venv
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

TOOLS = ("build", "mypy", "pytest", "radon", "ruff")


@cache
def own_tools() -> str:
    """PATH of one environment with all tools, made for this process.

    The running environment comes last: where checks are isolated, what is on PATH can be read, and so can the packages.
    """
    folder = Path(tempfile.mkdtemp(prefix="gate-tools-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return os.pathsep.join((str(make_environment(folder, TOOLS)), str(Path(sys.executable).parent)))


def make_environment(folder: Path, names: Sequence[str]) -> Path:
    """An environment with these distributions and what they need; gives its `bin`."""
    venv.create(folder, symlinks=True)
    packages, programs = next(folder.glob("lib/python3*/site-packages")), folder / "bin"
    for dist in _with_needs(names):
        for file in dist.files or ():
            where = packages / file.parts[0] if ".." not in file.parts else programs / file.name
            if not where.is_symlink() and file.parts[0] != "__pycache__":
                where.symlink_to(Path(str(dist.locate_file(file.parts[0] if where.parent == packages else file))))
        for script in dist.entry_points.select(group="console_scripts"):
            _write_script(programs / script.name, script.value)
    return programs


def _with_needs(names: Sequence[str]) -> Iterator[Distribution]:
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


def _write_script(script: Path, value: str) -> None:
    module, _, function = value.partition(":")
    script.unlink(missing_ok=True)
    lines = (
        f"#!{script.with_name('python')}",
        "import sys",
        f"from {module} import {function}",
        f"sys.exit({function}())",
    )
    script.write_text("\n".join(lines) + "\n")
    script.chmod(0o755)
