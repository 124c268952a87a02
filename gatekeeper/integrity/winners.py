"""Which configuration files win over which others. Pure, and light: asked of every new file."""

from posixpath import basename, dirname

BEFORE = {
    "pytest": (
        ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini"),
        ("pyproject.toml", "tox.ini", "setup.cfg"),
    ),
    "mypy": (("mypy.ini", ".mypy.ini"), ("pyproject.toml", "setup.cfg")),
    "ruff": ((".ruff.toml", "ruff.toml"), ("pyproject.toml",)),
    "coverage": ((".coveragerc",), ("setup.cfg", "tox.ini", "pyproject.toml")),
    "flake8": ((".flake8",), ("setup.cfg", "tox.ini")),
    "pylint": (("pylintrc", ".pylintrc"), ("pyproject.toml", "setup.cfg", "tox.ini")),
    "pyright": (("pyrightconfig.json",), ("pyproject.toml",)),
}
"""Tool → files that win, files that lose against them."""


def losers(path: str) -> tuple[str, ...]:
    """Files that a tool would no longer read because of a new one at `path`."""
    folder = dirname(path)
    names = (name for winners, losing in BEFORE.values() if basename(path) in winners for name in losing)
    return tuple(dict.fromkeys(f"{folder}/{name}" if folder else name for name in names))
