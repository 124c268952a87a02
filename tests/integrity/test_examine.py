"""A large branch is read by two processes, which say the same together as one."""

import sys

import pytest

from gatekeeper.integrity.contract import Diff, FileChange, Role
from gatekeeper.integrity.examine import examine

PYTHON = FileChange("src/a.py", "M", b"x = 1\n", b"x: int = 'one'  # type: ignore\n", role=Role.PRODUCT)
SCRIPT = FileChange(
    "web/a.ts", "M", b"export const a = 1;\n", b"// @ts-nocheck\nexport const a = 'x';\n", role=Role.PRODUCT
)
NEVER = sys.maxsize


def test_two_processes_say_what_one_says() -> None:
    diff = Diff((PYTHON, SCRIPT))
    alone = examine(diff, large=NEVER)
    assert {hit.path for hit in alone.hits} == {"src/a.py", "web/a.ts"}
    assert examine(diff, large=0) == alone


def test_a_branch_without_scripts_needs_no_second_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    assert not examine(Diff((PYTHON,)), large=0).failed


@pytest.mark.parametrize("executable", ["/nonexistent/python", "/bin/false", "/bin/echo"])
def test_a_process_that_ends_early_is_no_silence(executable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", executable)
    seen = examine(Diff((PYTHON, SCRIPT)), large=0)
    assert [hit.path for hit in seen.hits] == ["src/a.py"]
    assert len(seen.failed) == 1
    assert seen.failed[0].startswith("the process that reads scripts ended early: ")
