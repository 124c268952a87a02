"""Which trees are judged without ever loading what builds environments."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.environment.names import call_for_environment
from gatekeeper.environment.recipe import infer_python
from gatekeeper.environment.requirements import requirement_files

PYTHON = ["pyproject.toml", "uv.lock", "poetry.lock", "setup.py", "setup.cfg", "x.py", "sub/x.py", "sub/pyproject.toml"]
LISTS = ["requirements.txt", "reqs-dev.txt", "constraints.txt", "requirements/test.txt", "requirements.in", "notes.txt"]
OTHERS = ["package.json", "package-lock.json", "pnpm-lock.yaml", "README.md", "a.go", "Makefile", ".python-version"]
NAMES = st.sampled_from([*PYTHON, *LISTS, *OTHERS])


@given(st.sets(NAMES))
def test_what_needs_no_environment_makes_no_builder_look_for_one(names: set[str]) -> None:
    if call_for_environment(sorted(names)):
        return
    assert infer_python(Path("/nonexistent"), sorted(names)) is None
    assert requirement_files(names) == ()
    assert "package.json" not in names and not [name for name in names if name.endswith(".py")]


def test_what_calls_for_one() -> None:
    for name in ("x.py", "sub/x.py", "pyproject.toml", "requirements-dev.txt", "package.json", "uv.lock", "setup.cfg"):
        assert call_for_environment(["README.md", name]), name
    assert not call_for_environment(["README.md", "gate.toml", "probe.sh", "src/main.go"])
