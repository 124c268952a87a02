"""Keys, chains and circumstances for tests."""

import functools
import tempfile
from pathlib import Path

from msgspec.structs import replace

from gatekeeper.model.target import Signer
from gatekeeper.process.home import Home
from gatekeeper.stamp.keys import PrivateKey, new_key
from gatekeeper.stamp.statement import Chain, Circumstances

CHAIN = Chain(id=f"{'a' * 64}-{'0' * 16}", sequence=1, previous="", time="2026-01-02T03:04:05Z")
CIRCUMSTANCES = Circumstances(same_user=False, machine="0" * 16, gate_version="1.2.3")


def a_key(name: str = "one") -> PrivateKey:
    """A key of its own for each name, the same for the whole run."""
    return _made(name)


@functools.cache
def _made(name: str) -> PrivateKey:
    folder = Path(tempfile.mkdtemp())
    return new_key(Home(cache=folder / "cache", state=folder / "state"), name)


def a_signer(name: str = "one", **changes: object) -> Signer:
    """The policy's view of `a_key(name)`."""
    key = a_key(name)
    return replace(Signer(name=name, key=key.public, id=key.id), **changes)  # type: ignore[arg-type]
