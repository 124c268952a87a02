"""Which trees are judged without ever loading what builds environments."""

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.environment.names import calls_for_environment, list_names
from gatekeeper.environment.recipe import infer_python
from gatekeeper.environment.requirements import requirement_files

PYTHON = ["pyproject.toml", "uv.lock", "poetry.lock", "setup.py", "setup.cfg", "x.py", "sub/x.py", "sub/pyproject.toml"]
LISTS = ["requirements.txt", "reqs-dev.txt", "constraints.txt", "requirements/test.txt", "requirements.in", "notes.txt"]
OTHERS = ["package.json", "package-lock.json", "pnpm-lock.yaml", "README.md", "a.go", "Makefile", ".python-version"]
NAMES = st.sampled_from([*PYTHON, *LISTS, *OTHERS])


def a_tree(root: Path, names: Iterable[str]) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


@given(st.sets(NAMES))
def test_what_needs_no_environment_makes_no_builder_look_for_one(names: set[str]) -> None:
    with TemporaryDirectory() as folder:
        tree = a_tree(Path(folder), names)
        assert list_names(tree) == tuple(sorted(names))
        if not calls_for_environment(tree):
            assert infer_python(tree, sorted(names)) is None
            assert requirement_files(names) == ()
            assert "package.json" not in names and not [name for name in names if name.endswith(".py")]


@pytest.mark.parametrize(
    "name", ["x.py", "sub/x.py", "pyproject.toml", "requirements-dev.txt", "package.json", "uv.lock", "setup.cfg"]
)
def test_what_calls_for_one(tmp_path: Path, name: str) -> None:
    tree = a_tree(tmp_path, ["README.md", "gate.toml", "probe.sh", "src/main.go", ".venv/lib/x.py", ".git/x.py"])
    assert not calls_for_environment(tree)
    assert calls_for_environment(a_tree(tree, [name]))


def test_links_are_files_where_they_stay_inside(tmp_path: Path) -> None:
    tree = a_tree(tmp_path / "tree", ["here.md", "sub/there.md"])
    a_tree(tmp_path, ["outside.py", "beside/x.py"])
    for name, target in {
        "inside": "sub/there.md",
        "out": "../outside.py",
        "folder": "sub",
        "folder-out": "../beside",
        "dangling": "nowhere",
        "round": "round",
    }.items():
        (tree / name).symlink_to(target)
    assert list_names(tree) == ("dangling", "here.md", "inside", "sub/there.md")
    assert not calls_for_environment(tree)
