"""`gate contract` as a subprocess."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.support.gate_command import Said


def contract(*words: str, cwd: Path, stdin: str = "", env: Mapping[str, str] | None = None) -> Said:
    """Run `gate contract WORDS` in a folder; GATE_HOME comes from the fixture `gate_home`."""
    done = subprocess.run(
        [sys.executable, "-m", "gatekeeper", "contract", *words],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        input=stdin.encode(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    return Said(done.returncode, done.stdout.decode(), done.stderr.decode())
