"""Keyless signing through the interface that sigstore-python documents; its services are not asked here."""

import contextlib
import sys
import types
from collections.abc import Iterator
from typing import Any

import pytest

from gatekeeper.errors import CannotEstablish, UsageError
from gatekeeper.stamp.sigstore import sign_keyless


class _Signer:
    def __init__(self, fails: Exception | None) -> None:
        self.fails = fails

    def sign_artifact(self, data: bytes) -> Any:
        if self.fails:
            raise self.fails
        return types.SimpleNamespace(to_json=lambda: f'{{"signed": {len(data)}}}')


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> types.SimpleNamespace:
    """Stands in for sigstore-python 4: `token` is the ambient identity, `fails` what the services raise."""
    world = types.SimpleNamespace(token="ambient", fails=None, used=[])  # noqa: S106 - no password

    class Context:
        @classmethod
        def from_trust_config(cls, config: str) -> "Context":
            world.used.append(config)
            return cls()

        @contextlib.contextmanager
        def signer(self, token: str) -> Iterator[_Signer]:
            world.used.append(token)
            yield _Signer(world.fails)

    parts: dict[str, dict[str, Any]] = {
        "models": {"ClientTrustConfig": types.SimpleNamespace(production=lambda: "production")},
        "oidc": {"detect_credential": lambda: world.token, "IdentityToken": lambda raw: f"token {raw}"},
        "sign": {"SigningContext": Context},
    }
    monkeypatch.setitem(sys.modules, "sigstore", types.ModuleType("sigstore"))
    for name, members in parts.items():
        module = types.ModuleType(f"sigstore.{name}")
        module.__dict__.update(members)
        monkeypatch.setitem(sys.modules, f"sigstore.{name}", module)
    return world


def test_all_bytes_of_the_stamp_are_signed_with_the_identity_of_the_job(library: types.SimpleNamespace) -> None:
    assert sign_keyless(b"x" * 42) == '{"signed": 42}'
    assert library.used == ["production", "token ambient"]


@pytest.mark.parametrize("token", [None, ""])
def test_without_an_identity_nothing_is_signed(library: types.SimpleNamespace, token: str | None) -> None:
    library.token = token
    with pytest.raises(UsageError, match="no identity") as raised:
        sign_keyless(b"x")
    assert "id-token: write" in raised.value.hint
    assert library.used == []


def test_what_the_services_refuse_is_said(library: types.SimpleNamespace) -> None:
    library.fails = RuntimeError("Fulcio said no")
    with pytest.raises(CannotEstablish, match="RuntimeError: Fulcio said no"):
        sign_keyless(b"x")


def test_without_the_extra_the_way_to_install_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("sigstore", "sigstore.models"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UsageError, match="not installed") as raised:
        sign_keyless(b"x")
    assert "branch-gatekeeper[sigstore]" in raised.value.hint


def test_the_real_library_has_the_interface_that_is_used() -> None:
    """Runs where the extra is installed."""
    sign = pytest.importorskip("sigstore.sign")
    oidc = pytest.importorskip("sigstore.oidc")
    models = pytest.importorskip("sigstore.models")
    assert callable(sign.SigningContext.from_trust_config)
    assert callable(sign.SigningContext.signer)
    assert callable(sign.Signer.sign_artifact)
    assert callable(oidc.detect_credential)
    assert callable(models.ClientTrustConfig.production)
    assert callable(models.Bundle.to_json)
