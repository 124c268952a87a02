"""Tests of one tree in all languages, found by the ids that runners give them. Pure."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from gatekeeper.integrity.suite.python import PythonSuite
from gatekeeper.integrity.suite.written import Files, Written, split_id

if TYPE_CHECKING:
    from gatekeeper.integrity.suite.script import ScriptSuite

_SCRIPT = (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts")


class Suites:
    """The tests of one tree."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.python = PythonSuite(files)

    @cached_property
    def script(self) -> "ScriptSuite":
        # Here and not above: only those who test TypeScript pay for its parser.
        from gatekeeper.integrity.suite.script import ScriptSuite  # noqa: PLC0415

        return ScriptSuite(self.files)

    def written(self, test: str) -> Written | None:
        """The test behind an id; None when it is not written in this tree as far as one can see."""
        path, name, _ = split_id(test)
        if path.endswith(".py"):
            return self.python.written(path, name)
        if path.endswith(_SCRIPT):
            return self.script.written(path, name)
        for file in self._scripts() if "::" in test else ():
            found = self.script.written(file, name)
            if found is not None:
                return found
        return None

    def of_file(self, path: str) -> Iterator[Written]:
        """Every test of one file."""
        suite = self.python if path.endswith(".py") else self.script if path.endswith(_SCRIPT) else None
        names: Mapping[str, object] = suite.tests(path) if suite else {}
        found = (suite.written(path, name) for name in names) if suite else ()
        return (one for one in found if one is not None)

    def _scripts(self) -> Iterator[str]:
        return (name for name in self.files.harness() if name.endswith(_SCRIPT))
