"""`gate show RUN`: one run, with every observation and the path of its log."""

import argparse
import os
import sys
from pathlib import Path

from gatekeeper.cli.output import color_wanted, emit
from gatekeeper.errors import UsageError
from gatekeeper.git.facts import find_repository
from gatekeeper.ledger.record import Ledger
from gatekeeper.model.result import Report
from gatekeeper.process.home import find_home
from gatekeeper.report import details
from gatekeeper.report.renderers import FORMATS, RENDERERS

HELP = "show an earlier run with every observation"
_EXPORTS = ("slsa-vsa", "in-toto-test-result", "sigstore-bundle")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `gate show`."""
    parser.add_argument("run", nargs="?", metavar="RUN", help="run id, may be abbreviated (default: the newest here)")
    parser.add_argument("--repo", default=".", metavar="DIR", help="a folder of the repository (default: here)")
    parser.add_argument("--format", choices=FORMATS, default="text")
    parser.add_argument("--export", choices=_EXPORTS, help="a signed statement for other tools")
    parser.add_argument("--html", metavar="FILE", help="write the run as one self-contained page")


def run(args: argparse.Namespace) -> int:
    """Prints the run; 0 whatever its verdict was. Raises UsageError for an unknown or ambiguous id."""
    path = find_home(os.environ).ledger
    if not path.exists():
        raise UsageError("there are no runs yet", "gate check makes the first.")
    report = _find(Ledger(path), args)
    if args.html:
        _write_page(report, Path(args.html))
    elif args.export:
        from gatekeeper.cli.exported import exported  # lazy: only this option pays for signing

        emit(exported(report, args.export, find_home(os.environ), os.environ))
    elif args.format == "text":
        emit(details.render(report, color=color_wanted(sys.stdout, os.environ)))
    else:
        emit(RENDERERS[args.format](report))
    return 0


def _write_page(report: Report, path: Path) -> None:
    from gatekeeper.report import html  # lazy: only this option pays for the template engine

    try:
        path.write_text(html.render(report), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"the page cannot be written to {path}: {error.strerror}", "name another file") from error
    emit(f"{path}\n")


def _find(ledger: Ledger, args: argparse.Namespace) -> Report:
    if args.run is not None:
        return ledger.find(args.run)
    newest = ledger.runs(find_repository(args.repo).common_dir, 1)
    if not newest:
        raise UsageError("there are no runs of this repository yet", "gate check makes the first.")
    return ledger.find(newest[0].run)
