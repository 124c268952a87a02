"""Any verb of the real command as a subprocess."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.support.gate_command import Said


def verb(where: Path, *words: str, env: Mapping[str, str] | None = None) -> Said:
    """`gate WORDS` in a folder; GATE_HOME comes from the fixture `gate_home`."""
    done = subprocess.run(
        [sys.executable, "-m", "gatekeeper", *words],
        cwd=where,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return Said(done.returncode, done.stdout.decode("utf-8", "strict"), done.stderr.decode("utf-8", "strict"))
