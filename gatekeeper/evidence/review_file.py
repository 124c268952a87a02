"""A self-review in a TOML file: `.gate/self-review/<branch>.toml`, or one that is given beside the branch."""

import re
from collections.abc import Iterator, Mapping

from gatekeeper.evidence.claim_text import refused_head, tally
from gatekeeper.evidence.plain import refused, visible
from gatekeeper.model.claim import Claim, SelfReview
from gatekeeper.model.vocabulary import CommitId, Label, TreeId
from gatekeeper.policy.bounded_toml import UnreadableToml, read_toml

MAX_BYTES = 256 * 1024
LISTS = ("not_done", "known_failures", "tests_removed", "gate_changes")
_CLAIM_TEXTS = ("subject", "label", "command", "artefact", "statement")
_CLAIM_KEYS = frozenset({*_CLAIM_TEXTS, "counts"})
_ARTEFACT = re.compile(r"(?:sha256:)?([0-9a-fA-F]{64})")
_COUNT_NAME = re.compile(r"[a-z][a-z0-9_-]{0,40}")


def parse_file(content: bytes, path: str, tree: TreeId, commit: CommitId | None = None) -> SelfReview:
    """What the file says. `tree` is the head's without `.gate/self-review/`; problems are said, never raised.

    With `commit` the file may name the head instead, or as well: a file inside the commit cannot know its id.
    """
    try:
        data = read_toml(content, MAX_BYTES)
    except UnreadableToml as error:
        return SelfReview((), (path,), False, (f"{path}: {error}",), unbound=(path,))
    known = {"tree", "claim", *LISTS} | ({"commit"} if commit else set())
    problems = [f"{path}: unknown key {visible(key)!r}" for key in sorted(data.keys() - known)]
    claims: list[Claim] = []
    rows = data.get("claim", [])
    for number, row in enumerate(rows if isinstance(rows, list) else [rows], 1):
        try:
            claims.append(_claim(row, path))
        except _NoClaim as problem:
            problems.append(f"{path}: claim {number} {problem}")
    lists = {key: tuple(_texts(data.get(key, []), f"{path}: {key}", problems)) for key in LISTS}
    bound = _bound(data, tree, commit)
    unbound = () if bound else (path,)
    return SelfReview(tuple(claims), (path,), bound, tuple(problems), unbound=unbound, **lists)


def too_large(path: str, size: int) -> SelfReview:
    """The review of a file of `size` bytes, which nobody reads."""
    problem = f"{path}: it is larger than {MAX_BYTES // 1024} KiB ({size} bytes), and was not read"
    return SelfReview((), (path,), False, (problem,), unbound=(path,))


def _bound(data: Mapping[str, object], tree: TreeId, commit: CommitId | None) -> bool:
    """Does it name this tree (or commit), and nothing else?"""
    named = [(data["tree"], str(tree))] if "tree" in data else []
    named += [(data["commit"], str(commit))] if commit and "commit" in data else []
    return bool(named) and all(isinstance(value, str) and same_id(value, known) for value, known in named)


def same_id(named: str, known: str) -> bool:
    """Is `named` at least seven digits of the object id?"""
    return len(named) >= 7 and known.startswith(named.lower())


def _texts(value: object, where: str, problems: list[str]) -> Iterator[str]:
    """The usable entries of a list of texts; what is not usable is added to `problems`."""
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        problems.append(f"{where} is not a list of texts")
        return
    for entry in value:
        problem = refused(entry, lines=True) or ("" if entry.strip() else "no text")
        if problem:
            problems.append(f"{where}: {visible(entry)!r} has {problem}")
        else:
            yield " ".join(entry.split())


class _NoClaim(ValueError):
    """Why a table is no claim, in words that follow "claim 3"."""


def _claim(row: object, path: str) -> Claim:
    """One `[[claim]]`. Raises _NoClaim."""
    if not isinstance(row, dict):
        raise _NoClaim("is not a table")
    unknown = sorted(str(key) for key in row.keys() - _CLAIM_KEYS)
    if unknown:
        raise _NoClaim(f"has an unknown key {visible(unknown[0])!r}")
    texts = {key: _claim_text(key, row.get(key, "")) for key in _CLAIM_TEXTS}
    problem = refused_head(texts["subject"], texts["label"])
    if problem:
        raise _NoClaim(problem)
    artefact = _ARTEFACT.fullmatch(texts["artefact"])
    if texts["artefact"] and artefact is None:
        raise _NoClaim("has an artefact that is not sha256:<64 hexadecimal digits>")
    digest = artefact[1].lower() if artefact else ""
    counts = _counts(row.get("counts", {}))
    return Claim(texts["subject"], Label(texts["label"]), texts["command"], texts["statement"], path, counts, digest)


def _claim_text(key: str, value: object) -> str:
    if not isinstance(value, str):
        raise _NoClaim(f"has a {key} that is not text")
    problem = refused(value, lines=key in {"statement", "command"})
    if problem:
        raise _NoClaim(f"has {problem} in its {key}")
    return value.strip()


def _counts(value: object) -> tuple[tuple[str, int], ...]:
    if not isinstance(value, dict):
        raise _NoClaim("has counts that are not a table")
    for name, number in value.items():
        if not _COUNT_NAME.fullmatch(str(name)):
            raise _NoClaim(f"counts {visible(str(name))!r}, which is no name of a count")
        if type(number) is not int or not 0 <= number < 10**9:
            raise _NoClaim(f"counts {name} = {visible(str(number))}, which is no number of tests")
    tallied = tally((str(name), number) for name, number in value.items())
    if isinstance(tallied, str):
        raise _NoClaim(tallied)
    return tallied
