"""A person's signed word that findings of one rule may stand at one commit, and what nobody can approve."""

from msgspec import Struct

from gatekeeper.model.vocabulary import CommitId

_OBSERVED = "it says what was observed, and nobody can approve that away: mend it"
_MISSING = "the policy asks for evidence, and an approval is none"
_NOT_OF_THE_COMMIT = "it is not about the commit alone, and an approval is bound to that"
_CLAIMED = "what the worker claims must be true: whoever has claimed too much takes it back"
_AGREED = "the contract is agreed with whoever gave the work: state it anew (`gate contract set`)"

_RULES = {
    "test-failed": _OBSERVED,
    "observer-disagrees": _OBSERVED,
    "exit-status": _OBSERVED,
    "build-failed": _OBSERVED,
    "tree-changed": _OBSERVED,
    "evidence-too-weak": _MISSING,
    "self-review-missing": _MISSING,
    "self-review-malformed": _MISSING,
    "out-of-contract": _AGREED,
    "overclaim": _CLAIMED,
    "unsupported": _CLAIMED,
    "stale": _CLAIMED,
    "count-mismatch": _CLAIMED,
    "false-known-failure": _CLAIMED,
}
"""Rules that are no matter of judgement, in whatever check."""
_CHECKS = {"contract": _AGREED, "sync": _NOT_OF_THE_COMMIT, "worktree": _NOT_OF_THE_COMMIT}
EVERY_RULE = "/*"


class Approval(Struct, frozen=True, kw_only=True):
    """One rule that somebody has approved for one commit. Times are ISO 8601 UTC."""

    rule: str
    """"outcome-hook", or with its check "integrity/outcome-hook"."""
    paths: tuple[str, ...]
    """Globs (gitignore semantics) of the files that it is about; empty for wherever the rule finds something."""
    reason: str
    name: str
    """What the policy calls the signer; empty when it knows none that has signed this."""
    signer: str
    """Key id of the signer (see `stamp/keys.py`); empty likewise."""
    commit: CommitId
    made: str
    expires: str
    digest: str
    """sha256 of the signed envelope."""
    same_user: bool = True
    """Signed where the worker could have read the key."""
    withdrawn: bool = False
    """It takes an approval back, and settles nothing itself."""
    problem: str = ""
    """Why it settles nothing; empty when it holds."""


class Approvals(Struct, frozen=True):
    """What the log holds about one commit; `notes` are what the reader must know beside it."""

    listed: tuple[Approval, ...] = ()
    elsewhere: tuple[Approval, ...] = ()
    """What was approved for earlier heads of the branch and not for this one: each with a problem."""
    notes: tuple[str, ...] = ()


class ApprovalUse(Struct, frozen=True):
    """An approval, and how many findings it settled."""

    approval: Approval
    used: int


def unapprovable(check: str, rule: str) -> str:
    """Why no finding of that rule can be approved, "" when one can."""
    return _CHECKS.get(check) or _RULES.get(rule, "")


def unapprovable_name(name: str) -> str:
    """The same for a rule as people write it: "RULE", "CHECK/RULE" or "CHECK/*"."""
    check, slash, _ = name.partition("/")
    words = (reason for rule, reason in _RULES.items() if name == rule or name.endswith("/" + rule))
    return (_CHECKS.get(check, "") if slash else "") or next(words, "")


def allows(allowed: str, check: str, rule: str) -> bool:
    """Does an entry of `approves` name the rule of this check?"""
    return allowed in {rule, f"{check}/{rule}", check + EVERY_RULE}


def may_allow(allowed: str, wanted: str) -> bool:
    """Can there be a finding of the wanted rule ("RULE" or "CHECK/RULE") that an entry of `approves` names?"""
    if allowed.endswith(EVERY_RULE):
        return wanted.startswith(allowed.removesuffix("*")) or "/" not in wanted
    return allowed == wanted or allowed.endswith("/" + wanted) or wanted.endswith("/" + allowed)
