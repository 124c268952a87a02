"""Local branches by pattern."""

from gatekeeper.errors import NothingToJudge
from gatekeeper.git.command import Git
from gatekeeper.model.subject import Repository


def branches_like(repository: Repository, pattern: str) -> tuple[str, ...]:
    """Names of the local branches that match, sorted: `worker/*` as git-for-each-ref(1) has it, or everything below.

    Raises NothingToJudge when there is none.
    """
    git = Git(git_dir=repository.common_dir)
    names = tuple(sorted(git.text("for-each-ref", "--format=%(refname:lstrip=2)", f"refs/heads/{pattern}").split()))
    if not names:
        raise NothingToJudge(f"no branch matches {pattern!r}", "git branch --list shows the branches")
    return names
