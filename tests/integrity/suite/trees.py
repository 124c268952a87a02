"""Two small trees, and everything that compares their tests."""

from collections.abc import Iterable, Mapping

from gatekeeper.integrity.harness import harness
from gatekeeper.integrity.suite.hidden import Judge, Judgement, Runs
from gatekeeper.integrity.suite.lessened import lessened
from gatekeeper.integrity.suite.product import Product
from gatekeeper.integrity.suite.renames import Renames, match
from gatekeeper.integrity.suite.suites import Suites
from gatekeeper.integrity.suite.written import Files

Tree = Mapping[str, str]


def files(tree: Tree, base: Tree | None = None) -> Files:
    """What belongs to the tests is said by the names of `base`."""
    is_harness = harness(base or tree, (), lambda _: None)
    return Files(frozenset(tree), lambda path: tree[path].encode() if path in tree else None, is_harness)


def touched(old: Tree, new: Tree) -> tuple[str, ...]:
    return tuple(path for path in sorted({*old, *new}) if old.get(path) != new.get(path))


def pair(old: Tree, new: Tree) -> tuple[Suites, Suites, Renames]:
    """The tests of both trees, and which of them are the same."""
    before, after = Suites(files(old)), Suites(files(new, old))
    return before, after, match(before, after, touched(old, new))


def judged(
    old: Tree,
    new: Tree,
    failing: Iterable[str],
    head: Mapping[str, str] | None = None,
    base: Mapping[str, str] | None = None,
    mixed: Mapping[str, str] | None = None,
) -> list[Judgement]:
    """What is said of base's tests that fail on head's code. At head everything passes unless `head` says otherwise."""
    before, after, renames = pair(old, new)
    at_base = base or dict.fromkeys(failing, "passed")
    at_head = dict.fromkeys(failing, "passed") if head is None else head
    runs = Runs(at_base, at_head, mixed or dict.fromkeys(failing, "failed"))
    changed = touched(old, new)
    product = Product(before.files, after.files, changed)
    judge = Judge(runs, before, after, renames, product, lessened(before.files, after.files, changed))
    return [found for test in runs.suspects() if (found := judge.judge(test)) is not None]
