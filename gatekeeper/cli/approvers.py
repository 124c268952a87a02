"""Who may approve what: refusals of `gate approve`, each with what to put into the policy, and how."""

import shlex
from collections.abc import Sequence

from gatekeeper.errors import UsageError
from gatekeeper.model.approval import unapprovable_name
from gatekeeper.model.policy import Policy
from gatekeeper.model.target import Signer
from gatekeeper.stamp.approval import refusal
from gatekeeper.stamp.keys import PrivateKey

_INDENT = "\n      "


def must_be_rules(rules: Sequence[str], policy: Policy) -> None:
    """Raises UsageError for rules that nobody can approve, and where the policy lets nobody approve anything."""
    for rule in rules:
        if reason := unapprovable_name(rule):
            raise UsageError(f"{rule} cannot be approved: {reason}", "what can be: findings that a person can judge")
    if not any(signer.approves for signer in policy.signers):
        raise UsageError(
            f"nobody may approve anything: no [[signer]] of {policy.origin} has `approves`",
            _INDENT.join(
                (
                    "name a signer on the base; a branch cannot name its own:",
                    "1. whoever approves has a key that no worker can use: `ssh-keygen -t ed25519`, or `gate key show`",
                    f"2. {_trust('PUBLIC_KEY', rules)}",
                    "3. commit that on the base; then approve again, signing with that key: --key FILE",
                )
            ),
        )


def must_be_approver(key: PrivateKey, rules: Sequence[str], policy: Policy) -> str:
    """The name of the signer whose key this is. Raises UsageError where the policy does not name it for the rules."""
    signer = next((one for one in policy.signers if one.id == key.id), None)
    known = "; ".join(_may(one) for one in policy.signers if one.approves)
    if signer is None:
        raise UsageError(
            f"the key {key.id[:16]}… ({key.path}) may approve nothing: {policy.origin} does not know it",
            _INDENT.join(
                (
                    f"sign with the key of one who may (--key FILE): {known}",
                    f"or name this one, on the base: {_trust(shlex.quote(key.public), rules)}",
                )
            ),
        )
    for rule in rules:
        if refusal(rule, signer):
            raise UsageError(
                f"{signer.name} may not approve {rule}",
                _INDENT.join(
                    (
                        f"who may approve what: {known}",
                        f"or add it to `approves` of [[signer]] {signer.name!r}, on the base",
                    )
                ),
            )
    return signer.name


def _trust(key: str, rules: Sequence[str]) -> str:
    named = " ".join(f"--approve {shlex.quote(rule)}" for rule in rules)
    return f"`gate key trust {key} --name NAME --no-stamps {named}`"


def _may(signer: Signer) -> str:
    return f"{signer.name} ({', '.join(signer.approves)})"
