"""`gate key new`, `gate key show` and `gate key trust`: who signs here, and whose signatures the policy believes."""

import argparse
import json
import os
import shlex
from pathlib import Path

from gatekeeper.cli.output import emit
from gatekeeper.cli.policy import base_policy
from gatekeeper.errors import ConfigurationError, GateError, UsageError
from gatekeeper.git.facts import find_repository
from gatekeeper.policy.add_signer import NewSigner, addition
from gatekeeper.policy.load import GATE_FILE, PYPROJECT, table_in_pyproject
from gatekeeper.policy.public_key import PublicKey, read_public_key
from gatekeeper.process.home import find_home
from gatekeeper.report.escape import single_line
from gatekeeper.stamp.keys import DEFAULT, PrivateKey, find_key, new_key

HELP = "make, show and trust the keys that stamps are signed with"
_MOST_BYTES = 64 << 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Sub-verbs and options of `gate key`."""
    verbs = parser.add_subparsers(dest="key_verb", required=True, metavar="VERB")
    new = verbs.add_parser("new", help="make a key, or keep a copy of an OpenSSH key")
    new.add_argument("--name", default=DEFAULT, metavar="NAME", help=f"what it is called here (default: {DEFAULT})")
    new.add_argument("--from", dest="source", metavar="SSH_KEY_FILE", help="an OpenSSH ed25519 key without passphrase")
    show = verbs.add_parser("show", help="the public half of the key that signs here")
    show.add_argument("name", nargs="?", metavar="NAME", help="a key of `gate key new --name` (default: what signs)")
    show.add_argument("--repo", default=".", metavar="DIR", help="a folder of the repository (default: here)")
    show.add_argument("--format", choices=("text", "json"), default="text")
    trust = verbs.add_parser("trust", help="write a public key into the policy of the working tree")
    trust.add_argument("key", metavar="PUBLIC_KEY_OR_FILE", help="an OpenSSH public key line, or a file with one")
    trust.add_argument("--name", required=True, metavar="NAME", help="what reports call this signer")
    trust.add_argument(
        "--surface", action="append", default=[], metavar="S", help="its attestations count as stated for this surface"
    )
    trust.add_argument("--no-stamps", action="store_true", help="gate verify does not believe its stamps")
    trust.add_argument("--approve", action="append", default=[], metavar="RULE", help="RULE, CHECK/RULE or CHECK/*")
    trust.add_argument("--repo", default=".", metavar="DIR", help="a folder of the repository (default: here)")


def run(args: argparse.Namespace) -> int:
    """Prints; 0. Raises UsageError and ConfigurationError (a key or policy that cannot be used)."""
    return {"new": _new, "show": _show, "trust": _trust}[args.key_verb](args)


def _new(args: argparse.Namespace) -> int:
    home = find_home(os.environ)
    key = new_key(home, args.name, Path(args.source).expanduser() if args.source else None)
    made = f"kept a copy of {args.source} in" if args.source else "made"
    emit("".join(single_line(line) + "\n" for line in (f"{made} {key.path}", f"id      {key.id}", *_public(key))))
    if args.name != DEFAULT:
        emit(f"It signs where GATE_KEY={args.name} is set; without it the key {DEFAULT!r} does.\n")
    return 0


def _show(args: argparse.Namespace) -> int:
    key = find_key(find_home(os.environ), os.environ, args.name)
    trusted = _trusted_as(key, args.repo)
    if args.format == "json":
        value = {"schema": "gatekeeper/key/1", "name": key.path.name, "id": key.id, "public": key.public,
                 "file": str(key.path), "trusted_as": trusted}  # fmt: skip
        emit(json.dumps(value, indent=2) + "\n")
        return 0
    lines = [f"file    {key.path}", f"id      {key.id}", *_public(key, trusted)]
    emit("".join(single_line(line) + "\n" for line in lines))
    return 0


def _public(key: PrivateKey, trusted: str | None = None) -> list[str]:
    state = f"trusted as {trusted!r} by the policy at base" if trusted else "trust it, in the policy of a repository:"
    command = [] if trusted else [f"        gate key trust {shlex.quote(key.public)} --name NAME"]
    return [f"public  {key.public}", state, *command]


def _trusted_as(key: PrivateKey, directory: str) -> str | None:
    """The name by which the policy at base knows it; None too where there is no repository or policy to ask."""
    try:
        signers = base_policy(directory, None).signers
    except GateError:
        return None
    return next((signer.name for signer in signers if signer.id == key.id), None)


def _trust(args: argparse.Namespace) -> int:
    repository = find_repository(args.repo)
    if repository.bare:
        raise UsageError("this is a bare repository: there is no working tree to write the policy in", "go to one")
    signer = NewSigner(
        key=_given(args.key),
        name=args.name,
        stamps=not args.no_stamps,
        surfaces=tuple(dict.fromkeys(args.surface)),
        approves=tuple(dict.fromkeys(args.approve)),
    )
    path, raw, table = _policy_file(Path(repository.root))
    added = addition(path.name, raw or b"", signer, table)
    if raw is None:
        emit(f"There is no {path.name} yet: it is made, and the shipped default stays what judges.\n")
    _append(path, added)
    lines = [
        f"{path}: {signer.name} is trusted with the key {signer.key.id[:16]}…",
        *(f"  {line}" for line in added.splitlines() if line),
        "It counts once this is committed and on the base: a branch cannot name its own witnesses.",
    ]
    emit("".join(single_line(line) + "\n" for line in lines))
    return 0


def _given(text: str) -> PublicKey:
    """The public key of the command line: the line itself, or the file that holds it."""
    if text.startswith("ssh-") and " " in text:
        line, where = text, "the key"
    else:
        where = text
        try:
            with Path(text).expanduser().open("rb") as file:
                line = file.read(_MOST_BYTES).decode("utf-8", "replace")
        except OSError as error:
            raise UsageError(
                f"{text} is no public key and cannot be read as a file: {error.strerror or error}",
                'the line of a .pub file in quotes: gate key trust "ssh-ed25519 AAAA…" --name NAME',
            ) from error
    try:
        return read_public_key(line)
    except ValueError as error:
        raise UsageError(
            f"{where}: {error}", "`gate key show` and `ssh-keygen -t ed25519` print one that can be used"
        ) from error


def _policy_file(root: Path) -> tuple[Path, bytes | None, tuple[str, ...]]:
    """Where this working tree keeps its policy, what it says (None: there is none), and the table it is in."""
    gate, pyproject = root / GATE_FILE, root / PYPROJECT
    raw = _read(gate)
    if raw is not None:
        return gate, raw, ()
    other = _read(pyproject)
    if other is not None and table_in_pyproject(PYPROJECT, other) is not None:
        return pyproject, other, ("tool", "gate")
    return gate, None, ()


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror or error}", "look at the file") from error


def _append(path: Path, added: str) -> None:
    try:
        with path.open("ab") as file:
            file.write(added.encode())
    except OSError as error:
        raise ConfigurationError(
            f"{path} cannot be written: {error.strerror or error}", "add it by hand:\n" + added
        ) from error
