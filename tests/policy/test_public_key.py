"""OpenSSH's line of an ed25519 public key, and the id of the key."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.policy.public_key import key_id, read_public_key, write_public_key

# The key of RFC 8032, section 7.1, test 1.
RAW = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
LINE = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"


def blob(*parts: bytes) -> str:
    data = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return base64.b64encode(data).decode()


@pytest.mark.parametrize("text", [LINE, f"{LINE} me@here", f"  {LINE}  two words\n"])
def test_a_line_is_read_with_and_without_comment(text: str) -> None:
    key = read_public_key(text)
    assert (key.raw, key.line, key.id) == (RAW, LINE, hashlib.sha256(RAW).hexdigest())


@given(st.binary(min_size=32, max_size=32))
def test_what_is_written_is_read(raw: bytes) -> None:
    assert read_public_key(write_public_key(raw)).raw == raw
    assert read_public_key(write_public_key(raw)).id == key_id(raw)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not one line"),
        ("ssh-ed25519", "not one line"),
        (f"{LINE}\n{LINE}", "not one line"),
        (f"{LINE} {'x' * 2000}", "not one line"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n", "private key"),
        (f"ssh-rsa {LINE.split()[1]}", "only ssh-ed25519"),
        (f"sk-ssh-ed25519@openssh.com {LINE.split()[1]}", "only ssh-ed25519"),
        ("ssh-ed25519 AAA", "not base64"),
        ("ssh-ed25519 ÄÄÄÄ", "not base64"),
        (f"ssh-ed25519 {blob(b'ssh-rsa', RAW)}", "not an ed25519 key"),
        (f"ssh-ed25519 {blob(b'ssh-ed25519', RAW[:31])}", "not an ed25519 key"),
        (f"ssh-ed25519 {blob(b'ssh-ed25519', RAW, b'more')}", "not an ed25519 key"),
        (f"ssh-ed25519 {blob(b'ssh-ed25519')}", "not an ed25519 key"),
    ],
)
def test_what_is_wrong_is_said(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_public_key(text)
