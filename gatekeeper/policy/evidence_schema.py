"""The tables of gate.toml that say where evidence comes from: targets, signers and stamps."""

import re
from typing import Literal

from pydantic import ConfigDict, Field, field_validator

from gatekeeper.model.approval import unapprovable_name
from gatekeeper.policy.shapes import EVERYTHING, Argv, Duration, Globs, Table

_WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_RULE = re.compile(r"[^\s*]+|[a-z0-9]+(?:-[a-z0-9]+)*/\*", re.ASCII)
_NOT_PASSED = frozenset({"PATH", "HOME"})


class TargetTable(Table):
    """[target.NAME]: what a branch must be shown to do on a real surface."""

    # `surface` and `probe` are asked for after the layers are merged; editors are told here.
    model_config = ConfigDict(json_schema_extra={"required": ["surface", "probe"]})

    enabled: bool = Field(True, description="false: the target is not probed and not asked for")
    required: bool = Field(True, description="A required target must be observed; another one is listed")
    surface: str = Field("", description="runtime, browser, device, database, preprod, production, ci, release, log …")
    paths: Globs = Field(default_factory=list, description="A branch that touches none of them need not be shown")
    requires: Literal["direct", "proxy", "local"] = Field("direct", description="The label that must be reached")
    probe: Argv = Field(default_factory=list, description="What looks at the target; taken from base, like its files")
    identify: Argv = Field(default_factory=list, description="Prints the commit or tree that the target runs")
    start: Argv = Field(default_factory=list, description="Starts the target from the branch's tree; gets $GATE_PORT")
    ready: Argv = Field(default_factory=list, description="Exits with 0 once the target can be probed")
    stand_in: bool = Field(False, description="true: an emulator, a mock, a double: proxy at most")
    pass_env: list[str] = Field(default_factory=list, description="Variables for ready, identify, probe; secrets may")
    reads: Literal["exit-status", "junit"] = Field("exit-status", description="How the probe's report is read")
    timeout: Duration = Field(600.0, description="Longest time of the probe, and of identify")
    ready_timeout: Duration = Field(60.0, description="Longest wait until the target is ready")

    @field_validator("requires", mode="before")
    @classmethod
    def _a_label(cls, value: object) -> object:
        if value == "blocked":
            raise ValueError('"direct", "proxy" or "local": blocked means that nothing was seen, nobody can require it')
        if value not in ("direct", "proxy", "local"):
            raise ValueError('the label that it needs at least: "direct", "proxy" or "local"')
        return value

    @field_validator("surface")
    @classmethod
    def _one_word(cls, value: str) -> str:
        if not _WORD.fullmatch(value):
            raise ValueError('one word in lower case, for example "runtime", "browser", "preprod" or "device"')
        return value

    @field_validator("pass_env")
    @classmethod
    def _variables(cls, values: list[str]) -> list[str]:
        for value in values:
            if not _VARIABLE.fullmatch(value):
                raise ValueError(f"names of variables ({value!r} is none)")
            if value in _NOT_PASSED or value.startswith("GATE_"):
                raise ValueError(f"other variables: the gate itself sets {value}")
        return values


class SignerTable(Table):
    """[[signer]]: a public key, what it is called, and what it may say."""

    name: str = Field(description="What reports call it")
    key: str = Field(description='An OpenSSH public key: "ssh-ed25519 AAAA…"')
    stamps: bool = Field(True, description="true: its stamps are believed by gate verify")
    surfaces: list[str] = Field(default_factory=list, description="Surfaces for which its attestations count as stated")
    approves: list[str] = Field(
        default_factory=list,
        description="Rules that it may approve at single commits (gate approve): RULE, CHECK/RULE or CHECK/*",
    )

    @field_validator("name")
    @classmethod
    def _has_a_name(cls, value: str) -> str:
        if not value.strip() or not value.isprintable():
            raise ValueError("a name that people know, on one line")
        return value

    @field_validator("surfaces")
    @classmethod
    def _surfaces(cls, values: list[str]) -> list[str]:
        for value in values:
            if not _WORD.fullmatch(value):
                raise ValueError(f"surfaces as the targets name them ({value!r} is none)")
        return values

    @field_validator("approves")
    @classmethod
    def _rules(cls, values: list[str]) -> list[str]:
        for value in values:
            if value.strip() in EVERYTHING or not _RULE.fullmatch(value):
                raise ValueError(f'ids of rules, one by one, or all of a check: "integrity/*" ({value!r} is none)')
            if reason := unapprovable_name(value):
                raise ValueError(f"rules that a person can settle; of {value!r}: {reason}")
        return values


class StampTable(Table):
    """[stamp]: the signed statement of every verdict."""

    enabled: bool = Field(True, description="false: verdicts are not signed and not logged in the repository")
