"""`gate attest TARGET`: evidence that a person or another system brings, signed and stored beside the stamps."""

import argparse
import hashlib
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from gatekeeper.cli.bring import expiry, signing_key, take_any_order, words
from gatekeeper.cli.output import emit
from gatekeeper.cli.policy import base_policy
from gatekeeper.errors import CannotEstablish, UsageError
from gatekeeper.git.facts import find_repository, resolve
from gatekeeper.git.store import Store
from gatekeeper.model.policy import Policy
from gatekeeper.model.target import Artefact, Signer
from gatekeeper.model.vocabulary import CheckId, Label
from gatekeeper.process.home import find_home
from gatekeeper.report.escape import single_line
from gatekeeper.stamp.attestation import Brought, attest
from gatekeeper.stamp.circumstances import is_same_user
from gatekeeper.stamp.envelope import digest_of
from gatekeeper.stamp.keys import chain_id
from gatekeeper.stamp.log import Log
from gatekeeper.stamp.statement import Chain, utc

HELP = "bring signed evidence about a target from outside the gate"
MOST_ARTEFACTS = 50


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `gate attest`."""
    parser.add_argument("target", metavar="TARGET", help="a [target.NAME] of the policy at base")
    parser.add_argument("rev", nargs="?", metavar="REV", help="branch or commit (default: the current branch's HEAD)")
    parser.add_argument("--label", required=True, choices=[label.value for label in Label], help="how strong it is")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="what was seen, where and how")
    parser.add_argument("--by", required=True, metavar="WHO", help="who saw it")
    parser.add_argument("--expires", default="30d", metavar="DATE|DAYS", help="last day, or days as 30d (default: 30d)")
    parser.add_argument("--artefact", action="append", default=[], metavar="FILE", help="name it by its sha256")
    parser.add_argument("--key", metavar="FILE", help="an OpenSSH private key (default: the key of `gate key show`)")
    parser.add_argument("--repo", default=".", metavar="DIR", help="a folder of the repository (default: here)")
    take_any_order(parser)


def run(args: argparse.Namespace) -> int:
    """Signs, stores, says what it will count for; 0. Raises UsageError, and CannotEstablish when it cannot be kept."""
    home, now = find_home(os.environ), datetime.now(UTC)
    policy = base_policy(args.repo, None)
    _must_be_a_target(policy, args.target)
    repository = find_repository(args.repo)
    subject = resolve(repository, args.rev, None, True, store=Store.open(home, repository))
    key = signing_key(args.key, home, os.environ)
    brought = Brought(
        target=args.target,
        label=Label(args.label),
        reason=words(args.reason, "--reason"),
        by=words(args.by, "--by"),
        expires=utc(expiry(args.expires, now).isoformat()),
        same_user=is_same_user(repository),
        artefacts=_artefacts(args.artefact),
    )
    lines: list[bytes] = []

    def make(chain: Chain) -> bytes:
        lines.append(attest(brought, subject, chain, key))
        return lines[-1]

    place = Log(repository, home).append(subject.head, chain_id(key, home), make, signer=key.as_signer)
    said = [
        f"attested {brought.target}: {brought.label.value}, for {subject.head[:12]} ({subject.branch or 'no branch'})",
        f"  by       {brought.by}, key {key.id[:16]}…",
        f"  until    {brought.expires}",
        *(f"  artefact {one.name} sha256 {one.sha256}" for one in brought.artefacts),
        f"  stored   {place.sequence} in the chain of this key and machine, sha256 {digest_of(lines[-1])[:16]}…",
        *_weight(policy, args.target, key.as_signer),
    ]
    emit("".join(single_line(line) + "\n" for line in said))
    return 0


def _must_be_a_target(policy: Policy, name: str) -> None:
    targets = [check for check, settings in policy.checks.items() if settings.target is not None]
    if name not in targets:
        known = ", ".join(targets) or "none; [target.NAME] in gate.toml at the base makes one"
        raise UsageError(f"there is no target {name!r} in the policy at the base", f"the targets are: {known}")


def _artefacts(files: Sequence[str]) -> tuple[Artefact, ...]:
    if len(files) > MOST_ARTEFACTS:
        raise UsageError(f"more than {MOST_ARTEFACTS} artefacts", "pack them into one archive")
    return tuple(_artefact(Path(name).expanduser()) for name in files)


def _artefact(path: Path) -> Artefact:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return Artefact(path.name, digest, file.tell())
    except OSError as error:
        raise CannotEstablish(
            f"the artefact {path} cannot be read: {error.strerror or error}", "name a file that exists"
        ) from error


def _weight(policy: Policy, target: str, key: Signer) -> tuple[str, ...]:
    """What the policy at base makes of it now, so that nobody finds out after the next run."""
    known = next((signer for signer in policy.signers if signer.id == key.id), None)
    if known is None:
        return (
            "  It counts for nothing yet: the policy at base does not know this key.",
            f"  Trust it: gate key trust '{key.key}' --name NAME --surface {_surface(policy, target)}",
        )
    if _surface(policy, target) in known.surfaces:
        return (f"  It counts as stated: the policy trusts {known.name!r} for {_surface(policy, target)}.",)
    return (f"  It counts as proxy at most: {known.name!r} is not trusted for {_surface(policy, target)}.",)


def _surface(policy: Policy, target: str) -> str:
    found = policy.checks[CheckId(target)].target
    return found.surface if found else ""
