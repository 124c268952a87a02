"""`gate fixture add RUN`: from a failure to a fixture, and with --write-rule to a rule, in one command."""

import argparse
import os
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from gatekeeper.cli.caller import git_identity
from gatekeeper.cli.fixture import ID, folder_of, root_of
from gatekeeper.cli.output import emit
from gatekeeper.errors import CannotEstablish, UsageError
from gatekeeper.fixtures.case import LAW, Origin
from gatekeeper.fixtures.make import Made, Wanted, make, write
from gatekeeper.fixtures.policies import names_of, working_policy
from gatekeeper.fixtures.record import record, scrub_of
from gatekeeper.fixtures.suite import Fixture, read_suite
from gatekeeper.git.command import Git
from gatekeeper.git.facts import find_repository
from gatekeeper.git.objects import Objects
from gatekeeper.ledger.record import Ledger
from gatekeeper.model.policy import Policy
from gatekeeper.model.result import Report
from gatekeeper.model.subject import Repository
from gatekeeper.model.vocabulary import Label, Verdict
from gatekeeper.policy.load import GATE_FILE, load_policy
from gatekeeper.process.home import Home, find_home
from gatekeeper.report.escape import single_line
from gatekeeper.stamp import gather
from gatekeeper.stamp.circumstances import circumstances
from gatekeeper.stamp.keys import load_key
from gatekeeper.stamp.view import View
from gatekeeper.tools.cel import evaluate


def add(args: argparse.Namespace) -> int:
    """Writes the fixture, prints what it is; 0. Raises UsageError and CannotEstablish (a stamp that is not there)."""
    home, repository = find_home(os.environ), find_repository(args.repo)
    if not home.ledger.exists():
        raise UsageError("there are no runs yet", "gate check makes the first.")
    report = Ledger(home.ledger).find(args.run)
    stamp = _stamp_of(report, home)
    about = circumstances(report.subject, report.policy, home, os.environ)
    _must_be_there(args.check, report)
    original = record(report, scrub_of(about.places, about.hidden), args.check)
    folder = folder_of(args)
    suite = _existing(folder)
    policy = working_policy(root_of(args))
    wanted = _wanted(args, report, stamp, repository)
    text = _gate_file(root_of(args)) if args.write_rule else b""
    changed = (lambda addition: _changed(args, text, addition)) if args.write_rule else None
    made = make(original, wanted, policy, evaluate, suite, changed)
    if made.addition:
        _append(root_of(args) / GATE_FILE, text, made.addition)
    _told(made, write(folder, made))
    return 0


def _must_be_there(check: str | None, report: Report) -> None:
    names = [one.id for one in report.results]
    if check is not None and check not in names:
        raise UsageError(f"run {report.run} has no check {check!r}", f"its checks are: {', '.join(names)}")


def _existing(folder: Path) -> tuple[Fixture, ...]:
    return read_suite(folder) if folder.is_dir() and any(folder.iterdir()) else ()


def _told(made: Made, place: Path) -> None:
    case = made.case
    word = f"law ({case.kind})" if case.kind in LAW else case.kind.value
    emit(f"{place}: {word}, {case.expect.verdict}\n")
    if made.addition:
        emit(f"  {single_line(made.said, 300)}\n  added to {GATE_FILE}; this case and all others hold\n")
    if made.missing:
        emit(f"  {single_line(made.missing, 300)}\n  gate fixture add … --write-rule writes it\n")


def _wanted(args: argparse.Namespace, report: Report, stamp: str, repository: Repository) -> Wanted:
    expect = args.expect or _asked("What would the right verdict have been (accepted, rejected, blocked)?", "--expect")
    why = args.why or _asked("What happened, in a sentence?", "--why TEXT")
    if expect not in set(Verdict) or not why.strip():
        raise UsageError(
            f"{expect!r} is no verdict, or the story is empty", "accepted, rejected or blocked; --why TEXT"
        )
    name = args.name or _name(why)
    if not ID.fullmatch(name):
        raise UsageError(f"{name!r} cannot be the name of a fixture", "lower-case words with dashes: --name ID")
    commits = report.change.commits if report.change else ()
    origin = Origin(
        story=why.strip(),
        run=report.run,
        commit=report.subject.head,
        stamp=stamp,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        made_by=git_identity(repository, os.environ),
        approved_by=args.approved_by,
        author=commits[-1].author if commits else "",
    )
    started = datetime.fromisoformat(report.started).date()
    return Wanted(name, Verdict(expect), origin, started, _labels(args.rule))


def _asked(question: str, option: str) -> str:
    if not sys.stdin.isatty():
        raise UsageError(f"{option} is missing", f"gate fixture add RUN {option}")
    emit(f"{question} ")
    return sys.stdin.readline().strip()


def _name(story: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", story.lower())[:8])


def _labels(words: list[str]) -> Mapping[str, Label]:
    found = {}
    for word in words:
        name, _, text = word.partition("=")
        if text not in {"local", "proxy", "direct"}:
            raise UsageError(
                f"--rule {word!r} is not ID=LABEL", "labels: local, proxy, direct; for example shop=direct"
            )
        found[name] = Label(text)
    return found


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


def _changed(args: argparse.Namespace, text: bytes, addition: str) -> Policy:
    """The working copy's policy with the addition."""
    root = root_of(args)

    def read(path: str) -> bytes | None:
        if path == GATE_FILE:
            return _joined(text, addition)
        return (root / path).read_bytes() if (root / path).is_file() else None

    return load_policy(read, names=lambda: names_of(root), where="the working copy")


def _joined(text: bytes, addition: str) -> bytes:
    end = b"" if text.endswith(b"\n") or not text else b"\n"
    said = text + end + b"\n" + addition.encode()
    return said.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") if b"\r\n" in text else said


def _append(path: Path, text: bytes, addition: str) -> None:
    try:
        path.write_bytes(_joined(text, addition))
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", "make it writable") from error
