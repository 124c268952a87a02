"""What a branch changed, with contents: from the gate's own store, in few questions, never more than memory holds."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache

from msgspec import Struct

from gatekeeper.checks.contract import Context
from gatekeeper.checks.mixed_tree import stated_harness, testpaths
from gatekeeper.git.changes import PathChange
from gatekeeper.git.store import Store
from gatekeeper.integrity.contract import Diff, FileChange, Role
from gatekeeper.integrity.harness import test_roots
from gatekeeper.integrity.roles import role_of
from gatekeeper.integrity.winners import losers
from gatekeeper.model.vocabulary import CheckId

MAX_FILE_BYTES = 20_000_000
"""Of one side of a file; larger ones are not read."""
MAX_BYTES = 200_000_000
"""Of all sides together; files that decide what is tested are read first, and small ones before large ones."""
_AT_ONCE = 32_000_000
_NO_BLOB = ("000000", "160000")
_FIRST = (Role.HARNESS, Role.CI, Role.CONFIG, Role.TEST, Role.LOCK, Role.PRODUCT, Role.OTHER, Role.DOCS)


class Unread(Struct, frozen=True):
    """A changed file that was not read, and why, as in "it is …"."""

    path: str
    role: Role
    why: str


class ChangedFiles(Struct, frozen=True):
    """The difference that is looked at, and what of it could not be read."""

    diff: Diff
    unread: tuple[Unread, ...] = ()


def changed_files(context: Context) -> ChangedFiles:
    """Head against the merge base. What a merge brought from the base's tip is on the base: it is nobody's change."""
    subject, store = context.subject, context.store
    changes = _own(context.seen.changes, _tip(context))
    role = _roles(context)
    sizes = store.sizes(_blobs(changes))
    chosen, unread = _chosen(changes, sizes, role)
    contents = _contents(store, _blobs(chosen), sizes)
    names = frozenset(context.seen.names(subject.base_tree)), frozenset(context.head_names)
    files = tuple(_file(change, contents, role) for change in chosen)
    return ChangedFiles(Diff(files, *names, _beside(context, changes)), unread)


def _beside(context: Context, changes: Sequence[PathChange]) -> Mapping[str, bytes]:
    """Configuration that new files of the branch may win over, where the branch left it alone."""
    wanted = _won_over(changes)
    head = context.store.list_tree(context.subject.head_tree) if wanted else {}
    found = {path: head[path][1] for path in sorted(wanted & head.keys()) if head[path][0].startswith("100")}
    sizes = context.store.sizes(sorted(set(found.values())))
    contents = context.store.blobs([oid for oid, size in sizes.items() if size <= MAX_FILE_BYTES])
    return {path: contents[oid] for path, oid in found.items() if oid in contents}


def _won_over(changes: Sequence[PathChange]) -> set[str]:
    """Where files would be that lose to a new one, but for those that the branch changes."""
    touched = {path for change in changes for path in (change.path, change.old_path)}
    return {path for change in changes if change.status == "A" for path in losers(change.path)} - touched


def _tip(context: Context) -> Mapping[str, tuple[str, str]]:
    """Path → (mode, object id) at the base's tip, where it has gone on since the merge base."""
    base, merge_base = context.subject.base, context.subject.merge_base
    return {} if base is None or base.tip == merge_base else context.store.list_tree(base.tip)


def _own(changes: Sequence[PathChange], tip: Mapping[str, tuple[str, str]]) -> list[PathChange]:
    """Without files that are at head what they are at the tip (after criss-cross merges there are such)."""
    return [change for change in changes if not (tip and _is_as_at(tip, change))]


def _is_as_at(tip: Mapping[str, tuple[str, str]], change: PathChange) -> bool:
    if change.status == "D":
        return change.path not in tip
    left = change.old_path in {None, change.path} or change.old_path not in tip
    return left and tip.get(change.path) == (change.new_mode, change.new_oid)


def _roles(context: Context) -> Callable[[str], Role]:
    """By base's configuration, and by what the policy says belongs to the tests."""
    subject, store = context.subject, context.store
    names = frozenset(context.seen.names(subject.base_tree))
    stated_roots = testpaths(lambda path: store.read(subject.base_tree, path) if path in names else None)
    roots = test_roots(stated_roots, names)
    tests = context.policy.checks.get(CheckId("tests"))
    stated = stated_harness(tests.harness if tests else ())

    @cache
    def role(path: str) -> Role:
        found, said = role_of(path, roots, names), stated(path)
        if said is True and found in {Role.PRODUCT, Role.OTHER, Role.DOCS}:
            return Role.HARNESS
        return Role.PRODUCT if said is False and found in {Role.TEST, Role.HARNESS} else found

    return role


def _blobs(changes: Iterable[PathChange]) -> list[str]:
    """Object ids of both sides, each once."""
    sides = (side for one in changes for side in ((one.old_mode, one.old_oid), (one.new_mode, one.new_oid)))
    return sorted({oid for mode, oid in sides if mode not in _NO_BLOB})


def _chosen(
    changes: Sequence[PathChange], sizes: Mapping[str, int], role: Callable[[str], Role]
) -> tuple[list[PathChange], tuple[Unread, ...]]:
    """What is read, in git's order, and what is not."""

    def size(change: PathChange) -> int:
        return sum(sizes.get(oid, 0) for oid in _blobs([change]))

    left, unread = MAX_BYTES, dict[str, Unread]()
    for change in sorted(changes, key=lambda one: (_FIRST.index(role(one.path)), size(one))):
        largest = max((sizes.get(oid, 0) for oid in _blobs([change])), default=0)
        if largest > MAX_FILE_BYTES:
            unread[change.path] = Unread(change.path, role(change.path), f"it has {largest / 1e6:.0f} MB")
        elif size(change) > left:
            why = f"the branch changes more than {MAX_BYTES / 1e6:.0f} MB"
            unread[change.path] = Unread(change.path, role(change.path), why)
        else:
            left -= size(change)
    return [change for change in changes if change.path not in unread], tuple(unread.values())


def _contents(store: Store, blobs: Sequence[str], sizes: Mapping[str, int]) -> Mapping[str, bytes]:
    return {oid: content for some in _portions(blobs, sizes) for oid, content in store.blobs(some).items()}


def _portions(blobs: Iterable[str], sizes: Mapping[str, int]) -> Iterator[list[str]]:
    """A few megabytes at a time: git's answer and what is cut out of it are in memory together."""
    some, total = list[str](), 0
    for oid in blobs:
        if some and total + sizes.get(oid, 0) > _AT_ONCE:
            yield some
            some, total = [], 0
        some.append(oid)
        total += sizes.get(oid, 0)
    if some:
        yield some


def _file(change: PathChange, contents: Mapping[str, bytes], role: Callable[[str], Role]) -> FileChange:
    """Links have their target as content, submodules none."""
    return FileChange(
        path=change.path,
        status=change.status,
        old=contents.get(change.old_oid),
        new=contents.get(change.new_oid),
        old_path=change.old_path if change.old_path != change.path else None,
        old_mode=change.old_mode,
        new_mode=change.new_mode,
        role=role(change.path),
    )
