"""All detectors together: one list of rules, a stable answer, nothing imported that is not needed, no silence."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from gatekeeper.integrity import registry
from gatekeeper.integrity.commands.carriers import kind_of
from gatekeeper.integrity.contract import Diff, Effect, FileChange, Hit, Role, Rule
from gatekeeper.integrity.examine import examine
from gatekeeper.integrity.parsed_script import SCRIPTS
from gatekeeper.integrity.registry import PLACES, detectors, rules
from gatekeeper.integrity.script.runners import _CONFIGS as RUNNERS
from gatekeeper.integrity.source import ENDINGS
from gatekeeper.integrity.tool_sides import is_tool_file
from gatekeeper.policy.integrity_rules import INTEGRITY_RULES


def change(path: str, new: str, old: str | None = None, role: Role = Role.PRODUCT) -> FileChange:
    before = None if old is None else old.encode()
    return FileChange(path, "A" if old is None else "M", before, new.encode(), role=role)


def test_every_rule_belongs_to_one_detector_and_is_known_to_the_policy() -> None:
    listed = [rule for detector in detectors() for rule in detector.rules]
    assert len(listed) == len(set(listed))
    assert (*listed, "file-not-read") == INTEGRITY_RULES
    assert list(rules()) == listed


@pytest.mark.parametrize(
    ("path", "old", "new", "absent"),
    [
        ("src/a.py", "x = 1\n", "x = 2  # noqa\n", "tree_sitter yaml gatekeeper.integrity.ci"),
        ("README.md", "a\n", "b\n", "tree_sitter yaml gatekeeper.integrity.ci gatekeeper.integrity.cheats"),
        ("pyproject.toml", "[tool.ruff]\n", "[tool.mypy]\n", "tree_sitter yaml gatekeeper.integrity.cheats"),
        ("a.yaml", "a: 1\n", "a: 2\n", "tree_sitter gatekeeper.integrity.cheats"),
        ("src/a.ts", "let a = 1\n", "let a = 2\n", "yaml gatekeeper.integrity.ci gatekeeper.integrity.cheats"),
    ],
)
def test_what_a_branch_does_not_need_is_not_imported(path: str, old: str, new: str, absent: str) -> None:
    script = (
        "import sys; from gatekeeper.integrity.examine import examine; from gatekeeper.integrity.contract import *\n"
        f"seen = examine(Diff((FileChange({path!r}, 'M', {old!r}.encode(), {new!r}.encode(), role=Role.PRODUCT),)))\n"
        "assert not seen.failed; print(*sorted(sys.modules))"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert {"gatekeeper.integrity.files"} <= set(said)
    assert {*absent.split(), "gatekeeper.integrity.apart"} & set(said) == set()


@pytest.mark.parametrize(
    "path",
    [
        "conftest.py", "a/conftest.py", "noxfile.py", "Noxfile.py", "pyproject.toml", "setup.cfg", "Makefile", "a.mk",
        ".github/workflows/a.yml", "scripts/lint", "ci/run.sh", "package.json", "vitest.config.ts", ".eslintrc.cjs",
        "vitest.workspace.ts", ".mocharc.js", "eslint.config.mjs", "tsconfig.json", "baseline.json", ".flake8",
    ],
)  # fmt: skip
def test_detectors_of_settings_are_called_for_whatever_they_read(path: str) -> None:
    wanted = {place for place, concerns in PLACES if concerns(path)}
    assert {"thresholds", "relaxed", "ci"} <= wanted


def test_the_names_that_call_for_a_detector_are_its_own() -> None:
    assert set(registry._PYTHON) == set(ENDINGS)
    assert set(registry._SCRIPTS) == set(SCRIPTS)
    assert set(registry._SCRIPT_RUNNERS) == set(RUNNERS)
    names = ("a.py", "src/b.pyi", "README.md", "docs/a.rst", "n.ipynb", "a.ts", "src/b.test.tsx", "x.cjs")
    assert not any(kind_of(name) or is_tool_file(name) for name in names)
    assert not any(concerns(name) for name in names for place, concerns in PLACES if place == "ci")


class Loud:
    """A detector that says what it is told to."""

    def __init__(self, *hits: Hit, error: Exception | None = None) -> None:
        self.hits = hits
        self.error = error
        self.rules = {"loud": Rule(Effect.WARN, "is loud"), "other": Rule(Effect.BLOCK, "is other")}

    def detect(self, change: FileChange, diff: Diff) -> Iterator[Hit]:
        if self.error:
            raise self.error
        yield from self.hits


def only(monkeypatch: pytest.MonkeyPatch, detector: Loud) -> None:
    monkeypatch.setattr(registry, "PLACES", (("loud", lambda path: True),))
    monkeypatch.setattr(registry, "_detector", lambda place: detector)


def test_hits_are_sorted_and_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Hit("loud", "a.py", "x", line=1), Hit("other", "a.py", "x", line=2)
    only(monkeypatch, Loud(second, first, second))
    assert examine(Diff((change("a.py", ""), change("b.py", "")))).hits == (first, second)


def test_beyond_a_number_hits_of_a_rule_are_counted_and_the_harder_ones_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    hard = Hit("loud", "z.py", "hard", harder=True)
    only(monkeypatch, Loud(*(Hit("loud", f"{n}.py", "x") for n in range(9)), hard, Hit("other", "a.py", "x")))
    seen = examine(Diff((change("a.py", ""),)), most=3)
    assert [hit.rule for hit in seen.hits].count("loud") == 3
    assert hard in seen.hits
    assert seen.beyond == {"loud": 7}
    assert [hit.path for hit in seen.hits if hit.rule == "loud"] == ["0.py", "1.py", "z.py"]


def test_the_ones_that_are_listed_do_not_depend_on_the_order_of_detection(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, Loud(*(Hit("loud", f"{n}.py", "x") for n in reversed(range(5)))))
    assert [hit.path for hit in examine(Diff((change("a.py", ""),)), most=2).hits] == ["0.py", "1.py"]


@pytest.mark.parametrize("error", [ValueError("odd"), RecursionError(), MemoryError(), KeyError("x")])
def test_a_detector_that_breaks_is_no_silence(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    only(monkeypatch, Loud(error=error))
    seen = examine(Diff(tuple(change(f"{n}.py", "") for n in range(50))))
    assert len(seen.failed) == 5
    assert seen.failed[0].startswith(f"Loud broke on 0.py: {type(error).__name__}")
