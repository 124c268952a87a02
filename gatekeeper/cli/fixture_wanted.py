"""What `gate fixture add` is to make of a run: from its options, and from the person at the terminal."""

import argparse
import re
import sys
from collections.abc import Mapping
from datetime import UTC, datetime

from gatekeeper.cli.fixture import ID
from gatekeeper.cli.output import emit
from gatekeeper.errors import UsageError
from gatekeeper.fixtures.case import Origin
from gatekeeper.fixtures.make import Wanted
from gatekeeper.fixtures.suite import Fixture
from gatekeeper.model.result import Report
from gatekeeper.model.vocabulary import Label, Verdict

_RIGHT = "What would the right verdict have been (accepted, rejected, blocked)?"


def wanted_of(args: argparse.Namespace, report: Report, maker: str, gap: Fixture | None) -> Wanted:
    """The fixture that is wanted of the run. A known `gap` said already what is right, and why.

    Raises UsageError for what is missing and cannot be asked, because nobody is there, and for what makes no sense.
    """
    expect = args.expect or (gap.case.expect.verdict if gap else _asked(_RIGHT, "--expect"))
    why = args.why or (gap.case.origin.story if gap else _asked("What happened, in a sentence?", "--why TEXT"))
    if expect not in set(Verdict) or not why.strip():
        raise UsageError(
            f"{expect!r} is no verdict, or the story is empty", "accepted, rejected or blocked; --why TEXT"
        )
    name = _believed_name(args.name or _name(why))
    commits = report.change.commits if report.change else ()
    origin = Origin(
        story=why.strip(),
        run=report.run,
        commit=report.subject.head,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        made_by=maker,
        approved_by=args.approved_by,
        author=commits[-1].author if commits else "",
    )
    started = datetime.fromisoformat(report.started).date()
    return Wanted(name, Verdict(expect), origin, started, _labels(args.rule))


def _believed_name(name: str) -> str:
    if not ID.fullmatch(name):
        raise UsageError(f"{name!r} cannot be the name of a fixture", "lower-case words with dashes: --name ID")
    return name


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
