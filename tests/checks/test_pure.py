"""What the checks compute without git and without tools."""

import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from gatekeeper.checks.build import missing_artefacts
from gatekeeper.checks.complexity import over_limit
from gatekeeper.checks.contract import CommandPlan, Inapplicable, Step
from gatekeeper.checks.layout import mypy_targets, packages
from gatekeeper.checks.paths import leaves_tree, suspicious_name
from gatekeeper.checks.reproduce import reproduce
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import Observation
from gatekeeper.model.policy import CheckSettings
from gatekeeper.model.vocabulary import CheckId, Severity, TreeId
from gatekeeper.tools.registry import READERS

COMPLEXITY = CheckId("complexity")
EMPTY = Observation(check=COMPLEXITY, tree=TreeId("0" * 40))


@pytest.mark.parametrize(
    ("path", "target", "leaves"),
    [("a", "/x", True), ("a", "..", True), ("d/a", "../b", False), ("d/a", "../../b", True), ("a", "..b", False)],
)
def test_links_that_leave_the_tree(path: str, target: str, leaves: bool) -> None:
    assert leaves_tree(path, target) is leaves


@pytest.mark.parametrize(
    ("name", "word"), [("a\u202e", "bidirectional"), ("a\x07", "control"), ("a\udcff", "UTF-8"), ("größe.txt", "")]
)
def test_suspicious_names(name: str, word: str) -> None:
    said = suspicious_name(name)
    assert word in said
    assert bool(said) == bool(word)


def test_artefacts_must_be_there_and_fresh(tmp_path: Path) -> None:
    for name, when in (("new.whl", 200), ("old.whl", 50)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (when, when))
    stale, missing = missing_artefacts(("new.whl", "old.whl", "dist/none.whl"), {"": tmp_path}, 100.0)
    assert "old.whl" in stale
    assert "stale" in stale
    assert "dist/none.whl missing" in missing


def test_functions_within_the_limit_are_dropped() -> None:
    note = Finding(check=COMPLEXITY, rule="complexity", message="m", severity=Severity.NOTE, measure=5.0)
    head = replace(EMPTY, findings=(note, replace(note, measure=4.0), replace(note, rule="other", measure=1.0)))
    left = over_limit(head, CheckSettings(id=COMPLEXITY, max_complexity=4)).findings
    assert [(one.rule, one.severity) for one in left] == [("complexity", Severity.ERROR), ("other", Severity.NOTE)]
    assert "the limit is 4" in left[0].message


def test_packages_leave_tests_and_docs_out() -> None:
    names = ["src/app/__init__.py", "tests/__init__.py", "setup.py", "tool.py", "docs/conf.py"]
    assert packages(names) == ("src/app", "tool.py")


@pytest.mark.parametrize(
    ("files", "targets"),
    [
        ({"mypy.ini": b"[mypy]\nfiles = x\n"}, ()),
        ({"pyproject.toml": b"[tool.mypy]\npackages = ['x']\n"}, ()),
        ({"mypy.ini": b"[mypy]\nstrict = True\n"}, ("app.py",)),
        ({"pyproject.toml": b"\xff"}, ("app.py",)),
    ],
)
def test_mypy_gets_targets_only_where_its_settings_name_none(files: dict[str, bytes], targets: tuple[str, ...]) -> None:
    assert mypy_targets([*files, "app.py"], files.get) == targets


def test_the_reproducing_command_is_quoted_for_a_shell() -> None:
    step = Step("x", READERS["exit-status"], command=("x", "a b"))
    ruff = Step("ruff", READERS["ruff"], targets=("a b",))
    assert reproduce(CommandPlan((step, ruff), writes=True), EMPTY) == "x 'a b' && ruff check --no-fix 'a b'"
    assert reproduce(Inapplicable("none"), EMPTY) == ""
