"""Any verb of the real command as a process of its own."""

import os
from collections.abc import Mapping
from pathlib import Path

from tests.support.gate_command import Said
from tests.support.warm import gatekeeper


def verb(where: Path, *words: str, env: Mapping[str, str] | None = None) -> Said:
    """`gate WORDS` in a folder; GATE_HOME comes from the fixture `gate_home`."""
    done = gatekeeper(*words, cwd=where, env={**os.environ, **(env or {})})
    return Said(done.returncode, done.stdout.decode("utf-8", "strict"), done.stderr.decode("utf-8", "strict"))
