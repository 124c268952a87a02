"""A real git repository for tests: short verbs, a fixed identity, nothing of the developer's configuration."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

ENV = {
    "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "A Worker",
    "GIT_AUTHOR_EMAIL": "worker@example.org",
    "GIT_COMMITTER_NAME": "A Worker",
    "GIT_COMMITTER_EMAIL": "worker@example.org",
    "GIT_AUTHOR_DATE": "2026-01-02T03:04:05+0000",
    "GIT_COMMITTER_DATE": "2026-01-02T03:04:05+0000",
    "GIT_ALLOW_PROTOCOL": "file",
    "LC_ALL": "C",
}


class Repo:
    """`path` is the worktree that the verbs work in. Contents are text or bytes; None as content removes the file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, path: Path, *, branch: str = "main") -> "Repo":
        """An empty repository whose unborn branch is `branch`."""
        path.mkdir(parents=True, exist_ok=True)
        repo = cls(path)
        repo.git("init", "--quiet", "-b", branch)
        return repo

    def git(self, *args: str, stdin: bytes | None = None, check: bool = True) -> str:
        """Standard output of git, without the closing newline."""
        argv = ["git", "-c", "protocol.file.allow=always", "-c", "maintenance.auto=false", *args]
        done = subprocess.run(argv, cwd=self.path, env=ENV, input=stdin, capture_output=True, check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"git {' '.join(args)}: {done.stderr.decode(errors='replace')}")
        return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")

    def write(self, path: str, text: str | bytes | None) -> Path:
        """Write a file of the worktree (not committed). None removes it."""
        file = self.path / path
        if text is None:
            file.unlink()
            return file
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text)
        return file

    def commit(self, message: str = "change", files: Mapping[str, str | bytes | None] | None = None) -> str:
        """Write `files`, commit everything that is there (also an empty change), give the commit id."""
        for path, text in (files or {}).items():
            self.write(path, text)
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--no-verify", "--allow-empty", "--allow-empty-message", "-m", message)
        return self.head()

    def head(self, rev: str = "HEAD") -> str:
        """Full id of a commit."""
        return self.git("rev-parse", "--verify", f"{rev}^{{commit}}")

    def tree(self, rev: str = "HEAD") -> str:
        """Full id of a commit's tree."""
        return self.git("rev-parse", "--verify", f"{rev}^{{tree}}")

    def branch(self, name: str, from_: str = "HEAD") -> None:
        """Make a branch and switch to it."""
        self.git("switch", "--quiet", "-c", name, from_)

    def switch(self, name: str) -> None:
        self.git("switch", "--quiet", name)

    def worktree(self, name: str, path: Path) -> "Repo":
        """A linked worktree at `path` on branch `name` (made at HEAD when it does not exist)."""
        known = self.git("rev-parse", "--verify", "--quiet", f"refs/heads/{name}", check=False)
        self.git("worktree", "add", "--quiet", *((str(path), name) if known else ("-b", name, str(path))))
        return Repo(path)

    def config(self, key: str, value: str) -> None:
        """Set something in the repository's own configuration, as a worker could."""
        self.git("config", key, value)
