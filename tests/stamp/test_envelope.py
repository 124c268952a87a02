"""DSSE envelopes: made so that others read them, read so that nothing slips through."""

import base64
import json
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from securesystemslib import dsse
from securesystemslib.signer import SSlibKey  # type: ignore[attr-defined]

from gatekeeper.policy.public_key import read_public_key
from gatekeeper.stamp.envelope import (
    IN_TOTO,
    MAX_SIGNATURES,
    BadEnvelope,
    Signature,
    digest_of,
    pae,
    read,
    sealed,
    sign,
)
from tests.stamp.support import a_key, a_signer

PAYLOAD = b'{"_type":"x"}'


def altered(**changes: object) -> bytes:
    """A good envelope with fields of its JSON replaced; None removes one."""
    value = json.loads(sign(PAYLOAD, IN_TOTO, a_key())) | changes
    return json.dumps({name: field for name, field in value.items() if field is not None}).encode()


def test_the_encoding_that_is_signed_is_the_one_of_the_specification() -> None:
    assert pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
    assert pae("é", b"") == "DSSEv1 2 é 0 ".encode()


@given(st.binary(max_size=300), st.text(st.characters(codec="utf-8"), min_size=1, max_size=40))
@settings(max_examples=50)
def test_what_is_signed_is_read_with_the_very_same_bytes(payload: bytes, kind: str) -> None:
    line = sign(payload, kind, a_key())
    assert b"\n" not in line
    envelope = read(line)
    assert (envelope.payload, envelope.payload_type) == (payload, kind)
    signer = envelope.signer([a_signer("two"), a_signer()])
    assert signer is not None
    assert signer.name == "one"
    assert sign(payload, kind, a_key()) == line


def test_securesystemslib_verifies_what_the_gate_signs() -> None:
    envelope = dsse.Envelope.from_dict(json.loads(sign(PAYLOAD, IN_TOTO, a_key())))
    raw = read_public_key(a_key().public).raw
    key = SSlibKey(a_key().id, "ed25519", "ed25519", {"public": raw.hex()})
    assert set(envelope.verify([key], 1)) == {a_key().id}


@pytest.mark.parametrize("change", [lambda p: p + b" ", lambda p: p.replace(b"x", b"y"), lambda p: b""])
def test_a_changed_payload_has_no_signer(change: Callable[[bytes], bytes]) -> None:
    line = altered(payload=base64.b64encode(change(PAYLOAD)).decode())
    assert read(line).signer([a_signer()]) is None


def test_a_changed_type_has_no_signer() -> None:
    assert read(altered(payloadType="text/plain")).signer([a_signer()]) is None


def test_every_flipped_bit_of_a_signature_is_noticed() -> None:
    good = a_key().sign(pae(IN_TOTO, PAYLOAD))
    for index in range(0, len(good) * 8, 7):
        bad = bytearray(good)
        bad[index // 8] ^= 1 << index % 8
        assert read(sealed(PAYLOAD, IN_TOTO, [Signature(a_key().id, bytes(bad))])).signer([a_signer()]) is None


@pytest.mark.parametrize("signature", [b"", b"\0" * 63, b"\0" * 64, b"\0" * 65, b"x" * 4096])
def test_a_signature_of_any_length_is_just_no_signature(signature: bytes) -> None:
    assert read(sealed(PAYLOAD, IN_TOTO, [Signature(a_key().id, signature)])).signer([a_signer()]) is None


def test_an_unknown_key_id_matches_nobody_and_a_missing_one_may_be_anybodys() -> None:
    good = a_key().sign(pae(IN_TOTO, PAYLOAD))
    assert read(sealed(PAYLOAD, IN_TOTO, [Signature("f" * 64, good)])).signer([a_signer()]) is None
    assert read(sealed(PAYLOAD, IN_TOTO, [Signature("", good)])).signer([a_signer("two"), a_signer()]) == a_signer()
    stranger = read(sign(PAYLOAD, IN_TOTO, a_key("two")))
    assert stranger.signer([a_signer()]) is None
    assert stranger.signer([]) is None


def test_the_key_id_of_another_does_not_help() -> None:
    forged = a_key("two").sign(pae(IN_TOTO, PAYLOAD))
    assert read(sealed(PAYLOAD, IN_TOTO, [Signature(a_key().id, forged)])).signer([a_signer(), a_signer("two")]) is None


def test_one_good_signature_among_several_is_found() -> None:
    bad = Signature("f" * 64, b"\0" * 64)
    good = Signature(a_key().id, a_key().sign(pae(IN_TOTO, PAYLOAD)))
    assert read(sealed(PAYLOAD, IN_TOTO, [bad, good])).signer([a_signer()]) == a_signer()


def test_url_safe_base64_is_read_too_and_a_mixture_is_not() -> None:
    payload = b"\xfb\xff\xfe" * 3
    value = json.loads(sign(payload, IN_TOTO, a_key()))
    assert "+" in value["payload"]
    assert "/" in value["payload"]
    both = {"payload": value["payload"].translate(str.maketrans("+/", "-_"))}
    assert read(json.dumps(value | both).encode()).signer([a_signer()]) == a_signer()
    with pytest.raises(BadEnvelope, match="mixes"):
        read(json.dumps(value | {"payload": value["payload"].replace("+", "-")}).encode())


@pytest.mark.parametrize("text", ["QUI", "QUI=\n", "QU I=", "QUJ=", "QUI==", "=QUI", "QÜI=", "QUI=QUI=", "A"])
def test_base64_with_anything_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(BadEnvelope, match="base64"):
        read(altered(payload=text))


@pytest.mark.parametrize(
    "changes",
    [
        {"payload": None},
        {"payload": 7},
        {"payloadType": None},
        {"payloadType": ""},
        {"payloadType": "x" * 300},
        {"signatures": None},
        {"signatures": []},
        {"signatures": {}},
        {"signatures": ["x"]},
        {"signatures": [{"keyid": "a"}]},
        {"signatures": [{"keyid": 7, "sig": ""}]},
        {"signatures": [{"sig": "QUI="}] * (MAX_SIGNATURES + 1)},
    ],
)
def test_what_is_no_envelope_says_so(changes: dict[str, object]) -> None:
    with pytest.raises(BadEnvelope):
        read(altered(**changes))


@pytest.mark.parametrize("raw", [b"[]", b"null", b'"x"', b"7", b"{}", b"\x00", b"{"])
def test_junk_is_refused(raw: bytes) -> None:
    with pytest.raises(BadEnvelope):
        read(raw)


@given(st.binary(max_size=200))
def test_reading_never_raises_anything_else(raw: bytes) -> None:
    try:
        read(raw)
    except BadEnvelope as error:
        assert error.reason


def test_fields_that_nobody_knows_are_passed_over() -> None:
    assert read(altered(more={"a": 1})).signer([a_signer()]) == a_signer()


def test_duplicate_keys_are_refused_in_the_envelope_and_in_the_payload() -> None:
    line = sign(PAYLOAD, IN_TOTO, a_key())
    with pytest.raises(BadEnvelope, match="twice"):
        read(line[:-1] + b',"payload":"QUI="}')
    twice = read(sign(b'{"a":1,"b":{"c":1,"c":2}}', IN_TOTO, a_key()))
    assert twice.signer([a_signer()]) == a_signer()
    with pytest.raises(BadEnvelope, match="twice"):
        twice.statement()


@pytest.mark.parametrize(("payload", "kind"), [(b"[]", IN_TOTO), (b"x", IN_TOTO), (b"{}", "text/plain")])
def test_a_payload_that_is_no_statement_says_so(payload: bytes, kind: str) -> None:
    with pytest.raises(BadEnvelope, match=r"statement|object|JSON"):
        read(sign(payload, kind, a_key())).statement()


def test_what_nobody_could_read_again_is_not_signed() -> None:
    with pytest.raises(ValueError, match="limit"):
        sign(b"x" * (1 << 20), IN_TOTO, a_key())


def test_the_digest_is_that_of_the_line_without_its_newline() -> None:
    line = sign(PAYLOAD, IN_TOTO, a_key())
    assert digest_of(line) == digest_of(line + b"\n")
    assert digest_of(line) != digest_of(line + b" ")
    assert len(digest_of(line)) == 64


def test_a_policy_key_that_cannot_be_read_believes_nobody() -> None:
    assert read(sign(PAYLOAD, IN_TOTO, a_key())).signer([a_signer(key="ssh-ed25519 AAAA")]) is None


def test_signing_and_verifying_take_less_than_a_millisecond_each() -> None:
    payload = b'{"a":"' + b"x" * 20_000 + b'"}'
    line = sign(payload, IN_TOTO, a_key())

    def best(action: Callable[[], object]) -> float:
        times = []
        for _ in range(50):
            started = time.perf_counter()
            action()
            times.append(time.perf_counter() - started)
        return min(times)

    assert best(lambda: sign(payload, IN_TOTO, a_key())) < 0.001
    assert best(lambda: read(line).signer([a_signer()])) < 0.001
