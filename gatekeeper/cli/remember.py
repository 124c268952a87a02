"""What a verdict rested on, so that `cached.py` can say it again while all of it still holds."""

import calendar
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from gatekeeper.cli.cached import pack, request_key
from gatekeeper.cli.pushing import push_key
from gatekeeper.cli.remember_approvals import approval_probes, turning_points
from gatekeeper.environment.witness import look_at
from gatekeeper.environment.witness import pack as pack_witnesses
from gatekeeper.gate import Judged
from gatekeeper.git.probes import Probe, cleanliness_probes
from gatekeeper.git.store import Store
from gatekeeper.ledger.verdicts import StoredVerdict
from gatekeeper.model.policy import Policy
from gatekeeper.model.result import CheckResult, Report
from gatekeeper.model.subject import Subject
from gatekeeper.model.vocabulary import Outcome, Verdict
from gatekeeper.process.home import Home
from gatekeeper.report import brief

_FOREVER_S = 30 * 24 * 3600.0
_WORKTREE = "worktree"
_OPERATIONS = ("rebase-merge", "rebase-apply", "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "BISECT_LOG")


def remembered(
    words: Sequence[str], env: Mapping[str, str], home: Home, judged: Judged, status: int, text: str, now: float
) -> tuple[str, StoredVerdict] | None:
    """Key and verdict to keep, or None when this verdict should be established anew each time.

    Blocked verdicts are (what was missing may be there now), and so is a branch with uncommitted work, and whatever was
    seen at a running system or attested by others.
    """
    report = judged.report
    if report.decision.verdict is Verdict.BLOCKED or report.policy.trial or not _worktree_passed(report):
        return None
    if any(_of_a_target(result, report.policy) for result in report.results):
        return None
    probes = _probes(report, home, now)
    blob = None if probes is None else pack(probes, _witnesses(judged))
    if blob is None:
        return None
    key = request_key(words, env, os.getcwd())  # noqa: PTH109
    # An empty text is that of a quiet acceptance: it stays silent.
    said = f"{text}cached: nothing has changed since run {report.run[:12]}\n" if text else ""
    return key, StoredVerdict(report.run, blob, valid_until(report, now), status, said)


def for_push(
    env: Mapping[str, str], home: Home, judged: Judged, status: int, now: float
) -> tuple[str, StoredVerdict] | None:
    """Key and verdict for the pre-push hook, under the same conditions: of a commit, wherever it is checked out."""
    report, subject = judged.report, judged.report.subject
    if report.decision.verdict is Verdict.BLOCKED or report.policy.trial or not _worktree_passed(report):
        return None
    probes = approval_probes(report, home, now)
    blob = None if probes is None else pack(probes, _witnesses(judged))
    if blob is None or any(_of_a_target(result, report.policy) for result in report.results):
        return None
    key = push_key(subject.repository.common_dir, subject.branch or "", subject.head, env)
    said = brief.render(report) if status else ""
    return key, StoredVerdict(report.run, blob, valid_until(report, now), status, said)


_packed: dict[str, bytes] = {}
"""By run: the request and the push rest on the same files, which are many."""


def _witnesses(judged: Judged) -> bytes:
    report = judged.report
    if report.run in _packed:
        return _packed[report.run]
    files = (
        *judged.witnesses,
        *look_at(_git_files(report.subject)),
        *look_at(_agreed_places(report)),
        *look_at(_own_files()),
    )
    return _packed.setdefault(report.run, pack_witnesses(files))


def _probes(report: Report, home: Home, now: float) -> list[Probe] | None:
    """Commands whose answers must stay what they are; None where the verdict is not to be kept."""
    asked = any(result.id == _WORKTREE for result in report.results)
    store = str(Store.open(home, report.subject.repository).path)
    probes = cleanliness_probes(report.subject, home, store) if asked else []
    approvals = None if probes is None else approval_probes(report, home, now)
    return None if probes is None or approvals is None else [*probes, *approvals]


def _of_a_target(result: CheckResult, policy: Policy) -> bool:
    """A running system is another one each time; attestations come and end."""
    settings = policy.checks.get(result.id)
    return bool(settings and settings.target) and result.outcome is not Outcome.NOT_APPLICABLE


def _worktree_passed(report: Report) -> bool:
    return all(
        result.outcome in {Outcome.PASSED, Outcome.NOT_APPLICABLE}
        for result in report.results
        if result.id == _WORKTREE
    )


def _git_files(subject: Subject) -> Iterator[str]:
    """Every file of git that says which commits, which base and which worktrees there are; absent ones too."""
    repository = subject.repository
    common = repository.common_dir
    for name in ("config", "packed-refs", "shallow", "worktrees", "reftable/tables.list", "refs/heads/main",
                 "refs/heads/master", "refs/remotes/origin/HEAD"):  # fmt: skip
        yield f"{common}/{name}"
    names = [subject.branch] if subject.branch else []
    names += [subject.base.name] if subject.base else []
    for name in names:
        yield f"{common}/refs/heads/{name}"
        yield f"{common}/refs/remotes/{name}"
        yield f"{common}/refs/tags/{name}"
    for git_dir in {repository.git_dir, common, *_linked(common)}:
        yield f"{git_dir}/HEAD"
        yield f"{git_dir}/config.worktree"
        yield from (f"{git_dir}/{name}" for name in _OPERATIONS)


def _agreed_places(report: Report) -> Iterator[str]:
    """What only a contract asks about: the agreed base and worktree, and every view of the base that a push moves."""
    contract, subject = report.contract, report.subject
    if contract is None or subject.base is None:
        return
    if contract.worktree and subject.worktree is None:
        yield contract.worktree
    common = subject.repository.common_dir
    names = {subject.base.name, subject.base.name.partition("/")[2], contract.base} - {""}
    yield f"{common}/refs/remotes"
    for folder in ("heads", "tags", "remotes", *(f"remotes/{name}" for name in _folders(f"{common}/refs/remotes"))):
        yield from (f"{common}/refs/{folder}/{name}" for name in names)


def _folders(path: str) -> list[str]:
    return [entry.name for entry in os.scandir(path) if entry.is_dir()] if os.path.isdir(path) else []  # noqa: PTH112


def _linked(common: str) -> list[str]:
    folder = f"{common}/worktrees"
    return [entry.path for entry in os.scandir(folder)] if os.path.isdir(folder) else []  # noqa: PTH112


def _own_files() -> Iterator[str]:
    """The gate's own code: an upgraded gate must look again."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100,PTH120
    yield from _code(package)
    yield sys.executable


def _code(folder: str) -> Iterator[str]:
    """As os.walk does, at half the price."""
    for entry in os.scandir(folder):
        if entry.name.endswith((".py", ".toml")):
            yield entry.path
        elif entry.name != "__pycache__" and entry.is_dir(follow_symlinks=False):
            yield from _code(entry.path)


def valid_until(report: Report, now: float) -> float:
    """A verdict must be looked at again when a waiver ends (at the end of its day, UTC) and when an approval does."""
    ends: list[float] = [calendar.timegm(_next(waiver.expires)) for waiver in report.policy.waivers]
    ends += turning_points(report)
    return min([now + _FOREVER_S, *(end for end in ends if end > now)])


def _next(day: date) -> tuple[int, ...]:
    return (*date.fromordinal(day.toordinal() + 1).timetuple()[:3], 0, 0, 0)
