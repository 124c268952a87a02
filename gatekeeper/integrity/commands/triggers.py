"""When a workflow runs: which changes no longer start it. Pure."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Literal

from msgspec import Struct
from pathspec import GitIgnoreSpec

from gatekeeper.integrity.contract import Role
from gatekeeper.integrity.reading.data import words
from gatekeeper.integrity.roles import CODE_ENDS, role_of

Filters = Mapping[str, object]
_CHANGES = ("pull_request", "pull_request_target", "merge_group", "push")
_REVIEWED = ("pull_request", "pull_request_target")
_ASIDE = ("docs/", "doc/", "examples/", "example/", "website/", ".github/")
_PULL_TYPES = frozenset({"opened", "synchronize"})
_MOST = 0.5


class Narrowed(Struct, frozen=True):
    """`severe`: branches like this one are no longer judged, or hardly."""

    text: str
    weight: Literal["severe", "less", "push"]


def narrowed(old: Mapping[str, Filters], new: Mapping[str, Filters], names: frozenset[str]) -> Iterator[Narrowed]:
    """What the new `on:` leaves out. `names` are the head's files, for filters by path."""
    before, after = (_of_changes(old), _of_changes(new))
    if not before:
        return
    if not after:
        yield Narrowed("no push and no pull request starts it any more", "severe")
        return
    if _sees_reviews(before) and not _sees_reviews(after) and not _unfiltered(after.get("push")):
        yield Narrowed("pull requests no longer start it", "severe")
        return
    if "push" in before and "push" not in after and not _sees_reviews(after):
        yield Narrowed("pushes no longer start it", "severe")
    yield from _filtered(before, after, names)


def _sees_reviews(events: Mapping[str, Filters]) -> bool:
    return any(name in events for name in _REVIEWED)


def _filtered(before: Mapping[str, Filters], after: Mapping[str, Filters], names: frozenset[str]) -> Iterator[Narrowed]:
    """What is left out by the filters of events that started it and still do."""
    reviewed = _sees_reviews(after)
    for name in sorted(before.keys() & after.keys()):
        for text, severe in _filters(before[name], after[name], names):
            push = name == "push" and reviewed
            yield Narrowed(f"{name}: {text}", "push" if push else "severe" if severe else "less")


def _of_changes(events: Mapping[str, Filters]) -> dict[str, Filters]:
    """Events that a change of the code causes; a push of tags is a release."""
    found = {name: events[name] for name in _CHANGES if name in events}
    if "tags" in found.get("push", {}) and not {"branches", "branches-ignore"} & found["push"].keys():
        del found["push"]
    return found


def _unfiltered(filters: Filters | None) -> bool:
    return filters is not None and not {"branches", "branches-ignore", "paths", "paths-ignore", "tags"} & filters.keys()


def _filters(old: Filters, new: Filters, names: frozenset[str]) -> Iterator[tuple[str, bool]]:
    """(what is left out, is that most of it?)"""
    gone = (
        _PULL_TYPES
        - (words(new.get("types")) or _PULL_TYPES)
        - (_PULL_TYPES - (words(old.get("types")) or _PULL_TYPES))
    )
    if gone:
        yield f"types no longer has {', '.join(sorted(gone))}", True
    yield from _branches(words(old.get("branches")), words(new.get("branches")))
    yield from _branches_ignored(old, new)
    if any(old.get(key) != new.get(key) for key in ("paths", "paths-ignore")):
        yield from _paths(old, new, names)


def _branches(before: frozenset[str] | None, after: frozenset[str] | None) -> Iterator[tuple[str, bool]]:
    if after is not None and after != before and (before is None or before - after):
        lost = sorted(before - after) if before else []
        says = (
            f"branches no longer has {', '.join(lost)}"
            if lost
            else f"only branches {', '.join(sorted(after)) or '(none)'}"
        )
        yield says, not after


def _branches_ignored(old: Filters, new: Filters) -> Iterator[tuple[str, bool]]:
    ignored = (words(new.get("branches-ignore")) or frozenset()) - (words(old.get("branches-ignore")) or frozenset())
    if ignored:
        yield f"branches-ignore now has {', '.join(sorted(ignored))}", bool(ignored & {"*", "**"})


def _paths(old: Filters, new: Filters, names: frozenset[str]) -> Iterator[tuple[str, bool]]:
    code = [name for name in names if _is_code(name)]
    started = [name for name in code if _starts(old, name)]
    lost = [name for name in started if not _starts(new, name)]
    if not code and old.get("paths") != new.get("paths"):
        yield "paths are filtered", False
    if lost:
        yield (
            f"changes of {len(lost)} of {len(started)} files with code no longer start it",
            len(lost) > _MOST * len(started),
        )


def _is_code(name: str) -> bool:
    """Code that matters to a judgement: neither documentation nor an example."""
    return name.endswith(CODE_ENDS) and not name.startswith(_ASIDE) and role_of(name) is not Role.DOCS


def _starts(filters: Filters, name: str) -> bool:
    wanted, ignored = filters.get("paths"), filters.get("paths-ignore")
    if wanted is not None and not _matches(wanted, name):
        return False
    return ignored is None or not _matches(ignored, name)


def _matches(patterns: object, name: str) -> bool:
    """GitHub's filters match whole paths; the last pattern that matches decides, and `!` takes away."""
    given = patterns if isinstance(patterns, list) else [patterns]
    written = tuple(item for item in given if isinstance(item, str))
    return _spec(written).match_file(name)


@lru_cache(maxsize=64)
def _spec(patterns: tuple[str, ...]) -> GitIgnoreSpec:
    rooted = (f"!/{item[1:].lstrip('/')}" if item.startswith("!") else f"/{item.lstrip('/')}" for item in patterns)
    try:
        return GitIgnoreSpec.from_lines(rooted)
    except ValueError:
        return GitIgnoreSpec.from_lines(())
