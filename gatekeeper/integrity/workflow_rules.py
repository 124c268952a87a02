"""Rules about a GitHub workflow itself: when it runs, with which rights, with whose code, and what it prints."""

from collections.abc import Iterator, Mapping
from functools import partial

from gatekeeper.integrity.commands.carriers import carried, kind_of
from gatekeeper.integrity.commands.github import Use, Workflow, plain
from gatekeeper.integrity.commands.shell import shown_words
from gatekeeper.integrity.commands.triggers import narrowed
from gatekeeper.integrity.contract import Diff, Effect, FileChange, Hit, Rule
from gatekeeper.integrity.pytest_options import options

RULES: Mapping[str, Rule] = {
    "ci-trigger-narrowed": Rule(Effect.BLOCK, "keeps a workflow that judges from running for most changes"),
    "ci-trigger-changed": Rule(Effect.WARN, "makes a workflow that judges run for fewer changes"),
    "ci-push-narrowed": Rule(Effect.NOTE, "makes a workflow run for fewer pushes; pull requests still start it"),
    "ci-untrusted-code": Rule(Effect.BLOCK, "runs the code of strangers with the rights of the repository"),
    "ci-secret-printed": Rule(Effect.BLOCK, "prints a secret into the log of CI"),
    "ci-permissions-widened": Rule(Effect.WARN, "gives a workflow more rights"),
    "ci-action-unpinned": Rule(Effect.WARN, "uses an action by a name that can be moved, where it was pinned"),
    "ci-timeout-cut": Rule(Effect.WARN, "cuts the time of a job to next to nothing"),
}
_NARROWS_PYTEST = frozenset(
    {"-k", "-m", "--ignore", "--ignore-glob", "--deselect", "--collect-only", "--co", "--lf", "--noconftest"}
)
_LEVELS = {"none": 0, "read": 1, "write": 2}
_OF_STRANGERS = ("github.event.pull_request.head", "github.head_ref", "refs/pull/")
_SHA_DIGITS = 40
_SHORT_MINUTES, _MUCH_SHORTER = 2, 5


def detect(change: FileChange, diff: Diff) -> Iterator[Hit]:
    """Hits in one workflow or action; nothing for other files and for files that are gone."""
    new = carried(change, diff, True).workflow
    if new is None or kind_of(change.path) != "github":
        return
    old = carried(change, diff, False).workflow or Workflow()
    hit = partial(_hit, change.path)
    yield from _triggers(old, new, diff, hit)
    yield from _strangers(old, new, hit)
    yield from _rights(old, new, hit)
    yield from _pins(old, new, hit)
    yield from _printed(old, new, hit)
    yield from _environment(old, new, hit)
    for job, (minutes, line) in new.timeouts.items():
        before = old.timeouts.get(job, (0.0, 0))[0]
        if minutes <= _SHORT_MINUTES and before >= minutes * _MUCH_SHORTER:
            yield hit("ci-timeout-cut", f"the time of job {job} goes from {before:g} to {minutes:g} minutes", line, job)


def _hit(path: str, rule: str, message: str, line: int = 0, symbol: str = "") -> Hit:
    return Hit(rule, path, message, line=line or None, symbol=symbol)


def _triggers(old: Workflow, new: Workflow, diff: Diff, hit: "partial[Hit]") -> Iterator[Hit]:
    if not old.judges:
        return
    rules = {"severe": "ci-trigger-narrowed", "less": "ci-trigger-changed", "push": "ci-push-narrowed"}
    for found in narrowed(old.events, new.events, diff.head_names):
        yield hit(rules[found.weight], found.text, new.lines.get("on", 0), "on")


def _strangers(old: Workflow, new: Workflow, hit: "partial[Hit]") -> Iterator[Hit]:
    """`pull_request_target` has the secrets; code of the pull request must not run there."""
    if "pull_request_target" not in new.events:
        return
    before = {use.with_ for use in old.uses} if "pull_request_target" in old.events else set()
    for use in new.uses:
        if use.with_ not in before and any(word in use.with_ for word in _OF_STRANGERS):
            yield hit("ci-untrusted-code", f"pull_request_target checks out {use.with_}", use.line)
    if _is_swapped(old, new) and new.judges:
        yield hit("ci-untrusted-code", "pull_request became pull_request_target", new.lines.get("on", 0), "on")


def _is_swapped(old: Workflow, new: Workflow) -> bool:
    """Did `pull_request_target`, which `new` has, take the place of `pull_request`?"""
    if "pull_request_target" in old.events:
        return False
    return "pull_request" in old.events and "pull_request" not in new.events


def _rights(old: Workflow, new: Workflow, hit: "partial[Hit]") -> Iterator[Hit]:
    for (job, scope), (level, line) in new.rights.items():
        if (job, scope) not in old.rights and not old.rights and scope != "all":
            continue  # the first explicit permissions take rights away
        before = old.rights.get((job, scope), old.rights.get((job, "all"), old.rights.get(("", scope), ("none", 0))))[0]
        if _LEVELS.get(level, 0) > _LEVELS.get(before, 0) and level == "write":
            where = f"job {job}" if job else "the workflow"
            yield hit("ci-permissions-widened", f"{where} gets {scope}: write (it had {before})", line, job)


def _pins(old: Workflow, new: Workflow, hit: "partial[Hit]") -> Iterator[Hit]:
    before: dict[str, int] = {}
    for use in old.uses:
        before[use.name] = max(before.get(use.name, 0), _pinned(use))
    for use in new.uses:
        if not use.name.startswith(("./", "docker:")) and _pinned(use) < before.get(use.name, 0):
            yield hit(
                "ci-action-unpinned",
                f"{use.name} is taken at {use.version or 'no version'}, which its owner can move",
                use.line,
                use.name,
            )


def _pinned(use: Use) -> int:
    """2: a commit; 1: a version tag; 0: a branch."""
    version = use.version.split(" ")[0]
    if len(version) == _SHA_DIGITS and all(char in "0123456789abcdef" for char in version):
        return 2
    return 1 if version.lstrip("v")[:1].isdigit() else 0


def _printed(old: Workflow, new: Workflow, hit: "partial[Hit]") -> Iterator[Hit]:
    known = _script_lines(old)
    names = {name for name, value, _ in new.environment if "secrets." in value}
    for text, first in new.scripts:
        if "echo" not in text and "printf" not in text:
            continue
        lines = text.splitlines()
        for line, words in shown_words(plain(_marked(text))):
            if _shows(words, names) and lines[min(line, len(lines)) - 1].strip() not in known:
                yield hit("ci-secret-printed", "a secret is printed", first + line - 1)


def _script_lines(workflow: Workflow) -> set[str]:
    return {line.strip() for text, _ in workflow.scripts for line in text.splitlines()}


def _shows(words: tuple[str, ...], names: set[str]) -> bool:
    """Does a command that prints say a secret? `::add-mask::` is how one is hidden."""
    if any("::add-mask::" in word for word in words):
        return False
    return any(_MARK in word or any(_mentions(word, name) for name in names) for word in words[1:])


_MARK = "SECRET0VALUE"


def _marked(text: str) -> str:
    """Expressions that hold a secret become a mark; the shell's text stays otherwise as it is."""
    out: list[str] = []
    rest = text
    while "${{" in rest:
        before, _, after = rest.partition("${{")
        inside, closed, rest = after.partition("}}")
        secret = "secrets." in inside or "toJSON(secrets" in inside
        out += [before, _MARK if secret and closed else f"${{{{{inside}}}}}" if closed else inside]
    return "".join(out) + rest


def _mentions(word: str, name: str) -> bool:
    return (
        f"${{{name}}}" in word
        or f"${name}" in word.split("/")
        or word in (f"${name}", f'"${name}"')
        or f"${name} " in f"{word} "
    )


def _environment(old: Workflow, new: Workflow, hit: "partial[Hit]") -> Iterator[Hit]:
    before = {value for name, value, _ in old.environment if name == "PYTEST_ADDOPTS"}
    for name, value, line in new.environment:
        narrow = (
            [option for option, _ in options(value) if option in _NARROWS_PYTEST] if name == "PYTEST_ADDOPTS" else []
        )
        if narrow and value not in before:
            yield hit("ci-tests-narrowed", f"PYTEST_ADDOPTS leaves tests out: {value[:80]}", line, name)
