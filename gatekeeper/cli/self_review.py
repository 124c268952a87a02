"""`gate self-review`: draft the worker's own review, judge it before it is committed, carry it over a rebase."""

import argparse
from collections.abc import Iterable
from datetime import UTC, datetime

from msgspec.structs import replace

from gatekeeper.checks.review_facts import review_facts
from gatekeeper.checks.self_review import observe
from gatekeeper.cli import exits
from gatekeeper.cli.output import emit
from gatekeeper.cli.review_place import Place
from gatekeeper.cli.review_rebind import rebind
from gatekeeper.decision.hold import SELF_REVIEW, hold
from gatekeeper.decision.judge import judge
from gatekeeper.errors import UsageError
from gatekeeper.evidence.claims import merge
from gatekeeper.evidence.review_draft import draft
from gatekeeper.evidence.review_file import MAX_BYTES, parse_file
from gatekeeper.model.claim import SelfReview
from gatekeeper.model.finding import Finding
from gatekeeper.model.result import CheckResult, Report
from gatekeeper.model.vocabulary import Outcome, Severity
from gatekeeper.report.escape import single_line
from gatekeeper.report.summary import rank, short

HELP = "draft, judge and carry over the worker's own review"
_MARKS = {Severity.ERROR: "✗", Severity.WARNING: "!", Severity.NOTE: "·"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Sub-verbs and options of `gate self-review`."""
    verbs = parser.add_subparsers(dest="review_verb", required=True, metavar="VERB")
    new = verbs.add_parser("new", help="write a draft from the last run of this head")
    new.add_argument("rev", nargs="?", metavar="REV", help="branch or commit (default: the current branch's HEAD)")
    new.add_argument("--output", metavar="FILE", help="write it there (default: .gate/self-review/<branch>.toml)")
    new.add_argument("--force", action="store_true", help="write it anew where there is one")
    check = verbs.add_parser("check", help="judge a file against the last run, before it is committed")
    check.add_argument("file", nargs="?", metavar="FILE", help="default: .gate/self-review/<branch>.toml")
    again = verbs.add_parser("rebind", help="carry a file over a rebase that changed nothing of the branch's own")
    again.add_argument("file", nargs="?", metavar="FILE", help="default: .gate/self-review/<branch>.toml")
    for verb in (new, check, again):
        verb.add_argument("--repo", default=".", metavar="DIR", help="a folder of the repository (default: here)")


def run(args: argparse.Namespace) -> int:
    """Exit status 0, or 1 when `check` finds something that rejects. Raises UsageError and CannotEstablish."""
    if args.review_verb == "new":
        return _new(args)
    return _check(args) if args.review_verb == "check" else _rebind(args)


def _new(args: argparse.Namespace) -> int:
    place = Place.find(args.repo, args.rev)
    path = place.file(args.output)
    report = place.last_run()
    facts = review_facts(place.store, report.subject, report.policy.checks, SelfReview((), (), bound=True))
    name = place.subject.branch or place.subject.head[:12]
    place.write(path, draft(report.results, facts, name, report.run), replace=args.force)
    shown = single_line(place.shown(path))
    emit(f"Wrote {shown} from run {short(report.run)}. Complete it, then: gate self-review check\n")
    return exits.ACCEPTED


def _check(args: argparse.Namespace) -> int:
    place = Place.find(args.repo, None)
    path = place.file(args.file)
    shown = place.shown(path)
    inside = place.subject.worktree is not None and path.is_relative_to(place.subject.worktree)
    # Only a file that does not become part of the commit can name it.
    review = merge([parse_file(place.read(path), shown, place.tree, None if inside else place.subject.head)])
    report = place.last_run()
    held = _held(place, report, review)
    emit("".join(f"{line}\n" for line in _said(held, shown, report, review)))
    return exits.REJECTED if held.outcome is Outcome.FAILED else exits.ACCEPTED


def _held(place: Place, report: Report, review: SelfReview | None) -> CheckResult:
    """The result that `self-review` would have had in that run with this review."""
    settings = report.policy.checks.get(SELF_REVIEW)
    if settings is None or not settings.enabled:
        raise UsageError("the policy of this branch asks nothing about self-reviews", "enable [check.self-review]")
    today = datetime.now(UTC).date()
    own = judge(observe(review, place.subject.head_tree), None, settings, report.policy.waivers, today)
    others = [result for result in report.results if result.id != SELF_REVIEW]
    facts = replace(review_facts(place.store, report.subject, report.policy.checks, review), tree=place.tree)
    return hold([own, *others], review, facts, settings, report.policy.waivers, today)[0]


def _said(held: CheckResult, shown: str, report: Report, review: SelfReview | None) -> Iterable[str]:
    claims = len(review.claims) if review else 0
    counted = f"{claims} claim{'s' if claims != 1 else ''}"
    outcome = "would reject" if held.outcome is Outcome.FAILED else "nothing rejects"
    yield f"{single_line(shown)}: {counted} against run {short(report.run)}: {outcome}"
    yield from (_line(finding) for finding in sorted(held.findings, key=rank))


def _line(finding: Finding) -> str:
    waived = f" [waived: {single_line(finding.waiver, 80)}]" if finding.waiver is not None else ""
    return f"  {_MARKS[finding.severity]} {finding.rule:<22} {single_line(finding.message, 400)}{waived}"


def _rebind(args: argparse.Namespace) -> int:
    place = Place.find(args.repo, None)
    path = place.file(args.file)
    shown = single_line(place.shown(path))
    text = rebind(place, path, place.read(path), MAX_BYTES)
    if text is None:
        emit(f"{shown} is bound to this head already\n")
        return exits.ACCEPTED
    place.write(path, text, replace=True)
    emit(f"{shown} is bound to tree {short(place.tree)} now: the branch still changes what it changed. Commit it.\n")
    return exits.ACCEPTED
