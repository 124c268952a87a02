"""Which test files the configuration of jest and vitest leaves out; globs of both. Pure."""

from fnmatch import fnmatch

from pathspec import GitIgnoreSpec

from gatekeeper.integrity.reading.data import get, words

MAX_ALTERNATIVES = 200
_GROUPS = {"{": ("}", ","), "(": (")", "|")}
"""What opens a group → what closes it, and what stands between its choices."""


def within(name: str, root: str) -> bool:
    """Is the file the one, below the folder, or matched by the glob that `root` names?"""
    clean = root.removeprefix("./").rstrip("/")
    return (
        clean in ("", ".")
        or name == clean
        or name.startswith(clean + "/")
        or fnmatch(name, clean)
        or fnmatch(name, clean + "/*")
    )


def vitest_left_out(section: object, names: tuple[str, ...]) -> frozenset[str]:
    """Test files that vitest's include, exclude and dir leave out."""
    return _by_globs(
        names,
        words(get(section, "test", "include")),
        words(get(section, "test", "exclude")),
        get(section, "test", "dir"),
    )


def jest_left_out(section: dict[str, object], names: tuple[str, ...]) -> frozenset[str]:
    """Test files that jest's testMatch, roots and testPathIgnorePatterns leave out.

    Ignore patterns are regular expressions of another language; those that are plain paths once anchors and escapes
    are taken away
    are followed, others are not (the observer of executed tests sees their effect).
    """
    ignored = {_plain_path(item) for item in words(section.get("testPathIgnorePatterns")) or ()} - {""}
    matched = words(section.get("testMatch"))
    left = _by_globs(
        names, frozenset(item.replace("<rootDir>/", "") for item in matched) if matched else None, None, None
    )
    return left | frozenset(name for name in names if any(item in f"/{name}" for item in ignored))


def _plain_path(pattern: str) -> str:
    clean = pattern.replace("<rootDir>", "").replace("\\", "").strip("^$").replace(".*", "")
    return clean if not set(clean) & set("()[]|+?*{}") else ""


def _by_globs(
    names: tuple[str, ...], include: frozenset[str] | None, exclude: frozenset[str] | None, folder: object
) -> frozenset[str]:
    found = frozenset(names)
    kept = _matching(found, include, found) if include else found
    kept -= _matching(found, exclude, frozenset()) if exclude else frozenset()
    if isinstance(folder, str):
        kept = frozenset(name for name in kept if within(name, folder))
    return found - kept


def _matching(names: frozenset[str], globs: frozenset[str], otherwise: frozenset[str]) -> frozenset[str]:
    """Names that a glob of picomatch matches; `otherwise` where the globs say more than can be followed."""
    simple = [one for pattern in globs if not pattern.startswith("!") for one in expanded(pattern.removeprefix("./"))]
    if len(simple) > MAX_ALTERNATIVES:
        return otherwise
    try:
        return frozenset(GitIgnoreSpec.from_lines(f"/{one.lstrip('/')}" for one in simple).match_files(names))
    except ValueError:
        return otherwise


def expanded(pattern: str) -> list[str]:
    """`{a,b}`, `@(a|b)` and `?(a)` written out; other groups become `*`. Bounded: more than it returns are too many."""
    waiting: list[str] = [pattern]
    done: list[str] = []
    while waiting and len(waiting) + len(done) <= MAX_ALTERNATIVES:
        here = waiting.pop()
        written_out = _first_group(here)
        if written_out is None:
            done.append(here)
        else:
            waiting.extend(written_out)
    return done + waiting


def _first_group(pattern: str) -> list[str] | None:
    """The pattern once for each choice of its first group; None where it has no group."""
    opened = next((index for index, char in enumerate(pattern) if char in _GROUPS), -1)
    if opened < 0:
        return None
    closing, between = _GROUPS[pattern[opened]]
    closed = pattern.find(closing, opened)
    if closed < 0:
        return None
    head, inner, tail = pattern[:opened], pattern[opened + 1 : closed], pattern[closed + 1 :]
    kind = head[-1:] if pattern[opened] == "(" else ""
    if kind and kind in "?@+*!":
        head = head[:-1]
    return [f"{head}{choice}{tail}" for choice in _choices(kind, inner.split(between))]


def _choices(kind: str, given: list[str]) -> list[str]:
    """What may stand in the place of a group, by the character before its bracket."""
    match kind:
        case "" | "@":
            return given
        case "?":
            return [*given, ""]
        case _:
            return ["*"]
