"""A commit beside the base and the head: what is read there must not be the branch's own word."""

from gatekeeper.errors import UsageError
from gatekeeper.git.facts import commit_of
from gatekeeper.git.store import Store
from gatekeeper.model.subject import Subject
from gatekeeper.model.vocabulary import CommitId


def commit_elsewhere(store: Store, subject: Subject, rev: str) -> CommitId:
    """The commit that `rev` names, brought into the store.

    Raises UsageError when there is none, or when it holds commits of the branch that its base has not: then the branch
    would say by what it is judged.
    """
    found = commit_of(subject.repository, rev)
    if found is None:
        raise UsageError(f"{rev} names no commit", "name a branch, a tag or a commit that is here")
    store.fetch([found])
    if subject.base is not None and _shares_news(store, found, subject.head, subject.base.tip):
        raise UsageError(
            f"{rev} ({found[:12]}) holds commits of the branch that is judged",
            "read the policy where the branch cannot write: on its base, or on a branch of its own",
        )
    return found


def _shares_news(store: Store, one: str, head: str, base: str) -> bool:
    """Do both contain a commit that the base does not?"""
    shared = store.git.run("merge-base", "--all", one, head, check=False).decode().split()
    return any(store.git.call("merge-base", "--is-ancestor", commit, base).exit != 0 for commit in shared)
