"""What workers say of their own work."""

from tests.lawbook.dsl import Law, about, absent, changed, claims, found, seen

_PYTHON = ("python", "strict")
_REVIEW = seen("self-review", claims=1)
_TESTS = seen("tests", passed=214, skipped=3)
_RED = seen("tests", found("tests", "test-failed", None, symbol="tests/test_app.py::test_new"), passed=213, failed=1)
_MISSING = found("self-review", "self-review-missing", None, symbol="missing")
_SYNC = seen("sync", ahead=2)


def _law(id_: str, story: str, verdict: str, *fires: str, **more: object) -> Law:
    heads = more.pop("heads", (_REVIEW, _TESTS, _SYNC))
    return Law(id_, story, verdict, fires, heads, facts=more.pop("facts", about()), policy=_PYTHON, **more)  # type: ignore[arg-type]


CLAIMS = (
    _law(
        "local-proof-promoted-to-direct", "Green unit tests were reported as direct evidence.", "rejected",
        "self-review/overclaim", review=claims("tests=direct 214 passed"),
    ),
    _law(
        "local-proof-called-local", "Green unit tests were reported as what they are.", "accepted",
        review=claims("tests=local 214 passed"),
    ),
    _law(
        "static-check-called-runtime-proof", "A type check was reported as proof that it runs.", "rejected",
        "self-review/overclaim", heads=(_REVIEW, seen("types")), review=claims("types=direct"),
    ),
    _law(
        "static-check-called-static", "A type check was reported as a type check.", "accepted",
        heads=(_REVIEW, seen("types")), review=claims("types=local"),
    ),
    _law(
        "self-report-without-verification", "The worker wrote that all is well, and no test was ever run.",
        "blocked", "self-review/unsupported", heads=(_REVIEW, absent("tests", "pytest is not installed"), _SYNC),
        review=claims("tests=local"),
    ),
    _law(
        "self-report-that-was-verified", "The worker wrote that the tests pass, and they did.", "accepted",
        review=claims("tests=local"),
    ),
    _law(
        "gate-recorded-but-red", "The failing test run was recorded, and the branch called finished all the same.",
        "rejected", "self-review/overclaim", "tests/test-failed", heads=(_REVIEW, _RED), review=claims("tests=local"),
    ),
    _law(
        "red-and-said-to-be-red", "The failing test was admitted; it still fails.", "rejected",
        "tests/test-failed", heads=(_REVIEW, _RED), review=claims("tests=local 1 failed"),
    ),
    _law(
        "more-tests-claimed-than-ran", "260 tests were reported, 214 had run.", "rejected",
        "self-review/count-mismatch", review=claims("tests=local 260 passed"),
    ),
    _law(
        "as-many-skipped-as-were", "Three skipped tests were reported, and three were skipped.", "accepted",
        review=claims("tests=local 3 skipped"),
    ),
    _law(
        "tests-green-while-skipped", "Three skipped tests were reported as none.", "rejected",
        "self-review/count-mismatch", review=claims("tests=local 0 skipped"),
    ),
    _law(
        "stale-review-of-an-older-commit", "The review spoke of the commit before the last one.", "rejected",
        "self-review/stale", review=claims("tests=local", unbound=("trailer",)),
    ),
    _law(
        "review-of-this-commit", "The review spoke of this very tree.", "accepted",
        review=claims("tests=local", "sync=local"),
    ),
    _law(
        "unit-tests-prove-production-negated",
        "“Unit tests are direct proof that production works. They are not.” was read as a claim by a simpler tool.",
        "accepted", "self-review/unverified-prose", review=claims("tests=local"),
        facts=about(prose=("Unit tests are direct proof that production works.",)),
    ),
    _law(
        "prose-never-decides", "A proud sentence in a commit message, and nothing false in the claims.", "accepted",
        "self-review/unverified-prose", review=claims("tests=local"),
        facts=about(prose=("Verified end to end in production.",)),
    ),
    _law(
        "prose-that-evidence-covers", "“All tests pass” was written, claimed and observed.", "accepted",
        review=claims("tests=local"), facts=about(prose=("All tests pass.",)),
    ),
    _law(
        "pre-existing-failure-that-is-new", "A new failure was called pre-existing; the base is green.", "rejected",
        "self-review/false-known-failure", "self-review/overclaim", "tests/test-failed",
        heads=(_REVIEW, _RED), bases=(_TESTS,),
        review=claims("tests=local", known_failures=("test_new — pre-existing",)),
    ),
    _law(
        "review-without-a-word", "An empty review was filed to satisfy the gate.", "rejected",
        "self-review/empty-review", review=claims(),
    ),
    _law(
        "review-missing", "A strict policy, and no review at all.", "rejected", "self-review/self-review-missing",
        heads=(seen("self-review", _MISSING, claims=0), _TESTS),
    ),
    _law(
        "not-done-without-a-reason", "The migration was left out, without a word why.", "rejected",
        "self-review/blocked-without-reason", review=claims("tests=local", not_done=("the migration",)),
    ),
    _law(
        "not-done-and-said-why", "The migration was left out, and the review says why.", "accepted",
        review=claims("tests=local", not_done=("the migration — there is no database here",)),
    ),
    _law(
        "blocked-claimed-with-a-reason", "The build could not be made here, and the worker said so.", "blocked",
        heads=(_REVIEW, _TESTS, absent("build", "no network for the build")),
        review=claims("tests=local", "build=blocked: no network"),
    ),
    _law(
        "review-is-no-preview", "src/preview.py was taken for a review file by a simpler tool.", "accepted",
        heads=(_REVIEW, _TESTS, seen("paths", commits=1, paths=1)), change=changed("src/preview.py"),
        review=claims("tests=local"),
    ),
    _law(
        "locale-is-no-label", "src/locale/ was taken for the label “local” by a simpler tool.", "accepted",
        heads=(_REVIEW, _TESTS, seen("paths", commits=1, paths=1)), change=changed("src/locale/de.po"),
        review=claims("tests=local"),
    ),
)  # fmt: skip
