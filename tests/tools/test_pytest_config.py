"""Which file configures pytest, what plugins it loads, and what a project offers to pytest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.tools.pytest_config import added_options, config_name, entry_points, options, plugins, without_plugins

TOML = b'[tool.pytest.ini_options]\naddopts = ["-p", "liar", "-q"]\n'
INI = b"[pytest]\naddopts = -pliar -q\n"


def name(files: dict[str, bytes], version: str = "9.0") -> str:
    return config_name(files.get, version)


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({}, ""),
        ({"pyproject.toml": b"[tool.ruff]\n"}, ""),
        ({"pyproject.toml": TOML}, "pyproject.toml"),
        ({"pyproject.toml": TOML, "pytest.ini": b""}, "pytest.ini"),
        ({"pyproject.toml": TOML, "tox.ini": INI}, "pyproject.toml"),
        ({"tox.ini": b"[tox]\n", "setup.cfg": b"[tool:pytest]\n"}, "setup.cfg"),
        ({"setup.cfg": b"[pytest]\n"}, ""),
        ({"pytest.ini": INI, "pytest.toml": b""}, "pytest.toml"),
        ({"pyproject.toml": b"[tool.pytest]\naddopts = ['-q']\n"}, "pyproject.toml"),
        ({"pyproject.toml": b"\xff not toml", "setup.cfg": b"[tool:pytest]\nx = 1\n"}, "setup.cfg"),
    ],
)
def test_the_file_that_pytest_would_take(files: dict[str, bytes], found: str) -> None:
    assert name(files) == found


def test_the_newest_names_count_only_for_the_newest_pytest() -> None:
    assert name({"pytest.toml": b"", "pytest.ini": INI}, "8.4.2") == "pytest.ini"
    assert name({"pytest.toml": b"", "pytest.ini": INI}, "") == "pytest.toml"


def test_plugins_are_read_and_taken_out_of_the_options() -> None:
    for file, content in (("pyproject.toml", TOML), ("pytest.ini", INI)):
        words = added_options(options(file, content))
        assert plugins(words) == ("liar",)
        assert without_plugins(words, frozenset({"liar"})) == ("-q",)
    assert plugins(("-p", "no:cacheprovider", "-p", "x", "-pno:y")) == ("x",)
    assert added_options({"addopts": "'unclosed"}) == ()


@pytest.mark.parametrize(
    ("files", "points"),
    [
        ({}, ()),
        ({"pyproject.toml": b'[project.entry-points.pytest11]\nown = "own.plugin"\n'}, ("own",)),
        ({"pyproject.toml": b'[tool.poetry.plugins.pytest11]\nown = "own"\n'}, ("own",)),
        ({"setup.cfg": b"[options.entry_points]\npytest11 =\n    own = own.plugin\n"}, ("own",)),
        ({"setup.py": b"setup(entry_points={'pytest11': ['own = own.plugin']})\n"}, ("own",)),
        ({"setup.py": b"setup(entry_points='[pytest11]\\nown = own\\n[other]\\nx = y')\n"}, ("own",)),
        ({"setup.py": b"setup(entry_points={'pytest11': made()})\n"}, None),
        ({"setup.py": b"print 'two'  # pytest11\n"}, None),
    ],
)
def test_what_a_project_offers_to_pytest(files: dict[str, bytes], points: tuple[str, ...] | None) -> None:
    assert entry_points(files.get) == points


@given(
    st.sampled_from(["pytest.ini", "pyproject.toml", "setup.cfg", "tox.ini", "pytest.toml"]), st.binary(max_size=300)
)
def test_no_content_raises(file: str, content: bytes) -> None:
    added_options(options(file, content))
    entry_points({"setup.py": content, file: content}.get)
