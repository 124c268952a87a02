"""What the verifier has to know of the repository, read with one git process and nothing believed on the way."""

from collections.abc import Callable, Sequence
from pathlib import Path

from gatekeeper.errors import CannotEstablish
from gatekeeper.git.command import encode
from gatekeeper.git.objects import FOLDER, Objects
from gatekeeper.git.store import MAX_FILE_BYTES, Store
from gatekeeper.model.subject import Repository
from gatekeeper.model.target import Signer
from gatekeeper.model.vocabulary import CommitId
from gatekeeper.stamp.answer import Place
from gatekeeper.stamp.sift import Sifted, latest, sift
from gatekeeper.stamp.view import View


def sifted(
    objects: Objects,
    view: View,
    commit: CommitId,
    signers: Sequence[Signer],
    approvers: Sequence[Signer] | None = None,
) -> Sifted:
    """Everything that the log holds about the commit (see `sift`).

    Raises CannotEstablish when that is not what its id says.
    """
    tree = objects.tree_of(commit)
    objects.tree(tree)
    return sift(view.about(commit), signers, commit, tree, approvers)


def places(view: View, commit: CommitId, found: Sifted) -> dict[str, Place]:
    """How the chains lie whose stamps count for the commit, by their ids."""
    return {one.chain.id: place_of(view, commit, one.chain.id, one.chain.sequence) for one in latest(found.stamps)}


def place_of(view: View, commit: CommitId, chain: str, sequence: int) -> Place:
    """How a chain lies around one of its places, and what it says about the commit."""
    try:
        state = view.chain(chain)
        if state is None:
            return Place(None, {}, (), f"chain {chain} is not in the log")
        asked = {sequence, sequence - 1, state.sequence - 1} - {0}
        digests = {number: view.digest_at(chain, number) for number in asked}
        return Place(state, digests, view.said_about(chain, commit))
    except CannotEstablish as error:
        return Place(None, {}, (), error.what)


def reader(objects: Objects, commit: CommitId) -> Callable[[str], bytes | None]:
    """Content of a file of a commit, None when it is not there: as `Store.read`, from the repository itself.

    Every object on the way is held against its id: a policy decides who is trusted.
    """
    root = objects.tree_of(commit)

    def read(path: str) -> bytes | None:
        entry = objects.find(root, *encode(path).split(b"/"))
        if entry is None or entry.mode in {FOLDER, "160000"}:
            return None
        return objects.read(entry.oid, "blob", max_bytes=MAX_FILE_BYTES)

    return read


def names(repository: Repository, commit: CommitId) -> tuple[str, ...]:
    """Every path of a commit."""
    return tuple(Store(Path(repository.common_dir), repository.common_dir).list_tree(commit))
