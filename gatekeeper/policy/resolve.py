"""Layers of tables → one resolved policy: merged, defaulted, with the origin of every value and a digest."""

import copy
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from gatekeeper.model.policy import CheckSettings, EnvironmentSettings, Waiver
from gatekeeper.model.vocabulary import CheckId
from gatekeeper.policy.document import BUILT_IN, Document
from gatekeeper.policy.facts import Fact
from gatekeeper.policy.schema import Checks, GateFile, GitCheck

ADDS_UP = {"forbidden"}
"""Lists that grow from layer to layer: a project's own ban must not lift the ban on gate.toml by accident."""
BUILT_IN_ORIGIN = "built in"


@dataclass(frozen=True, slots=True)
class Merged:
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
        self.environment: dict[str, object] = {}
        self.waivers: list[object] = []
        self.origins: dict[str, str] = {}

    def add(self, document: Document) -> None:
        for check, table in _tables(document.tables.get("check")).items():
            self.checks.setdefault(check, {})
            for key, value in _tables(table).items():
                self.put(check, key, value, document.origin(("check", check, key)))
        for key, value in _tables(document.tables.get("environment")).items():
            self.environment[key] = value
            self.origins[f"environment.{key}"] = document.origin(("environment", key))
        waivers = document.tables.get("waiver")
        for index, waiver in enumerate(waivers if isinstance(waivers, list) else []):
            self.origins[f"waiver[{len(self.waivers) + 1}]"] = document.origin(("waiver", index))
            self.waivers.append(waiver)

    def put(self, check: str, key: str, value: object, origin: str) -> None:
        name, table = f"check.{check}.{key}", self.checks.setdefault(check, {})
        before = table.get(key)
        if key in ADDS_UP and isinstance(before, list) and isinstance(value, list):
            table[key] = [*before, *value]
            self.origins[name] = f"{self.origins[name]} + {origin}"
        else:
            table[key] = copy.copy(value)
            self.origins[name] = origin

    def as_tables(self) -> dict[str, object]:
        return {"check": self.checks, "environment": self.environment, "waiver": self.waivers}


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
    for key in type(file.environment).model_fields:
        origins[f"environment.{key}"] = stated.get(f"environment.{key}", BUILT_IN_ORIGIN)
    return {**origins, **{key: value for key, value in stated.items() if key.startswith("waiver")}}


def waivers(merged: Merged) -> tuple[Waiver, ...]:
    """The waivers, in the order in which they are written."""
    return tuple(
        Waiver(CheckId(entry.check), entry.rule, entry.path, entry.reason.strip(), entry.expires)
        for entry in merged.file.waiver
    )


def digest(
    checks: Mapping[CheckId, CheckSettings], exceptions: Sequence[Waiver], environment: EnvironmentSettings
) -> str:
    """sha256 of the resolved values as canonical JSON: where a value came from does not matter, what it is does."""
    values = {
        "checks": {name: asdict(settings) for name, settings in checks.items()},
        "waivers": [asdict(waiver) for waiver in exceptions],
        "environment": asdict(environment),
    }
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _tables(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
