"""A TypeScript project end to end: packages from its lock file, tsc, eslint and a runner that writes JUnit."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.gate import run_gate
from tests.support.repo import Repo

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("gate_home"),
    pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed"),
]
PACKAGE = {
    "name": "shop",
    "private": True,
    "type": "module",
    "devDependencies": {"typescript": "~5.9.0", "eslint": "^9.0.0", "typescript-eslint": "^8.0.0"},
}
TSCONFIG = {"compilerOptions": {"strict": True, "noEmit": True, "module": "nodenext", "target": "es2022"}}
ESLINT = """import tseslint from "typescript-eslint";
export default tseslint.config(tseslint.configs.recommended, { rules: { "no-debugger": "error" } });
"""
PRICE = "export function gross(net: number): number {\n  return net * 1.2;\n}\n"
TEST = """import assert from "node:assert";
import { readFileSync } from "node:fs";
import { test } from "node:test";

test("adds the tax", () => {
  assert.match(readFileSync("src/price.ts", "utf8"), /net \\* 1\\.2;/);
});
"""
POLICY = """extends = ["typescript"]

[check.tests]
command = "node --test --test-reporter=junit --test-reporter-destination={report} src"
"""


@pytest.fixture
def shop(tmp_path: Path) -> Repo:
    """A small shop on main; `work` is checked out. The lock file is npm's own."""
    package = json.dumps(PACKAGE)
    draft = tmp_path / "draft"
    draft.mkdir()
    (draft / "package.json").write_text(package)
    subprocess.run(
        ["npm", "install", "--package-lock-only", "--no-audit", "--no-fund"], cwd=draft, check=True, capture_output=True
    )
    files = {
        "package.json": package,
        "package-lock.json": (draft / "package-lock.json").read_text(),
        "tsconfig.json": json.dumps(TSCONFIG),
        "eslint.config.js": ESLINT,
        ".gitignore": "node_modules/\n",
        "src/price.ts": PRICE,
        "src/price.test.mjs": TEST,
    }
    made = Repo.create(tmp_path / "shop")
    made.commit("begin", {"gate.toml": POLICY, **files})
    made.branch("work")
    return made


def test_a_good_branch_is_accepted_and_a_broken_one_rejected_by_every_tool(shop: Repo) -> None:
    shop.commit("mine", {"src/price.ts": PRICE + "\nexport const RATE = 0.2;\n"})
    good = run_gate(cwd=shop.path, timeout_s=400)
    assert good.status == 0, [(c["id"], c["reasons"]) for c in good.report["checks"]]
    assert {name: good.outcome(name) for name in ("types", "lint", "tests")} == dict.fromkeys(
        ("types", "lint", "tests"), "passed"
    )
    assert good.check("tests")["observation"]["counts"]["passed"] == 1

    broken = PRICE.replace("1.2;", "1.3;") + "\ndebugger;\nexport const RATE: number = 'high';\n"
    shop.commit("worse", {"src/price.ts": broken})
    bad = run_gate(cwd=shop.path, timeout_s=400)
    assert bad.status == 1, [(c["id"], c["reasons"]) for c in bad.report["checks"]]
    assert ("TS2322", "src/price.ts") in bad.rejecting("types")
    assert ("no-debugger", "src/price.ts") in bad.rejecting("lint")
    assert {rule for rule, _ in bad.rejecting("tests")} == {"test-failed"}
    assert not (Path(shop.path) / "node_modules").exists()
