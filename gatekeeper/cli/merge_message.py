"""The messages of the commits that `gate merge` makes."""

from collections.abc import Sequence

from gatekeeper.git.command import decode
from gatekeeper.git.landing import Person
from gatekeeper.git.store import Store
from gatekeeper.model.result import Report

_LISTED = 100


def merge_message(branch: str, target: str) -> str:
    """As git has it."""
    return f"Merge branch '{branch}'" + ("" if target in {"main", "master"} else f" into {target}") + "\n"


def squash_message(store: Store, report: Report, who: Person) -> str:
    """Of a single commit its own message; of several the agreed title and their subject lines, the oldest first.

    Other authors than `who` are named as co-authors.
    """
    subject = report.subject
    between = f"{subject.base.tip if subject.base else ''}..{subject.head}"
    said = store.git.run("log", "--reverse", "--no-merges", "--format=%an <%ae>%x00%s%x00%B%x01", between, "--")
    commits = [one.strip("\n").split("\0", 2) for one in decode(said).split("\1") if one.strip("\n")]
    text = commits[0][2].strip() if len(commits) == 1 else _listed(_title(report), [one[1] for one in commits])
    trailers = _trailers([one[0] for one in commits], who, text)
    return f"{text}\n" + (f"\n{trailers}" if trailers else "")


def _trailers(authors: Sequence[str], who: Person, text: str) -> str:
    others = dict.fromkeys(author for author in authors if author != f"{who.name} <{who.mail}>")
    return "".join(f"Co-authored-by: {author}\n" for author in others if f"Co-authored-by: {author}" not in text)


def _title(report: Report) -> str:
    agreed = (report.contract.pr_title or report.contract.title) if report.contract else ""
    return agreed or f"Merge {report.subject.branch or report.subject.head[:12]} as one commit"


def _listed(title: str, lines: Sequence[str]) -> str:
    rest = [f"and {len(lines) - _LISTED} more"] if len(lines) > _LISTED else []
    return f"{title}\n\n" + "\n".join(f"* {line}" for line in [*lines[:_LISTED], *rest])
