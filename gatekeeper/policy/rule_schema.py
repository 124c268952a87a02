"""The tables of gate.toml that hold rules over the judged facts."""

import re
from typing import Literal

from pydantic import Field, field_validator

from gatekeeper.policy.shapes import Globs, Table

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
MAX_EXPRESSION = 2000
"""Characters of a CEL expression; longer ones are a program, and belong into an own check."""
_DEEPEST = 24
_DENSE = 0.5
OutcomeWord = Literal["passed", "failed", "blocked", "not-applicable"]
LabelWord = Literal["direct", "proxy", "local", "blocked"]


class CountTable(Table):
    """One row of `counts`: a number that a check counted."""

    check: str
    count: str = Field(description="passed, failed, skipped … as `gate show` lists them")
    below: int | None = Field(None, description="Holds when the number is smaller")
    above: int | None = Field(None, description="Holds when the number is larger")
    below_base: int | None = Field(None, ge=1, description="Holds when the merge base has at least so many more")
    above_base: int | None = Field(None, ge=1, description="Holds when the merge base has at least so many fewer")


class WhenTable(Table):
    """Conditions of a rule. What is left out asks nothing."""

    changed: Globs = Field(default_factory=list, description="Some changed path matches (gitignore semantics)")
    changed_outside: Globs = Field(default_factory=list, description="Some changed path matches none of these")
    unchanged: Globs = Field(default_factory=list, description="No changed path matches")
    committed: Globs = Field(default_factory=list, description="Some commit touched a matching path, reverted or not")
    findings: list[str] = Field(default_factory=list, description='New findings: "check/rule", with * and ?')
    finding_paths: Globs = Field(default_factory=list, description="Only findings in these paths")
    outcome: dict[str, OutcomeWord | list[OutcomeWord]] = Field(default_factory=dict, description="check = outcomes")
    label_at_most: dict[str, LabelWord] = Field(default_factory=dict, description="check = label")
    label_at_least: dict[str, LabelWord] = Field(default_factory=dict, description="check = label")
    counts: list[CountTable] = Field(default_factory=list, description="Numbers that checks counted")
    files_above: int | None = Field(None, ge=0, description="More changed files than this")
    lines_above: int | None = Field(None, ge=0, description="More added and deleted lines than this")
    size_ignores: Globs = Field(default_factory=list, description="Paths that do not count for files and lines")
    commits_above: int | None = Field(None, ge=0, description="More commits than this")
    branch: list[str] = Field(default_factory=list, description="The branch is one of these, with * and ?")
    branch_not: list[str] = Field(default_factory=list, description="The branch is none of these")
    author: list[str] = Field(default_factory=list, description='Some commit is by one of these: "Name <mail>"')
    author_not: list[str] = Field(default_factory=list, description="Some commit is by none of these")
    subject_not: str = Field("", description="Regular expression that some subject line does not match")
    claims: list[str] = Field(default_factory=list, description='Some claim is one of these: "tests=direct"')
    seen_on: list[str] = Field(default_factory=list, description="A target of such a surface was observed and passed")
    contract: bool | None = Field(None, description="Is there a contract of the branch?")
    self_review: bool | None = Field(None, description="Is there a self-review?")
    repeated: int | None = Field(None, ge=2, description="The same failure on so many heads of the branch in a row")
    expression: str = Field("", max_length=MAX_EXPRESSION, description="CEL over the facts; true means that it holds")

    @field_validator("subject_not")
    @classmethod
    def _a_pattern(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"a regular expression ({error})") from error
        return value

    @field_validator("expression")
    @classmethod
    def _sparse(cls, value: str) -> str:
        """The parser behind CEL takes exponential time for some heaps of brackets (cel-rust#306): none gets there."""
        depth = deepest = 0
        for character in value:
            depth += (character in "([{?") - (character in ")]}:")
            deepest = max(deepest, depth)
        dense = sum(character in "()[]{}!-" for character in value) > max(40, _DENSE * len(value))
        if deepest > _DEEPEST or dense:
            raise ValueError("a simpler expression: this one is nested too deeply to be read")
        return value


class FixturesTable(Table):
    """[fixtures]: who may make a failure law."""

    checked: bool = Field(False, description="true: approved by somebody who neither made it nor wrote the branch")


class RuleTable(Table):
    """[[rule]]: one rule over the judged facts."""

    id: str = Field(description="What reports and waivers call it: lower-case words with dashes")
    enabled: bool = Field(True, description="false: an inherited rule of this id does not hold here")
    title: str = Field("", description="What is wrong when it fires, in a few words")
    why: str = Field("", description="Why that matters")
    effect: Literal["reject", "block", "warn", "require-label"] = Field("reject", description="What follows")
    require: dict[str, Literal["direct", "proxy", "local"]] = Field(
        default_factory=dict, description="require-label: check or target = label that must be reached"
    )
    remedy: str = Field("", description="What the author does about it")
    docs: str = Field("", description="Where more is written")
    match: Literal["all", "any"] = Field("all", description="Do all conditions have to hold, or one of them?")
    when: WhenTable = Field(default_factory=lambda: WhenTable.model_validate({}), description="When it fires")
    unless: WhenTable | None = Field(None, description="When it does not fire after all (any of these)")

    @field_validator("id")
    @classmethod
    def _words(cls, value: str) -> str:
        if not _ID.fullmatch(value):
            raise ValueError('lower-case words with dashes, for example "ui-needs-a-browser"')
        return value
