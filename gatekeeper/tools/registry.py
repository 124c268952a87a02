"""Every tool and every reader by name: one explicit, ordered list. A tool's module is imported when it is asked for."""

import importlib
from collections.abc import Iterator, Mapping
from typing import cast

from gatekeeper.tools.contract import Tool


class _Tools(Mapping[str, Tool]):
    """Name → the one object of the class `module.Class` below `gatekeeper.tools`: a run needs a few of them."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = places
        self._made: dict[str, Tool] = {}

    def __getitem__(self, name: str) -> Tool:
        if name not in self._made:
            module, _, kind = self._places[name].partition(".")
            self._made[name] = cast(Tool, getattr(importlib.import_module(f"gatekeeper.tools.{module}"), kind)())
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


_READERS = {
    "exit-status": "exit_status.ExitStatus",
    "junit": "junit.JUnit",
    "sarif": "sarif.Sarif",
    "ruff": "ruff_check.RuffCheck",
    "ruff-format": "ruff_format.RuffFormat",
    "mypy": "mypy.Mypy",
    "radon": "radon_cc.RadonComplexity",
    "eslint": "eslint.ESLint",
    "tsc": "tsc.Tsc",
}
READERS: Mapping[str, Tool] = _Tools(_READERS)
"""What `reads = "…"` may name."""

TOOLS: Mapping[str, Tool] = _Tools(
    {**_READERS, "radon-mi": "radon_mi.RadonMaintainability", "pytest": "pytest.Pytest", "build": "build.Build"}
)
"""What the built-in checks use: the readers and the tools that only they call."""
