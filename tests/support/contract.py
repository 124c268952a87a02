"""`gate contract` as a process of its own."""

import os
from collections.abc import Mapping
from pathlib import Path

from tests.support.gate_command import Said
from tests.support.warm import gatekeeper


def contract(*words: str, cwd: Path, stdin: str = "", env: Mapping[str, str] | None = None) -> Said:
    """Run `gate contract WORDS` in a folder; GATE_HOME comes from the fixture `gate_home`."""
    done = gatekeeper("contract", *words, cwd=cwd, env={**os.environ, **(env or {})}, stdin=stdin.encode())
    return Said(done.returncode, done.stdout.decode(), done.stderr.decode())
