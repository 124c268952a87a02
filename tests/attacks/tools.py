"""What a developer of a base project would have installed, and nothing more: a `.venv`, or `node_modules`."""

import subprocess
from pathlib import Path

from tests.support.lean import make_environment


def lend_tools(root: Path) -> None:
    """Make `root`/.venv of the packages that these tests run with: nothing is fetched."""
    make_environment(root / ".venv", ("mypy", "pytest", "radon", "ruff"))


def install_packages(root: Path) -> None:
    """Make `root`/node_modules and a lock file, from the npm registry that the machine is set up for."""
    argv = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"]
    subprocess.run(argv, cwd=root, check=True, capture_output=True, timeout=300)
