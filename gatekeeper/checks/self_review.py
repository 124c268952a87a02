"""self-review: is there one, and can it be read? What it claims is held against the results in `decision/hold.py`."""

from functools import lru_cache

from gatekeeper.checks.contract import Context, FactsPlan, Inapplicable, Plan
from gatekeeper.evidence.claims import FOLDER, TREE_TRAILER, file_for, merge, parse_file, parse_trailers
from gatekeeper.evidence.review_file import MAX_BYTES, too_large
from gatekeeper.git.messages import read_at_most
from gatekeeper.git.pruned import tree_without
from gatekeeper.git.store import Store
from gatekeeper.git.trailers import MAX_MESSAGE_BYTES, trailers
from gatekeeper.model.claim import SelfReview as Review
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import Observation
from gatekeeper.model.subject import Subject
from gatekeeper.model.vocabulary import CheckId, CommitId, TreeId

ID = CheckId("self-review")
NOT_REQUIRED = "there is none, and the policy does not require one"
Extra = tuple[str, bytes]
"""A self-review from outside the branch: what it is called, and its content."""


class SelfReview:
    id = ID
    title = "the worker's own review, held against what was observed"
    cost = 7

    def plan(self, context: Context) -> Plan:
        if context.subject.whole:
            return Inapplicable("the whole tree is judged: no worker reviews it")
        review = read(context, context.self_review)
        if review is None and not context.settings.required:
            return Inapplicable(NOT_REQUIRED)
        return FactsPlan(lambda: observe(review, context.subject.head_tree))


def read(context: Context, extra: Extra | None = None) -> Review | None:
    """The claims of the head, from every carrier together; None when there are none."""
    return read_of(context.store, context.subject, extra)


def read_of(store: Store, subject: Subject, extra: Extra | None = None) -> Review | None:
    """The same for a subject whose head is in the store."""
    return _read(store, subject.head, subject.head_tree, subject.branch, extra)


@lru_cache(maxsize=8)
def _read(store: Store, head: CommitId, head_tree: TreeId, branch: str | None, extra: Extra | None) -> Review | None:
    # Kept, because a check and the decision ask the same of a commit, which cannot change.
    found = [_in_message(store, head, head_tree)]
    if branch:
        path = file_for(branch)
        content = read_at_most(store, head, path, MAX_BYTES)
        if isinstance(content, int):
            found.append(too_large(path, content))
        elif content is not None:
            found.append(parse_file(content, path, bound_tree(store, head_tree)))
    if extra is not None:
        found.append(parse_file(extra[1], extra[0], bound_tree(store, head_tree), head))
    return merge([review for review in found if review is not None])


def _in_message(store: Store, head: CommitId, head_tree: TreeId) -> Review | None:
    pairs = trailers(store, head)
    if pairs is None:
        problem = f"the message of the head is larger than {MAX_MESSAGE_BYTES // 1024} KiB: its trailers were not read"
        return Review((), ("trailer",), True, (problem,))
    # Most trailers name no tree, and then it is not worked out.
    named = any(key.lower() == TREE_TRAILER for key, _ in pairs)
    return parse_trailers(pairs, bound_tree(store, head_tree) if named else head_tree)


@lru_cache(maxsize=64)
def bound_tree(store: Store, tree: TreeId) -> TreeId:
    """What a self-review of this tree is bound to: the tree without the folder of self-reviews."""
    return tree_without(store, tree, FOLDER)


def observe(review: Review | None, tree: TreeId) -> Observation:
    """Findings for a review that is missing or cannot be read; counts `claims`."""
    if review is None:
        missing = Finding(
            check=ID,
            rule="self-review-missing",
            message="the policy requires a self-review: add `Gate-Claim: tests=local; pytest -q; 214 passed` trailers "
            "to the head commit, or write a file: gate self-review new",
            symbol="missing",
        )
        return Observation(check=ID, tree=tree, findings=(missing,), counts={"claims": 0})
    findings = tuple(_problem(problem) for problem in review.problems)
    return Observation(check=ID, tree=tree, findings=findings, counts={"claims": len(review.claims)})


def _problem(problem: str) -> Finding:
    return Finding(check=ID, rule="self-review-malformed", message=problem, symbol=problem)
