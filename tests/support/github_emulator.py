"""npm `emulate`: a stateful GitHub with App authentication, check runs, comments and signed webhooks.

It has no commit statuses, and annotations of a later request replace the earlier ones: the fake has what it lacks.
"""

import fcntl
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
from typing import Any, NoReturn

import requests

from tests.support.absent import absent

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
    """A folder with the emulator, beside the virtual environment. Skips where it cannot be had, but not on CI."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        _not_to_be_had("Node is not installed")
    folder = Path(sys.prefix) / "emulate"
    try:
        folder.mkdir(exist_ok=True)
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _install(folder)
    except (OSError, subprocess.SubprocessError) as error:
        _not_to_be_had(f"it cannot be installed: {error}")
    return folder


def _install(folder: Path) -> None:
    complete = folder / "complete"
    if complete.exists():
        return
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    npm = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    env = {**os.environ, "npm_config_cache": str(folder / "cache")}  # a test has no home to write to
    subprocess.run(npm, cwd=folder, env=env, check=True, capture_output=True, timeout=300)
    complete.touch()


def _not_to_be_had(why: str) -> NoReturn:
    absent(f"pull requests were not tried against the GitHub emulator: {why}")


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
