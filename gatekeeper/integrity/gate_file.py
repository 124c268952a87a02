"""The gate's own policy, as far as a branch could make it ask for less. Base's policy judges; this says what would
come after.
"""

from gatekeeper.integrity.knobs import Kind, Panel
from gatekeeper.integrity.reading.data import get, rows, table, words

_RULE = "gate-policy-relaxed"
_RANKED = {
    "severity": (("note", "warning", "error"), "error"),
    "undisclosed": (("warn", "reject"), "warn"),
    "base_tests": (("off", "auto"), "auto"),
    "failing_at_base": (("report", "reject"), "reject"),
}
"""Key of a check → its values, the loosest first, and the one that holds when nothing is said."""
_EFFECTS = ("off", "note", "warn", "block")
_SWITCHES = {"enabled": True, "required": True, "format": True, "perturb": False}
_CEILINGS = {"max_complexity": None, "retries": 0.0}
_LISTS = ("forbidden", "rejects")


def gate_file(panel: Panel, section: dict[str, object]) -> None:
    """gate.toml, or [tool.gate] of pyproject.toml."""
    panel.add(_RULE, Kind.SCOPE, "extends", section.get("extends"), absent=frozenset())
    for name, raw in table(section.get("check")).items():
        _check(panel, name, table(raw))
    waivers = (table(item) for key in ("waiver", "waivers") for item in rows(section.get(key)))
    named = frozenset(f"{item.get('rule', '')} {item.get('path', '')}".strip() for item in waivers)
    panel.add(_RULE, Kind.QUIET, "waivers", named, at=("waiver",), adopted=False)
    signers = (table(item) for item in rows(section.get("signer")))
    approves = frozenset(
        f"{rule} by {item.get('name', '')} {item.get('key', '')}"
        for item in signers
        for rule in words(item.get("approves")) or ()
    )
    panel.add(_RULE, Kind.QUIET, "approvals", approves, at=("signer",), adopted=False)
    trusted = words(get(section, "stamp", "signers"))
    panel.add(_RULE, Kind.SCOPE, "signers", trusted, at=("stamp", "signers"), absent=frozenset())


def _check(panel: Panel, name: str, check: dict[str, object]) -> None:
    at = ("check", name)
    panel.add(_RULE, Kind.SCOPE, "checks", frozenset({name}), at=at, absent=frozenset())
    for key, absent in _SWITCHES.items():
        panel.add(_RULE, Kind.STRICT, f"{name}.{key}", check.get(key), at=(*at, key), absent=absent)
    for key, (ranks, default) in _RANKED.items():
        _ranked(panel, f"{name}.{key}", check.get(key), ranks, default, (*at, key))
    for key, limit in _CEILINGS.items():
        panel.add(_RULE, Kind.CEILING, f"{name}.{key}", check.get(key), at=(*at, key), absent=limit)
    for key in _LISTS:
        panel.add(_RULE, Kind.SCOPE, f"{name}.{key}", check.get(key), at=(*at, key), absent=frozenset())
    for rule, effect in table(check.get("effects")).items():
        _ranked(panel, f"effect of {rule}", effect, _EFFECTS, "block", (*at, "effects", rule))


def _ranked(panel: Panel, name: str, value: object, ranks: tuple[str, ...], default: str, at: tuple[str, ...]) -> None:
    if isinstance(value, str) and value in ranks:
        absent = float(ranks.index(default))
        panel.add(_RULE, Kind.FLOOR, name, ranks.index(value), at=at, absent=absent, shown=str(value))
