"""The gate's own policy, as far as a branch could make it ask for less. Base's policy judges; this says what would
come after.
"""

from gatekeeper.integrity.knobs import Kind, Panel
from gatekeeper.integrity.reading.data import get, rows, table, words

_RULE = "gate-policy-relaxed"
_SEVERITIES = ("note", "warning", "error")


def gate_file(panel: Panel, section: dict[str, object]) -> None:
    """gate.toml, or [tool.gate] of pyproject.toml."""
    panel.add(_RULE, Kind.SCOPE, "extends", section.get("extends"), absent=frozenset())
    for name, raw in table(section.get("check")).items():
        check = table(raw)
        at = ("check", name)
        panel.add(_RULE, Kind.SCOPE, "checks", frozenset({name}), at=at, absent=frozenset())
        for key in ("enabled", "required", "format"):
            panel.add(_RULE, Kind.STRICT, f"{name}.{key}", check.get(key), at=(*at, key), absent=True)
        severity = check.get("severity")
        if isinstance(severity, str) and severity in _SEVERITIES:
            rank = _SEVERITIES.index(severity)
            panel.add(_RULE, Kind.FLOOR, f"{name}.severity", rank, at=(*at, "severity"), absent=2.0, shown=severity)
        panel.add(
            _RULE, Kind.CEILING, f"{name}.max_complexity", check.get("max_complexity"), at=(*at, "max_complexity")
        )
        panel.add(_RULE, Kind.CEILING, f"{name}.retries", check.get("retries"), at=(*at, "retries"), absent=0.0)
        panel.add(
            _RULE, Kind.SCOPE, f"{name}.forbidden", check.get("forbidden"), at=(*at, "forbidden"), absent=frozenset()
        )
        panel.add(_RULE, Kind.SCOPE, f"{name}.rejects", check.get("rejects"), at=(*at, "rejects"), absent=frozenset())
    waivers = (table(item) for key in ("waiver", "waivers") for item in rows(section.get(key)))
    named = frozenset(f"{item.get('rule', '')} {item.get('path', '')}".strip() for item in waivers)
    panel.add(_RULE, Kind.QUIET, "waivers", named, at=("waiver",), adopted=False)
    panel.add(
        _RULE,
        Kind.SCOPE,
        "signers",
        words(get(section, "stamp", "signers")),
        at=("stamp", "signers"),
        absent=frozenset(),
    )
