"""Which commits contain which, asked in the store."""

from collections.abc import Iterable, Sequence

from gatekeeper.git.store import Store
from gatekeeper.model.vocabulary import CommitId


def contained(store: Store, commits: Sequence[CommitId], tip: str) -> tuple[CommitId, ...]:
    """Those of `commits` that `tip` contains, in their order. What the store does not have is contained in nothing."""
    here = _here(store, [*commits, tip])
    known = [commit for commit in commits if commit in here]
    if tip not in here or not known:
        return ()
    asked = "".join(f"{commit}\n" for commit in known) + f"^{tip}\n"
    outside = set(store.git.run("rev-list", "--stdin", stdin=asked.encode()).decode().split())
    return tuple(commit for commit in known if commit not in outside)


def descendants(store: Store, commit: CommitId, tip: CommitId) -> frozenset[str]:
    """`commit` and every commit on the way from it to `tip`."""
    between = store.git.run("rev-list", "--ancestry-path", f"{commit}..{tip}", "--").decode().split()
    return frozenset((commit, *between))


def joined_by_merge(store: Store, commit: CommitId, tip: CommitId) -> bool:
    """Is `commit` contained in `tip`, but only through a later parent of a merge? Then it did not begin there."""
    if not contained(store, [commit], tip):
        return False
    line = store.git.run("rev-list", "--first-parent", "--parents", tip, f"^{commit}", "--").decode().splitlines()
    oldest = line[-1].split() if line else [tip, tip]
    return commit not in {tip, oldest[1] if len(oldest) > 1 else ""}


def _here(store: Store, commits: Iterable[str]) -> frozenset[str]:
    asked = "".join(f"{commit}\n" for commit in commits).encode()
    said = store.git.run("cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=asked).decode()
    return frozenset(line.split()[0] for line in said.splitlines() if line.endswith(" commit"))
