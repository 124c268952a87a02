"""The private keys that stamps and attestations are signed with: ed25519, in OpenSSH's own file format.

They lie in the gate's state, in a folder of their owner alone; an existing OpenSSH key can be used as it is.
"""

import contextlib
import os
import re
import secrets
import stat
from collections.abc import Mapping
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

from gatekeeper.errors import CannotEstablish, ConfigurationError, UsageError
from gatekeeper.git.lock import locked
from gatekeeper.policy.public_key import key_id, write_public_key
from gatekeeper.process.home import Home, ensure_writable

DEFAULT = "default"
"""Name of the key that is made on first use."""
VARIABLE = "GATE_KEY"
"""Names another key: a name of `gate key new --name`, or (with a slash in it) a file of an OpenSSH private key."""

_MAX_BYTES = 64 << 10
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
_MARK = b"-----BEGIN OPENSSH PRIVATE KEY-----"
_FRESH = "make a key of the gate's own: `gate key new`"


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


def keys_dir(home: Home) -> Path:
    """Where the gate's own keys lie; only their owner may look into it."""
    return home.state / "keys"


def load_key(home: Home, env: Mapping[str, str]) -> PrivateKey:
    """The key that this machine signs with: the one that $GATE_KEY names, else the default one, made on first use.

    Raises UsageError (no such key), ConfigurationError (unusable, encrypted, readable for others) and CannotEstablish
    (the state cannot be written).
    """
    chosen = env.get(VARIABLE) or DEFAULT
    if "/" in chosen:
        return read_key(Path(chosen).expanduser())
    path = _path(home, chosen)
    if not path.exists():
        if chosen != DEFAULT:
            raise UsageError(f"there is no key {chosen!r}", f"make it: `gate key new --name {chosen}`")
        _make(home, path)
    _folder(home)
    return read_key(path)


def new_key(home: Home, name: str = DEFAULT, source: Path | None = None) -> PrivateKey:
    """Make a key, or keep a copy of the OpenSSH key in `source`. Raises UsageError when the name is taken."""
    path = _path(home, name)
    contents = _contents(read_key(source)) if source is not None else _generated()
    if not _keep(home, path, contents):
        raise UsageError(
            f"there is a key {name!r} already: {path}",
            "name another one with --name; a key whose stamps are still needed is never overwritten",
        )
    return read_key(path)


def names(home: Home) -> tuple[str, ...]:
    """Names of the keys that there are."""
    folder = keys_dir(home)
    listed = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
    return tuple(name for name in listed if _NAME.match(name) and not name.endswith((".pub", ".id")))


def read_key(path: Path) -> PrivateKey:
    """The unencrypted OpenSSH ed25519 key in a file that only its owner can read.

    Raises UsageError (no such file) and ConfigurationError (anything that cannot or must not be signed with).
    """
    raw = _read_private(path)
    if _MARK not in raw:
        shown = "a public key" if raw.startswith(b"ssh-") else "no OpenSSH private key"
        raise ConfigurationError(f"{path} is {shown}", f"name a file that `ssh-keygen -t ed25519` made, or {_FRESH}")
    try:
        private = load_ssh_private_key(raw, password=None)
    except TypeError as error:  # cryptography's word for "there is a password"
        raise ConfigurationError(
            f"{path} is protected by a passphrase, and the gate signs without asking",
            f"{_FRESH}; or an unencrypted copy: `cp {path} COPY && ssh-keygen -p -N '' -f COPY`",
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigurationError(f"{path} cannot be read as an OpenSSH private key", _FRESH) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise ConfigurationError(f"{path} is no ed25519 key", f"`ssh-keygen -t ed25519` makes one; or {_FRESH}")
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return PrivateKey(key_id(public), write_public_key(public), path, CryptoSigner(private))


def machine_id(home: Home) -> str:
    """16 hexadecimal digits that stand for this gate on this machine and tell nothing about it; made on first use."""
    path = keys_dir(home) / "machine.id"
    if not path.exists():
        _keep(home, path, secrets.token_hex(8).encode() + b"\n")
    with contextlib.suppress(OSError):
        found = path.read_text(encoding="ascii", errors="replace").strip()
        if re.fullmatch(r"[0-9a-f]{16}", found):
            return found
    raise ConfigurationError(f"{path} is damaged", "remove it: a new chain of stamps is begun")


def chain_id(key: PrivateKey, home: Home) -> str:
    """Name of the chain that this key continues on this machine. CI and a laptop do not fork one chain."""
    return f"{key.id}-{machine_id(home)}"


def _path(home: Home, name: str) -> Path:
    if not _NAME.match(name) or name.endswith((".pub", ".id")):
        raise UsageError(f"{name!r} is no name for a key", "letters, digits, dashes and dots, for example `ci`")
    return keys_dir(home) / name


def _folder(home: Home) -> Path:
    """The folder of the keys, made for its owner alone; refused when others can look into it."""
    folder = keys_dir(home)
    if not folder.exists():
        ensure_writable(home.state)
        folder.mkdir(mode=0o700, exist_ok=True)
    _must_be_private(folder, folder.stat(), "700")
    return folder


def _make(home: Home, path: Path) -> None:
    """Several processes at once make one key: the first wins, the others use it."""
    _keep(home, path, _generated())


def _keep(home: Home, path: Path, contents: bytes) -> bool:
    """Write a private file as a whole, unless there is one already. False when there was."""
    try:
        folder = _folder(home)
        with locked(str(folder / ".lock")):
            if path.exists():
                return False
            draft = folder / f".{secrets.token_hex(8)}"
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(contents)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(path)
    except OSError as error:
        raise CannotEstablish(
            f"the key cannot be written to {path}: {error.strerror or error}",
            "free or unlock that folder, or name another one: GATE_HOME=/a/writable/folder gate …",
        ) from error
    return True


def _generated() -> bytes:
    return _encoded(Ed25519PrivateKey.generate())


def _contents(key: PrivateKey) -> bytes:
    return key.path.read_bytes()


def _encoded(private: Ed25519PrivateKey) -> bytes:
    return private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())


def _read_private(path: Path) -> bytes:
    """The bytes of a file that only its owner can read; looked at through one descriptor, so nothing is swapped."""
    try:
        with path.open("rb") as file:
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode):
                raise ConfigurationError(f"{path} is not a file", _FRESH)
            _must_be_private(path, facts, "600")
            return file.read(_MAX_BYTES)
    except FileNotFoundError as error:
        raise UsageError(f"there is no key file {path}", _FRESH) from error
    except OSError as error:
        raise ConfigurationError(f"the key {path} cannot be read: {error.strerror or error}", _FRESH) from error


def _must_be_private(path: Path, facts: os.stat_result, mode: str) -> None:
    if facts.st_mode & 0o077:
        raise ConfigurationError(
            f"{path} can be read by others (mode {stat.S_IMODE(facts.st_mode):o}): it proves nothing about who signed",
            f"chmod {mode} {path}; when somebody may have copied the key, make a new one and trust that instead",
        )
    if facts.st_uid not in {os.geteuid(), 0}:
        raise ConfigurationError(f"{path} belongs to another user", _FRESH)
