"""`gate ci`: judge what a GitHub job is about. The exit status is the required check."""

import argparse
import json
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from gatekeeper.cli import exits
from gatekeeper.cli.judging import established
from gatekeeper.cli.live import PlainProgress
from gatekeeper.cli.output import emit
from gatekeeper.dispatch.cores import default_jobs
from gatekeeper.errors import CannotEstablish, NothingToJudge, UsageError
from gatekeeper.forge.github_events import Event, must_be_merged, parse
from gatekeeper.gate import Request
from gatekeeper.git.command import decode
from gatekeeper.git.landing import UserGit
from gatekeeper.ledger.record import Ledger
from gatekeeper.model.result import Report
from gatekeeper.process.home import Home, find_home
from gatekeeper.process.redact import Redactor, secrets_of
from gatekeeper.report import github, text
from gatekeeper.report.escape import terminal
from gatekeeper.report.renderers import RENDERERS

HELP = "judge what a GitHub job is about"
MAX_EVENT_BYTES = 32 << 20
"""GitHub caps payloads at 25 MB."""
_FETCH_S = 900.0
_UNSHALLOW = ("fetch", "--quiet", "--unshallow", "origin")
_WHOLE = "give the checkout step the whole history:\n        with:\n          fetch-depth: 0"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `gate ci`."""
    parser.add_argument("--base", metavar="REV", help="judge against this (default: what the event says)")
    parser.add_argument("--output-dir", metavar="DIR", help="where reports go (default: $RUNNER_TEMP/gate)")
    parser.add_argument("--no-fetch", action="store_true", help="fetch nothing: a shallow clone is exit status 3")
    parser.add_argument("--repo", default=".", metavar="DIR", help="a folder of the repository (default: here)")


def run(args: argparse.Namespace) -> int:
    """0 accepted or nothing to judge; else the exit status of the verdict."""
    env, home = os.environ, find_home(os.environ)
    try:
        event = _event(env)
        _complete(args, event)
        report = _judged(args, event, home)
    except NothingToJudge as error:
        emit(f"gate: nothing to judge: {terminal(error.what)}\n")
        _append(env.get("GITHUB_OUTPUT"), github.output_lines({"verdict": "nothing"}, secrets.token_hex(16)))
        return exits.ACCEPTED
    _say(args, report, env)
    return exits.OF_VERDICT[report.decision.verdict]


def _event(env: Mapping[str, str]) -> Event:
    """Raises UsageError: not on GitHub, or an event file that cannot be used."""
    path, name = env.get("GITHUB_EVENT_PATH"), env.get("GITHUB_EVENT_NAME")
    if not path or not name:
        raise UsageError("this is no GitHub job: GITHUB_EVENT_PATH and GITHUB_EVENT_NAME are not set", "gate check")
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_EVENT_BYTES + 1)
        if len(data) > MAX_EVENT_BYTES:
            raise UsageError(f"the event file {path} is larger than {MAX_EVENT_BYTES >> 20} MiB", "use GitHub's own")
        payload = json.loads(data)
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"the event file {path} cannot be read: {error}", "use the one that GitHub wrote") from error
    return parse(name, payload, env)


def _complete(args: argparse.Namespace, event: Event) -> None:
    """The whole history and both commits are here afterwards. Raises CannotEstablish with the lines that fix it."""
    git = UserGit(str(Path(args.repo).resolve()), os.environ)
    if _is_shallow(git) and (args.no_fetch or git.call(*_UNSHALLOW, timeout_s=_FETCH_S).exit):
        raise CannotEstablish("this is a shallow clone: its history is cut off", _WHOLE)
    for rev in filter(None, (event.head, args.base or event.base)):
        if not _here(git, rev) and (args.no_fetch or not _fetched(git, rev)):
            raise CannotEstablish(f"{rev} is not here, and cannot be fetched", _WHOLE)
    if event.pull_request is not None:
        parents = decode(git.call("rev-parse", "--verify", "HEAD^@").stdout).split()
        must_be_merged(event, parents)


def _is_shallow(git: UserGit) -> bool:
    return decode(git.call("rev-parse", "--is-shallow-repository").stdout).strip() == "true"


def _here(git: UserGit, rev: str) -> bool:
    return git.call("cat-file", "-e", f"{rev}^{{commit}}").exit == 0


def _fetched(git: UserGit, rev: str) -> bool:
    """Bring a commit, or a branch of origin to where it is looked for."""
    name = rev.removeprefix("refs/remotes/origin/")
    asked = rev if name == rev else f"+refs/heads/{name}:{rev}"
    git.call("fetch", "--quiet", "--no-tags", "origin", asked, timeout_s=_FETCH_S)
    return _here(git, rev)


def _must_be_contained(args: argparse.Namespace, event: Event, error: NothingToJudge) -> None:
    """Raises CannotEstablish unless there is really nothing new: a required check must not pass for want of a base."""
    git, base = UserGit(str(Path(args.repo).resolve()), os.environ), args.base or event.base
    if base is None or git.call("merge-base", "--is-ancestor", event.head, base).exit != 0:
        raise CannotEstablish(error.what, error.hint) from error


def _judged(args: argparse.Namespace, event: Event, home: Home) -> Report:
    base = args.base or event.base
    request = Request(
        args.repo, rev=event.head, base=base, whole=event.whole and args.base is None, jobs=default_jobs(),
        worktree=False, branch=event.branch,
    )  # fmt: skip
    ledger = Ledger(home.ledger)
    try:
        with PlainProgress(sys.stderr) as progress:
            return established(request, home, os.environ, ledger, progress).report
    except NothingToJudge as error:
        _must_be_contained(args, event, error)
        raise
    finally:
        ledger.close()


def _say(args: argparse.Namespace, report: Report, env: Mapping[str, str]) -> None:
    hidden = Redactor(secrets_of(env))
    folder = Path(args.output_dir or Path(env.get("RUNNER_TEMP") or ".") / "gate")
    files = {"report-json": folder / "report.json", "sarif-file": folder / "report.sarif"}
    for name, form in (("report-json", "json"), ("sarif-file", "sarif")):
        _write(files[name], hidden.text(RENDERERS[form](report)))
    said = hidden.text(text.render(report, verbose=0, color=False))
    emit(github.shielded(said, secrets.token_hex(16)))
    emit(hidden.text(github.annotations(report)))
    _append(env.get("GITHUB_STEP_SUMMARY"), hidden.text(github.step_summary(report)))
    values = github.outputs(report, {name: str(path.resolve()) for name, path in files.items()})
    values["stamp"] = _stamp(report, folder)
    _append(env.get("GITHUB_OUTPUT"), github.output_lines(values, secrets.token_hex(16)))


def _stamp(report: Report, folder: Path) -> str:
    """Path of the envelope that this run left in the log; "" without one."""
    if not report.policy.stamp.enabled or report.subject.whole:
        return ""
    from gatekeeper.stamp.log import Log  # lazy: not every policy stamps

    lines = Log(report.subject.repository).lines(report.subject.head)
    if not lines:
        return ""
    _write(folder / "stamp.json", lines[-1].decode("utf-8", "surrogateescape") + "\n")
    return str((folder / "stamp.json").resolve())


def _write(path: Path, content: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", "name another folder: --output-dir") from error


def _append(name: str | None, content: str) -> None:
    if not name:
        return
    try:
        with Path(name).open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(content)
    except OSError as error:
        raise UsageError(f"{name} cannot be written: {error.strerror}", "it is GitHub's file for this step") from error
