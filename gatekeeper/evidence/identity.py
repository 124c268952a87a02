"""Did the target name this very commit? Read from what `identify` printed. Pure, but for the one question to git."""

import re
from collections.abc import Callable, Sequence

from gatekeeper.model.target import Identity

SHORTEST = 12
"""Hexadecimal digits that an abbreviated id must have."""
MAX_CHARACTERS = 64 << 10
"""Whoever prints more than this was not asked for an id."""
_TOKEN = re.compile(r"(?<![0-9A-Za-z_])[0-9A-Fa-f]{12,}(?![0-9A-Za-z_])", re.ASCII)
_PAGE = re.compile(r"<(?:html|head|body|!doctype)\b", re.IGNORECASE)
_STATUS_LINE = re.compile(r"^HTTP/[\d.]+ (\d{3})", re.MULTILINE)
_MOST_TOKENS = 200


def _tokens(printed: str) -> tuple[str, ...]:
    """What may be an id, each once; nothing of a page, a refusal, or a text that is all ids."""
    if len(printed) > MAX_CHARACTERS or _PAGE.search(printed) or _refused(printed):
        return ()
    tokens = tuple(dict.fromkeys(match.group().lower() for match in _TOKEN.finditer(printed)))
    return tokens if len(tokens) <= _MOST_TOKENS else ()


def identity(printed: str, commit: str, tree: str, is_commit: Callable[[str], bool]) -> Identity:
    """PROVEN when the id of `commit` or `tree` stands in `printed` as a word of its own, and no other commit does.

    At least twelve digits of an id are needed. Another id is CONTRADICTED: the target runs something else. A page, an
    answer that is a redirect or an error, and text without any id prove nothing. `is_commit` says whether the
    repository knows a commit by that (abbreviated) id.
    """
    tokens = _tokens(printed)
    ours = {token for token in tokens if token in {commit[: len(token)], tree[: len(token)]}}
    others = [token for token in tokens if token not in ours and len(token) <= len(commit)]
    if ours:
        # A list of commits with this one among them does not say which of them is running.
        named = any(len(token) == len(commit) or is_commit(token) for token in others)
        return Identity.UNPROVEN if named else Identity.PROVEN
    return _without_ours(others, is_commit)


def _without_ours(others: Sequence[str], is_commit: Callable[[str], bool]) -> Identity:
    another = any(_like_an_id(token, is_commit) for token in others)
    return Identity.CONTRADICTED if another else Identity.UNPROVEN


def _refused(printed: str) -> bool:
    """Does it hold the head of an HTTP answer, and is the last of them no success?"""
    found = _STATUS_LINE.findall(printed)
    return bool(found) and not found[-1].startswith("2")


def _like_an_id(token: str, is_commit: Callable[[str], bool]) -> bool:
    """Digits alone are a date or the number of a build, unless the repository knows a commit by them."""
    return not token.isdigit() or is_commit(token)
