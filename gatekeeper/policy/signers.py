"""[[signer]] → `model.target.Signer`: the public keys that are known, and what each may say."""

import base64
import binascii
import hashlib
from collections.abc import Sequence

from gatekeeper.errors import ConfigurationError
from gatekeeper.model.target import Signer
from gatekeeper.policy.evidence_schema import SignerTable
from gatekeeper.policy.settings import Origin

_KIND = b"ssh-ed25519"
_KEY_BYTES = 32


def signers(tables: Sequence[SignerTable], origin: Origin) -> tuple[Signer, ...]:
    """In the order of the policy. ConfigurationError for a key that cannot be read, or a name or key given twice."""
    found: list[Signer] = []
    for number, table in enumerate(tables, 1):
        where = f"signer[{number}]"
        try:
            key_id = key_id_of(public_key(table.key))
        except ValueError as error:
            raise ConfigurationError(
                f"{origin(where)}: {where}.key is not an ed25519 public key: {error}",
                'write the line of its .pub file: key = "ssh-ed25519 AAAA… name"',
            ) from error
        for other in found:
            if table.name == other.name or key_id == other.id:
                twice = "name" if table.name == other.name else "key"
                raise ConfigurationError(
                    f"{origin(where)}: {where} has the {twice} of {other.name!r}", "keep one [[signer]] for each key"
                )
        found.append(
            Signer(
                name=table.name,
                key=table.key.strip(),
                id=key_id,
                stamps=table.stamps,
                surfaces=tuple(table.surfaces),
                approves=tuple(table.approves),
            )
        )
    return tuple(found)


def public_key(line: str) -> bytes:
    """The 32 raw bytes of an OpenSSH ed25519 public key line. ValueError says what is wrong with it.

    The line is "ssh-ed25519 BASE64 [comment]"; inside the base64 are two strings, each behind its length as four bytes,
    most significant first (RFC 4253 section 6.6, RFC 8709 section 4).
    """
    words = line.split()
    if len(line.strip().splitlines()) > 1:
        raise ValueError("it has more than one line")
    if len(words) < 2 or words[0] != _KIND.decode():
        kind = words[0] if words and words[0].isprintable() else "nothing"
        raise ValueError(f"it begins with {kind[:40]!r}, not with 'ssh-ed25519'")
    try:
        blob = base64.b64decode(words[1], validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("its second word is not base64") from error
    head = len(_KIND).to_bytes(4, "big") + _KIND + _KEY_BYTES.to_bytes(4, "big")
    if not blob.startswith(head) or len(blob) != len(head) + _KEY_BYTES:
        raise ValueError("its second word does not hold 32 bytes of an ed25519 key")
    return blob[len(head) :]


def key_id_of(raw: bytes) -> str:
    """Key id: sha256 over the raw public key, hexadecimal."""
    return hashlib.sha256(raw).hexdigest()
