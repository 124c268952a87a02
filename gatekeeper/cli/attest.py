"""`gate attest TARGET`: evidence that a person or another system brings, signed and stored beside the stamps."""

import argparse
import hashlib
import os
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

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
from gatekeeper.stamp.attestation import LONGEST, Brought, attest
from gatekeeper.stamp.circumstances import is_same_user
from gatekeeper.stamp.envelope import digest_of
from gatekeeper.stamp.keys import chain_id, load_key, read_key
from gatekeeper.stamp.log import Log
from gatekeeper.stamp.statement import Chain, utc

HELP = "bring signed evidence about a target from outside the gate"
MOST_ARTEFACTS = 50
_DAYS = re.compile(r"([1-9][0-9]{0,3})d\Z")


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
    _take_any_order(parser)


def _take_any_order(parser: argparse.ArgumentParser) -> None:
    """`gate attest TARGET --label … REV`: before 3.13 argparse takes REV only directly behind TARGET (gh-59317)."""

    def parse(args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None) -> object:
        del parser.parse_known_args  # the intermixed way calls the plain one
        return parser.parse_known_intermixed_args(args, namespace)

    parser.parse_known_args = parse  # type: ignore[method-assign, assignment]


def run(args: argparse.Namespace) -> int:
    """Signs, stores, says what it will count for; 0. Raises UsageError, and CannotEstablish when it cannot be kept."""
    home, now = find_home(os.environ), datetime.now(UTC)
    policy = base_policy(args.repo, None)
    _must_be_a_target(policy, args.target)
    repository = find_repository(args.repo)
    subject = resolve(repository, args.rev, None, True, store=Store.open(home, repository))
    key = read_key(Path(args.key).expanduser()) if args.key else load_key(home, os.environ)
    brought = Brought(
        target=args.target,
        label=Label(args.label),
        reason=_words(args.reason, "--reason"),
        by=_words(args.by, "--by"),
        expires=utc(_expiry(args.expires, now).isoformat()),
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


def _words(text: str, option: str) -> str:
    if not text.strip():
        raise UsageError(f"{option} is empty", "say it in words: they are shown wherever this evidence is")
    return text.strip()


def _expiry(text: str, now: datetime) -> datetime:
    """The moment in UTC: the end of the day that was named, or so many days from now."""
    days = _DAYS.match(text)
    try:
        if days:
            ends = (now + timedelta(days=int(days[1]))).replace(microsecond=0)
        else:
            ends = datetime.combine(date.fromisoformat(text), time(23, 59, 59), UTC)
    except ValueError as error:
        raise UsageError(f"--expires {text!r} is no day", "a date as 2026-12-31, or a number of days as 30d") from error
    if ends <= now:
        raise UsageError(f"--expires {text} is over already", "evidence that has expired counts for nothing")
    if ends > now + LONGEST:
        raise UsageError(f"--expires {text} is more than {LONGEST.days} days away", "bring it again when that is over")
    return ends


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
