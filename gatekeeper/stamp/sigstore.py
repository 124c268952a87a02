"""Keyless signatures where the extra `sigstore` is installed: CI vouches for a stamp with the identity of its job.

The stamp is signed as it stands, all bytes of its envelope, and the bundle lies beside it. It is not re-signed as a
statement: sigstore-python reads statements whose subjects have SHA-2 or SHA-3 digests only, and a stamp is about a
commit. `sigstore verify identity` (or cosign's verify-blob) checks the bundle against the stamp's file.
"""

import importlib
from typing import Any

from gatekeeper.errors import CannotEstablish, UsageError

_INSTALL = "install it beside the gate: `pip install 'branch-gatekeeper[sigstore]'`"
_IDENTITY = (
    "run it in a CI job that may ask for an identity token (GitHub Actions: `permissions: id-token: write`); "
    "elsewhere the gate's own key signs: `gate key show`"
)


def sign_keyless(stamp: bytes) -> str:
    """The Sigstore bundle (JSON) over the bytes of one stamp. Needs the network and an ambient identity.

    Raises UsageError without the extra or without an identity, and CannotEstablish when a service of Sigstore refuses.
    """
    models, oidc, sign = _library()
    try:
        token = oidc.detect_credential()
        if token:
            context = sign.SigningContext.from_trust_config(models.ClientTrustConfig.production())
            with context.signer(oidc.IdentityToken(token)) as signer:
                return str(signer.sign_artifact(stamp).to_json())
    except Exception as error:
        raise CannotEstablish(f"keyless signing failed: {type(error).__name__}: {error}", _IDENTITY) from error
    raise UsageError("there is no identity to sign with: this is no CI job that has one", _IDENTITY)


def _library() -> tuple[Any, Any, Any]:
    """Modules of sigstore-python 4: the extra is optional, and importing it costs half a second."""
    try:
        models, oidc, sign = (importlib.import_module(f"sigstore.{name}") for name in ("models", "oidc", "sign"))
    except ImportError as error:
        raise UsageError("the extra `sigstore` is not installed", _INSTALL) from error
    return models, oidc, sign
