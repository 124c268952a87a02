"""What a target prints, and whether that names the commit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.evidence.identity import identity
from gatekeeper.model.target import Identity

COMMIT, TREE = "3f2a9c" + "1b" * 17, "77e0d4" + "2c" * 17
OTHER, KNOWN = "abcdef0123" * 4, "aaaabbbbcccc"


def read(printed: str) -> Identity:
    return identity(printed, COMMIT, TREE, lambda token: token in {OTHER, KNOWN, "202601021504"})


@pytest.mark.parametrize(
    "printed",
    [
        COMMIT, f"{COMMIT}\n", TREE, COMMIT.upper(), COMMIT[:12], TREE[:20], f"v1.2.0-{COMMIT[:12]}",
        f'{{"commit": "{COMMIT}", "tree": "{TREE}", "built": "20260102150405"}}',
        f'{{"commit": "{COMMIT}", "host": "3f2a1b4c5d6e"}}', f"image@sha256:{'9' * 64} {COMMIT}",
        f"HTTP/1.1 200 OK\r\nETag: x\r\n\r\n{COMMIT}",
        f"HTTP/1.1 302 Found\r\nLocation: /v\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{COMMIT}",
    ],
)  # fmt: skip
def test_this_commit_or_its_tree_is_named(printed: str) -> None:
    assert read(printed) is Identity.PROVEN


@pytest.mark.parametrize(
    "printed", [OTHER, f"version {OTHER[:12]}", KNOWN, "deadbeefcafe", f"{COMMIT[:-1]}0", "202601021504"]
)
def test_another_commit_is_named(printed: str) -> None:
    assert read(printed) is Identity.CONTRADICTED


@pytest.mark.parametrize(
    "printed",
    [
        "", "ok", "1.4.2", COMMIT[:11], f"x{COMMIT}", f"{COMMIT}x", f"{COMMIT}_1", "20260102150405", "9" * 64,
        f"<!DOCTYPE html><title>{COMMIT}</title>", f"<html>{OTHER}</html>", f"  <HTML><body>{COMMIT}",
        f"HTTP/1.1 301 Moved Permanently\r\nLocation: /{COMMIT}\r\n\r\n", f"HTTP/2 404 \r\n\r\n{COMMIT}",
        f"{COMMIT} {OTHER}", f"running {KNOWN}, next {COMMIT}", f"{COMMIT}\n" + "x" * 70_000,
        " ".join(f"{number:012x}" for number in range(300)),
    ],
)  # fmt: skip
def test_nothing_is_proven(printed: str) -> None:
    assert read(printed) is Identity.UNPROVEN


def test_ids_of_sha256_repositories_are_longer() -> None:
    commit, other = "e5" * 32, "f6" * 32
    assert identity(commit, commit, "77" * 32, lambda _: False) is Identity.PROVEN
    assert identity(other, commit, "77" * 32, lambda _: False) is Identity.CONTRADICTED


@given(st.text(alphabet="0123456789abcdefABCDEF \n-._<\"'{}:xHTTP/1", max_size=120))
def test_nothing_is_proven_unless_twelve_digits_of_the_id_were_printed(printed: str) -> None:
    if COMMIT[:12] not in printed.lower() and TREE[:12] not in printed.lower():
        assert read(printed) is not Identity.PROVEN
