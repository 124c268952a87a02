"""One repository in which every case of a language becomes a branch, so that stores, slots and tools are made once."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.attacks.case import Append, Case, Commit, Edit, Gitlink, Link, Move, Remove, Swap, Write, project
from tests.attacks.tools import install_packages, lend_tools
from tests.support.repo import ENV, Repo

_NOWHERE = "1" * 40
"""A commit that no repository has."""


@dataclass
class Desk:
    """`repo` has the project on `main`; `lay` leaves it on the branch of a case."""

    language: str
    repo: Repo
    home: Path
    _made: dict[str, tuple[str, str]] = field(default_factory=dict)
    _bases: dict[tuple[Edit, ...], str] = field(default_factory=dict)

    @classmethod
    def create(cls, language: str, folder: Path) -> "Desk":
        """The project in `folder`/LANGUAGE, the gate's home beside it."""
        repo = Repo.create(folder / language)
        _put(repo, [Write(path, text) for path, text in project(language).items()])
        if language == "python":
            lend_tools(repo.path)
        else:
            install_packages(repo.path)
        desk = cls(language, repo, folder / f"{language}-home")
        desk._keep("begin")
        return desk

    @property
    def path(self) -> Path:
        return self.repo.path

    def lay(self, case: Case) -> tuple[str, str]:
        """(base, branch) of the case; the worktree stands on the branch, clean."""
        if case.name in self._made:
            base, branch = self._made[case.name]
            self.repo.git("switch", "--quiet", "--force", branch)
            self._sweep()
            return base, branch
        base, branch = self._base(case), f"work/{case.name}"
        self._switch(branch, base)
        for number, commit in enumerate(case.commits, 1):
            last = number == len(case.commits)
            self._commit(commit, base, f"{commit.message}\n\n{case.said}" if last else commit.message)
        self._made[case.name] = (base, branch)
        return base, branch

    def try_on(self, edits: Iterable[Edit]) -> None:
        """The worktree as the base with `edits`, on no branch and without a commit."""
        self.repo.git("switch", "--quiet", "--force", "--detach", "main")
        self._sweep()
        _put(self.repo, edits)

    def _base(self, case: Case) -> str:
        moves = any(commit.merges for commit in case.commits)
        if not case.before and not moves:
            return "main"
        if not moves and case.before in self._bases:
            return self._bases[case.before]
        name = f"base/{case.name}"
        self._switch(name, "main")
        if case.before:
            _put(self.repo, case.before)
            self._keep("begin, continued")
        if not moves:
            self._bases[case.before] = name
        return name

    def _commit(self, commit: Commit, base: str, message: str) -> None:
        if commit.merges:
            branch = self.repo.git("branch", "--show-current")
            self.repo.switch(base)
            _put(self.repo, commit.merges)
            self._keep("meanwhile")
            self.repo.switch(branch)
            self.repo.git("merge", "--quiet", "--no-ff", "--no-commit", base)
        links = _put(self.repo, commit.edits)
        self.repo.git("add", "--all")
        for path in links:
            self.repo.git("update-index", "--add", "--cacheinfo", f"160000,{_NOWHERE},{path}")
        self.repo.git("commit", "--quiet", "--allow-empty", "-F", "-", stdin=message.encode())

    def _keep(self, message: str) -> None:
        """Commit what git sees: the environment lies in the worktree, and is ignored."""
        self.repo.git("add", "--all")
        self.repo.git("commit", "--quiet", "-m", message)

    def _switch(self, name: str, start: str) -> None:
        self.repo.git("switch", "--quiet", "--force", "-C", name, start)
        self._sweep()

    def _sweep(self) -> None:
        self.repo.git("clean", "--quiet", "-ffdx", "--exclude=/.venv", "--exclude=/node_modules")


def _put(repo: Repo, edits: Iterable[Edit]) -> list[str]:
    """Apply edits to the worktree; gives the submodules, which git knows only from its index."""
    links = []
    for edit in edits:
        match edit:
            case Swap(path, old, new):
                text = (repo.path / path).read_bytes().decode()
                assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times in {path}"
                repo.write(path, text.replace(old, new))
            case Write(path, content):
                repo.write(path, content)
            case Append(path, text):
                file = repo.path / path
                repo.write(path, (file.read_text() if file.exists() else "") + text)
            case Remove(path):
                repo.write(path, None)
            case Move(path, to):
                (repo.path / to).parent.mkdir(parents=True, exist_ok=True)
                (repo.path / path).rename(repo.path / to)
            case Link(path, target):
                _clear(repo.path / path).symlink_to(target)
            case Gitlink(path):
                _clear(repo.path / path).mkdir()
                links.append(path)
    return links


def _clear(path: Path) -> Path:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def quiet(argv: list[str], cwd: Path, env: dict[str, str], timeout_s: float = 300) -> tuple[int, str]:
    """Run to the end; (exit status, what was said on standard output and error)."""
    variables = {"PATH": ENV["PATH"], "HOME": str(cwd), "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", **env}
    # A file and no pipe, as a terminal is none: some attacks close every pipe that they find.
    with tempfile.TemporaryFile() as out:
        done = subprocess.run(
            argv,
            cwd=cwd,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            timeout=timeout_s,
            check=False,
        )
        out.seek(0)
        return done.returncode, out.read().decode(errors="replace")
