"""Layers of tables → one resolved policy: merged, defaulted, with the origin of every value and a digest."""

import copy
import hashlib
import json
from collections.abc import Mapping, Sequence

from msgspec import Struct

from gatekeeper.model.plain import plain
from gatekeeper.model.policy import (
    CheckSettings,
    EnvironmentSettings,
    FixtureSettings,
    IsolationSettings,
    StampSettings,
    Waiver,
)
from gatekeeper.model.rule import Rule
from gatekeeper.model.target import Signer
from gatekeeper.model.vocabulary import CheckId
from gatekeeper.policy.document import BUILT_IN, Document
from gatekeeper.policy.evidence_schema import TargetTable
from gatekeeper.policy.facts import Fact
from gatekeeper.policy.schema import Checks, GateFile, GitCheck

ADDS_UP = {"forbidden"}
"""Lists that grow from layer to layer: a project's own ban must not lift the ban on gate.toml by accident."""
BUILT_IN_ORIGIN = "built in"
_SINGLE = ("environment", "stamp", "isolation", "fixtures", "memory")
"""Tables that there is one of: a later layer overwrites single keys."""
_ROWS = ("waiver", "signer", "rule")
"""Arrays of tables: layers add to them."""


class Merged(Struct, frozen=True):
    """All layers as one: the validated tables, and dotted key → where its value came from."""

    file: GateFile
    origins: Mapping[str, str]
    notes: tuple[str, ...]

    def tables(self) -> Mapping[str, GitCheck]:
        """Every check that some layer mentions, built-in ones first, in a fixed order."""
        by_field = {field.alias or name: name for name, field in Checks.model_fields.items()}
        built_in = {name: getattr(self.file.check, by_field[name]) for name in BUILT_IN}
        mentioned = {name: table for name, table in built_in.items() if table is not None}
        return {**mentioned, **(self.file.check.__pydantic_extra__ or {})}


class _Layers:
    """The one place where values are overwritten; everything after it is frozen."""

    def __init__(self) -> None:
        self.checks: dict[str, dict[str, object]] = {}
        self.targets: dict[str, dict[str, object]] = {}
        self.single: dict[str, dict[str, object]] = {kind: {} for kind in _SINGLE}
        self.rows: dict[str, list[object]] = {kind: [] for kind in _ROWS}
        self.origins: dict[str, str] = {}

    def add(self, document: Document) -> None:
        for check, table in _tables(document.tables.get("check")).items():
            self.checks.setdefault(check, {})
            for key, value in _tables(table).items():
                self.put(check, key, value, document.origin(("check", check, key)))
        for name, table in _tables(document.tables.get("target")).items():
            self.origins.setdefault(f"target.{name}", document.origin(("target", name)))
            self._overwrite(self.targets.setdefault(name, {}), document, ("target", name), table)
        for kind, single in self.single.items():
            self._overwrite(single, document, (kind,), document.tables.get(kind))
        for kind, rows in self.rows.items():
            listed = document.tables.get(kind)
            for index, row in enumerate(listed if isinstance(listed, list) else []):
                self.origins[f"{kind}[{len(rows) + 1}]"] = document.origin((kind, index))
                rows.append(row)

    def _overwrite(self, into: dict[str, object], document: Document, path: tuple[str, ...], table: object) -> None:
        for key, value in _tables(table).items():
            into[key] = copy.copy(value)
            self.origins[".".join((*path, key))] = document.origin((*path, key))

    def put(self, check: str, key: str, value: object, origin: str) -> None:
        name, table = f"check.{check}.{key}", self.checks.setdefault(check, {})
        before = table.get(key)
        if key in ADDS_UP and isinstance(before, list) and isinstance(value, list):
            table[key] = [*before, *value]
            self.origins[name] = f"{self.origins[name]} + {origin}"
        elif key == "effects" and isinstance(before, dict) and isinstance(value, dict):
            table[key] = {**before, **value}
            self.origins[name] = f"{self.origins[name]} + {origin}"
        else:
            table[key] = copy.copy(value)
            self.origins[name] = origin

    def as_tables(self) -> dict[str, object]:
        return {"check": self.checks, "target": self.targets, **self.single, **self.rows}


def merge(shipped: Sequence[Document], facts: Sequence[Fact], stances: Sequence[Document], own: Document) -> Merged:
    """Apply the layers in order: shipped languages, facts of the base, shipped stances, the project's own words."""
    layers = _Layers()
    for document in shipped:
        layers.add(document)
    standing: dict[str, tuple[str, str]] = {}
    for fact in facts:
        origin = f"detected: {fact.reason}"
        layers.put(fact.check, fact.key, fact.value, origin)
        if fact.note:
            standing[f"check.{fact.check}.{fact.key}"] = (origin, fact.note)
    for document in (*stances, own):
        layers.add(document)
    notes = tuple(note for key, (origin, note) in standing.items() if layers.origins.get(key) == origin)
    file = GateFile.model_validate(layers.as_tables())
    return Merged(file, _with_defaults(file, layers.origins), tuple(dict.fromkeys(notes)))


def _with_defaults(file: GateFile, stated: Mapping[str, str]) -> dict[str, str]:
    origins: dict[str, str] = {}
    for check, table in Merged(file, {}, ()).tables().items():
        for key in type(table).model_fields:
            origins[f"check.{check}.{key}"] = stated.get(f"check.{check}.{key}", BUILT_IN_ORIGIN)
    for kind in _SINGLE:
        for key in type(getattr(file, kind)).model_fields:
            origins[f"{kind}.{key}"] = stated.get(f"{kind}.{key}", BUILT_IN_ORIGIN)
    for name in file.target:
        for key in TargetTable.model_fields:
            origins[f"target.{name}.{key}"] = stated.get(f"target.{name}.{key}", BUILT_IN_ORIGIN)
    # What has no key of its own: "waiver[1]", "target.shop".
    return {**stated, **origins}


def waivers(merged: Merged) -> tuple[Waiver, ...]:
    """The waivers, in the order in which they are written."""
    return tuple(
        Waiver(CheckId(entry.check), entry.rule, entry.path, entry.reason.strip(), entry.expires)
        for entry in merged.file.waiver
    )


def digest(
    checks: Mapping[CheckId, CheckSettings],
    exceptions: Sequence[Waiver],
    environment: EnvironmentSettings,
    *,
    signers: Sequence[Signer] = (),
    stamp: StampSettings | None = None,
    isolation: IsolationSettings | None = None,
    rules: Sequence[Rule] = (),
    fixtures: FixtureSettings | None = None,
) -> str:
    """sha256 of the resolved values as canonical JSON: where a value came from does not matter, what it is does."""
    values = {
        "checks": {name: plain(settings) for name, settings in checks.items()},
        "waivers": [plain(waiver) for waiver in exceptions],
        "environment": plain(environment),
        "signers": [plain(signer) for signer in signers],
        "stamp": plain(stamp or StampSettings()),
        "isolation": plain(isolation or IsolationSettings()),
        "fixtures": plain(fixtures or FixtureSettings()),
        "rules": [plain(rule) for rule in rules],
    }
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _tables(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
