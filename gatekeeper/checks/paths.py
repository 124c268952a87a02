"""paths: did any commit of the branch touch what it may not touch, or hide something in a path?

Every commit of base..head is read, not the net diff: a change that the next commit reverts was still made.
"""

import functools
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from posixpath import dirname, join, normpath

from msgspec.structs import replace
from pathspec import GitIgnoreSpec

from gatekeeper.checks.contract import Context, FactsPlan, Plan
from gatekeeper.evidence.claims import file_for
from gatekeeper.git.changes import Change, PathChange, commits
from gatekeeper.git.store import Store
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import Observation
from gatekeeper.model.policy import CheckSettings
from gatekeeper.model.vocabulary import CheckId, Severity
from gatekeeper.policy.bounded_toml import MAX_TOML_BYTES, UnreadableToml, read_toml

ID = CheckId("paths")
SYMLINK, SUBMODULE = "120000", "160000"
POLICY_FILE, PYPROJECT = "gate.toml", "pyproject.toml"
OUT_OF_CONTRACT = "out-of-contract"
FORBIDDEN_RULE = "forbidden-path"
NOT_ALLOWED_RULE = "path-not-allowed"
JUDGED_BY_GLOBS = frozenset({FORBIDDEN_RULE, NOT_ALLOWED_RULE, OUT_OF_CONTRACT})
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Paths:
    id = ID
    title = "forbidden and allowed paths, over every commit"
    cost = 10

    def plan(self, context: Context) -> Plan:
        return FactsPlan(lambda: observe(context))


def observe(context: Context) -> Observation:
    """Findings for every path of every commit that breaks a rule; counts `commits` and `paths`."""
    subject = context.subject
    changes = commits(context.store, None if subject.whole else subject.merge_base, subject.head)
    findings = [finding for change in changes for finding in _of_commit(change, context)]
    touched = {path for change in changes for entry in change.paths for path in _sides(entry)}
    findings += _case_collisions(context.head_names, touched)
    findings = [_as_the_policy_says(finding, context.settings.policy_severity) for finding in findings]
    counts = {"commits": len(changes), "paths": len(touched)}
    return Observation(check=ID, tree=subject.head_tree, findings=tuple(_once(findings)), counts=counts)


def _of_commit(change: Change, context: Context) -> Iterator[Finding]:
    where = f"in {change.commit[:12]} ({change.subject})"
    # Judging the whole tree blames nobody for having touched it.
    blames = not context.subject.whole
    for entry in change.paths:
        if blames:
            yield from _touched(entry, context, where)
            yield from _outside_contract(entry, context, where)
        yield from _of_entry(entry, where)
        if blames and entry.path == PYPROJECT and _own_table_changed(change, context.store):
            yield _finding("gate-policy-changed", entry.path, f"changes the gate's own policy, [tool.gate], {where}")


def _touched(entry: PathChange, context: Context, where: str) -> Iterator[Finding]:
    """May the branch touch this path? Both sides of a rename are asked."""
    for path in _sides(entry):
        if path == POLICY_FILE and POLICY_FILE not in context.base_names:
            message = f"brings the first policy {where}; it judges once it is on the base"
            yield _finding("first-policy", path, message, Severity.WARNING)
        else:
            yield from (_finding(rule, path, f"{said} {where}") for rule, said in _of_policy(path, context.settings))


def _outside_contract(entry: PathChange, context: Context, where: str) -> Iterator[Finding]:
    """The contract of the branch, on top of the policy. The branch's own self-review needs no mention in it."""
    review = file_for(context.contract.branch) if context.contract else None
    for path in _sides(entry):
        said = _of_contract(path, context.settings, review)
        yield from (_finding(rule, path, f"{message} {where}") for rule, message in said)


def broken_rules(path: str, settings: CheckSettings, review: str | None) -> Iterator[tuple[str, str]]:
    """(rule, words) for every glob of policy and contract that a touched path breaks. Pure: fixtures ask it, too."""
    yield from _of_policy(path, settings)
    yield from _of_contract(path, settings, review)


def _of_policy(path: str, settings: CheckSettings) -> Iterator[tuple[str, str]]:
    if _globs(settings.forbidden).match_file(path):
        yield FORBIDDEN_RULE, "touches a forbidden path"
    elif not _globs(settings.allowed or ("*",)).match_file(path):
        yield NOT_ALLOWED_RULE, "touches a path outside the allowed ones"


def _of_contract(path: str, settings: CheckSettings, review: str | None) -> Iterator[tuple[str, str]]:
    if _globs(settings.contract_forbidden).match_file(path):
        yield OUT_OF_CONTRACT, "touches a path that the contract forbids"
    elif path != review and not _globs(settings.contract_allowed or ("*",)).match_file(path):
        yield OUT_OF_CONTRACT, "touches a path outside the contract"


@functools.cache
def _globs(lines: tuple[str, ...]) -> GitIgnoreSpec:
    return GitIgnoreSpec.from_lines(lines)


def _as_the_policy_says(finding: Finding, highest: Severity | None) -> Finding:
    """Where only a contract makes this check reject, the policy's own rules stay what they were."""
    if highest is None or finding.rule == OUT_OF_CONTRACT or finding.severity is Severity.NOTE:
        return finding
    return replace(finding, severity=highest)


def _of_entry(entry: PathChange, where: str) -> Iterator[Finding]:
    reason = suspicious_name(entry.path)
    if reason:
        yield _finding("suspicious-name", entry.path, f"has {reason} in its name {where}")
    if entry.status == "D":
        return
    if entry.new_mode == SYMLINK and entry.link_target is not None and leaves_tree(entry.path, entry.link_target):
        yield _finding(
            "symlink-escapes", entry.path, f"is a symbolic link to {entry.link_target!r}, outside the tree, {where}"
        )
    if SUBMODULE in {entry.new_mode, entry.old_mode}:
        yield _finding("submodule-changed", entry.path, f"adds or moves a submodule {where}")
    if entry.status != "A" and entry.old_mode != entry.new_mode and SUBMODULE not in {entry.new_mode, entry.old_mode}:
        message = f"changes mode from {entry.old_mode} to {entry.new_mode} {where}"
        yield _finding("mode-changed", entry.path, message, Severity.WARNING)


def suspicious_name(path: str) -> str:
    """What is wrong with a name: control characters, bidirectional controls, invalid UTF-8; "" when nothing is."""
    if any(character in _BIDI for character in path):
        return "bidirectional control characters"
    if any(unicodedata.category(character) == "Cs" for character in path):
        return "bytes that are not UTF-8"
    if any(unicodedata.category(character) in {"Cc", "Cf"} for character in path):
        return "control characters"
    return ""


def leaves_tree(path: str, target: str) -> bool:
    """Does a symbolic link at `path` lead out of the tree?"""
    if target.startswith("/"):
        return True
    resolved = normpath(join(dirname(path), target))
    return resolved == ".." or resolved.startswith("../")


def _case_collisions(names: Iterable[str], touched: set[str]) -> Iterator[Finding]:
    """Files of the head that a case-insensitive file system would fold into one, where the branch touched one."""
    folded: defaultdict[str, list[str]] = defaultdict(list)
    for name in names:
        folded[name.casefold()].append(name)
    for group in folded.values():
        if len(group) > 1 and touched.intersection(group):
            for name in sorted(touched.intersection(group)):
                others = ", ".join(sorted(set(group) - {name}))
                yield _finding("case-collision", name, f"differs only in case from {others}")


def _own_table_changed(change: Change, store: Store) -> bool:
    """Did this commit change [tool.gate] against its first parent? Unreadable TOML counts as a change."""
    after = _own_table(store.read(change.commit, PYPROJECT))
    before = _own_table(store.read(f"{change.commit}^", PYPROJECT))
    return before != after


def _own_table(content: bytes | None) -> object:
    if content is None:
        return None
    try:
        tool = read_toml(content, MAX_TOML_BYTES).get("tool", {})
    except UnreadableToml:
        return None if b"tool.gate" not in content else content
    return tool.get("gate") if isinstance(tool, dict) else None


def _sides(entry: PathChange) -> tuple[str, ...]:
    """Both sides of a rename."""
    return (entry.path,) if entry.old_path in {None, entry.path} else (str(entry.old_path), entry.path)


def _once(findings: Iterable[Finding]) -> list[Finding]:
    """One finding per rule and path: the first commit that did it."""
    return list({(finding.rule, finding.path): finding for finding in reversed(list(findings))}.values())[::-1]


def _finding(rule: str, path: str, message: str, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(check=ID, rule=rule, path=path, message=message, severity=severity)
