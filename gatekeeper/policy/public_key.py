"""An OpenSSH ed25519 public key line, and the id by which the gate calls the key. Standard library only."""

import base64
import binascii
import hashlib
import struct

from msgspec import Struct

_KIND = b"ssh-ed25519"
_RAW_BYTES = 32
_MAX_CHARACTERS = 1024


class PublicKey(Struct, frozen=True):
    """`line` is "ssh-ed25519 AAAA…" without a comment, `raw` the 32 bytes of RFC 8032, `id` their sha256 in hex."""

    line: str
    raw: bytes
    id: str


def read_public_key(text: str) -> PublicKey:
    """Read one line as `ssh-keygen` writes it (a comment may follow). Raises ValueError that says what is wrong."""
    words = text[:_MAX_CHARACTERS].split()
    if "PRIVATE KEY" in text:
        raise ValueError("a private key: give the public one (the .pub file)")
    if len(text) > _MAX_CHARACTERS or "\n" in text.strip() or len(words) < 2:
        raise ValueError("not one line of an OpenSSH public key (ssh-ed25519 AAAA…)")
    if words[0] != _KIND.decode():
        raise ValueError(f"only ssh-ed25519 keys are used, not {words[0][:40]!r}")
    raw = _raw(words[1])
    return PublicKey(write_public_key(raw), raw, key_id(raw))


def write_public_key(raw: bytes) -> str:
    """The line of the 32 raw bytes (the format of RFC 4253, section 6.6, and RFC 8709)."""
    blob = b"".join(struct.pack(">I", len(part)) + part for part in (_KIND, raw))
    return f"{_KIND.decode()} {base64.b64encode(blob).decode()}"


def key_id(raw: bytes) -> str:
    """sha256 over the 32 raw bytes, hexadecimal."""
    return hashlib.sha256(raw).hexdigest()


def _raw(encoded: str) -> bytes:
    try:
        blob = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("the key is not base64") from error
    head = struct.pack(">I", len(_KIND)) + _KIND + struct.pack(">I", _RAW_BYTES)
    raw = blob[len(head) :]
    if not blob.startswith(head) or len(raw) != _RAW_BYTES:
        raise ValueError("not an ed25519 key")
    return raw
