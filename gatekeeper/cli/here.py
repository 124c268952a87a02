"""Which repository and branch a folder belongs to, read from files: a git process would cost more than all the rest."""

import os


def repository_and_branch(folder: str) -> tuple[str, str]:
    """(common git folder, branch); empty where there is none. All worktrees of a repository share the first."""
    here = os.path.abspath(folder)  # noqa: PTH100 - plain strings: this is on the way of every command
    while True:
        found = _git_folder(f"{here}/.git")
        if found:
            return _common(found), _branch(found)
        above = os.path.dirname(here)  # noqa: PTH120
        if above == here:
            return "", ""
        here = above


def _git_folder(path: str) -> str:
    if os.path.isdir(path):  # noqa: PTH112
        return path
    words = _first_line(path).split(None, 1)
    if len(words) == 2 and words[0] == "gitdir:":
        return os.path.normpath(os.path.join(os.path.dirname(path), words[1]))  # noqa: PTH118, PTH120
    return ""


def _common(git_folder: str) -> str:
    named = _first_line(f"{git_folder}/commondir")
    return os.path.realpath(os.path.join(git_folder, named) if named else git_folder)  # noqa: PTH118


def _branch(git_folder: str) -> str:
    head = _first_line(f"{git_folder}/HEAD")
    prefix = "ref: refs/heads/"
    return head[len(prefix) :] if head.startswith(prefix) else head[:12]


def _first_line(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123
            return file.readline(4096).strip()
    except OSError:
        return ""
