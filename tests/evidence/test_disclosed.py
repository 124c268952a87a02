"""What a worker should disclose, and whether an entry discloses it."""

import pytest

from gatekeeper.evidence.disclosed import begins_with, discloses_test, missing_disclosure, same_test, split_reason
from gatekeeper.evidence.removed import (
    changed_words,
    gate_part,
    is_gate_file,
    is_test_file,
    named_tests,
    removed_tests,
)


@pytest.mark.parametrize(
    ("entry", "parts"),
    [
        ("load test — no staging", ("load test", "no staging")),
        ("load test - no staging", ("load test", "no staging")),
        ("load test: no staging: none", ("load test", "no staging: none")),
        ("load test because it is late", ("load test", "it is late")),
        ("load-test", ("load-test", "")),
        ("ruff.toml — ", ("ruff.toml", "")),
        ("", ("", "")),
    ],
)
def test_what_and_why(entry: str, parts: tuple[str, str]) -> None:
    assert split_reason(entry) == parts


def test_ids_that_hold_what_separates_a_reason() -> None:
    symbol = "tests/test_a.py::TestA::test_x[a - b]"
    assert begins_with(f"{symbol} — slow", symbol)
    assert same_test("test_x[a - b]", symbol)
    assert same_test("TestA::test_x[a - b]: slow", symbol)
    assert not same_test("test_x", symbol)
    assert not same_test("test_x[a - b]c", symbol)
    assert not same_test("", symbol)


@pytest.mark.parametrize(
    ("entry", "removed", "disclosed"),
    [
        ("tests/test_a.py", "tests/test_a.py", True),
        ("tests/test_a.py — obsolete", "tests/test_a.py::test_x", True),
        ("test_x", "tests/test_a.py::test_x", True),
        ("tests/", "tests/sub/test_a.py", True),
        ("tests/*_a.py", "tests/test_a.py", True),
        ("tests/test_b.py", "tests/test_a.py", False),
        ("tests/test_a.py::test_y", "tests/test_a.py::test_x", False),
        ("test", "tests/test_a.py", False),
    ],
)
def test_removed_tests_are_disclosed_by_name_file_folder_or_glob(entry: str, removed: str, disclosed: bool) -> None:
    assert discloses_test([entry], removed) is disclosed


@pytest.mark.parametrize(
    ("entry", "missing"),
    [
        ("conf/ruff.toml — E501 was noise", ""),
        ("ruff.toml: E501 was noise", ""),
        ("E501 — noise", ""),
        ("conf/* — tidied", ""),
        ("conf/ruff.toml", "is disclosed without a reason"),
        ("E501", "is disclosed without a reason"),
        ("E999 — noise", "is not disclosed"),
        ("mypy.ini — noise", "is not disclosed"),
    ],
)
def test_changes_of_gate_files_are_disclosed_with_a_reason(entry: str, missing: str) -> None:
    assert missing_disclosure([entry], "conf/ruff.toml", ("E501", "ignore")) == missing


@pytest.mark.parametrize(
    ("path", "test", "gate"),
    [
        ("tests/test_a.py", True, False),
        ("src/a_test.go", True, False),
        ("web/a.spec.ts", True, False),
        ("web/__tests__/a.jsx", True, False),
        ("src/UserTest.java", True, False),
        ("tests/data/x.json", False, False),
        ("src/contest.py", False, False),
        ("gate.toml", False, True),
        (".github/workflows/ci.yml", False, True),
        ("pyproject.toml", False, True),
        ("web/tsconfig.build.json", False, True),
        ("web/.eslintrc.cjs", False, True),
        (".gate/fixtures/x/case.json", False, True),
        (".gate/self-review/work.toml", False, False),
        ("docs/gate.toml.md", False, False),
    ],
)
def test_files_that_matter_by_their_name(path: str, test: bool, gate: bool) -> None:
    assert (is_test_file(path), is_gate_file(path)) == (test, gate)


@pytest.mark.parametrize(
    ("path", "text", "names"),
    [
        (
            "test_a.py",
            "def test_a(): ...\nclass T:\n    async def test_b(self): ...\ndef helper(): ...",
            {"test_a", "test_b"},
        ),
        ("a.test.ts", "it('does x', f); test.only(\"y 'z'\", f); describe('w', f)", {"does x", "y 'z'"}),
        ("a_test.go", "func TestA(t *testing.T) {}\nfunc helper() {}", {"TestA"}),
        ("a_spec.rb", "it 'works' do", {"works"}),
        ("README.md", "def test_a", set()),
    ],
)
def test_names_of_tests(path: str, text: str, names: set[str]) -> None:
    assert named_tests(path, text) == names


def test_removed_is_what_is_nowhere_any_more() -> None:
    before = {
        "test_gone.py": "def test_a(): ...",
        "test_cut.py": "def test_b(): ...\ndef test_c(): ...",
        "test_moved.py": "def test_d(): ...",
        "test_nameless.py": "",
    }
    after = {"test_cut.py": "def test_b(): ...", "test_new.py": "def test_d(): ..."}
    assert removed_tests(before, after) == ("test_cut.py::test_c", "test_gone.py", "test_nameless.py")


def test_of_pyproject_only_the_tables_of_judging_tools_count() -> None:
    text = "[project]\nname = 'x'\n[tool.ruff]\nline-length = 3\n[[tool.mypy.overrides]]\nx = 1\n[tool.uv]\ny = 1\n"
    assert gate_part("pyproject.toml", text) == "[tool.ruff]\nline-length = 3\n[[tool.mypy.overrides]]\nx = 1\n"
    assert gate_part("ruff.toml", text) == text


def test_words_of_changed_lines() -> None:
    assert changed_words("a = 1\nignore = []\n", "a = 1\nignore = ['E501']\n") == ("E501", "ignore")
