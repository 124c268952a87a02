"""What a pre-push hook prints: at most a screen. Light imports: on the way of a remembered verdict."""

from collections.abc import Iterable, Iterator, Sequence

from gatekeeper.report.escape import single_line

LINES = 24
"""Of the smallest usual terminal."""
REFS = 8
_WIDTH = 160
_MARKS = {"rejected": "✗", "failed": "✗", "blocked": "■", "accepted": "✓", "nothing": "-", "deleted": "-"}
STATES = tuple(_MARKS)
"""What a reference can come to, the worst first."""


class Gated:
    """One pushed reference and what it came to (`state` is one of STATES).

    `said` is the reason in words, `brief` what is handed to the agent when it was rejected or blocked.
    """

    # No struct: importing msgspec costs more than a remembered verdict.
    __slots__ = ("brief", "commit", "hint", "name", "run", "said", "state", "status")

    def __init__(
        self, name: str, commit: str, state: str, *,
        status: int = 0, run: str = "", said: str = "", hint: str = "", brief: str = "",
    ) -> None:  # fmt: skip
        self.name = name
        self.commit = commit
        self.state = state
        self.status = status
        self.run = run
        self.said = said
        self.hint = hint
        self.brief = brief

    @property
    def holds_up(self) -> bool:
        return self.state in {"rejected", "failed", "blocked"}


def screen(gated: Sequence[Gated], remark: Iterable[str] = ()) -> str:
    """All of it, at most LINES lines: verdicts, the worst first, then the brief of the first that holds up the push."""
    ordered = sorted(gated, key=lambda one: STATES.index(one.state))
    lines = [f"gate: {_headline(ordered)}"] if ordered else []
    lines += [f"  {_MARKS[one.state]} {_line(one)}" for one in ordered[:REFS]]
    if len(ordered) > REFS:
        lines.append(f"    {_rest(ordered[REFS:])}")
    lines += [f"  {single_line(text, _WIDTH - 2)}" for text in remark]
    first = next((one for one in ordered if one.holds_up), None)
    if first is not None:
        lines += _handed(first, LINES - len(lines))
    return "\n".join(lines) + "\n" if lines else ""


def _headline(ordered: Sequence[Gated]) -> str:
    held = sum(one.holds_up for one in ordered)
    if held:
        return f"{held} of {_count(len(ordered), 'reference')} may not be pushed; nothing is pushed"
    accepted = sum(one.state == "accepted" for one in ordered)
    return f"{accepted} of {_count(len(ordered), 'reference')} accepted" + (
        "" if accepted == len(ordered) else ", the others hold nothing to judge"
    )


def _line(one: Gated) -> str:
    parts = [single_line(one.name, 80), *([one.commit[:12]] if one.commit else []), one.state.replace("nothing", "")]
    said = "; ".join(part for part in (one.said, f"run {one.run[:12]}" if one.run else "") if part)
    return single_line(" ".join(part for part in parts if part) + (f": {said}" if said else ""), _WIDTH - 4)


def _rest(ordered: Sequence[Gated]) -> str:
    counted = ((state, sum(one.state == state for one in ordered)) for state in STATES)
    return "and " + ", ".join(f"{number} {state}" for state, number in counted if number)


def _handed(one: Gated, room: int) -> Iterator[str]:
    """The hint, or the brief; the run has all of it."""
    if not one.brief:
        if one.hint:
            yield f"    {single_line(one.hint, _WIDTH - 4)}"
        return
    lines = one.brief.rstrip("\n").split("\n")
    whole = f"gate show {one.run[:12]} --format brief"
    if len(lines) <= room - 1:
        yield f"For the agent ({whole}):"
        yield from (f"  {line}" for line in lines)
        return
    shown = lines[: room - 1]
    yield f"For the agent ({len(lines) - len(shown)} more lines: {whole}):"
    yield from (f"  {line}" for line in shown)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
