"""Remove what a landed branch leaves behind: its worktree, the branch, its contract. Only when its work is proven."""

from collections.abc import Mapping
from pathlib import Path

from gatekeeper.cli.caller import git_identity
from gatekeeper.cli.landed import proven
from gatekeeper.errors import CannotEstablish, UsageError
from gatekeeper.git.facts import commit_of
from gatekeeper.git.landed import prove
from gatekeeper.git.landing import delete_branch, remove_worktree
from gatekeeper.git.store import Store
from gatekeeper.git.worktree import inspect
from gatekeeper.git.worktrees import find_worktree, list_worktrees
from gatekeeper.ledger.contracts import Contracts
from gatekeeper.model.subject import Subject
from gatekeeper.model.vocabulary import CommitId
from gatekeeper.process.home import Home


def clean_up(home: Home, subject: Subject, tip: CommitId, env: Mapping[str, str]) -> tuple[str, ...]:
    """What was removed, in words. Raises CannotEstablish, with the reason, before anything is removed.

    `tip` is the base as it is now, in the store.
    """
    branch, repository = subject.branch, subject.repository
    if branch is None:
        raise UsageError("only a branch can be cleaned up, and a commit was named", "name the branch")
    store = Store.open(home, repository)
    proof = prove(store, subject.head, tip)
    if not proof.how:
        raise CannotEstablish(f"nothing proves that the work of {branch} is on {tip[:12]}", f"gate landed {branch}")
    if commit_of(repository, f"refs/heads/{branch}") != subject.head:
        raise CannotEstablish(
            f"{branch} has moved meanwhile", f"gate landed {branch} says whether all of it has landed"
        )
    worktree = find_worktree(repository, branch)
    done = []
    if worktree is not None:
        _must_be_spare(home, subject, store, worktree)
        remove_worktree(repository, worktree, env)
        done.append(f"worktree {worktree}")
    delete_branch(repository, branch, subject.head, env)
    done.append(f"branch {branch} ({subject.head[:12]}); {proven(proof, tip[:12])}")
    contracts = Contracts(home.contracts)
    if contracts.current(repository, branch) is not None:
        contracts.remove(repository, branch, git_identity(repository, env))
        done.append(f"the contract of {branch}")
    return tuple(done)


def _must_be_spare(home: Home, subject: Subject, store: Store, worktree: str) -> None:
    """A linked worktree in which nothing lies that is not committed, and in which nobody stands."""
    listed = list_worktrees(subject.repository)
    entry = next(one for one in listed if one.path == worktree)
    if Path(entry.git_dir).resolve() == Path(subject.repository.common_dir):
        raise CannotEstablish(
            f"{subject.branch} is checked out in the main worktree {worktree}",
            f"git -C {worktree} switch another-branch",
        )
    if Path.cwd().is_relative_to(Path(worktree).resolve()):
        raise CannotEstablish(f"you stand in the worktree {worktree}", "go elsewhere, and clean up from there")
    state = inspect(worktree, store, subject.head, home, [one.path for one in listed])
    if state.operation:
        raise CannotEstablish(f"a {state.operation} is in progress in {worktree}", "finish it, or abort it")
    if state.dirty:
        names = ", ".join(name for _, name in state.dirty[:5]) + (", …" if len(state.dirty) > 5 else "")
        raise CannotEstablish(f"{worktree} holds what is not committed: {names}", "commit it, or remove it")
