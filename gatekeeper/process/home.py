"""Where the gate keeps its things: a cache that may be deleted at any time, and a state that may not."""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from gatekeeper.errors import CannotEstablish
from gatekeeper.process.folders import folders


class Home(Struct, frozen=True, dict=True):
    """Two absolute folders. Neither is created until something is written (`ensure_writable`)."""

    cache: Path
    state: Path

    @property
    def store_dir(self) -> Path:
        """Bare object stores, one per worker repository."""
        return self.cache / "store"

    @property
    def slots_dir(self) -> Path:
        """Checkouts that the gate owns and reuses."""
        return self.cache / "slots"

    @property
    def environments_dir(self) -> Path:
        """Built tool environments, one per digest of their inputs."""
        return self.cache / "environments"

    @property
    def logs_dir(self) -> Path:
        """Output of the commands of each run."""
        return self.state / "logs"

    @property
    def ledger(self) -> Path:
        """The SQLite record of what was observed."""
        return self.state / "ledger.sqlite3"

    @property
    def artefacts_dir(self) -> Path:
        """What probes left behind, by sha256."""
        return self.state / "artefacts"

    @property
    def contracts(self) -> Path:
        """The SQLite file of what was agreed for each branch."""
        return self.state / "contracts.sqlite3"


def find_home(env: Mapping[str, str]) -> Home:
    """$GATE_HOME/{cache,state}, else the folders of the XDG base directory specification."""
    cache, state = folders(env)
    return Home(cache=Path(cache), state=Path(state))


def ensure_writable(path: Path) -> Path:
    """Create the folder and prove that a file can be written in it (permissions lie on read-only mounts).

    Raises CannotEstablish that names the folder, the reason and the next step.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        # tempfile would do the same, and costs more to import than a whole look-up of a verdict.
        name = f"{path}/.writable-{os.getpid()}-{os.urandom(8).hex()}"
        handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.write(handle, b"1")
        finally:
            os.close(handle)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)  # noqa: PTH108 - one system call on a hot path
    except OSError as error:
        reason = error.strerror or str(error)
        raise CannotEstablish(
            f"cannot write in {path}: {reason}",
            "free or unlock that folder, or name another one: GATE_HOME=/a/writable/folder gate …",
        ) from error
    return path
