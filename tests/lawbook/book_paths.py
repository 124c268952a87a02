"""Where workers went: paths, worktrees, the base, contracts, sizes."""

from msgspec.structs import replace

from gatekeeper.model.contract import Contract
from gatekeeper.model.recording import RecordedSubject
from tests.lawbook.dsl import HEAD, TREE, Law, about, changed, claims, commit, found, seen

_FLEET = ("python", "fleet")
_AGREED = Contract("work", 1, "2026-10-01T00:00:00+00:00", "Kim", "c" * 64)
_BOUND = replace(_AGREED, allow=("/src/",), forbid=("/src/money/",))
_PATHS = seen("paths", commits=1, paths=1)
_HEADS = (_PATHS, seen("tests", passed=9), seen("sync", ahead=1))


def _law(id_: str, story: str, verdict: str, *fires: str, **more: object) -> Law:
    heads, contract = more.pop("heads", _HEADS), more.pop("contract", _AGREED)
    change = more.pop("change", changed("src/app.py"))
    return Law(id_, story, verdict, fires, heads, change=change, contract=contract, policy=_FLEET, **more)  # type: ignore[arg-type]


_REVERTED = (commit(".github/workflows/ci.yml", "src/app.py"), commit(".github/workflows/ci.yml", subject="fix: undo"))
PATHS = (
    _law(
        "forbidden-path-added-and-reverted", "A commit touched the workflow, the next one took it back.",
        "rejected", "paths/forbidden-path", change=changed("src/app.py", commits=_REVERTED),
    ),
    _law("workflow-untouched", "Two commits to the product, none to the workflow.", "accepted"),
    _law(
        "policy-edited-in-the-branch", "The branch loosened its own gate.toml.", "rejected", "paths/forbidden-path",
        change=changed("gate.toml", "src/app.py"),
    ),
    _law(
        "file-with-gate-in-its-name", "src/gate.toml.py and docs/gate.md were taken for the policy by a simpler tool.",
        "accepted", change=changed("src/gate_toml.py", "docs/gate.md"),
    ),
    _law(
        "attributes-that-hide-files", "A .gitattributes with export-ignore was to hide a file.", "rejected",
        "paths/forbidden-path", change=changed("src/.gitattributes"),
    ),
    _law("own-review-file", "The worker wrote its review where it belongs.", "accepted",
         change=changed("src/app.py", ".gate/self-review/work.toml")),
    _law(
        "dirty-worktree-called-finished", "Everything was finished, and a third of it not committed.", "rejected",
        "worktree/uncommitted", heads=(*_HEADS, seen("worktree", found("worktree", "uncommitted"), uncommitted=1)),
    ),
    _law("clean-worktree", "Everything was finished, and committed.", "accepted",
         heads=(*_HEADS, seen("worktree", uncommitted=0))),
    _law(
        "conflict-with-base-unmentioned", "The branch conflicts with its base, and nobody said so.", "rejected",
        "sync/merge-conflict", heads=(_PATHS, seen("tests", passed=9), seen("sync", found("sync", "merge-conflict"))),
        subject=RecordedSubject(head=HEAD, head_tree=TREE, conflicts=("src/app.py",)),
    ),
    _law(
        "behind-the-base-and-clean", "The base has moved on, and the branch merges cleanly.", "accepted",
        heads=(*_HEADS[:2], seen("sync", found("sync", "behind-base", None, severity="note"), behind=4)),
    ),
    _law(
        "outside-the-contract", "The worker repaired something in another worker's part of the tree.", "rejected",
        "paths/out-of-contract", contract=_BOUND, change=changed("lib/other.py"),
    ),
    _law(
        "forbidden-by-the-contract", "Inside of what it may touch lies what it may not.", "rejected",
        "paths/out-of-contract", contract=_BOUND, change=changed("src/money/tax.py"),
    ),
    _law("inside-the-contract", "The worker stayed in its part of the tree.", "accepted", contract=_BOUND),
    _law(
        "worker-without-a-contract", "An unattended worker was started without a word about its bounds.", "blocked",
        "rules/agent-without-contract", contract=None,
    ),
    _law(
        "four-thousand-lines-at-once", "Four thousand lines in one branch, read by nobody.", "rejected",
        "rules/too-large-to-review", change=changed("src/app.py", lines=4000),
    ),
    _law("large-lock-file", "One dependency more, and a lock file of nine thousand lines.", "accepted",
         change=changed("pyproject.toml", "uv.lock", lines=740)),
    _law(
        "subject-line-stuff", "A commit called “stuff”.", "rejected", "rules/commit-convention",
        change=changed("src/app.py", commits=[commit("src/app.py", subject="stuff")]),
    ),
    _law("subject-line-fixup", "A commit that says what it is.", "accepted",
         change=changed("src/app.py", commits=[commit("src/app.py", subject="refactor(app): split the parser")])),
    _law(
        "stylesheet-that-nobody-saw", "The stylesheet was rewritten, and types and tests are green.", "blocked",
        "rules/ui-unseen", change=changed("web/site.css"),
    ),
    _law("stylesheet-with-a-screenshot", "The stylesheet was rewritten, and there is a picture of it.", "accepted",
         change=changed("web/site.css", ".gate/screenshots/site.png")),
    _law(
        "removed-test-unmentioned", "A failing test was deleted, and the review says nothing of it.", "rejected",
        "self-review/undisclosed-change", heads=(*_HEADS, seen("self-review", claims=1)),
        review=claims("sync=local"), facts=about(gone=("tests/test_app.py::test_old",)),
    ),
    _law(
        "removed-test-disclosed", "A test of removed code is gone, and the review says so.", "accepted",
        heads=(*_HEADS, seen("self-review", claims=1)), facts=about(gone=("tests/test_app.py::test_old",)),
        review=claims("sync=local", tests_removed=("test_old — the function is gone",)),
    ),
)  # fmt: skip
