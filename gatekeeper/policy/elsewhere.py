"""A policy that is read at another commit than the base's tip, because whoever runs the gate says so."""

from collections.abc import Callable, Sequence

from gatekeeper.errors import UsageError
from gatekeeper.git.elsewhere import commit_elsewhere
from gatekeeper.git.store import Store
from gatekeeper.model.policy import Policy
from gatekeeper.model.subject import Subject
from gatekeeper.model.vocabulary import CommitId
from gatekeeper.policy.load import load_policy


def policy_elsewhere(
    rev: str, store: Store, subject: Subject, tip: CommitId, names: Callable[[], Sequence[str]]
) -> Policy:
    """The policy file at `rev`, over the languages and tools at `tip`, whose paths `names` gives.

    Raises UsageError: no such commit, no policy there, or the branch that is judged has a say in it.
    """
    law = commit_elsewhere(store, subject, rev)
    where = f"{rev.removeprefix('refs/remotes/')} ({law[:12]})"
    policy = load_policy(
        lambda path: store.read(tip, path), names=names, where=where, elsewhere=lambda path: store.read(law, path)
    )
    if policy.origin.startswith("shipped default"):
        raise UsageError(f"there is no policy at {where}", "name a commit that has a gate.toml")
    return policy
