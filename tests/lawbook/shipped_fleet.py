"""Cases of the rules of `fleet`, for branches of unattended agents."""

from collections.abc import Iterator, Sequence

from gatekeeper.model.change import ChangedPath, ChangeFacts, Repeat
from gatekeeper.model.observation import Observation
from tests.lawbook.dsl import Law, absent, changed, commit, found, inapplicable, probed, seen

_PAGES = ("app.tsx", "app.jsx", "app.vue", "app.svelte", "app.css", "app.scss", "app.less", "index.html")
_IGNORED = (
    "uv.lock", "package-lock.json", "pnpm-lock.yaml", "npm-shrinkwrap.json", "app.snap", "app.ambr", "icon.svg",
    ".gate/self-review/work.toml",
)  # fmt: skip


def fleet_cases() -> Iterator[Law]:
    """Each rule, its boundaries and what it leaves alone."""
    story = "Nobody agreed with the worker what it may touch."
    yield Law("no-contract", story, "blocked", ("rules/agent-without-contract",))
    yield from _tests()
    yield from _size()
    yield from _subjects()
    yield from _pages()
    for times, verdict in ((2, "accepted"), (3, "blocked")):
        fires = ("rules/stuck-worker",) if times > 2 else ()
        repeats = (Repeat("f" * 32, "lint", "F821", times),)
        yield Law(f"stuck-{times}", f"The same failure on {times} heads in a row.", verdict, fires, repeats=repeats)


def _tests() -> Iterator[Law]:
    for passed, verdict in ((0, "rejected"), (1, "accepted")):
        fires = () if passed else ("rules/no-test-passed",)
        head = seen("tests", passed=passed, skipped=9)
        yield Law(f"tests-{passed}-passed", f"{passed} tests passed, nine were skipped.", verdict, fires, (head,))
    why = "no language at base that it serves"
    yield Law("tests-do-not-apply", "A project without tests to run.", "accepted", heads=(inapplicable("tests", why),))
    empty = Observation("tests", "7" * 40, missing=("zero tests executed",), counts={"passed": 0})  # type: ignore[arg-type]
    story = "A run in which nothing ran is blocked, not rejected."
    yield Law("tests-blocked-at-zero", story, "blocked", heads=(empty,))


def _sized(paths: Sequence[str], lines: int) -> ChangeFacts:
    return ChangeFacts(tuple(ChangedPath(path, "M", "", lines, 0) for path in paths), (commit(*paths),))


def _size() -> Iterator[Law]:
    for files, verdict in ((60, "accepted"), (61, "rejected")):
        fires = ("rules/too-large-to-review",) if verdict == "rejected" else ()
        change = _sized([f"src/part{number}.py" for number in range(files)], 1)
        story = f"{files} files changed, sixty can be reviewed."
        yield Law(f"size-{files}-files", story, verdict, fires, change=change)
    for lines, verdict in ((1500, "accepted"), (1501, "rejected")):
        fires = ("rules/too-large-to-review",) if verdict == "rejected" else ()
        yield Law(
            f"size-{lines}-lines", f"{lines} lines changed, fifteen hundred can be reviewed.", verdict, fires,
            change=_sized(["src/app.py"], lines),
        )  # fmt: skip
    story = "Lock files, snapshots and drawings are large, and nobody reviews them line by line."
    yield Law("size-of-generated-files", story, "accepted", change=_sized(_IGNORED, 5000))


def _subjects() -> Iterator[Law]:
    for name, subject, verdict in (
        ("plain", "Fixed stuff", "rejected"),
        ("unknown-type", "wip: it", "rejected"),
        ("scope", "feat(shop)!: sell more", "accepted"),
        ("revert", 'Revert "feat: sell more"', "accepted"),
    ):
        fires = ("rules/commit-convention",) if verdict == "rejected" else ()
        change = changed("src/app.py", commits=[commit("src/app.py", subject=subject)])
        yield Law(f"subject-{name}", f"A commit is called {subject!r}.", verdict, fires, change=change)


def _pages() -> Iterator[Law]:
    for page in _PAGES:
        name = page.partition(".")[2]
        yield Law(
            f"page-{name}", f"web/{page} was changed, and nobody saw it.", "blocked", ("rules/ui-unseen",),
            change=changed(f"web/{page}"),
        )  # fmt: skip
    for number, path in enumerate(("docs/index.html", "web/app.test.tsx", "web/app.spec.tsx")):
        yield Law(f"page-no-page-{number}", f"{path} is no page of the product.", "accepted", change=changed(path))
    for kind in ("png", "jpg", "webp"):
        change = changed("web/app.tsx", f".gate/screenshots/app.{kind}")
        yield Law(f"page-screenshot-{kind}", "The page is there as a screenshot.", "accepted", change=change)
    for target in ("shop", "phone"):
        change, head = changed("web/app.tsx"), probed(target)
        story = f"The page was looked at on {target}."
        yield Law(f"page-seen-on-{target}", story, "accepted", heads=(head,), change=change)
        weak = probed(target, identity="unproven")
        yield Law(
            f"target-{target}-proxy", f"{target} was looked at, and did not prove that it runs this commit.",
            "rejected", (f"{target}/evidence-too-weak",), (weak,),
        )  # fmt: skip
        bad = probed(target, found(target, "test-failed", None, symbol="opens"), exit_=1)
        yield Law(
            f"target-{target}-fails", f"The probe of {target} fails.", "rejected", (f"{target}/test-failed",), (bad,)
        )  # fmt: skip
    bad = probed("audit", found("audit", "test-failed", None, symbol="logged"), exit_=1)
    yield Law("target-audit-fails", "The probe of the log fails.", "rejected", ("audit/test-failed",), (bad,))
    change = changed("web/app.tsx")
    story = "The page was changed, and only the production log was looked at."
    yield Law("page-seen-in-a-log", story, "blocked", ("rules/ui-unseen",), (probed("audit"),), change=change)
    change = changed("web/app.tsx", "web/logo.png")
    story = "Any picture is no screenshot."
    yield Law("page-other-picture", story, "blocked", ("rules/ui-unseen",), change=change)


__all__ = ["absent", "fleet_cases", "found", "probed"]
