import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from gatekeeper.process.home import Home


@dataclass(frozen=True)
class Slot:
    path: Path
    scratch: Path


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(cache=tmp_path / "gate" / "cache", state=tmp_path / "gate" / "state")


@pytest.fixture
def make_slot(tmp_path: Path) -> Callable[..., Slot]:
    """A slot with these files; a second one with another name shares nothing with the first."""

    def make(files: dict[str, str], name: str = "0") -> Slot:
        slot = Slot(tmp_path / "slots" / name / "tree", tmp_path / "slots" / name / "scratch")
        for folder in (slot.path, slot.scratch):
            folder.mkdir(parents=True)
        for path, text in files.items():
            (slot.path / path).parent.mkdir(parents=True, exist_ok=True)
            (slot.path / path).write_text(text)
        return slot

    return make


@pytest.fixture
def base_env() -> dict[str, str]:
    """The caller's environment with a plain interpreter first on PATH (a version manager's stand-in is slow)."""
    real = str(Path(getattr(sys, "_base_executable", sys.executable)).resolve().parent)
    return {**os.environ, "PATH": f"{real}:/usr/bin:/bin"}


@pytest.fixture
def make_venv(tmp_path: Path) -> Callable[[Path], Path]:
    """An empty virtual environment, made without the network. Returns its site-packages."""

    def make(folder: Path) -> Path:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
        return next(folder.glob("lib/python3*/site-packages"))

    return make


def install(site: Path, name: str, code: str = "", *, needs: str = "", script: str = "", version: str = "1.0") -> None:
    """Put a distribution into a site folder as an installer would: package, metadata, RECORD, entry point."""
    package, info = site / name, site / f"{name}-{version}.dist-info"
    shutil.rmtree(info, ignore_errors=True)
    package.mkdir(exist_ok=True)
    info.mkdir()
    (package / "__init__.py").write_text(code)
    (package / "__main__.py").write_text("print('ran')\n")
    required = f"Requires-Dist: {needs}\n" if needs else ""
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{required}")
    if script:
        (info / "entry_points.txt").write_text(f"[console_scripts]\n{script} = {name}:main\n")
    files = [f"{name}/__init__.py", f"{name}/__main__.py", f"{info.name}/METADATA", f"{info.name}/RECORD"]
    (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))


@pytest.fixture(name="install")
def install_fixture() -> Callable[..., None]:
    return install
