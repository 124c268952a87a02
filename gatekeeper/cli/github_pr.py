"""`gate github pr N`: is a pull request done?"""

import argparse
import json
import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from gatekeeper.cli import exits
from gatekeeper.cli.github_client import access_for, connect
from gatekeeper.cli.github_proof import of_others, of_own
from gatekeeper.cli.output import emit
from gatekeeper.forge.done import Item, items
from gatekeeper.forge.proof import Proof, best
from gatekeeper.forge.pull import Pull, observe
from gatekeeper.forge.pull_claims import held
from gatekeeper.forge.wire import READING
from gatekeeper.git.facts import find_repository
from gatekeeper.ledger.record import Ledger
from gatekeeper.model.finding import Finding
from gatekeeper.model.result import Report
from gatekeeper.model.subject import Repository
from gatekeeper.model.vocabulary import Outcome
from gatekeeper.process.home import find_home
from gatekeeper.report.escape import single_line, unicode_only

HELP = "is a pull request done?"
RUNS = 500
"""Newest runs that are looked through for one of the head."""
_MARKS = {Outcome.PASSED: "✓", Outcome.FAILED: "✗", Outcome.BLOCKED: "?", Outcome.NOT_APPLICABLE: "·"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `gate github pr`."""
    parser.add_argument("number", type=_number, metavar="N", help="number of the pull request")
    parser.add_argument("--format", choices=("text", "json"), default="text")


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 0 < int(text) < 2**31:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of a pull request")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """0 when every item holds, 1 when one failed, else 3: one could not be established."""
    access = access_for(args, os.environ)
    pull = observe(connect(access, READING), args.number)
    proof, missing = _proof(pull, args.repo)
    spoken = held(proof, pull.body, datetime.now(UTC).date()) if proof is not None else ()
    listed = items(pull, proof, spoken, missing)
    if args.format == "json":
        emit(_json(access.repository, pull, listed, spoken))
    else:
        emit("".join(f"{line}\n" for line in _text(access.repository, pull, listed, spoken)))
    return _status(listed)


def _status(listed: Sequence[Item]) -> int:
    if any(item.outcome is Outcome.FAILED for item in listed):
        return exits.REJECTED
    return exits.ACCEPTED if all(item.holds for item in listed) else exits.BLOCKED


def _proof(pull: Pull, directory: str) -> tuple[Proof | None, str]:
    """What counts of a run here and the stamps of others; without any, why."""
    home, repository = find_home(os.environ), find_repository(directory)
    run = _run_of(pull, home.ledger, repository)
    stamped, missing = of_others(pull, home, repository)
    found = [of_own(run, home, repository)] if run is not None else []
    return best([*found, *([stamped] if stamped is not None else [])], pull.base_tip), missing


def _run_of(pull: Pull, path: Path, repository: Repository) -> Report | None:
    """The newest run of the head in this repository: not a trial, not a look at the whole tree.

    Runs of other clones do not count, only their stamps: who could make one could have made its base as well.
    """
    if not path.exists():
        return None
    ledger = Ledger(path)
    for row in ledger.runs(repository.common_dir, RUNS):
        report = ledger.find(row.run) if row.head == pull.head else None
        if report is not None and not report.policy.trial and not report.subject.whole:
            return report
    return None


def _text(repository: str, pull: Pull, listed: Sequence[Item], spoken: Sequence[Finding]) -> Iterator[str]:
    fork = " of a fork" if pull.fork else ""
    branches = f"{single_line(pull.head_name, 80)}{fork} {pull.head[:12]} into {single_line(pull.base_name, 80)}"
    yield f"{repository} pull request {pull.number}: {branches}"
    for item in listed:
        label = item.label.value if item.label else ""
        yield f"  {_MARKS[item.outcome]} {item.name:<22} {label:<8} {single_line(item.why, 300)}"
    for finding in spoken:
        yield f"    {finding.rule}: {single_line(finding.message, 300)}"
    wanting = sum(not item.holds for item in listed)
    yield "DONE" if not wanting else f"NOT DONE: {wanting} of {len(listed)} do not hold"


def _json(repository: str, pull: Pull, listed: Sequence[Item], spoken: Sequence[Finding]) -> str:
    said = {
        "schema": "gatekeeper/pull/1",
        "repository": repository,
        "pull_request": pull.number,
        "head": pull.head,
        "branch": unicode_only(pull.head_name),
        "base": {"name": unicode_only(pull.base_name), "commit": pull.base_tip},
        "fork": pull.fork,
        "done": all(item.holds for item in listed),
        "items": [
            {"name": item.name, "outcome": item.outcome.value, "label": item.label, "why": unicode_only(item.why)}
            for item in listed
        ],
        "claims": [{"rule": one.rule, "message": unicode_only(one.message), "rejects": one.rejects} for one in spoken],
    }
    return json.dumps(said, indent=2) + "\n"
