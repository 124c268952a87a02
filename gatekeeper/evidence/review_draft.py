"""A self-review drafted from a run: what was observed, for the worker to complete. Pure."""

from collections.abc import Iterable, Iterator, Mapping

from gatekeeper.evidence.plain import visible
from gatekeeper.model.claim import ReviewFacts
from gatekeeper.model.result import CheckResult
from gatekeeper.model.vocabulary import CheckId, Label, Outcome, RunId, Severity

_COUNTED = ("passed", "failed", "errors", "skipped", "xfailed")
_INTEGRITY = CheckId("integrity")
_LONGEST = 400
"""Characters of a reason."""


def draft(results: Iterable[CheckResult], facts: ReviewFacts, name: str, run: RunId) -> str:
    """The TOML text of `.gate/self-review/<branch>.toml`. `name` is the branch (or commit).

    A claim for each check that ran a command and passed, with the label and the counts that were observed; a blocked
    one is claimed as blocked with its reason. What failed is claimed by nobody.
    """
    results = tuple(results)
    ran = [result for result in results if result.observation.commands or result.outcome is Outcome.BLOCKED]
    old = sorted({symbol for result in ran for symbol in result.also_at_base})
    lines = [
        f"# Self-review of {visible(name)}, drafted from run {run[:12]}. It says what the gate observed; complete it:",
        "# take out what you do not claim, say in `statement` what you looked at, and behind every dash why.",
        "# gate self-review check judges it before you commit it.",
        f'tree = "{facts.tree}"',
        "",
        '# "what — why", for example "load test — no staging system"',
        "not_done = []",
        *_list("known_failures", (f"{symbol} — it fails at the base, too" for symbol in old)),
        *_list("tests_removed", facts.tests_removed),
        *_list("gate_changes", (f"{what} — " for what in _weakened(results, facts))),
    ]
    for result in ran:
        lines += _claim(result)
    return "\n".join(lines) + "\n"


def _weakened(results: Iterable[CheckResult], facts: ReviewFacts) -> Iterator[str]:
    """Changed files that decide what is asked, and what else `integrity` found: rule and path, each once."""
    paths = dict.fromkeys(change.path for change in facts.gate_changes)
    yield from paths
    found = (finding for result in results if result.id == _INTEGRITY for finding in result.findings)
    told = (
        f"{one.rule} {one.path or ''}".strip()
        for one in found
        if one.severity is not Severity.NOTE and one.path not in paths
    )
    yield from dict.fromkeys(told)


def _list(key: str, entries: Iterable[str]) -> Iterator[str]:
    quoted = [quote(entry) for entry in entries]
    if not quoted:
        yield f"{key} = []"
        return
    yield f"{key} = ["
    yield from (f"    {entry}," for entry in quoted)
    yield "]"


def _claim(result: CheckResult) -> Iterator[str]:
    why = " ".join("; ".join(result.reasons).split())[:_LONGEST]
    if result.outcome is Outcome.FAILED:
        yield from ("", f"# {result.id} failed, and is not claimed: {visible(why, _LONGEST)}")
        return
    if result.outcome is Outcome.BLOCKED and result.label is not Label.BLOCKED:
        yield from ("", f"# {result.id} waits for a person, and is not claimed: {visible(why, _LONGEST)}")
        return
    if result.label is None:
        return
    yield from ("", "[[claim]]", f"subject = {quote(result.id)}", f'label = "{result.label.value}"')
    if result.label is Label.BLOCKED:
        yield f"statement = {quote(why or 'it was not observed')}"
        return
    if result.reproduce:
        yield f"command = {quote(result.reproduce)}"
    if said := _counts(result.observation.counts):
        yield f"counts = {{ {', '.join(said)} }}"
    yield 'statement = ""'


def _counts(counts: Mapping[str, int]) -> list[str]:
    """What was counted; of nothing only that nothing passed."""
    told = {name: counts[name] for name in _COUNTED if name in counts}
    return [f"{name} = {number}" for name, number in told.items() if number or name == "passed"]


def quote(text: str) -> str:
    """A TOML basic string on one line; what could act on a terminal is made visible."""
    shown = visible(text, 4000).replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    return f'"{shown}"'
