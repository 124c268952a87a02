"""Say the last verdict again when nothing changed: the whole process in tens of milliseconds.

A verdict is remembered under the exact request, together with everything that it rested on: stat facts of files (git's
references, the tools, the environment) and git commands about the worktree with the answer that they gave. All must
still hold. Only light imports here: no pydantic, rich, asyncio, dataclasses or argparse.
"""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

from gatekeeper import __version__
from gatekeeper.environment.witness import unchanged
from gatekeeper.ledger.verdicts import find_verdict

Probe = tuple[Sequence[str], Mapping[str, str], str]
"""(argv, environment, sha256 of the expected standard output)."""
_IGNORED = frozenset({"_", "SHLVL", "OLDPWD", "PWD", "COLUMNS", "LINES", "WINDOWID", "TERM_SESSION_ID", "SSH_TTY"})


def request_key(words: Sequence[str], env: Mapping[str, str], directory: str) -> str:
    """sha256 of the request: words, folder, the caller's variables, terminal or not, and the gate's version."""
    variables = sorted((name, value) for name, value in env.items() if name not in _IGNORED)
    facts = (list(words), directory, variables, sys.stdout.isatty(), __version__, sys.executable, sys.version)
    return hashlib.sha256(json.dumps(facts).encode("utf-8", "surrogateescape")).hexdigest()


def ledger_path(env: Mapping[str, str]) -> str:
    """Where `process/home.py` puts the ledger; said again here because that module costs too much to import."""
    if env.get("GATE_HOME"):
        return f"{os.path.abspath(env['GATE_HOME'])}/state/ledger.sqlite3"  # noqa: PTH100
    state = env.get("XDG_STATE_HOME") or f"{env.get('HOME', '')}/.local/state"
    return f"{state}/gatekeeper/ledger.sqlite3"


def replay(words: Sequence[str], env: Mapping[str, str]) -> int | None:
    """Print the remembered verdict and return its exit status, or None when the gate must look again."""
    try:
        directory = os.getcwd()  # noqa: PTH109
    except OSError:
        return None
    found = find_verdict(ledger_path(env), request_key(words, env, directory), time.time())
    if found is None:
        return None
    length = int.from_bytes(found.witness[:4], "big")
    probes: list[Probe] = json.loads(found.witness[4 : 4 + length])
    asked = [_start(probe) for probe in probes]  # git works while we look at files
    same = unchanged(found.witness[4 + length :])
    # A list, not a generator: every process that was started is waited for.
    answers = [_holds(process, probe) for process, probe in zip(asked, probes, strict=True)]
    if not (same and all(answers)):
        return None
    sys.stdout.write(found.text)
    sys.stdout.flush()
    return found.exit_status


def _start(probe: Probe) -> "subprocess.Popen[bytes] | None":
    try:
        return subprocess.Popen(
            probe[0], env=dict(probe[1]), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError:
        return None


def _holds(process: "subprocess.Popen[bytes] | None", probe: Probe) -> bool:
    if process is None:
        return False
    said, _ = process.communicate()
    return process.returncode == 0 and hashlib.sha256(said).hexdigest() == probe[2]


def pack(probes: Sequence[Probe], witnesses: bytes) -> bytes:
    """What `replay` reads: the probes as JSON behind their length, then the packed witnesses."""
    encoded = json.dumps([[list(argv), dict(env), digest] for argv, env, digest in probes]).encode()
    return len(encoded).to_bytes(4, "big") + encoded + witnesses
