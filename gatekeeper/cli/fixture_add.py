"""`gate fixture add RUN`: from a failure to a fixture, and with --write-rule to a rule, in one command."""

import argparse
import os
from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from gatekeeper.cli.caller import git_identity
from gatekeeper.cli.fixture import folder_of, root_of
from gatekeeper.cli.fixture_wanted import wanted_of
from gatekeeper.cli.output import emit
from gatekeeper.errors import CannotEstablish, UsageError
from gatekeeper.fixtures.attach import attached
from gatekeeper.fixtures.case import LAW
from gatekeeper.fixtures.make import Made, Wanted, make, open_gap
from gatekeeper.fixtures.policies import names_of, working_policy
from gatekeeper.fixtures.put import Change, put
from gatekeeper.fixtures.record import Original, record, scrub_of
from gatekeeper.fixtures.suite import Fixture, read_suite
from gatekeeper.git.command import Git
from gatekeeper.git.facts import find_repository
from gatekeeper.git.lock import folder_locked
from gatekeeper.git.objects import Objects
from gatekeeper.ledger.record import Ledger
from gatekeeper.model.policy import Policy
from gatekeeper.model.result import Report
from gatekeeper.model.rule import RULES
from gatekeeper.model.vocabulary import Label
from gatekeeper.policy.load import GATE_FILE, load_policy
from gatekeeper.process.home import Home, find_home
from gatekeeper.report.escape import single_line
from gatekeeper.stamp import gather
from gatekeeper.stamp.circumstances import circumstances
from gatekeeper.stamp.keys import load_key
from gatekeeper.stamp.view import View
from gatekeeper.tools.cel import evaluate

_PATIENCE_S = 60.0
"""For another `gate fixture add` in the same worktree; without a lock a changed gate.toml is noticed all the same."""


def add(args: argparse.Namespace) -> int:
    """Writes the fixture, prints what it is; 0. Raises UsageError and CannotEstablish (a stamp that is not there)."""
    if args.patch and not args.base:
        raise UsageError("--patch without --base", "--base DIR: a folder with the files that the patch applies to")
    home, repository, root = find_home(os.environ), find_repository(args.repo), root_of(args)
    if not home.ledger.exists():
        raise UsageError("there are no runs yet", "gate check makes the first.")
    report = Ledger(home.ledger).find(args.run)
    stamp = _stamp_of(report, home)
    _must_be_there(args.check, report)
    folder = folder_of(args)
    gap = open_gap(_existing(folder), args.name, report.run) if args.name else None
    wanted = wanted_of(args, report, git_identity(repository, os.environ), gap)
    about = circumstances(report.subject, report.policy, home, os.environ)
    original = record(report, scrub_of(about.places, about.hidden), args.check)
    wanted = replace(wanted, origin=replace(wanted.origin, stamp=stamp))
    played = (Path(args.base), _patch(args, report)) if args.base else None
    with folder_locked(str(root), _PATIENCE_S):
        _make(original, wanted, folder, root, rule=args.write_rule, played=played)
    return 0


def _patch(args: argparse.Namespace, report: Report) -> bytes:
    """The change for the end-to-end tier: the file that was named, else what the run was about."""
    if args.patch:
        try:
            return Path(args.patch).read_bytes()
        except OSError as error:
            raise UsageError(f"{args.patch} cannot be read: {error.strerror}", "--patch FILE: a diff of git") from error
    subject = report.subject
    git = Git(git_dir=subject.repository.common_dir)
    words = ("diff", "--no-ext-diff", "--no-textconv", "--no-color", "--binary")
    return git.run(*words, subject.merge_base or "", subject.head) if subject.merge_base else b""


def _make(
    original: Original, wanted: Wanted, folder: Path, root: Path, *, rule: bool, played: tuple[Path, bytes] | None
) -> None:
    suite, policy = _existing(folder), working_policy(root)
    _must_be_known(wanted.labels, policy)
    text = _gate_file(root) if rule else b""
    changed = (lambda addition: _changed(root, text, addition)) if rule else None
    made = make(original, wanted, policy, evaluate, suite, changed)
    made = made if played is None else attached(made, *played)
    change = Change(root / GATE_FILE, text, _joined(text, made.addition)) if made.addition else None
    _told(made, put(folder, made, change))


def _must_be_there(check: str | None, report: Report) -> None:
    names = [one.id for one in report.results]
    if check is not None and check not in names:
        raise UsageError(f"run {report.run} has no check {check!r}", f"its checks are: {', '.join(names)}")


def _must_be_known(labels: Mapping[str, Label], policy: Policy) -> None:
    for name in labels:
        if name not in policy.checks:
            known = ", ".join(one for one in policy.checks if one != RULES)
            raise UsageError(f"--rule {name}: there is no such check or target", f"there are: {known}")


def _existing(folder: Path) -> tuple[Fixture, ...]:
    return read_suite(folder) if folder.is_dir() and any(folder.iterdir()) else ()


def _told(made: Made, place: Path) -> None:
    case = made.case
    word = f"law ({case.kind})" if case.kind in LAW else case.kind.value
    emit(f"{single_line(str(place), 400)}: {word}, {case.expect.verdict}\n")
    if made.addition:
        emit(f"  {single_line(made.said, 300)}\n  added to {GATE_FILE}; this case and all others hold\n")
    for name in made.closes:
        emit(f"  {name} is right by now: gate fixture promote {name}\n")
    if made.missing:
        again = f"gate fixture add {case.origin.run[:12]} --name {case.id} --write-rule"
        emit(f"  {single_line(made.missing, 300)}\n  {again} writes it\n")


def _stamp_of(report: Report, home: Home) -> str:
    """Digest of the signed statement of this very run. Runs that are not signed (trials, whole trees) have none."""
    if not report.policy.stamp.enabled or report.policy.trial or report.subject.whole:
        return ""
    repository = report.subject.repository
    signers = (*report.policy.signers, load_key(home, os.environ).as_signer)
    with Objects(Git(git_dir=repository.common_dir)) as objects:
        found = gather.sifted(objects, View(objects), report.subject.head, signers)
    stamp = next((one for one in found.stamps if one.chain.run == report.run), None)
    if stamp is None:
        forged = next((one.reason for one in found.refused if one.forged), "there is none in the log")
        raise CannotEstablish(
            f"run {report.run} has no stamp that can be believed: {forged}", "judge the commit again: gate check"
        )
    if stamp.verdict != report.decision.verdict:
        raise CannotEstablish(
            f"run {report.run} is {report.decision.verdict} in the ledger and {stamp.verdict} in its stamp",
            "the ledger was changed: judge the commit again, gate check",
        )
    return stamp.digest


def _gate_file(root: Path) -> bytes:
    path = root / GATE_FILE
    if not path.is_file():
        raise UsageError(f"there is no {GATE_FILE} to write a rule into", "gate init writes one")
    return path.read_bytes()


def _changed(root: Path, text: bytes, addition: str) -> Policy:
    """The working copy's policy with the addition."""

    def read(path: str) -> bytes | None:
        if path == GATE_FILE:
            return _joined(text, addition)
        return (root / path).read_bytes() if (root / path).is_file() else None

    return load_policy(read, names=lambda: names_of(root), where="the working copy")


def _joined(text: bytes, addition: str) -> bytes:
    end = b"" if text.endswith(b"\n") or not text else b"\n"
    said = text + end + b"\n" + addition.encode()
    return said.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") if b"\r\n" in text else said
