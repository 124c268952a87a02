"""The environment of a build without network: what goes into it, and what serves where it cannot be made."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.environment import backend
from gatekeeper.environment.backend import build_environment
from gatekeeper.environment.build import digest_of
from gatekeeper.environment.kitchen import Kitchen
from gatekeeper.environment.programs import Programs
from gatekeeper.process import sandbox
from gatekeeper.process.home import Home
from gatekeeper.process.walls import raise_walls

SYSTEM = '[build-system]\nrequires = ["backend>=1"]\nbuild-backend = "backend"\n'
OPTIONS = """['--index-url=http://evil', '-r /etc/passwd', "a\\n-r x", 3, 'ok @ file:///w']"""


@pytest.fixture
def kitchen(home: Home, base_env: dict[str, str], tmp_path: Path) -> Kitchen:
    """One that has no package index to ask: its installer says so at once (pip would be unpacked first to say it)."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "uv").write_text("#!/bin/sh\necho no such package >&2\nexit 1\n")
    (tools / "uv").chmod(0o755)
    env = {**base_env, "PATH": f"{tools}:{base_env['PATH']}"}
    return Kitchen(home, env, tmp_path / "log", 120.0, lambda _: None, None, raise_walls(home, env))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (SYSTEM, ("build>=1.2", "backend>=1")),
        ("[project]\nname = 'x'\n", ("build>=1.2", "setuptools>=40.8.0")),
        ("[build-system]\nrequires = []\n", ("build>=1.2",)),
        (f"[build-system]\nrequires = {OPTIONS}\n", ("build>=1.2", "ok @ file:///w")),
    ],
    ids=["stated", "legacy", "in the tree", "options are no requirements"],
)
def test_what_goes_into_it(tmp_path: Path, text: str, wanted: tuple[str, ...]) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    assert backend._needs(backend.toml_of(tmp_path / "pyproject.toml")) == wanted


def test_only_what_matters_for_a_build_makes_a_new_one(tmp_path: Path, base_env: dict[str, str]) -> None:
    def digest(text: str) -> str:
        (tmp_path / "pyproject.toml").write_text(text)
        pyproject = backend.toml_of(tmp_path / "pyproject.toml")
        recipe = backend._recipe(backend._needs(pyproject), tmp_path, pyproject, base_env)
        return digest_of(recipe, tmp_path, Programs({}))

    first = digest(SYSTEM)
    assert digest(f"{SYSTEM}[tool.ruff]\nline-length = 99\n") == first
    assert digest(f"{SYSTEM}[tool.hatch.build.hooks.x]\ndependencies = ['y']\n") != first
    assert digest(SYSTEM.replace(">=1", ">=2")) != first


def test_where_it_cannot_be_made_the_project_s_environment_serves_when_it_has_everything(
    kitchen: Kitchen, make_slot: Callable[..., Any], make_venv: Any, install: Any, tmp_path: Path
) -> None:
    slot = make_slot({"pyproject.toml": SYSTEM})
    site = make_venv(tmp_path / "env")
    python = str(tmp_path / "env/bin/python")
    install(site, "build")
    without = build_environment(slot.path, python, kitchen)
    assert without.problems
    assert without.python is None
    install(site, "backend")
    served = build_environment(slot.path, python, kitchen)
    assert (served.problems, served.python) == ((), python)
    assert "goes unseen" in served.notes[0]
    assert served.digest != without.digest


@pytest.mark.slow
def test_a_real_backend_is_installed_and_asked_for_more(
    home: Home, base_env: dict[str, str], make_slot: Callable[..., Any], tmp_path: Path
) -> None:
    system = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
    setup = "from setuptools import setup\nsetup(name='shop', version='1', setup_requires=['iniconfig'])\n"
    slot = make_slot({"pyproject.toml": system, "setup.py": setup})
    kitchen = Kitchen(home, base_env, tmp_path / "log", 300.0, lambda _: None, None, raise_walls(home, base_env))
    made = build_environment(slot.path, None, kitchen)
    assert made.problems == ()
    asked = "import build, setuptools, iniconfig; print('all there')"
    said = subprocess.run([str(made.python), "-c", asked], capture_output=True, text=True, check=False)
    assert said.stdout == "all there\n", said.stderr
    assert sorted(path.name for path in slot.path.iterdir()) == ["pyproject.toml", "setup.py"]


@pytest.mark.skipif(not sandbox.available(), reason="bubblewrap is missing or not allowed here")
def test_a_set_up_command_sees_no_more_than_a_check(kitchen: Kitchen, home: Home, tmp_path: Path) -> None:
    """Build backends and install scripts are code of the branch, too."""
    secrets = [home.state / "keys/gate.key", home.cache / "store/other/config", tmp_path / "letter.txt"]
    for secret in secrets:
        secret.parent.mkdir(parents=True, exist_ok=True)
        secret.write_text("secret")
    tree = tmp_path / "tree"
    tree.mkdir()
    script = "; ".join(f"cat {secret}" for secret in secrets) + "; ls -d /proc/[0-9]* | wc -l; echo x > made; true"
    done = kitchen.run(("sh", "-c", script), cwd=tree, work=tmp_path / "work", name="attack")
    assert done.exit == 0, done.stderr.read_text()
    assert "secret" not in done.stdout.read_text()
    assert int(done.stdout.read_text()) < 8
    assert (tree / "made").exists()
