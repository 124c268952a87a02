"""Self-reviews: parse the carriers, bind them to a head.

What a claim is worth is judged elsewhere; here it is only read.
"""

import tomllib
from collections.abc import Sequence

from gatekeeper.model.claim import Claim, SelfReview
from gatekeeper.model.vocabulary import Label, TreeId

TRAILER = "gate-claim"
TREE_TRAILER = "gate-tree"
FOLDER = ".gate/self-review"
_FILE_KEYS = frozenset({"tree", "claim", "not_done", "known_failures", "tests_removed", "gate_changes"})
_CLAIM_KEYS = frozenset({"subject", "label", "command", "statement"})


def file_for(branch: str) -> str:
    """Path of the self-review of a branch: one per branch, so that two branches never conflict."""
    return f"{FOLDER}/{branch}.toml"


def parse_claim(text: str) -> Claim | str:
    """`tests=local; pytest -q; 214 passed` → Claim, or the reason why it is none."""
    head, _, rest = text.partition(";")
    subject, equals, label = (part.strip() for part in head.partition("="))
    if not equals or not subject:
        return f"claim {text!r} has no `check=label` at its start"
    if label not in set(Label):
        return f"claim {text!r} names the label {label!r}; known: {', '.join(Label)}"
    command, _, statement = (part.strip() for part in rest.partition(";"))
    return Claim(subject, Label(label), command, statement, "trailer")


def parse_trailers(trailers: Sequence[tuple[str, str]], tree: TreeId) -> SelfReview | None:
    """Claims in the trailers of the head commit; None when it carries none.

    `tree` is the head's tree without `.gate/self-review/`. Trailers belong to their commit, so they are bound to it
    unless a `Gate-Tree:` names another tree.
    """
    parsed = [parse_claim(value) for value in _values(trailers, TRAILER)]
    trees = _values(trailers, TREE_TRAILER)
    bound = all(_same_tree(named, tree) for named in trees)
    if parsed:
        claims = tuple(item for item in parsed if isinstance(item, Claim))
        return SelfReview(claims, ("trailer",), bound, tuple(item for item in parsed if isinstance(item, str)))
    if trees:
        return SelfReview((), ("trailer",), bound, ("a Gate-Tree trailer without any Gate-Claim",))
    return None


def _values(trailers: Sequence[tuple[str, str]], wanted: str) -> list[str]:
    return [value.strip() for key, value in trailers if key.lower() == wanted]


def parse_file(content: bytes, path: str, tree: TreeId) -> SelfReview:
    """Claims in `.gate/self-review/<branch>.toml`: `tree = "…"` and `[[claim]]` tables."""
    try:
        data = tomllib.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        return SelfReview((), (path,), False, (f"{path} is not TOML: {error}",))
    problems = [f"{path}: unknown key {key!r}" for key in sorted(data.keys() - _FILE_KEYS)]
    claims: list[Claim] = []
    rows = data.get("claim", [])
    for number, row in enumerate(rows if isinstance(rows, list) else [rows], 1):
        item = _file_claim(row, f"{path}, claim {number}")
        if isinstance(item, str):
            problems.append(item)
        else:
            claims.append(item)
    if not claims and not problems:
        problems.append(f"{path} holds no claim")
    named = data.get("tree")
    bound = isinstance(named, str) and _same_tree(named, tree)
    return SelfReview(tuple(claims), (path,), bound, tuple(problems))


def merge(reviews: Sequence[SelfReview]) -> SelfReview | None:
    """One self-review from all carriers; bound only when every carrier is."""
    if not reviews:
        return None
    return SelfReview(
        tuple(claim for review in reviews for claim in review.claims),
        tuple(carrier for review in reviews for carrier in review.carriers),
        all(review.bound for review in reviews),
        tuple(problem for review in reviews for problem in review.problems),
    )


def _file_claim(row: object, where: str) -> Claim | str:
    if not isinstance(row, dict):
        return f"{where} is not a table"
    unknown = sorted(str(key) for key in row.keys() - _CLAIM_KEYS)
    if unknown:
        return f"{where}: unknown key {unknown[0]!r}"
    texts = {key: row.get(key, "") for key in _CLAIM_KEYS}
    if not all(isinstance(value, str) for value in texts.values()):
        return f"{where}: every value is text"
    if not texts["subject"]:
        return f"{where} has no subject"
    if texts["label"] not in set(Label):
        return f"{where} names the label {texts['label']!r}; known: {', '.join(Label)}"
    return Claim(texts["subject"], Label(texts["label"]), texts["command"], texts["statement"], "file")


def _same_tree(named: str, tree: TreeId) -> bool:
    return len(named) >= 7 and tree.startswith(named.lower())
