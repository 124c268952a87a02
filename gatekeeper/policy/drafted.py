"""What somebody wants to agree → a `Contract`: every value is looked at here, whether it was an option or in a file."""

import os
import re
from collections.abc import Callable, Mapping, Sequence

from pathspec import GitIgnoreSpec

from gatekeeper.errors import UsageError
from gatekeeper.git.command import Git
from gatekeeper.model.contract import Contract
from gatekeeper.model.vocabulary import CheckId, Label
from gatekeeper.process.search import BadPatternError, matching

TEXTS = ("branch", "base", "worktree", "title", "pr_title", "commit_format", "package", "by")
LISTS = ("allow", "forbid")
REQUIRE = "require"
KEYS = (*TEXTS, *LISTS, REQUIRE)
MAX_LENGTH, MAX_ITEMS = 1000, 1000
_LABELS = (Label.DIRECT, Label.PROXY, Label.LOCAL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PATTERN_S = 5.0
# Subject lines on which a pattern that tries every way of splitting a word is still trying when the sun goes down.
_TRIALS = tuple(piece * (160 // len(piece)) + "\x01" for piece in ("a", "A", "0", "-", " ", "a ", "a-", "ab_", "a, "))

Say = Callable[[str], str]
"""Key → what the user called it: "--commit-format", "commit_format"."""


def drafted(table: Mapping[str, object], where: str, folder: str, say: Say = lambda key: key) -> Contract:
    """The contract that `table` describes, not yet a version of anything (`version`, `made` and `digest` are empty).

    `where` begins every message; a relative worktree is relative to `folder`. Raises UsageError.
    """
    _known(table, where, say)
    texts = {key: _text(table.get(key, ""), f"{where}: {say(key)}") for key in TEXTS}
    # A blank at the end of a pattern means a blank.
    texts |= {key: text.strip() for key, text in texts.items() if key != "commit_format"}
    globs = {key: checked_globs(table.get(key, ()), f"{where}: {say(key)}") for key in LISTS}
    _must_match_in_time(texts["commit_format"], f"{where}: {say('commit_format')}")
    return Contract(
        branch=_branch(texts["branch"], f"{where}: {say('branch')}"),
        version=0,
        made="",
        by=texts["by"],
        digest="",
        base=texts["base"],
        worktree=_absolute(texts["worktree"], folder),
        allow=globs["allow"],
        forbid=globs["forbid"],
        requires=_requires(table.get(REQUIRE, ()), f"{where}: {say(REQUIRE)}") or None,
        title=texts["title"],
        pr_title=texts["pr_title"],
        commit_format=texts["commit_format"],
        package=texts["package"],
    )


def _known(table: Mapping[str, object], where: str, say: Say) -> None:
    for key in table:
        if key not in KEYS:
            raise UsageError(f"{where}: unknown key {key!r}", f"the keys are: {', '.join(map(say, KEYS))}")


def _text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{what} is no text", "write it in quotes")
    if _CONTROL.search(value):
        raise UsageError(f"{what} holds a control character or more than one line", "write one line")
    if len(value) > MAX_LENGTH:
        raise UsageError(f"{what} is longer than {MAX_LENGTH} characters", "shorten it")
    return value


def _branch(name: str, what: str) -> str:
    name = name.removeprefix("refs/heads/")
    if not name:
        raise UsageError(f"{what} is missing", "name the branch that the contract binds")
    if name.startswith("-") or not Git(cwd="/").ok("check-ref-format", f"refs/heads/{name}"):
        raise UsageError(f"{what}: {name!r} cannot be the name of a branch", "see git help check-ref-format")
    return name


def _absolute(path: str, folder: str) -> str:
    return os.path.abspath(os.path.join(folder, os.path.expanduser(path))) if path else ""  # noqa: PTH100,PTH111,PTH118


def _items(value: object, what: str) -> Sequence[str]:
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) > MAX_ITEMS:
        raise UsageError(f"{what} is no list of at most {MAX_ITEMS} texts", 'write a list: ["…"]')
    return [_text(item, what) for item in value]


def checked_globs(value: object, what: str) -> tuple[str, ...]:
    """Patterns of gitignore, in their order. One that can never match is a mistake that would go unnoticed.

    `what` begins the message of the UsageError that it raises.
    """
    globs = tuple(_items(value, what))
    for glob in globs:
        try:
            matches = any(pattern.include is not None for pattern in GitIgnoreSpec.from_lines([glob]).patterns)
        except (ValueError, re.error):  # a range like [z-a]: pathspec hands it on to re as it is
            matches = False
        if not matches or glob.startswith(("./", "../")) or "/../" in glob:
            raise UsageError(
                f"{what}: {glob!r} matches no path", "write it as in .gitignore: src/shop/**, /setup.py, *.md"
            )
    if globs and all(glob.startswith("!") for glob in globs):
        raise UsageError(f"{what} has only exceptions ({globs[0]!r})", "write first what they are exceptions from")
    return globs


def _requires(value: object, what: str) -> Mapping[CheckId, Label]:
    """A table, or a list of "tests=local"; in the order of the names."""
    pairs: list[tuple[str, str]]
    if isinstance(value, Mapping):
        pairs = [(_text(name, what), _text(label, what)) for name, label in value.items()]
    else:
        pairs = [
            (name.strip(), label.strip()) for name, _, label in (item.partition("=") for item in _items(value, what))
        ]
    for name, label in pairs:
        if not name or label not in _LABELS:
            raise UsageError(
                f"{what}: {name}={label} is no requirement",
                f"write CHECK=LABEL or TARGET=LABEL with one of {', '.join(_LABELS)}: tests=local",
            )
        if dict(pairs)[name] != label:
            raise UsageError(f"{what} names {name} twice", "keep one of them")
    return {CheckId(name): Label(label) for name, label in sorted(pairs)}


def _must_match_in_time(pattern: str, what: str) -> None:
    """Is it a regular expression, and done with long subject lines in time? Some double their work with each letter."""
    if not pattern:
        return
    try:
        matches = matching(pattern, _TRIALS, _PATTERN_S)
    except BadPatternError as error:
        raise UsageError(
            f"{what}: {pattern!r} is no regular expression: {error}", "see the re module of Python"
        ) from error
    if matches is None:
        raise UsageError(
            f"{what}: {pattern!r} takes more than {_PATTERN_S:g} s on a subject line of 160 characters",
            "let no repetition hold another one over the same characters: (a+)+ is a+",
        )
