"""Every tool and every reader by name: one explicit, ordered list."""

from collections.abc import Mapping

from gatekeeper.tools.build import Build
from gatekeeper.tools.contract import Tool
from gatekeeper.tools.eslint import ESLint
from gatekeeper.tools.exit_status import ExitStatus
from gatekeeper.tools.junit import JUnit
from gatekeeper.tools.mypy import Mypy
from gatekeeper.tools.pytest import Pytest
from gatekeeper.tools.radon_cc import RadonComplexity
from gatekeeper.tools.radon_mi import RadonMaintainability
from gatekeeper.tools.ruff_check import RuffCheck
from gatekeeper.tools.ruff_format import RuffFormat
from gatekeeper.tools.sarif import Sarif
from gatekeeper.tools.tsc import Tsc

READERS: Mapping[str, Tool] = {
    "exit-status": ExitStatus(),
    "junit": JUnit(),
    "sarif": Sarif(),
    "ruff": RuffCheck(),
    "ruff-format": RuffFormat(),
    "mypy": Mypy(),
    "radon": RadonComplexity(),
    "eslint": ESLint(),
    "tsc": Tsc(),
}
"""What `reads = "…"` may name."""

TOOLS: Mapping[str, Tool] = {
    **READERS,
    "radon-mi": RadonMaintainability(),
    "pytest": Pytest(),
    "build": Build(),
}
"""What the built-in checks use: the readers and the tools that only they call."""
