"""A simulated fleet as text and as an SVG picture. Pure."""

from collections.abc import Sequence
from html import escape

from gatekeeper.dispatch.simulate import Outcome, Span
from gatekeeper.report.escape import single_line
from gatekeeper.report.summary import duration, size

_SVG = "http://www.w3.org/2000/svg"
_WIDTH, _LEFT, _TOP = 1000, 90, 30
_FEW = 8
"""Up to so many nodes every job is drawn; above, each node is a row of shades."""
_COLUMNS = 200
_COLOURS = ("#4878a8", "#e08a3c", "#5a9e6f", "#b05a7a", "#8a7ab8", "#a89048", "#58a0a8", "#888888")


def text(outcome: Outcome, bound: float, *, nodes: int, memory: int) -> str:
    """The figures, one a line."""
    waits = sorted(outcome.waits)
    ratio = f" ({outcome.makespan / bound:.2f} times the bound)" if bound else ""
    middle, most, longest = (duration(_at(waits, part)) for part in (0.5, 0.95, 1))
    lines = [
        f"makespan     {duration(outcome.makespan)}{ratio}",
        f"lower bound  {duration(bound)}",
        f"waits        median {middle}, 95 % {most}, longest {longest}",
        f"peak         {size(outcome.peak)} of {size(memory)} on one node of {nodes}",
        f"stopped      {outcome.kills} times for memory, {outcome.suspensions} times made to stand still",
    ]
    lines += [
        f"refused      {single_line(f'{task.branch} {task.name}', 60)}: {size(task.estimate)} fit no node"
        for task in outcome.refused[:10]
    ]
    if len(outcome.refused) > 10:
        lines.append(f"             and {len(outcome.refused) - 10} more")
    return "".join(f"{line}\n" for line in lines)


def _at(ordered: Sequence[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else 0.0


def svg(outcome: Outcome, *, nodes: int, memory: int) -> str:
    """A picture with time to the right; memory upwards on each node."""
    end = max(outcome.makespan, 0.001)
    few = nodes <= _FEW
    height = 140 if few else max(3, min(14, 1200 // nodes))
    total = _TOP + nodes * (height + (12 if few else 1)) + 30
    parts = [
        f'<svg xmlns="{_SVG}" width="{_LEFT + _WIDTH + 20}" height="{total}" font-family="sans-serif" font-size="11">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="{_LEFT}" y="18">{nodes} nodes of {size(memory)}, {duration(outcome.makespan)}</text>',
    ]
    for node in range(nodes):
        top = _TOP + node * (height + (12 if few else 1))
        spans = [span for span in outcome.spans if span.node == node]
        parts += _drawn(spans, top, height, end, memory, node) if few else _shaded(spans, top, height, end, memory)
    axis = total - 12
    parts += [
        f'<text x="{_LEFT + _WIDTH * step // 10}" y="{axis}" text-anchor="middle">{duration(end * step / 10)}</text>'
        for step in range(11)
    ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _drawn(spans: Sequence[Span], top: int, height: int, end: float, memory: int, node: int) -> list[str]:
    scale, up = _WIDTH / end, height / memory
    parts = [
        f'<rect x="{_LEFT}" y="{top}" width="{_WIDTH}" height="{height}" fill="#f2f2f2"/>',
        f'<text x="{_LEFT - 8}" y="{top + 14}" text-anchor="end">node {node + 1}</text>',
    ]
    placed: list[tuple[Span, int]] = []
    for span in sorted(spans, key=lambda one: (one.start, -one.task.peak)):
        base = _base([(one, at) for one, at in placed if one.end > span.start], span.task.peak)
        placed.append((span, base))
        x, width = _LEFT + span.start * scale, max(0.5, (span.end - span.start) * scale)
        y, tall = top + height - (base + span.task.peak) * up, span.task.peak * up
        colour = _COLOURS[sum(span.task.name.encode("utf-8", "replace")) % len(_COLOURS)]
        stopped = "" if span.done else ' stroke="red" stroke-dasharray="2"'
        title = escape(single_line(f"{span.task.branch} {span.task.name}: {size(span.task.peak)}", 120))
        parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{tall:.1f}" fill="{colour}" '
            f'fill-opacity="0.75"{stopped}><title>{title}</title></rect>'
        )
    return parts


def _base(beside: Sequence[tuple[Span, int]], peak: int) -> int:
    """The lowest free place: first fit."""
    at = 0
    for span, base in sorted(beside, key=lambda one: one[1]):
        if base - at >= peak:
            break
        at = max(at, base + span.task.peak)
    return at


def _shaded(spans: Sequence[Span], top: int, height: int, end: float, memory: int) -> list[str]:
    step = end / _COLUMNS
    used = [0.0] * _COLUMNS
    for span in spans:
        for column in range(int(span.start / step), min(_COLUMNS, int(span.end / step) + 1)):
            covered = min(span.end, (column + 1) * step) - max(span.start, column * step)
            used[column] += span.task.peak * max(0.0, covered) / step
    wide = _WIDTH / _COLUMNS
    return [
        f'<rect x="{_LEFT + column * wide:.1f}" y="{top}" width="{wide:.1f}" height="{height}" fill="#4878a8" '
        f'fill-opacity="{min(1.0, held / memory):.2f}"/>'
        for column, held in enumerate(used)
        if held
    ]
