"""Be a hook of pre-commit or prek. They hand over the first reference of a push only; what else is pushed is named."""

import os
import sys
from collections.abc import Iterator, Mapping

from gatekeeper.cli import exits
from gatekeeper.cli.judging import door_progress, established, request_for
from gatekeeper.cli.output import emit
from gatekeeper.cli.push_gate import gate_push, scrub
from gatekeeper.cli.pushing import branch_of, shown
from gatekeeper.errors import NothingToJudge, UsageError
from gatekeeper.git.command import Git
from gatekeeper.git.facts import commit_of, find_repository
from gatekeeper.git.push_command import pushed_refs
from gatekeeper.git.pushed import Pushed
from gatekeeper.ledger.record import Ledger
from gatekeeper.model.result import Report
from gatekeeper.model.subject import Repository
from gatekeeper.process.home import Home, find_home
from gatekeeper.report import brief
from gatekeeper.report.pushed import Gated, screen

_INSTALL = "`gate hook install` is told of all of them"


def run_framework(env: Mapping[str, str]) -> int:
    """The exit status: of the pushed reference, of the merge that is being made, or of HEAD when run by hand."""
    heads = sorted(name.removeprefix("GITHEAD_") for name in env if name.startswith("GITHEAD_"))
    told = bool(env.get("PRE_COMMIT_LOCAL_BRANCH") or env.get("PRE_COMMIT_TO_REF"))
    everything = pushed_refs(env) if env.get("PRE_COMMIT_REMOTE_NAME") else ()
    # It may be relative, to this folder.
    named = os.path.abspath(env["GIT_INDEX_FILE"]) if env.get("GIT_INDEX_FILE") else ""  # noqa: PTH100
    git_dir, home = scrub(os.environ), find_home(env)
    repository = find_repository(os.path.realpath(git_dir))
    index = named or f"{repository.git_dir}/index"
    if heads and not told:
        gated = [_merge(repository, heads, index, home)]
        remarks: tuple[str, ...] = ()
    else:
        line = _line(repository, env)
        gated = gate_push([line], git_dir, home, os.environ)
        remarks = tuple(_not_gated(line, everything))
    emit(screen(gated, remarks), sys.stderr)
    return gated[0].status


def _line(repository: Repository, env: Mapping[str, str]) -> Pushed:
    """What was handed over; without anything, HEAD."""
    local = env.get("PRE_COMMIT_LOCAL_BRANCH") or "HEAD"
    commit = commit_of(repository, env.get("PRE_COMMIT_TO_REF") or local)
    if commit is None:
        raise UsageError(f"there is no commit {local!r} to judge", "let pre-commit or prek call this hook on a push")
    before = env.get("PRE_COMMIT_FROM_REF")
    known = commit_of(repository, before) if before else None
    return Pushed(local, commit, env.get("PRE_COMMIT_REMOTE_BRANCH") or "refs/heads/HEAD", known or "0" * len(commit))


def _not_gated(line: Pushed, everything: tuple[str, ...] | None) -> Iterator[str]:
    if everything is None:
        yield f"only {shown(line)} was handed over by the hook framework: whatever else is pushed was not gated"
        yield _INSTALL
        return
    others = [ref.removeprefix("refs/heads/").removeprefix("refs/") for ref in everything if ref != line.remote_ref]
    if others:
        yield f"NOT gated, since the hook framework hands over the first reference only: {', '.join(others)}"
        yield _INSTALL


def _merge(repository: Repository, heads: list[str], index: str, home: Home) -> Gated:
    """The commit that `git merge` is about to make: what is merged, against the branch that it goes into."""
    if len(heads) > 1:
        said = "a merge of several branches at once cannot be judged"
        return Gated("merge", "", "blocked", status=exits.BLOCKED, said=said, hint="merge them one after the other")
    current = branch_of(Pushed("HEAD", "", "", ""), repository.git_dir)
    name = f"{heads[0][:12]} into {current or 'HEAD'}"
    try:
        report = _judge(repository, heads[0], current or "HEAD", home)
    except NothingToJudge as error:
        return Gated(name, heads[0], "nothing", said=error.what)
    status = exits.OF_VERDICT[report.decision.verdict]
    made = Git(git_dir=repository.git_dir, index=index).text("write-tree") if status == exits.ACCEPTED else ""
    if made and made != report.subject.merge_tree:
        said = f"git made another tree ({made[:12]}) of the merge than was judged ({report.subject.merge_tree or ''})"
        hint = "a merge driver or an option decided: gate merge makes exactly the tree that was judged"
        return Gated(name, heads[0], "blocked", status=exits.BLOCKED, said=said, hint=hint)
    text = brief.render(report) if status else ""
    return Gated(name, heads[0], report.decision.verdict.value, status=status, run=report.run, brief=text)


def _judge(repository: Repository, rev: str, base: str, home: Home) -> Report:
    ledger, progress = Ledger(home.ledger), door_progress()
    try:
        with progress:
            request = request_for(repository.root, rev, base, merged=True)
            return established(request, home, os.environ, ledger, progress).report
    finally:
        ledger.close()
