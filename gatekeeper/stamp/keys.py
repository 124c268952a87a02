"""The private keys that stamps and attestations are signed with: ed25519, in OpenSSH's own file format.

They lie in the gate's state, in a folder of their owner alone; an existing OpenSSH key can be used as it is.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_private_key,
)
from securesystemslib.signer import CryptoSigner  # type: ignore[attr-defined]  # documented, not in __all__

from gatekeeper.errors import ConfigurationError, UsageError
from gatekeeper.model.target import Signer
from gatekeeper.policy.public_key import key_id, write_public_key
from gatekeeper.process.home import Home
from gatekeeper.stamp.key_files import FRESH, check_folder, keep, read_private

DEFAULT = "default"
"""Name of the key that is made on first use."""
VARIABLE = "GATE_KEY"
"""Names another key: a name of `gate key new --name`, or (with a slash in it) a file of an OpenSSH private key."""

Ask = Callable[[Path], bytes]
"""Gets the passphrase of a key from a person."""

_MACHINE = "machine.id"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
_MARK = b"-----BEGIN OPENSSH PRIVATE KEY-----"


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """`id` and `public` (an OpenSSH line without a comment) may be shown; the rest stays in here."""

    id: str
    public: str
    path: Path
    _signer: CryptoSigner = field(repr=False, compare=False)

    def sign(self, data: bytes) -> bytes:
        """The 64 bytes of an ed25519 signature (RFC 8032)."""
        return bytes.fromhex(self._signer.sign(data).signature)

    @property
    def as_signer(self) -> Signer:
        """Its public half, as the log wants to know whose chain it continues."""
        return Signer(name=self.path.name, key=self.public, id=self.id)


def keys_dir(home: Home) -> Path:
    """Where the gate's own keys lie; only their owner may look into it."""
    return home.state / "keys"


def load_key(home: Home, env: Mapping[str, str], ask: Ask | None = None) -> PrivateKey:
    """The key that this machine signs with: the one that $GATE_KEY names, else the default one, made on first use.

    Raises UsageError (no such key), ConfigurationError (unusable, encrypted, readable for others) and CannotEstablish
    (the state cannot be written).
    """
    if (env.get(VARIABLE) or DEFAULT) == DEFAULT and not _path(home, DEFAULT).exists():
        keep(_path(home, DEFAULT), _generated())  # of several processes at once the first wins, the others use it
    return find_key(home, env, ask=ask)


def find_key(home: Home, env: Mapping[str, str], name: str | None = None, ask: Ask | None = None) -> PrivateKey:
    """The key of that name, else the one that would sign; nothing is made. Raises as `load_key`."""
    chosen = name or env.get(VARIABLE) or DEFAULT
    if "/" in chosen:
        return read_key(Path(chosen).expanduser(), ask)
    path = _path(home, chosen)
    if not path.exists():
        option = "" if chosen == DEFAULT else f" --name {chosen}"
        raise UsageError(f"there is no key {chosen!r} yet", f"make it: `gate key new{option}`")
    check_folder(path.parent)
    return read_key(path, ask)


def new_key(home: Home, name: str = DEFAULT, source: Path | None = None) -> PrivateKey:
    """Make a key, or keep a copy of the OpenSSH key in `source`. Raises UsageError when the name is taken."""
    path = _path(home, name)
    contents = _generated() if source is None else read_private(read_key(source).path)
    if not keep(path, contents):
        raise UsageError(
            f"there is a key {name!r} already: {path}",
            "name another one with --name; a key whose stamps are still needed is never overwritten",
        )
    return read_key(path)


def read_key(path: Path, ask: Ask | None = None) -> PrivateKey:
    """The OpenSSH ed25519 key in a file that only its owner can read; `ask` gives the passphrase of a protected one.

    Raises UsageError (no such file), ConfigurationError (anything that cannot or must not be signed with), and what
    `ask` raises.
    """
    raw = read_private(path)
    if _MARK not in raw:
        shown = "a public key" if raw.startswith(b"ssh-") else "no OpenSSH private key"
        raise ConfigurationError(f"{path} is {shown}", f"name a file that `ssh-keygen -t ed25519` made, or {FRESH}")
    private = _decoded(path, raw, ask)
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return PrivateKey(key_id(public), write_public_key(public), path, CryptoSigner(private))


def machine_id(home: Home) -> str:
    """16 hexadecimal digits that stand for this gate on this machine and tell nothing about it; made on first use."""
    path = keys_dir(home) / _MACHINE
    if not path.exists():
        keep(path, os.urandom(8).hex().encode() + b"\n")
    found = read_private(path).decode("ascii", "replace").strip()
    if not re.fullmatch(r"[0-9a-f]{16}", found):
        raise ConfigurationError(f"{path} is damaged", "remove it: a new chain of stamps is begun")
    return found


def chain_id(key: PrivateKey, home: Home) -> str:
    """Name of the chain that this key continues on this machine. CI and a laptop do not fork one chain."""
    return f"{key.id}-{machine_id(home)}"


def _path(home: Home, name: str) -> Path:
    if not _NAME.match(name) or name == _MACHINE:
        raise UsageError(f"{name!r} is no name for a key", "letters, digits, dashes and dots, for example `ci`")
    return keys_dir(home) / name


def _decoded(path: Path, raw: bytes, ask: Ask | None, passphrase: bytes | None = None) -> Ed25519PrivateKey:
    try:
        private = load_ssh_private_key(raw, password=passphrase)
    except TypeError as error:  # cryptography's word for "there is a passphrase"
        if ask is not None:
            return _decoded(path, raw, None, ask(path) or b"\0")  # an empty one is none to cryptography
        raise ConfigurationError(
            f"{path} is protected by a passphrase, and the gate signs without asking",
            f"{FRESH}; or an unencrypted copy: `cp {path} COPY && ssh-keygen -p -N '' -f COPY`",
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        if passphrase is not None:
            raise ConfigurationError(f"this is not the passphrase of {path}", "try again") from error
        raise ConfigurationError(f"{path} cannot be read as an OpenSSH private key", FRESH) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise ConfigurationError(f"{path} is no ed25519 key", f"`ssh-keygen -t ed25519` makes one; or {FRESH}")
    return private


def _generated() -> bytes:
    private = Ed25519PrivateKey.generate()
    return private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
