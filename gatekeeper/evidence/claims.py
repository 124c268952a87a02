"""Self-reviews: the trailers of the head commit, and all carriers of one head as one review.

What a claim is worth is judged elsewhere (`decision/hold.py`); here it is only read.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from msgspec.structs import replace

from gatekeeper.evidence.claim_text import parse_claim
from gatekeeper.evidence.plain import refused, visible
from gatekeeper.evidence.review_file import parse_file, same_id
from gatekeeper.model.claim import Claim, SelfReview
from gatekeeper.model.vocabulary import TreeId

__all__ = ["FOLDER", "TREE_TRAILER", "file_for", "merge", "parse_claim", "parse_file", "parse_trailers"]

CLAIM_TRAILER, TREE_TRAILER = "gate-claim", "gate-tree"
DISCLOSURES = {
    "gate-not-done": "not_done",
    "gate-known-failure": "known_failures",
    "gate-test-removed": "tests_removed",
    "gate-change": "gate_changes",
}
TRAILERS = frozenset({CLAIM_TRAILER, TREE_TRAILER, *DISCLOSURES})
FOLDER = ".gate/self-review"
MAX_TRAILER_BYTES = 64 * 1024
"""Of all trailers of the gate in one message together."""
MAX_CLAIMS = 500


def file_for(branch: str) -> str:
    """Path of the self-review of a branch: one per branch, so that two branches never conflict."""
    return f"{FOLDER}/{branch}.toml"


def _disclosed(ours: Sequence[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """What the trailers disclose, by field of `SelfReview`."""
    return {
        field: tuple(value for value in _values(ours, key) if value and not refused(value))
        for key, field in DISCLOSURES.items()
    }


def _bytes_of(ours: Sequence[tuple[str, str]]) -> int:
    return sum(len(value.encode("utf-8", "surrogateescape")) for _, value in ours)


def parse_trailers(trailers: Sequence[tuple[str, str]], tree: TreeId) -> SelfReview | None:
    """Claims and disclosures in the trailers of the head commit; None when it carries none.

    `tree` is the head's tree without `.gate/self-review/`. Trailers belong to their commit, so they are bound to it
    unless a `Gate-Tree:` names another tree.
    """
    ours = [(key.lower(), value.strip()) for key, value in trailers if key.lower() in TRAILERS]
    if not ours:
        return None
    if _bytes_of(ours) > MAX_TRAILER_BYTES:
        problem = f"the Gate- trailers are larger than {MAX_TRAILER_BYTES // 1024} KiB"
        return SelfReview((), ("trailer",), True, (problem,))
    return _read_trailers(ours, tree)


def _read_trailers(ours: Sequence[tuple[str, str]], tree: TreeId) -> SelfReview:
    bound = all(same_id(value, tree) for value in _values(ours, TREE_TRAILER))
    parsed = [parse_claim(value) for value in _values(ours, CLAIM_TRAILER)]
    said = _disclosed(ours)
    problems = [item for item in parsed if isinstance(item, str)] + list(_unusable(ours))
    return SelfReview(
        claims=tuple(item for item in parsed if isinstance(item, Claim)),
        carriers=("trailer",),
        bound=bound,
        problems=tuple(problems),
        unbound=() if bound else ("trailer",),
        **said,
    )


def _values(trailers: Sequence[tuple[str, str]], wanted: str) -> list[str]:
    return [value for key, value in trailers if key == wanted]


def _unusable(trailers: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Disclosures that say nothing or hold what must not be shown."""
    for key, value in trailers:
        if key in DISCLOSURES and (not value or refused(value)):
            yield f"{key.title()} {visible(value)!r} has {refused(value) or 'no text'}"


def merge(reviews: Sequence[SelfReview]) -> SelfReview | None:
    """One self-review from all carriers; bound only when every carrier is. Claims that contradict are a problem."""
    if not reviews:
        return None
    claims = list(chain.from_iterable(review.claims for review in reviews))
    problems = list(chain.from_iterable(review.problems for review in reviews))
    if len(claims) > MAX_CLAIMS:
        problems.append(f"{len(claims)} claims are more than the {MAX_CLAIMS} that are looked at")
        claims = []
    once, repeated = _once(claims)
    return SelfReview(
        claims=once,
        carriers=tuple(chain.from_iterable(review.carriers for review in reviews)),
        bound=all(review.bound for review in reviews),
        problems=(*problems, *contradictions(claims)),
        repeated=repeated,
        **{name: _all(getattr(review, name) for review in reviews) for name in (*DISCLOSURES.values(), "unbound")},
    )


def _all(entries: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(entry for several in entries for entry in several))


def _once(claims: Sequence[Claim]) -> tuple[tuple[Claim, ...], tuple[str, ...]]:
    """Each claim once, wherever it was made, and the subjects of those that were made again."""
    first: dict[Claim, Claim] = {}
    again: set[str] = set()
    for claim in claims:
        said = replace(claim, carrier="")
        again |= {claim.subject} if said in first else set()
        first.setdefault(said, claim)
    return tuple(first.values()), tuple(sorted(again))


def contradictions(claims: Sequence[Claim]) -> tuple[str, ...]:
    """Subjects that are claimed with two labels, or with two numbers for the same count; in words, sorted."""
    labels: defaultdict[str, set[str]] = defaultdict(set)
    numbers: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for claim in claims:
        labels[claim.subject].add(claim.label.value)
        for name, number in claim.counts:
            numbers[claim.subject, name].add(number)
    said = [f"{subject!r} is claimed as {_and(found)}" for subject, found in labels.items() if len(found) > 1]
    said += [f"{subject!r} is claimed with {_and(n)} {name}" for (subject, name), n in numbers.items() if len(n) > 1]
    return tuple(f"contradictory claims: {words}" for words in sorted(said))


def _and(values: Iterable[str | int]) -> str:
    return " and ".join(str(value) for value in sorted(values, key=str))
