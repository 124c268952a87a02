"""A shop with an HTTP server as the product of a test repository, its probes, and shops that run elsewhere."""

import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil

from gatekeeper.process.home import Home
from tests.support.gate import Judged, run_gate
from tests.support.lean import own_tools
from tests.support.repo import Repo
from tests.support.warm import spoken

SERVER = """
import http.server, os
class Shop(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b'{"price": 3}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
if __name__ == "__main__":
    print("serving with", sorted(name for name in os.environ if name.startswith(("GATE_", "SHOP_"))), flush=True)
    http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["GATE_PORT"])), Shop).serve_forever()
"""
PROBE = """
import json, os, pathlib, sys, urllib.request
body = urllib.request.urlopen(sys.argv[1] + "/price", timeout=5).read()
pathlib.Path(os.environ["GATE_ARTEFACTS"], "price.json").write_bytes(body)
sys.exit(0 if json.loads(body) == {"price": 3} else f"the price is {body!r}")
"""
GET = "import sys, urllib.request\nprint(urllib.request.urlopen(sys.argv[1], timeout=5).read().decode())\n"
FILES = {"shop/server.py": SERVER, "probes/price.py": PROBE, "probes/get.py": GET}
STARTED = """
surface = "runtime"
start = "python shop/server.py"
ready = "python probes/get.py http://127.0.0.1:$GATE_PORT/"
probe = "python probes/price.py http://127.0.0.1:$GATE_PORT"
timeout = "20s"
ready_timeout = "20s"
"""
REMOTE = """
surface = "preprod"
identify = "python probes/get.py $SHOP_URL/version"
probe = "python probes/price.py $SHOP_URL"
pass_env = ["SHOP_URL"]
timeout = "20s"
"""


def work(
    path: Path,
    target: str,
    files: Mapping[str, str | None] | None = None,
    base: Mapping[str, str] | None = None,
    extends: str = "",
) -> Repo:
    """`main` with the shop, its probes and the target; `work` changes the server and `files`."""
    repo = Repo.create(path / "project")
    repo.commit("begin", {"gate.toml": f"extends = [{extends}]\n[target.shop]{target}", **FILES, **(base or {})})
    repo.branch("work")
    repo.commit("work", {"shop/server.py": SERVER + "# changed\n", **(files or {})})
    return repo


def judged(repo: Repo, *args: str, **env: str) -> Judged:
    return run_gate(*args, cwd=repo.path, env=env)


def said(repo: Repo, **env: str) -> "subprocess.CompletedProcess[str]":
    """`gate check` as a person reads it."""
    return spoken("check", cwd=repo.path, env=variables(**env))


def variables(**env: str) -> dict[str, str]:
    return {**os.environ, "PATH": os.pathsep.join((own_tools(), os.environ["PATH"])), **env}


def facts(found: Judged) -> tuple[int, str, str | None]:
    """(exit status, outcome, label) of the target."""
    check = found.check("shop")
    return found.status, check["outcome"], check["label"]


def why(found: Judged) -> str:
    check = found.check("shop")
    return "; ".join([*check["reasons"], *(finding["message"] for finding in check["findings"])])


def kept(home: Home) -> dict[str, bytes]:
    """sha256 → content of every artefact."""
    return {path.name: path.read_bytes() for path in home.artefacts_dir.rglob("*") if path.is_file()}


def logs(home: Home) -> bytes:
    return b"".join(path.read_bytes() for path in home.logs_dir.rglob("*") if path.is_file())


@contextmanager
def deployed(version: str, price: str = '{"price": 3}', to: str = "", then: str | None = None) -> Iterator[str]:
    """A shop that runs elsewhere and says which version it is. Gives its address.

    `to`: everything is redirected there. `then`: the version that it says once it was asked for the price.
    """
    versions = [version]

    class Shop(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/price" and then is not None:
                versions[0] = then
            body = (versions[0] if self.path == "/version" else price).encode()
            self.send_response(302 if to else 200)
            if to:
                self.send_header("Location", to)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Shop) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def own_probe(script: str, **more: str) -> tuple[str, dict[str, str]]:
    """A target with nothing but a probe, and its script."""
    keys = {
        "surface": '"preprod"',
        "probe": '"python probes/own.py"',
        "requires": '"proxy"',
        "timeout": '"20s"',
        **more,
    }
    return "\n" + "".join(f"{key} = {value}\n" for key, value in keys.items()), {"probes/own.py": script}


def marked(mark: Path) -> str:
    """A word for a command line by which `running` finds the process again."""
    return f"mark-{mark.parent.name}-{mark.name}"


def running(word: str) -> list[int]:
    """Ids of living processes that have the word on their command line, also inside other process id namespaces."""
    return [
        one.pid
        for one in psutil.process_iter(["cmdline", "status"])
        if word in (one.info["cmdline"] or ()) and one.info["status"] != psutil.STATUS_ZOMBIE
    ]
