"""The shipped JSON Schema is current and agrees with what the gate accepts."""

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

import gatekeeper.policy
from gatekeeper.policy.document import BUILT_IN, check_model
from gatekeeper.policy.schema import OwnCheck, Reads, schema_text
from gatekeeper.policy.shipped import NAMES, policies_folder
from gatekeeper.tools.registry import READERS

SHIPPED = Path(gatekeeper.policy.__file__).with_name("gate.schema.json")


def test_the_shipped_schema_is_current() -> None:
    assert SHIPPED.read_text(encoding="utf-8") == schema_text(), "write it anew: gate policy schema > that file"


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(schema_text()))


@pytest.mark.parametrize("name", NAMES)
def test_shipped_policies_satisfy_it(name: str) -> None:
    tables = tomllib.loads((policies_folder() / name / "policy.toml").read_text(encoding="utf-8"))
    jsonschema.validate(tables, json.loads(schema_text()))


@pytest.mark.parametrize(
    "tables",
    [
        {"chek": {}},
        {"check": {"tests": {"timeot": "1m"}}},
        {"check": {"own": {"timeout": "1m"}}},
        {"check": {"lint": {"required": "yes"}}},
        {"waiver": [{"check": "lint"}]},
    ],
)
def test_editors_complain_where_the_gate_does(tables: dict[str, object]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tables, json.loads(schema_text()))


def test_every_reader_can_be_named() -> None:
    assert set(Reads.__args__) == set(READERS)


def test_every_built_in_check_has_a_shape_of_its_own() -> None:
    assert len(BUILT_IN) == 10
    assert all(check_model(name) is not OwnCheck for name in BUILT_IN)
    assert check_model("spelling") is OwnCheck
