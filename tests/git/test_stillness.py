"""Stat facts as a proof that nothing was touched: whatever happens to a tree, the digest is another one, or none."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gatekeeper.git.stillness import MOST, TooManyError, stillness


def now(beside: Path, tree: Path) -> int:
    """The file system's own time, when it is later than every change in `tree`."""
    newest = max(path.lstat().st_ctime_ns for path in tree.rglob("*"))
    clock = beside / "clock"
    while True:  # until the clock of the file system has ticked
        clock.write_bytes(b"now")
        if clock.stat().st_mtime_ns > newest:
            return clock.stat().st_mtime_ns


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    for name in ("code.py", "sub/more.py", "sub/deep/est.py", ".venv/lib.py", "sub/.venv/lib.py"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("one = 1\n")
    (root / "link").symlink_to("code.py")
    (root / "empty").mkdir()
    return root


@pytest.fixture
def look(tmp_path: Path, tree: Path) -> Callable[[], str | None]:
    return lambda: stillness(str(tree), besides={".venv"}, since_ns=now(tmp_path, tree))


def behind_its_time(path: Path, text: str) -> None:
    """Same size, same time of modification: what an index that trusts mtime would not see."""
    facts = path.stat()
    path.write_text(text)
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))


def swapped(path: Path) -> None:
    facts = path.stat()
    (path.parent / "new").write_text("two = 2\n")
    os.utime(path.parent / "new", ns=(facts.st_atime_ns, facts.st_mtime_ns))
    (path.parent / "new").replace(path)


CHANGES: dict[str, Callable[[Path], object]] = {
    "written": lambda tree: (tree / "sub/deep/est.py").write_text("one = 11\n"),
    "written behind its time": lambda tree: behind_its_time(tree / "code.py", "two = 2\n"),
    "the same written again": lambda tree: (tree / "code.py").write_text("one = 1\n"),
    "another file in its place": lambda tree: swapped(tree / "code.py"),
    "another mode": lambda tree: (tree / "code.py").chmod(0o755),
    "gone": lambda tree: (tree / "sub/more.py").unlink(),
    "renamed": lambda tree: (tree / "code.py").rename(tree / "kode.py"),
    "new": lambda tree: (tree / "sub/new.pyc").touch(),
    "new folder": lambda tree: (tree / "empty/folder").mkdir(),
    "folder gone": lambda tree: (tree / "empty").rmdir(),
    "link turned": lambda tree: ((tree / "link").unlink(), (tree / "link").symlink_to("sub/more.py")),
    "file became a link": lambda tree: ((tree / "code.py").unlink(), (tree / "code.py").symlink_to("link")),
    "a git folder": lambda tree: (tree / ".git").mkdir(),
    "a skipped name, but deeper": lambda tree: (tree / "sub/.venv/lib.py").write_text("one = 2\n"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_is_done_to_a_tree_makes_it_look_different(
    tree: Path, look: Callable[[], str | None], change: Callable[[Path], object]
) -> None:
    before = look()
    assert before is not None
    change(tree)
    assert look() != before


def test_an_untouched_tree_looks_the_same(tree: Path, look: Callable[[], str | None]) -> None:
    first = look()
    assert first is not None and look() == first
    (tree / "code.py").read_text()
    (tree / ".venv" / "lib.py").write_text("not looked at")
    assert look() == first


def test_what_changed_as_late_as_the_look_proves_nothing(tmp_path: Path, tree: Path) -> None:
    newest = max(path.lstat().st_ctime_ns for path in tree.rglob("*"))
    assert stillness(str(tree), besides=(), since_ns=newest) is None
    assert stillness(str(tree), besides=(), since_ns=newest + 1) is not None


def test_what_cannot_be_looked_at_proves_nothing(tmp_path: Path) -> None:
    assert stillness(str(tmp_path / "absent"), besides=(), since_ns=1 << 62) is None


def test_a_large_tree_is_left_to_git(tmp_path: Path) -> None:
    for number in range(MOST):
        (tmp_path / str(number)).touch()
    assert stillness(str(tmp_path), besides=(), since_ns=1 << 62) is not None
    (tmp_path / "one more").touch()
    with pytest.raises(TooManyError):
        stillness(str(tmp_path), besides=(), since_ns=1 << 62)
