"""`gate log`: earlier runs, newest first."""

import argparse
import json
import os
from collections.abc import Mapping

from gatekeeper.cli.outdated import outdated
from gatekeeper.cli.output import emit
from gatekeeper.git.facts import find_repository
from gatekeeper.ledger.record import Ledger, RunRow
from gatekeeper.model.vocabulary import RunId
from gatekeeper.process.home import find_home
from gatekeeper.report.escape import single_line, unicode_only
from gatekeeper.report.summary import duration, short

HELP = "list earlier runs"
Changed = Mapping[RunId, tuple[str, ...]]
"""Run → what of it has changed since: "policy", "contract"."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `gate log`."""
    parser.add_argument("--repo", default=".", metavar="DIR", help="a folder of the repository (default: here)")
    parser.add_argument("--all", action="store_true", help="runs of every repository")
    parser.add_argument("-n", "--limit", type=_positive, default=20, metavar="N", help="at most N runs (default: 20)")
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(args: argparse.Namespace) -> int:
    """Prints the list; 0 also when it is empty. Raises UsageError outside a repository without --all."""
    repository = None if args.all else find_repository(args.repo)
    home = find_home(os.environ)
    path = home.ledger
    place = repository.common_dir if repository else None
    rows = Ledger(path).runs(place, args.limit) if path.exists() else ()
    changed = outdated(rows, repository, home) if repository and rows else None
    emit(_json(rows, changed) if args.format == "json" else _text(rows, changed, everywhere=args.all))
    return 0


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


def _text(rows: tuple[RunRow, ...], changed: Changed | None, *, everywhere: bool) -> str:
    if not rows:
        return "No runs yet. gate check makes the first.\n"
    return "".join(_line(row, (changed or {}).get(row.run, ()), everywhere) + "\n" for row in rows)


def _line(row: RunRow, changed: tuple[str, ...], everywhere: bool) -> str:
    branch = single_line(row.branch or "(detached)", 60)
    against = f" against {single_line(row.base, 40)}" if row.base else " (whole tree)"
    # Runs of a trial policy end with 3 though the verdict says accepted.
    trial = " (does not count)" if row.verdict == "accepted" and row.exit_status != 0 else ""
    old = f" (outdated: another {' and '.join(changed)} holds now)" if changed else ""
    where = f"  {single_line(row.repository)}" if everywhere else ""
    when = single_line(row.started[:19].replace("T", " "))
    took = duration(row.duration_s)
    cells = (short(row.run), when, f"{row.verdict.value:<8}", f"{took:>7}", short(row.head))
    return "  ".join(cells) + f"  {branch}{against}{trial}{old}{where}"


def _json(rows: tuple[RunRow, ...], changed: Changed | None) -> str:
    listed = [
        {
            "run": row.run,
            "started": row.started,
            "repository": unicode_only(row.repository),
            "branch": row.branch,
            "base": row.base,
            "head": row.head,
            "tree": row.tree,
            "verdict": row.verdict.value,
            "policy_digest": row.policy_digest,
            "contract_digest": row.contract_digest,
            # Of every repository at once (--all) it is not looked up.
            "outdated": None if changed is None else list(changed.get(row.run, ())),
            "exit_status": row.exit_status,
            "duration_s": row.duration_s,
        }
        for row in rows
    ]
    return json.dumps({"schema": "gatekeeper/log/1", "runs": listed}, indent=2) + "\n"
