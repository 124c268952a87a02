"""Say the last verdict again when nothing changed: the whole process in tens of milliseconds.

A verdict is remembered under the exact request, together with everything that it rested on: stat facts of files (git's
references, the tools, the environment) and git commands about the worktree with the answer that they gave. All must
still hold. Only light imports here: json, subprocess or contextlib would each cost more than the look-up.
"""

import hashlib
import os
import sys
import time
from collections.abc import Mapping, Sequence

from gatekeeper import __version__
from gatekeeper.environment.witness import unchanged
from gatekeeper.ledger.verdicts import find_verdict

Probe = tuple[Sequence[str], Mapping[str, str], str]
"""(argv, environment, sha256 of the expected standard output)."""
IGNORED = frozenset({"_", "SHLVL", "OLDPWD", "PWD", "COLUMNS", "LINES", "WINDOWID", "TERM_SESSION_ID", "SSH_TTY"})
_WORD, _PART, _PROBE = "\x1f", "\x1e", "\x1d"
"""ASCII unit, record and group separator."""


def request_key(words: Sequence[str], env: Mapping[str, str], directory: str) -> str:
    """sha256 of the request: words, folder, the caller's variables, terminal or not, and the gate's version."""
    variables = sorted((name, value) for name, value in env.items() if name not in IGNORED)
    facts = (list(words), directory, variables, sys.stdout.isatty(), __version__, sys.executable, sys.version)
    return hashlib.sha256(repr(facts).encode("utf-8", "surrogateescape")).hexdigest()


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
    if not holds(found.witness):
        return None
    sys.stdout.write(found.text)
    sys.stdout.flush()
    return found.exit_status


def holds(witness: bytes) -> bool:
    """Is everything as it was that a verdict rested on? `witness` is what `pack` gave."""
    length = int.from_bytes(witness[:4], "big")
    probes = _unpack(witness[4 : 4 + length].decode("utf-8", "surrogateescape"))
    asked = [_start(argv, variables) for argv, variables, _ in probes]  # git works while we look at files
    same = unchanged(witness[4 + length :])
    # A list, not a generator: every process that was started is waited for.
    answers = [_answer(*process) == probe[2] for process, probe in zip(asked, probes, strict=True)]
    return same and all(answers)


def pack(probes: Sequence[Probe], witnesses: bytes) -> bytes | None:
    """What `replay` reads: the probes behind their length, then the packed witnesses.

    None when a path holds a separator: such a verdict is not remembered.
    """
    rows = [
        _PART.join((_WORD.join(argv), _WORD.join(f"{name}={value}" for name, value in env.items()), digest))
        for argv, env, digest in probes
    ]
    words = (word for argv, env, _ in probes for word in (*argv, *env, *env.values()))
    if any(separator in word for word in words for separator in (_WORD, _PART, _PROBE)):
        return None
    encoded = _PROBE.join(rows).encode("utf-8", "surrogateescape")
    return len(encoded).to_bytes(4, "big") + encoded + witnesses


def _unpack(text: str) -> list[tuple[list[str], dict[str, str], str]]:
    probes = []
    for row in text.split(_PROBE) if text else ():
        argv, env, digest = row.split(_PART)
        variables = dict(item.partition("=")[::2] for item in env.split(_WORD))
        probes.append((argv.split(_WORD), variables, digest))
    return probes


def _start(argv: Sequence[str], env: Mapping[str, str]) -> tuple[int, int]:
    """(process id, readable end of its standard output); process id 0 when it could not be started."""
    out, into = os.pipe()
    actions = (
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_DUP2, into, 1),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    )
    try:
        process = os.posix_spawnp(argv[0], list(argv), env, file_actions=actions)
    except OSError:
        process = 0
    os.close(into)
    return process, out


def _answer(process: int, out: int) -> str:
    """sha256 of what the process printed, or "" when it failed."""
    digest = hashlib.sha256()
    while part := os.read(out, 1 << 16):
        digest.update(part)
    os.close(out)
    failed = process == 0 or os.waitpid(process, 0)[1] != 0
    return "" if failed else digest.hexdigest()
