"""DSSE envelopes (https://github.com/secure-systems-lab/dsse, protocol and envelope 1.0.2), read strictly.

The bytes that were signed are kept: they are verified and read as they came, never after a round trip through a parser.
Verifying uses `cryptography` directly, with the call that securesystemslib makes: importing securesystemslib costs
100 ms, the whole of `gate verify` has 120.
"""

import base64
import binascii
import functools
import hashlib
from collections.abc import Iterable, Sequence
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct

from gatekeeper.model.target import Signer
from gatekeeper.policy.public_key import read_public_key
from gatekeeper.stamp.strict import MAX_BYTES, BadEnvelope, Json, dump, load

IN_TOTO = "application/vnd.in-toto+json"
"""payloadType of every in-toto statement."""
MAX_SIGNATURES = 16
_MAX_TYPE = 256
_TO_STANDARD = str.maketrans("-_", "+/")

__all__ = ["IN_TOTO", "MAX_BYTES", "BadEnvelope", "Envelope", "Signature", "digest_of", "pae", "read", "sign"]


class SigningKey(Protocol):
    """What signing needs of a private key (`stamp/keys.py`)."""

    @property
    def id(self) -> str: ...

    def sign(self, data: bytes) -> bytes: ...


class Signature(Struct, frozen=True):
    """`keyid` is a hint that nobody vouches for; empty when it was left out."""

    keyid: str
    sig: bytes


class Envelope(Struct, frozen=True):
    """`payload` are the original bytes, not yet verified: ask `signer` first, then `statement`."""

    payload: bytes
    payload_type: str
    signatures: tuple[Signature, ...]

    def signer(self, signers: Iterable[Signer]) -> Signer | None:
        """The first of `signers` that made a good signature over payload and type; None when no one did."""
        known = tuple(signers)
        message = pae(self.payload_type, self.payload)
        for signature in self.signatures:
            for one in known:
                # A key id that nobody has matches nobody; one that is missing may be anybody's (DSSE, "Protocol").
                if signature.keyid in {"", one.id} and _is_good(one.key, signature.sig, message):
                    return one
        return None

    def statement(self) -> dict[str, Json]:
        """The payload as an in-toto statement. Raises BadEnvelope when it is something else."""
        if self.payload_type != IN_TOTO:
            raise BadEnvelope("the payload is no in-toto statement")
        value = load(self.payload)
        if not isinstance(value, dict):
            raise BadEnvelope("the payload is no JSON object")
        return value


def sign(payload: bytes, payload_type: str, key: SigningKey) -> bytes:
    """One line of JSON without a newline. Raises ValueError when nobody could read it again (too large)."""
    return sealed(payload, payload_type, (Signature(key.id, key.sign(pae(payload_type, payload))),))


def sealed(payload: bytes, payload_type: str, signatures: Sequence[Signature]) -> bytes:
    """The envelope of signatures that are already made."""
    line = dump(
        {
            "payload": base64.b64encode(payload).decode(),
            "payloadType": payload_type,
            "signatures": [{"keyid": one.keyid, "sig": base64.b64encode(one.sig).decode()} for one in signatures],
        }
    )
    if len(line) > MAX_BYTES:
        raise ValueError(f"the envelope would have {len(line)} bytes; the limit is {MAX_BYTES}")
    return line


def read(raw: bytes) -> Envelope:
    """The envelope in `raw`. Nothing in it is verified yet. Raises BadEnvelope."""
    value = load(raw)
    if not isinstance(value, dict):
        raise BadEnvelope("not a DSSE envelope: no JSON object")
    payload_type, signatures = value.get("payloadType"), value.get("signatures")
    if not isinstance(payload_type, str) or not payload_type or len(payload_type) > _MAX_TYPE:
        raise BadEnvelope("not a DSSE envelope: no payloadType")
    if not isinstance(signatures, list) or not signatures:
        raise BadEnvelope("not a DSSE envelope: no signatures")
    if len(signatures) > MAX_SIGNATURES:
        raise BadEnvelope(f"more than {MAX_SIGNATURES} signatures")
    payload = _decoded(value.get("payload"), "payload")
    return Envelope(payload, payload_type, tuple(_signature(one) for one in signatures))


def pae(payload_type: str, payload: bytes) -> bytes:
    """Pre-authentication encoding: the bytes that are signed (DSSE, "Signature definition")."""
    kind = payload_type.encode("utf-8", "surrogatepass")
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def digest_of(raw: bytes) -> str:
    """sha256 of an envelope as it is stored, without a closing newline; hexadecimal. What a chain points back at."""
    return hashlib.sha256(raw.removesuffix(b"\n")).hexdigest()


def _signature(value: Json) -> Signature:
    if not isinstance(value, dict):
        raise BadEnvelope("not a DSSE envelope: a signature is no JSON object")
    keyid = value.get("keyid", "")
    if not isinstance(keyid, str):
        raise BadEnvelope("not a DSSE envelope: a keyid is no text")
    return Signature(keyid, _decoded(value.get("sig"), "sig"))


def _decoded(text: Json, name: str) -> bytes:
    """Standard or URL-safe base64 (DSSE allows both), not a mixture, with nothing in it that means nothing."""
    if not isinstance(text, str):
        raise BadEnvelope(f"not a DSSE envelope: no {name}")
    if "-" in text or "_" in text:
        if "+" in text or "/" in text:
            raise BadEnvelope(f"{name} mixes two kinds of base64")
        text = text.translate(_TO_STANDARD)
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadEnvelope(f"{name} is not base64") from error
    if base64.b64encode(data).decode() != text:
        raise BadEnvelope(f"{name} is base64 with stray bits")
    return data


def _is_good(key: str, signature: bytes, message: bytes) -> bool:
    try:
        _public(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@functools.lru_cache(maxsize=256)
def _public(key: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(read_public_key(key).raw)
