"""The shape of gate.toml, for validation and for the JSON Schema that editors complete from.

pydantic lives here and in `document.py` only; the resolved policy (`model/policy.py`) is plain structs.
"""

import json
import re
from datetime import date
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from gatekeeper.policy.evidence_schema import SignerTable, StampTable, TargetTable
from gatekeeper.policy.integrity_rules import INTEGRITY_RULES
from gatekeeper.policy.isolation_schema import IsolationTable
from gatekeeper.policy.memory_schema import MemoryTable
from gatekeeper.policy.rule_schema import FixturesTable, RuleTable
from gatekeeper.policy.shapes import EVERYTHING, Argv, Duration, Globs, Size, Table

Reads = Literal["exit-status", "junit", "sarif", "ruff", "ruff-format", "mypy", "radon", "eslint", "tsc"]
Language = Literal["python", "typescript"]

_SECRET = re.compile(r"TOKEN|SECRET|PASSW|CREDENTIAL|_KEY$|_AUTH|^GIT_", re.IGNORECASE)


class GitCheck(Table):
    """What every check can be told."""

    enabled: bool = Field(True, description="false: the check does not run and is not asked for")
    required: bool = Field(True, description="A required check must pass; another one is listed and does not block")
    severity: Literal["error", "warning", "note"] = Field("error", description="Only errors reject")
    timeout: Duration = Field(600.0, description="Wall time until the check is stopped and blocked")


class CommandCheck(GitCheck):
    """A check that runs a command."""

    command: Argv = Field(default_factory=list, description="Replaces the built-in command")
    reads: Reads | None = Field(None, description="How the command's output is read")
    report: str = Field("", description="Path in the tree of the report that the command writes; better: {report}")
    memory: Size | None = Field(None, description="Memory that the check needs, before the gate has learned it")
    inputs: Globs = Field(default_factory=list, description="Files that the result depends on; none: the whole tree")
    baseline: Literal["new", "all"] = Field("all", description="new: only findings new against the merge base reject")
    on: Literal["head", "merge"] = Field("head", description="merge: run on head merged onto base")
    languages: list[Language] | None = Field(None, description="Languages to look at; default: what was found at base")
    network: bool = Field(False, description="true: the command may use the network where checks are isolated")


class TypesCheck(CommandCheck):
    """mypy, tsc."""

    baseline: Literal["new", "all"] = Field("new", description="new: only findings new against the merge base reject")


class LintCheck(TypesCheck):
    """ruff, eslint."""

    format: bool = Field(True, description="Also check the formatting (ruff format)")


class ComplexityCheck(TypesCheck):
    """Cyclomatic complexity per function."""

    max_complexity: int = Field(10, ge=1, description="Highest cyclomatic complexity (radon) of a function")


class BuildCheck(CommandCheck):
    """python -m build, or the project's command."""

    artefacts: Globs = Field(default_factory=list, description="Files that must exist and be fresh after the build")


class TestsCheck(CommandCheck):
    """pytest, or any runner that writes JUnit."""

    __test__: ClassVar[bool] = False  # not a test class for pytest
    retries: int = Field(0, ge=0, le=10, description="How often a failed test is tried again; then it is flaky")
    failing_at_base: Literal["reject", "report"] = Field("reject", description="A test that fails at base, too")
    base_tests: Literal["auto", "off"] = Field(
        "auto", description="auto: base's tests run on the branch's code too, when the branch touches the tests"
    )
    harness: Globs = Field(
        default_factory=list,
        description="Files that belong to the tests beside those that are detected; !glob takes out",
    )
    perturb: bool = Field(False, description="Alter constants in base's tests: every altered test must fail")
    perturb_timeout: Duration = Field(120.0, description="Time for that, after which the rest is left out")


class PathsCheck(GitCheck):
    """Which files a branch may touch, in every commit."""

    forbidden: Globs = Field(default_factory=list, description="Globs (gitignore semantics); added to inherited ones")
    allowed: Globs = Field(default_factory=list, description="When given, everything else is forbidden")


_Rejectable = Literal[
    "overclaim", "stale", "count-mismatch", "false-known-failure", "unsupported", "command-mismatch",
    "undisclosed-change", "blocked-without-reason", "empty-review", "claim-unknown", "claim-repeated", "disclosed",
]  # fmt: skip


class IntegrityCheck(GitCheck):
    """Does the branch weaken tests, configuration or tools?"""

    effects: dict[str, Literal["block", "warn", "note", "off"]] = Field(
        default_factory=dict,
        description="Rule id → what its findings do, where that is not the rule's default; layers add to each other",
        json_schema_extra={"propertyNames": {"enum": list(INTEGRITY_RULES)}},
    )
    undisclosed: Literal["warn", "reject"] = Field(
        "warn", description="reject: warnings that the self-review does not name under gate_changes reject"
    )


class SelfReviewCheck(GitCheck):
    """What the worker says, held against what was observed."""

    rejects: list[_Rejectable] = Field(
        ["overclaim", "stale", "count-mismatch", "false-known-failure"],
        description="Rules whose findings reject. Prose never decides: unverified-prose is not among them",
    )
    warns: list[_Rejectable | Literal["unverified-prose"]] = Field(
        [
            "overclaim", "stale", "count-mismatch", "false-known-failure", "unsupported", "command-mismatch",
            "undisclosed-change", "blocked-without-reason", "empty-review", "claim-unknown", "unverified-prose",
        ],
        description="Rules whose findings are warnings, when they do not reject; the others are notes",
    )  # fmt: skip


class OwnCheck(CommandCheck):
    """A check of your own."""

    command: Argv = Field(description="What to run; {report} is a path outside the tree")


class Checks(BaseModel):
    """[check.NAME]: the ten built-in ones, and any number of own ones with a command."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)
    __pydantic_extra__: dict[str, OwnCheck] = Field(init=False)

    types: TypesCheck | None = None
    lint: LintCheck | None = None
    complexity: ComplexityCheck | None = None
    build: BuildCheck | None = None
    tests: TestsCheck | None = None
    paths: PathsCheck | None = None
    integrity: IntegrityCheck | None = None
    worktree: GitCheck | None = None
    sync: GitCheck | None = None
    self_review: SelfReviewCheck | None = Field(None, alias="self-review")


class Environment(Table):
    """[environment]: how the tools' environment is built, once per digest of its inputs."""

    inputs: Globs = Field(default_factory=list, description="Lock files; a change of one builds a new environment")
    setup: list[Argv] = Field(default_factory=list, description="Commands that build it")
    provides: list[str] = Field(default_factory=list, description="What they make in the tree: .venv, node_modules")
    pass_env: list[str] = Field(default_factory=list, description="Variables that checks may see; never secrets")
    timeout: Duration = 1800.0

    @field_validator("provides", "inputs")
    @classmethod
    def _inside_the_tree(cls, values: list[str]) -> list[str]:
        for value in values:
            if value.startswith("/") or ".." in value.split("/"):
                raise ValueError(f"paths inside the repository ({value!r} is not one)")
        return values

    @field_validator("pass_env")
    @classmethod
    def _no_secrets(cls, values: list[str]) -> list[str]:
        for value in values:
            if _SECRET.search(value):
                raise ValueError(f"names of variables that hold no secrets ({value!r} looks like one)")
        return values


class WaiverTable(Table):
    """[[waiver]]: one exception, with a reason and an end."""

    check: str
    rule: str = Field(description="Rule id of the findings, for example F401")
    path: str = Field(description="File or glob (gitignore semantics)")
    reason: str = Field(description="Why this is acceptable")
    expires: date = Field(description="Last day on which the waiver holds: 2026-12-31")

    @field_validator("rule", "path")
    @classmethod
    def _one_thing(cls, value: str) -> str:
        if value.strip() in EVERYTHING:
            raise ValueError("something narrower: a waiver is for one rule in named files, never for everything")
        return value

    @field_validator("reason")
    @classmethod
    def _has_a_reason(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("a reason in words")
        return value


class GateFile(Table):
    """gate.toml, or [tool.gate] in pyproject.toml."""

    extends: list[str] | None = Field(None, description="Shipped policies: default, python, typescript, strict, fleet")
    environment: Environment = Field(default_factory=lambda: Environment.model_validate({}))
    check: Checks = Field(default_factory=lambda: Checks.model_validate({}))
    target: dict[str, TargetTable] = Field(default_factory=dict)
    signer: list[SignerTable] = Field(default_factory=list)
    stamp: StampTable = Field(default_factory=lambda: StampTable.model_validate({}))
    isolation: IsolationTable = Field(default_factory=lambda: IsolationTable.model_validate({}))
    fixtures: FixturesTable = Field(default_factory=lambda: FixturesTable.model_validate({}))
    rule: list[RuleTable] = Field(default_factory=list)
    memory: MemoryTable = Field(default_factory=lambda: MemoryTable.model_validate({}))
    waiver: list[WaiverTable] = Field(default_factory=list)


def schema_text() -> str:
    """The JSON Schema of gate.toml, as shipped in `gate.schema.json`."""
    schema = GateFile.model_json_schema(by_alias=True)
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://branch-gatekeeper/gate.schema.json",
        **schema,
    }
    return json.dumps(schema, indent=2, sort_keys=True) + "\n"
