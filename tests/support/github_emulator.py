"""npm `emulate`: a stateful GitHub with App authentication, check runs, comments and signed webhooks.

It has no commit statuses, and annotations of a later request replace the earlier ones: the fake has what it lacks.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

HERE = Path(__file__).parent / "emulate"
REPOSITORY, SECRET_OF_HOOKS = "octo/shop", "a shared word"
_WRITE = ("checks", "pull_requests", "issues", "contents", "statuses")
_OCTO = "tok_octo"


@dataclass(frozen=True)
class Emulator:
    """`head` is a commit on the branch `work`, which is pull request 1 against main."""

    url: str
    key: str
    head: str

    def call(self, method: str, path: str, body: Any = None) -> Any:
        return _call(self.url, method, path, body)


def _call(url: str, method: str, path: str, body: Any = None) -> Any:
    answer = requests.request(
        method, f"{url}{path}", json=body, headers={"Authorization": f"Bearer {_OCTO}"}, timeout=30
    )
    answer.raise_for_status()
    return answer.json()


def installed() -> Path:
    """A folder with the emulator, beside the virtual environment. Skips without Node, but not on CI."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        reason = "Node is not installed: pull requests were not tried against the GitHub emulator"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    folder = Path(sys.prefix) / "emulate"
    if (folder / "node_modules/emulate/dist/api.js").exists():
        return folder
    folder.mkdir(exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    npm = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    subprocess.run(npm, cwd=folder, check=True, capture_output=True, timeout=300)
    return folder


@contextmanager
def emulator(folder: Path, webhook_url: str = "http://127.0.0.1:9/nobody") -> Iterator[Emulator]:
    """Serves one repository with one pull request until the end; events go to `webhook_url`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    argv = ["node", str(HERE / "serve.mjs"), str(folder)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({"port": port, "seed": _seed(webhook_url)}) + "\n")
        process.stdin.flush()
        said = json.loads(process.stdout.readline())
        try:
            yield Emulator(said["url"], said["key"], _pull_request(said["url"]))
        finally:
            process.stdin.close()
            process.wait(30)


def _seed(webhook_url: str) -> Any:
    app = {
        "app_id": 12345, "slug": "gate", "name": "Gate", "events": ["push", "pull_request"],
        "permissions": dict.fromkeys(_WRITE, "write") | {"metadata": "read"},
        "webhook_url": webhook_url, "webhook_secret": SECRET_OF_HOOKS,
        "installations": [{"installation_id": 100, "account": "octo"}],
    }  # fmt: skip
    repository = {"owner": "octo", "name": "shop", "auto_init": True}
    return {
        "tokens": {_OCTO: {"login": "octo", "scopes": ["repo", "user"]}},
        "github": {"users": [{"login": "octo"}], "repos": [repository], "apps": [app]},
    }


def _pull_request(url: str) -> str:
    place = f"/repos/{REPOSITORY}"
    base = _call(url, "GET", f"{place}/branches/main")["commit"]["sha"]
    tree = _call(url, "GET", f"{place}/git/commits/{base}")["tree"]["sha"]
    head = str(_call(url, "POST", f"{place}/git/commits", {"message": "w", "tree": tree, "parents": [base]})["sha"])
    _call(url, "POST", f"{place}/git/refs", {"ref": "refs/heads/work", "sha": head})
    _call(url, "POST", f"{place}/pulls", {"title": "work", "head": "work", "base": "main", "body": "done"})
    return head
