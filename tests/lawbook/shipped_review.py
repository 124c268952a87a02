"""Cases about the worker's own review: one for every rule that a policy lets reject, and the honest ones beside."""

from collections.abc import Iterator

from gatekeeper.model.policy import Policy
from tests.lawbook.dsl import TREE, Law, about, changed, claims, found, seen

_OTHER = "8" * 40
REVIEW = seen("self-review", claims=1)
FAILED = found("tests", "test-failed", None, symbol="tests/test_app.py::test_new")


def review_cases(policy: Policy) -> Iterator[Law]:
    """Only rules that the policy rejects by are violations; the others are told as ok."""
    settings = policy.checks["self-review"]  # type: ignore[index]
    for law in _laws():
        if any(one.check in policy.checks and not policy.checks[one.check].enabled for one in law.heads):
            continue
        rule = law.fires[0].partition("/")[2] if law.fires else ""
        if not rule or rule in settings.rejects:
            yield law


def _laws() -> Iterator[Law]:
    tests, plain = seen("tests", passed=214), (REVIEW, seen("sync", ahead=1))
    yield Law(
        "review-honest", "What is claimed was observed.", "accepted", heads=plain,
        review=claims("sync=local"), facts=about(),
    )  # fmt: skip
    yield Law(
        "review-overclaim", "Local evidence is claimed as direct.", "rejected", ("self-review/overclaim",), plain,
        review=claims("sync=direct"), facts=about(),
    )  # fmt: skip
    yield Law(
        "review-stale", "The review is bound to an earlier tree.", "rejected", ("self-review/stale",), plain,
        review=claims("sync=local", unbound=("trailer",)), facts=about(),
    )  # fmt: skip
    counted = seen("sync", ahead=1, commits=3)
    yield Law(
        "review-count-mismatch", "More is claimed to have been counted than was.", "rejected",
        ("self-review/count-mismatch",), (REVIEW, counted), review=claims("sync=local 4 commits"), facts=about(),
    )  # fmt: skip
    yield Law(
        "review-blocked-without-reason", "Something was not done, and no word says why.", "rejected",
        ("self-review/blocked-without-reason",), plain,
        review=claims("sync=local", not_done=("the migration",)), facts=about(),
    )  # fmt: skip
    yield Law(
        "review-not-done-with-reason", "Something was not done, and the review says why.", "accepted", heads=plain,
        review=claims("sync=local", not_done=("the migration — no database here",)), facts=about(),
    )  # fmt: skip
    yield Law(
        "review-empty", "A review that claims nothing and discloses nothing.", "rejected",
        ("self-review/empty-review",), plain, review=claims(), facts=about(),
    )  # fmt: skip
    yield Law(
        "review-undisclosed-change", "A test file is gone, and the review is silent about it.", "rejected",
        ("self-review/undisclosed-change",), plain, review=claims("sync=local"),
        facts=about(gone=("tests/test_old.py",)), change=changed("tests/test_old.py"),
    )  # fmt: skip
    yield Law(
        "review-claim-unknown", "A check is claimed that the policy does not know.", "rejected",
        ("self-review/claim-unknown",), plain, review=claims("sync=local", "magic=local"), facts=about(),
    )  # fmt: skip
    failing = seen("tests", FAILED, passed=213, failed=1)
    yield Law(
        "review-false-known-failure", "A failure of the branch's own is called known; at the base the test passes.",
        "rejected", ("self-review/false-known-failure", "tests/test-failed"), (*plain, failing), (tests,),
        review=claims("sync=local", known_failures=("tests/test_app.py::test_new — was red before",)), facts=about(),
    )  # fmt: skip
    assert TREE != _OTHER
