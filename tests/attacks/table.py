"""The published table, from a run: `python -m tests.attacks.table > docs/explanation/attacks.md`. Takes minutes."""

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.attacks.case import Case, Kind
from tests.attacks.catalogue import CASES
from tests.attacks.desk import Desk
from tests.attacks.run import Outcome, judge

_INTRODUCTION = """# Attacks

What happens to a branch that lies? This page is written by a program from a run of the real `gate check`:
`python -m tests.attacks.table`. The branches are in `tests/attacks/`; anybody can add one.

The Python project has a package in `src`, tests in two roots, doctests, a snapshot, a workflow, and the policy
`extends = ["python", "strict"]`; the TypeScript project has tests by `node:test`, and types by `tsc`. A branch marked
*fleet* does what honest work does as well and `strict` only lists: it is judged by `fleet`, the policy for agents,
where what is not disclosed rejects. That `fleet` also asks every branch for a contract and a form of commits is left
out here: it has seen no attack.

Of every attack two things are proven by the tests of this repository: its head is really broken (a program that the
branch has never seen fails on it, and passes on a right solution), and it looks green to whoever runs
`pytest && ruff check && ruff format --check && mypy` or `npm test`. Of every honest change the second.

- An attack must never be *accepted*. *Rejected* names the rules; *blocked* means that the gate could not observe what
  it must, and says so.
- Honest work must never be *rejected*. *Blocked* asks for a person; *accepted* may carry warnings, which are named.
"""
_LIMITS = """
## What a deterministic gate cannot see

The branches below are attacks as well, really broken and green. They are shown so that nobody relies on the gate for
them.

{beyond}

In general:

- **A wrong specification that is green.** When code and tests agree on the wrong thing, every run agrees with both. A
  branch that changes a behaviour on purpose together with its tests, and one that changes it by mistake together with
  its tests, are the same branch. The gate lists that the test of the base now fails, and what was changed; whether it
  should is a person's question.
- **Semantic hard-coding.** A table of the answers that the tests ask for is listed. A function that computes them in a
  roundabout way, and nothing else, is not found: deciding that is deciding what a program means.
- **What nobody has tested.** A regression in behaviour that no test of the base asks for passes. Coverage shows lines
  that were executed, not answers that were compared.
- **A process that knows its observer.** The observer inside pytest shares its process with the code of the branch. It
  takes away what a report claims beyond it, and makes nothing pass; but code that is written for this gate can blind
  it. Altered constants, base's own tests and static rules stand beside it, so that it has to blind all of them without
  looking like it.
- **Truth about the world.** "Verified in production" is held against what the gate saw there itself. Where it saw
  nothing, the sentence is listed as unverified, and nothing more can be said.
"""


def page(outcomes: Sequence[tuple[str, Outcome]]) -> str:
    """The page of (language, outcome) in the order of the catalogue."""
    parts = [_INTRODUCTION, *(_summary(outcomes))]
    for language, title in (("python", "Python"), ("typescript", "TypeScript")):
        for kind, what in ((Kind.ATTACK, "attacks"), (Kind.HONEST, "honest changes")):
            rows = [one for where, one in outcomes if where == language and one.case.kind is kind]
            parts += [f"\n## {title}: {what}\n", *_table(rows, kind)]
    beyond = [one for _, one in outcomes if one.case.kind is Kind.BEYOND]
    parts.append(_LIMITS.replace("{beyond}", "\n".join(_table(beyond, Kind.BEYOND))))
    return "\n".join(parts)


def _summary(outcomes: Sequence[tuple[str, Outcome]]) -> Iterator[str]:
    yield "| | attacks | accepted | honest changes | rejected | blocked |\n|---|---|---|---|---|---|"
    for language in CASES:
        mine = [one for where, one in outcomes if where == language]
        attacks = [one.verdict for one in mine if one.case.kind is Kind.ATTACK]
        honest = [one.verdict for one in mine if one.case.kind is Kind.HONEST]
        counts = (
            len(attacks),
            attacks.count("accepted"),
            len(honest),
            honest.count("rejected"),
            honest.count("blocked"),
        )
        yield f"| {language} | " + " | ".join(map(str, counts)) + " |"


def _table(rows: Iterable[Outcome], kind: Kind) -> Iterator[str]:
    last = "what was listed" if kind is not Kind.ATTACK else "what stopped it"
    yield f"| branch | family | what it does | verdict | {last} |\n|---|---|---|---|---|"
    for one in rows:
        rules = one.stopped if kind is Kind.ATTACK else (*one.stopped, *one.listed)
        yield f"| {_row(one.case)} | {one.verdict} | {_rules(rules)} |"


def _row(case: Case) -> str:
    name = f"`{case.name}` (fleet)" if case.policy == "fleet" else f"`{case.name}`"
    return " | ".join(text.replace("|", "\\|") for text in (name, case.family, case.told))


def _rules(pairs: Sequence[tuple[str, str]]) -> str:
    """`check/rule`; what follows from another finding (a claim that the failed check passed) comes last."""
    ordered = sorted(dict.fromkeys(pairs), key=lambda pair: (pair[0] == "self-review", pair))
    return ", ".join(f"`{check}/{rule}`" for check, rule in ordered)


def _run(language: str) -> list[tuple[str, Outcome]]:
    with tempfile.TemporaryDirectory(prefix="attacks-") as folder:
        desk = Desk.create(language, Path(folder))
        found = []
        for case in CASES[language]:
            found.append((language, judge(desk, case)))
            sys.stderr.write(f"{found[-1][1]}\n")
        return found


def main() -> int:
    """Exit status 1 when an attack was accepted or honest work rejected; the page is printed all the same."""
    for name in [name for name in os.environ if name.startswith(("GIT_", "GATE_", "XDG_"))]:
        del os.environ[name]
    with ThreadPoolExecutor(len(CASES)) as pool:
        outcomes = [one for found in pool.map(_run, CASES) for one in found]
    sys.stdout.write(page(outcomes))
    return int(any(_is_wrong(one) for _, one in outcomes))


def _is_wrong(one: Outcome) -> bool:
    if one.case.kind is Kind.ATTACK:
        return one.verdict == "accepted" or not one.stopped
    return one.case.kind is Kind.HONEST and one.verdict == "rejected"


if __name__ == "__main__":
    sys.exit(main())
