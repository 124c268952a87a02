"""`gate fixture`: turn a failure into law, and replay what has become law."""

import argparse
import os
import re
from datetime import UTC, datetime
from pathlib import Path

from gatekeeper.cli import exits
from gatekeeper.cli.caller import git_identity
from gatekeeper.cli.output import emit
from gatekeeper.errors import ConfigurationError, UsageError
from gatekeeper.fixtures.case import LAW, Kind
from gatekeeper.fixtures.people import objection
from gatekeeper.fixtures.policies import policy_of, working_policy
from gatekeeper.fixtures.promote import promoted
from gatekeeper.fixtures.run import Ran
from gatekeeper.fixtures.run import run as run_suite
from gatekeeper.fixtures.suggest import suggestions
from gatekeeper.fixtures.suite import CASE_FILE, Fixture, read_fixture, read_suite
from gatekeeper.git.facts import find_repository
from gatekeeper.ledger.record import Ledger, stored
from gatekeeper.model.policy import Policy
from gatekeeper.policy.load import GATE_FILE
from gatekeeper.process.home import find_home
from gatekeeper.report.escape import single_line
from gatekeeper.tools.cel import evaluate

HELP = "turn a failure into law, and replay what has become law"
ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
PLACE = ".gate/fixtures"
_FAR = 500
"""Runs that `suggest` looks at."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Sub-verbs and options of `gate fixture`."""
    verbs = parser.add_subparsers(dest="fixture_verb", required=True, metavar="VERB")
    add = verbs.add_parser("add", help="make a fixture of a recorded run")
    add.add_argument("run", metavar="RUN", help="run id, may be abbreviated")
    add.add_argument("--expect", choices=("accepted", "rejected", "blocked"), help="what the right verdict is")
    add.add_argument("--why", metavar="TEXT", help="its story: what happened, in a sentence")
    add.add_argument("--name", metavar="ID", help="lower-case words with dashes")
    add.add_argument("--check", metavar="ID", help="only this check of the run")
    add.add_argument("--rule", action="append", default=[], metavar="ID=LABEL", help="evidence that must be there")
    add.add_argument("--write-rule", action="store_true", help="add the smallest rule that makes it law to gate.toml")
    add.add_argument("--base", metavar="DIR", help="also for real tools: the few files that the change is about")
    add.add_argument("--patch", metavar="FILE", help="with --base: the change on top of it (default: that of the run)")
    add.add_argument("--approved-by", default="", metavar="NAME", help="who checked it")
    ran = verbs.add_parser("run", help="replay every fixture under the policy of the working copy")
    ran.add_argument("--tier", choices=("replay", "end-to-end", "all"), default="replay")
    listed = verbs.add_parser("list", help="every fixture: kind, verdict, what fires, where it came from")
    suggest = verbs.add_parser("suggest", help="failures that came back and have no fixture yet")
    suggest.add_argument("--times", type=int, default=2, metavar="N", help="seen on at least N heads (default: 2)")
    promote = verbs.add_parser("promote", help="approve a fixture; make a known gap that is closed law")
    promote.add_argument("id", metavar="ID")
    promote.add_argument("--by", default="", metavar="NAME", help="who approves (default: as git knows you)")
    for verb in (add, ran, listed, suggest, promote):
        verb.add_argument("--repo", default=".", metavar="DIR", help="a folder of the repository (default: here)")
        verb.add_argument("--dir", metavar="DIR", help=f"the fixtures (default: {PLACE} of the working copy)")


def run(args: argparse.Namespace) -> int:
    """Prints; 0, or 1 when a fixture does not hold. Raises what reading fixtures and policies raises."""
    if args.fixture_verb == "add":
        from gatekeeper.cli.fixture_add import add  # lazy: verifies a stamp

        return add(args)
    return {"run": _run, "list": _list, "suggest": _suggest, "promote": _promote}[args.fixture_verb](args)


def root_of(args: argparse.Namespace) -> Path:
    """The worktree that the command works in."""
    repository = find_repository(args.repo)
    if repository.bare:
        raise UsageError("a bare repository has no working copy", "call it in a worktree")
    return Path(repository.root)


def folder_of(args: argparse.Namespace) -> Path:
    """The folder of the fixtures."""
    return Path(args.dir) if args.dir else root_of(args) / PLACE


def suite_policy(args: argparse.Namespace, suite: tuple[Fixture, ...]) -> Policy | None:
    """The working copy's policy; None when every fixture names its own."""
    return working_policy(root_of(args)) if any(not one.case.policy for one in suite) else None


def _run(args: argparse.Namespace) -> int:
    suite = read_suite(folder_of(args))
    policy = suite_policy(args, suite)
    ran: tuple[Ran, ...] = ()
    if args.tier != "end-to-end":
        ran = run_suite(suite, lambda case: policy_of(case, policy), evaluate)
        checked = policy is not None and policy.fixtures.checked
        ran = tuple(_with_people(one, checked=checked) for one in ran)
    if args.tier != "replay":
        ran += _played(args, suite)
        if not ran:
            raise UsageError("no fixture has an end-to-end tier", "one needs end_to_end = true, base/ and change.patch")
    return _said(ran)


def _played(args: argparse.Namespace, suite: tuple[Fixture, ...]) -> tuple[Ran, ...]:
    from gatekeeper.fixtures.end_to_end import run_end_to_end  # lazy: runs real tools

    played = tuple(one for one in suite if one.case.end_to_end)
    own = root_of(args) / GATE_FILE if any(not one.case.policy for one in played) else None
    gate = own.read_bytes() if own is not None and own.is_file() else b""
    return run_end_to_end(played, find_home(os.environ), os.environ, gate)


def _with_people(ran: Ran, *, checked: bool) -> Ran:
    said = objection(ran.fixture.case, checked=checked)
    return Ran(ran.fixture, (*ran.differences, said)) if said else ran


def _said(ran: tuple[Ran, ...]) -> int:
    wrong = [one for one in ran if one.differences]
    for one in wrong:
        emit(f"✗ {one.fixture.case.id}  {single_line(one.fixture.case.origin.story, 120)}\n")
        emit("".join(f"    {single_line(line, 400)}\n" for line in one.differences))
    open_ = sum(one.fixture.case.kind not in LAW for one in ran)
    known = f", {open_} known and open" if open_ else ""
    emit(f"{len(ran) - len(wrong)} of {len(ran)} fixtures hold{known}\n")
    return exits.REJECTED if wrong else exits.ACCEPTED


def _list(args: argparse.Namespace) -> int:
    suite = read_suite(folder_of(args))
    width = max(len(one.case.id) for one in suite)
    for one in suite:
        case = one.case
        fires = ", ".join(case.expect.fires) or "-"
        emit(single_line(f"{case.id:<{width}}  {case.kind:<17}  {case.expect.verdict:<8}  {fires}", 400) + "\n")
        emit(f"{'':<{width}}  {single_line(case.origin.story, 200)}\n")
    return 0


def _suggest(args: argparse.Namespace) -> int:
    folder = folder_of(args)
    suite = read_suite(folder) if folder.is_dir() else ()
    path = find_home(os.environ).ledger
    if not path.exists():
        raise UsageError("there are no runs yet", "gate check makes the first.")
    failures = Ledger(path).failures(stored(find_repository(args.repo).common_dir), _FAR)
    found = suggestions(failures, suite, args.times)
    for one in found:
        emit(single_line(f"{one.times} times  {one.check}/{one.rule}  on {', '.join(one.branches)}", 300) + "\n")
        emit(f"    {single_line(one.message, 200)}\n")
        emit(f"    gate fixture add {one.run} --check {one.check} --expect rejected\n")
    if not found:
        emit("no failure came back without a fixture\n")
    return 0


def _promote(args: argparse.Namespace) -> int:
    if not ID.fullmatch(args.id):
        raise UsageError(f"{args.id!r} is not the name of a fixture", "gate fixture list")
    folder = folder_of(args) / args.id
    if not folder.is_dir():
        raise UsageError(f"there is no fixture {args.id!r} in {folder.parent}", "gate fixture list")
    one = read_fixture(folder)
    policy = policy_of(one.case, suite_policy(args, (one,)))
    by = args.by or git_identity(find_repository(args.repo), os.environ)
    case, text = promoted(one, policy, by, datetime.now(UTC), evaluate)
    said = objection(case, checked=policy.fixtures.checked)
    if said:
        raise ConfigurationError(f"{case.id}: {said}", "the policy asks for it: [fixtures] checked = true")
    (folder / CASE_FILE).write_text(text, encoding="utf-8")
    word = "law" if case.kind in LAW else Kind(case.kind).value
    emit(f"{case.id}: {word}, approved by {single_line(case.origin.approved_by, 120)}\n")
    return 0
