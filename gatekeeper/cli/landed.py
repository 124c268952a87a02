"""`gate landed BRANCH`: is this work really on the base?"""

import argparse
import json
import os
from collections.abc import Iterator

from gatekeeper.cli import exits
from gatekeeper.cli.output import emit
from gatekeeper.errors import UsageError
from gatekeeper.git.facts import Tips, find_repository, tips
from gatekeeper.git.landed import CONTAINED, CONTENT, REBASED, Landed, prove
from gatekeeper.git.store import Store
from gatekeeper.ledger.agreement import Agreement
from gatekeeper.process.home import find_home
from gatekeeper.report.escape import single_line

HELP = "is the work of a branch really on its base?"
_SHOWN = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `gate landed`."""
    parser.add_argument("branch", nargs="?", metavar="BRANCH", help="branch or commit (default: the current branch)")
    parser.add_argument("--base", metavar="REV", help="where it should be (default: as check)")
    parser.add_argument("--repo", default=".", metavar="DIR", help="a folder of the repository (default: here)")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("-q", "--quiet", action="store_true", help="print nothing when it has landed")


def run(args: argparse.Namespace) -> int:
    """0 landed, 1 not."""
    repository, home = find_repository(args.repo), find_home(os.environ)
    found = tips(repository, args.branch, args.base, Agreement(home, repository).base)
    if found.branch is not None and found.branch == found.base.name:
        raise UsageError(f"{found.branch} is the base itself", "name a branch: gate landed BRANCH; or --base REV")
    store = Store.open(home, repository)
    store.fetch([found.head, found.base.tip])
    proof = prove(store, found.head, found.base.tip)
    if not (args.quiet and proof.how):
        emit(_json(found, proof) if args.format == "json" else "\n".join(_text(found, proof)) + "\n")
    return exits.ACCEPTED if proof.how else exits.REJECTED


def proven(proof: Landed, base: str) -> str:
    """The proof in words."""
    listed = ", ".join(commit[:12] for commit in proof.found[:_SHOWN]) + (", …" if len(proof.found) > _SHOWN else "")
    if proof.how == CONTAINED:
        return f"{base} contains the commit itself"
    if proof.how == CONTENT:
        return f"merging it into {base} would change nothing: its content is there"
    if proof.how == REBASED:
        return f"{base} has the same changes, commit by commit: {listed}"
    return f"{base} has the same changes as one commit: {listed}"


def _text(found: Tips, proof: Landed) -> Iterator[str]:
    base = f"{single_line(found.base.name, 80)} ({found.base.tip[:12]})"
    name = f"{single_line(found.branch or 'commit', 80)} {found.head[:12]}"
    if proof.how:
        yield f"LANDED  {name}: {proven(proof, base)}"
        return
    yield f"NOT LANDED  {name}: nothing proves that it is on {base}"
    yield from (f"  {commit[:12]} {single_line(subject, 100)}" for commit, subject in proof.missing[:_SHOWN])
    if len(proof.missing) > _SHOWN:
        yield f"  and {len(proof.missing) - _SHOWN} more commits"
    if proof.changes:
        listed = ", ".join(single_line(path, 80) for path in proof.changes[:_SHOWN])
        yield f"  merging it would change {listed}{', …' if len(proof.changes) > _SHOWN else ''}"


def _json(found: Tips, proof: Landed) -> str:
    said = {
        "branch": found.branch,
        "head": found.head,
        "base": {"name": found.base.name, "commit": found.base.tip},
        "landed": proof.how is not None,
        "how": proof.how,
        "as": list(proof.found),
        "missing": [{"commit": commit, "subject": subject} for commit, subject in proof.missing],
        "would_change": list(proof.changes),
    }
    return json.dumps(said, indent=2) + "\n"
