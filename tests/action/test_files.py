"""action.yml and the workflows: as GitHub's schemas and zizmor want them, and as this project promises."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.absent import absent

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
FILES = {
    "github-actions": [ROOT / "action.yml"],
    "github-workflows": WORKFLOWS,
    "dependabot": [ROOT / ".github/dependabot.yml"],
}
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]


def tool(name: str, *words: object) -> subprocess.CompletedProcess[str]:
    if not (BIN / name).exists():
        absent(f"{name} is not installed: action.yml and the workflows were NOT checked with it")
    return subprocess.run([BIN / name, *map(str, words)], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("schema", FILES)
def test_github_would_read_them(schema: str) -> None:
    done = tool("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *FILES[schema])
    assert done.returncode == 0, done.stdout + done.stderr


def examples() -> list[str]:
    """Every workflow of the page about GitHub."""
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/github.md").read_text(), re.DOTALL)
    return [block for block in blocks if "\njobs:" in block]


def test_the_workflows_of_the_documentation_are_as_good(tmp_path: Path) -> None:
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    assert len(examples()) == 3
    for number, text in enumerate(examples()):
        (folder / f"{number}.yml").write_text(text.replace("@COMMIT", "@" + "a" * 40))
    done = tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *sorted(folder.iterdir()))
    assert done.returncode == 0, done.stdout + done.stderr
    done = tool("zizmor", "--offline", "--no-progress", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_finds_nothing() -> None:
    done = tool("zizmor", "--offline", "--no-progress", "--format", "json", ROOT / "action.yml", ROOT / ".github")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout) == []


def test_no_input_is_pasted_into_a_script() -> None:
    scripts = [step["run"] for step in STEPS if "run" in step]
    assert scripts
    assert not [script for script in scripts if "${{" in script]


def test_every_action_is_pinned_by_commit_and_says_its_version() -> None:
    text = "".join(file.read_text() for file in (ROOT / "action.yml", *WORKFLOWS))
    used = [line.strip() for line in text.splitlines() if re.search(r"\buses: (?!\./)", line)]
    assert len(used) >= 4
    for line in used:
        assert re.search(r"uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line
    versions = {re.search(r"uses: ([\w-]+/[\w-]+).*@(\S+) # (\S+)", line).groups() for line in used}  # type: ignore[union-attr]
    assert len({name for name, _, _ in versions}) == len(versions), "one action, one commit"


def test_inputs_and_outputs_are_those_that_are_documented() -> None:
    wanted = "base policy-ref fail-on format sarif post cache python-version version"
    given = "verdict label run-id new-findings report-json sarif-file stamp"
    assert list(ACTION["inputs"]) == wanted.split()
    assert list(ACTION["outputs"]) == given.split()
    text = (ROOT / "docs/github.md").read_text()
    for name in (*ACTION["inputs"], *ACTION["outputs"]):
        assert f"`{name}`" in text, name


def test_caches_are_written_before_the_branch_runs_and_by_the_default_branch_alone() -> None:
    names = [step.get("uses", step["name"]).partition("@")[0] for step in STEPS]
    assert names.index("actions/cache/save") < names.index("Judge")
    assert "actions/cache" not in names
    condition = STEPS[names.index("actions/cache/save")]["if"]
    assert """contains(fromJSON('["push", "schedule", "workflow_dispatch"]'), github.event_name)""" in condition
    assert "github.ref == format('refs/heads/{0}', github.event.repository.default_branch)" in condition


def test_permissions_are_the_least() -> None:
    for file in WORKFLOWS:
        workflow = yaml.safe_load(file.read_text())
        granted = [workflow["permissions"], *(job.get("permissions", {}) for job in workflow["jobs"].values())]
        assert all(set(one.items()) <= {("contents", "read")} for one in granted), file.name
