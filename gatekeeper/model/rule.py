"""Rules of the policy over the judged facts: what they look for, and what follows when they fire."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

from gatekeeper.model.vocabulary import CheckId, Label

RULES = CheckId("rules")
"""The check under whose name the rules of the policy report."""


class Effect(StrEnum):
    """What a rule does when it fires."""

    REJECT = "reject"
    BLOCK = "block"
    WARN = "warn"
    REQUIRE_LABEL = "require-label"


class Combine(StrEnum):
    """Do all conditions have to hold, or one of them?"""

    ALL = "all"
    ANY = "any"


class CountTest(Struct, frozen=True):
    """A number that a check counted, against fixed numbers or against the same number at the merge base."""

    check: str
    count: str
    below: int | None = None
    above: int | None = None
    below_base: int | None = None
    """Fires when the merge base has at least this many more."""
    above_base: int | None = None
    """Fires when the merge base has at least this many fewer."""


class When(Struct, frozen=True):
    """Conditions; what is empty or None asks nothing. Globs of paths have gitignore semantics, names `*` and `?`."""

    changed: tuple[str, ...] = ()
    """Some changed path matches."""
    changed_outside: tuple[str, ...] = ()
    """Some changed path matches none of these."""
    unchanged: tuple[str, ...] = ()
    """No changed path matches."""
    committed: tuple[str, ...] = ()
    """Some commit touched a matching path, also when a later one took that back."""
    findings: tuple[str, ...] = ()
    """Some new finding, not waived, is one of these: "check/rule"."""
    finding_paths: tuple[str, ...] = ()
    """Only findings in these paths count."""
    outcome: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Check → outcomes, one of which it has."""
    label_at_most: Mapping[str, Label] = field(default_factory=dict)
    label_at_least: Mapping[str, Label] = field(default_factory=dict)
    counts: tuple[CountTest, ...] = ()
    files_above: int | None = None
    lines_above: int | None = None
    """Added and deleted lines together."""
    size_ignores: tuple[str, ...] = ()
    """Paths that do not count for `files_above` and `lines_above`."""
    commits_above: int | None = None
    branch: tuple[str, ...] = ()
    branch_not: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    """Some commit is by one of these ("Name <mail>")."""
    author_not: tuple[str, ...] = ()
    """Some commit is by none of these."""
    subject_not: str = ""
    """Regular expression (`re.search`) that the subject line of some commit that is no merge does not match."""
    claims: tuple[str, ...] = ()
    """Some claim is one of these: "subject=label"."""
    seen_on: tuple[str, ...] = ()
    """Some target of one of these surfaces was observed, as proxy at least, and passed."""
    contract: bool | None = None
    self_review: bool | None = None
    repeated: int | None = None
    """The same failure on this many heads of the branch in a row."""
    expression: str = ""
    """CEL over the facts; true means that it holds."""


class Rule(Struct, frozen=True):
    """One rule. It fires when its conditions hold and none of those under `unless` does."""

    id: str
    title: str
    why: str
    effect: Effect
    remedy: str
    when: When
    match: Combine = Combine.ALL
    unless: When | None = None
    require: Mapping[CheckId, Label] = field(default_factory=dict)
    """require-label: check or target → the label that must at least be reached where the rule fires."""
    docs: str = ""
