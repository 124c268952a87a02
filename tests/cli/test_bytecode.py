"""Byte code that the gate keeps for the tests: it is used, it is never stale, and no branch can write it."""

import json
from pathlib import Path

import pytest

from gatekeeper.process.home import Home
from gatekeeper.process.sandbox import ability
from tests.support.gate import project, run_gate
from tests.support.repo import Repo

needs_isolation = pytest.mark.skipif(not ability().program, reason="bubblewrap is missing, or does not work here")
POLICY = '[check.tests]\nlanguages = ["python"]\n'
LARGE = "".join(f"VALUE_{number} = {number}  # something that takes its time to compile\n" for number in range(1200))
BASE = {
    "pytest.ini": "[pytest]\n",
    "large.py": LARGE,
    "shop.py": "PRICE = 107\n",
    "test_shop.py": "import large\nimport shop\n\n\ndef test_price():\n    assert shop.PRICE == 107\n",
}


@pytest.fixture
def shop(tmp_path: Path) -> Repo:
    return project(tmp_path / "p", POLICY, BASE)


def scratch(home: Home) -> Path:
    """The kept folder of the slot in which the tests of the branch ran: the first, and mostly the only one."""
    return min(home.slots_dir.glob("*/*/scratch/reports")).parent


def missed(home: Home) -> set[tuple[str, str]]:
    return {(kind, path) for kind, path, _ in json.loads((scratch(home) / "missed.json").read_bytes())}


def judge_again(repo: Repo, text: str, **files: str) -> str:
    """The outcome of `tests` after one more commit."""
    repo.commit(text, {"README.md": f"{text}\n", **files})
    judged = run_gate("--jobs", "1", cwd=repo.path)
    return judged.outcome("tests")


@needs_isolation
def test_what_a_run_compiled_the_third_one_finds(shop: Repo, gate_home: Home) -> None:
    assert judge_again(shop, "first") == "passed"
    assert missed(gate_home) == {("plain", "large.py"), ("plain", "shop.py"), ("rewritten", "test_shop.py")}
    assert judge_again(shop, "second") == "passed"
    assert missed(gate_home) == set()
    kept = sorted((scratch(gate_home) / "bytecode").iterdir())
    assert len([path for path in kept if len(path.name) == 64]) == 3
    assert judge_again(shop, "third") == "passed"
    assert missed(gate_home) == set()


@needs_isolation
def test_a_changed_module_is_compiled_whatever_its_size_and_time_say(shop: Repo, gate_home: Home) -> None:
    for text in ("first", "second"):
        assert judge_again(shop, text) == "passed"
    assert missed(gate_home) == set()
    shop.commit("dearer", {"shop.py": "PRICE = 108\n"})
    judged = run_gate("--jobs", "1", cwd=shop.path)
    assert judged.outcome("tests") == "failed", judged.out
    assert ("plain", "shop.py") in missed(gate_home)


FORGES = """
import gc, marshal, os, pathlib
PRICE = 107
folders = {cell.cell_contents for found in gc.get_objects() if type(found).__name__ == "function"
           for cell in found.__closure__ or () if "_rewrite_test" in found.__qualname__
           and isinstance(cell.cell_contents, str) and os.path.isdir(cell.cell_contents)}
kept = [folder for folder in folders if folder.endswith("/bytecode")]
assert kept, folders
code = marshal.dumps(compile("def test_price(): pass", "forged", "exec"))
for folder in kept:
    for name in [*os.listdir(folder), "forged"]:
        try:
            pathlib.Path(folder, name).write_bytes(code)
        except OSError:
            pass
"""


@needs_isolation
def test_a_branch_cannot_write_byte_code(shop: Repo, gate_home: Home) -> None:
    for text in ("first", "second"):
        assert judge_again(shop, text) == "passed"
    folder = scratch(gate_home) / "bytecode"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert judge_again(shop, "forging", **{"shop.py": FORGES}) == "passed"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_without_isolation_nothing_is_kept(shop: Repo, gate_home: Home) -> None:
    off = shop.path.parent / "off.toml"
    off.write_text((shop.path / "gate.toml").read_text() + '[isolation]\nuse = "off"\n')
    for text in ("first", "second"):
        shop.commit(text, {"README.md": f"{text}\n"})
        assert run_gate("--policy", str(off), "--jobs", "1", cwd=shop.path).outcome("tests") == "passed"
    names = {path.name for path in scratch(gate_home).iterdir()}
    assert not names & {"bytecode", "missed.json"}


@needs_isolation
def test_a_module_that_cannot_be_compiled_does_not_keep_the_others_from_it(tmp_path: Path, gate_home: Home) -> None:
    broken = {"broken.py": "def (\n", "conftest.py": "try:\n    import broken\nexcept SyntaxError:\n    pass\n"}
    shop = project(tmp_path / "q", POLICY, {**BASE, **broken})
    assert judge_again(shop, "first") == "passed"
    assert ("plain", "broken.py") in missed(gate_home)
    assert judge_again(shop, "second") == "passed"
    assert missed(gate_home) == {("plain", "broken.py")}
