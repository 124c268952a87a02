"""Checkouts that the gate owns: exactly the committed tree, whatever happened before."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.errors import CannotEstablish, Interrupted
from gatekeeper.git.command import Git
from gatekeeper.git.slots import Slots
from gatekeeper.git.store import Store
from gatekeeper.model.vocabulary import CommitId, TreeId
from tests.support.repo import Repo

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "a" * 64 + "\nsize 123\n"


def tree_of(repo: Repo, store: Store, rev: str = "HEAD") -> TreeId:
    store.fetch([CommitId(repo.head(rev))])
    return TreeId(repo.tree(rev))


def files_of(path: Path) -> set[str]:
    found = set()
    for folder, folders, names in os.walk(path):
        links = [name for name in folders if (Path(folder) / name).is_symlink()]
        found.update(os.path.relpath(os.path.join(folder, name), path) for name in [*names, *links])
    return found


def test_holds_exactly_the_tree_and_no_git(repo: Repo, store: Store, slots: Slots) -> None:
    with slots.acquire(tree_of(repo, store)) as slot:
        assert files_of(slot.path) == {"README.md", "src/app.py"}
        assert slot.changes() == ()
        assert slot.scratch.is_dir() and not slot.scratch.is_relative_to(slot.path)


def test_a_slot_is_reused_and_switched(repo: Repo, store: Store, slots: Slots) -> None:
    old = tree_of(repo, store)
    repo.commit("next", {"README.md": None, "src/app.py": "x = 1\n", "src/more.py": ""})
    new = tree_of(repo, store)
    with slots.acquire(old) as slot:
        place = slot.path
        (slot.scratch / "kept").write_text("between runs")
        (slot.path / "left-over").write_text("")
        (slot.path / "__pycache__").mkdir()
    with slots.acquire(new) as slot:
        assert slot.path == place
        assert files_of(slot.path) == {"src/app.py", "src/more.py"}
        assert not (slot.path / "__pycache__").exists()
        assert (slot.path / "src/app.py").read_text() == "x = 1\n"
        assert (slot.scratch / "kept").exists()


def test_a_sweep_takes_ignored_files_and_keeps_what_is_the_gates(repo: Repo, store: Store, slots: Slots) -> None:
    repo.commit("ignore", {".gitignore": "state/\n"})
    with slots.acquire(tree_of(repo, store), keep=(".venv",)) as slot:
        for name in ("state/runs", ".venv/python", "left-over"):
            (slot.path / name).parent.mkdir(exist_ok=True)
            (slot.path / name).write_text("1")
        slot.sweep()
        assert files_of(slot.path) == {"README.md", "src/app.py", ".gitignore", ".venv/python"}


def test_the_slot_with_the_same_tree_is_preferred(repo: Repo, store: Store, slots: Slots) -> None:
    old = tree_of(repo, store)
    repo.commit("next", {"x": "1"})
    new = tree_of(repo, store)
    with slots.acquire(old) as one, slots.acquire(new) as two:
        places = {old: one.path, new: two.path}
        assert one.path != two.path
    for tree in (old, new, old, new):
        with slots.acquire(tree) as slot:
            assert slot.path == places[tree]


def test_the_slot_of_the_base_is_not_taken_for_the_next_head(repo: Repo, store: Store, slots: Slots) -> None:
    base = tree_of(repo, store)
    places = []
    for number in range(3):
        repo.commit("next head", {"x": str(number)})
        with slots.acquire(tree_of(repo, store)) as head, slots.acquire(base) as beside:
            places.append((head.path, beside.path))
    assert len(set(places)) == 1, "the same work meets the same slots"


def test_who_keeps_apart_leaves_the_first_slot_to_the_others(repo: Repo, store: Store, slots: Slots) -> None:
    tree = tree_of(repo, store)
    for _ in range(2):  # the second time both hold the tree
        with slots.acquire(tree, apart=True) as first, slots.acquire(tree) as second:
            assert [first.path.parent.name, second.path.parent.name] == ["1", "0"]


def test_names_that_look_like_something_else(repo: Repo, store: Store, slots: Slots) -> None:
    names = {"--help", "a\nb", "ümlaut", "with space", "\udcff\udcfe", "-rf", "*", "dir/:(top)x"}
    repo.commit("names", dict.fromkeys(names, "content\n"))
    with slots.acquire(tree_of(repo, store)) as slot:
        assert names <= files_of(slot.path)
        assert slot.changes() == ()
        (slot.path / "a\nb").write_text("changed")
        assert slot.changes() == ("a\nb",)


def test_attributes_of_the_branch_do_nothing(repo: Repo, store: Store, slots: Slots, tmp_path: Path) -> None:
    attributes = "* text eol=crlf ident filter=evil\nhidden.py export-ignore\nwide.txt working-tree-encoding=UTF-16\n"
    files = {"hidden.py": "# $Id$\n", "wide.txt": "wide\n", "x.bin": POINTER}
    files[".gitattributes"] = attributes + "*.bin filter=lfs\n"
    for name, text in files.items():  # not `git add`: it would apply these very attributes
        blob = repo.git("hash-object", "-w", "--no-filters", "--stdin", stdin=text.encode())
        repo.git("update-index", "--add", "--cacheinfo", f"100644,{blob},{name}")
    repo.git("commit", "--quiet", "-m", "attributes")
    trap = tmp_path / "trap"
    repo.config("filter.evil.smudge", f"touch {trap}; cat")
    repo.config("filter.evil.clean", f"touch {trap}; cat")
    with slots.acquire(tree_of(repo, store)) as slot:
        assert {name: (slot.path / name).read_bytes() for name in files} == {n: t.encode() for n, t in files.items()}
        assert slot.changes() == ()
        assert not trap.exists()


def test_links_and_modes_are_written_as_they_are(repo: Repo, store: Store, slots: Slots) -> None:
    (repo.path / "out").symlink_to("/etc")
    (repo.path / "dangling").symlink_to("nowhere")
    repo.write("run.sh", "#!/bin/sh\n").chmod(0o755)
    repo.commit("links")
    with slots.acquire(tree_of(repo, store)) as slot:
        assert os.readlink(slot.path / "out") == "/etc"
        assert os.readlink(slot.path / "dangling") == "nowhere"
        assert os.access(slot.path / "run.sh", os.X_OK)
        (slot.path / "run.sh").chmod(0o644)
        assert slot.changes() == ("run.sh",)


def test_a_link_where_a_folder_comes_is_not_followed(repo: Repo, store: Store, slots: Slots, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("1")
    (repo.path / "place").symlink_to(outside)
    repo.commit("link")
    linked = tree_of(repo, store)
    (repo.path / "place").unlink()
    repo.commit("folder", {"place/precious": "2"})
    folder = tree_of(repo, store)
    for tree in (linked, folder, linked):
        with slots.acquire(tree):
            assert (outside / "precious").read_text() == "1"


def test_a_submodule_is_an_empty_folder(repo: Repo, store: Store, slots: Slots, tmp_path: Path) -> None:
    library = Repo.create(tmp_path / "library")
    library.commit("begin", {"lib.py": ""})
    repo.git("submodule", "--quiet", "add", str(library.path), "vendor/library")
    repo.commit("submodule")
    with slots.acquire(tree_of(repo, store)) as slot:
        assert list((slot.path / "vendor/library").iterdir()) == []
        assert slot.changes() == ()


def test_every_kind_of_change_is_seen(repo: Repo, store: Store, slots: Slots) -> None:
    repo.commit("more", {"gone": "1", "kind": "2", "same-size": "aaaa", "touched": "1", ".gitignore": "*\n"})
    with slots.acquire(tree_of(repo, store)) as slot:
        (slot.path / "gone").unlink()
        (slot.path / "kind").unlink()
        (slot.path / "kind").symlink_to("gone")
        stamp = (slot.path / "same-size").stat()
        (slot.path / "same-size").write_text("bbbb")
        os.utime(slot.path / "same-size", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
        os.utime(slot.path / "touched", (0, 0))
        (slot.path / "new").mkdir()
        (slot.path / "new" / "file").write_text("")
        (slot.path / "empty").mkdir()
        (slot.path / ".git").write_text("gitdir: /elsewhere")
        assert slot.changes() == (".git", "gone", "kind", "new/", "same-size")
        slot.restore()
        assert slot.changes() == ()
        assert (slot.path / "same-size").read_text() == "aaaa"


def test_only_the_given_commit_s_gitignore_counts(repo: Repo, store: Store, slots: Slots) -> None:
    rules = {".gitignore": "*.log\nout/\n!keep.log\n", "sub [x]/.gitignore": "local\n/anchored\ndeep/er\n"}
    base = repo.commit("rules", {**rules, "sub [x]/code": ""})
    repo.commit("looser", {".gitignore": "*\n"})
    with slots.acquire(tree_of(repo, store)) as slot:
        for name in ("a.log", "keep.log", "out/x", "sub [x]/b.log", "sub [x]/local", "sub [x]/n/local", "local"):
            (slot.path / name).parent.mkdir(parents=True, exist_ok=True)
            (slot.path / name).write_text("")
        for name in ("sub [x]/anchored", "sub [x]/n/anchored", "sub [x]/deep/er", "p.pyc", "x.egg-info/PKG-INFO"):
            (slot.path / name).parent.mkdir(parents=True, exist_ok=True)
            (slot.path / name).write_text("")
        assert slot.changes(base) == ("keep.log", "local", "sub [x]/n/")
        assert {"a.log", "out/", "keep.log"} <= set(slot.changes())


@pytest.mark.parametrize(
    "damage", [lambda raw: b"", lambda raw: raw[:-3], lambda raw: raw + b"*\n"], ids=["gone", "cut", "more"]
)
def test_rules_that_were_kept_are_the_commit_s_or_are_read_again(
    repo: Repo, store: Store, slots: Slots, damage: Callable[[bytes], bytes]
) -> None:
    base = repo.commit("rules", {".gitignore": "*.log\n", "sub/.gitignore": "made\n", "sub/code": ""})
    tree = tree_of(repo, store)
    with slots.acquire(tree) as slot:
        assert slot.changes(base) == ()
    (kept,) = store.path.glob("gate/facts/*.exclude")
    for prepare in (lambda: None, lambda: kept.write_bytes(damage(kept.read_bytes())), kept.unlink):
        prepare()
        with Slots(store, slots.folder).acquire(tree) as slot:
            for name in ("a.log", "sub/made", "other"):
                (slot.path / name).write_text("")
            assert slot.changes(base) == ("other",)


def test_kept_names_stay_and_do_not_count(repo: Repo, store: Store, slots: Slots) -> None:
    tree = tree_of(repo, store)
    with slots.acquire(tree, keep=("node_modules",)) as slot:
        (slot.path / "node_modules" / "x").mkdir(parents=True)
        (slot.path / "node_modules" / "x" / "index.js").write_text("")
        assert slot.changes() == ()
    with slots.acquire(tree, keep=("node_modules",)) as slot:
        assert (slot.path / "node_modules" / "x" / "index.js").exists()
    with slots.acquire(tree) as slot:
        assert not (slot.path / "node_modules").exists()


def test_killed_in_the_middle_of_a_switch(repo: Repo, store: Store, slots: Slots) -> None:
    tree = tree_of(repo, store)
    with slots.acquire(tree) as slot:
        folder = slot.path.parent
    (folder / "switching").touch()
    (folder / "index.lock").touch()
    (folder / "tree" / "src" / "app.py").write_text("half")
    (folder / "earlier").hardlink_to(folder / "tree" / "README.md")
    with slots.acquire(tree) as slot:
        assert slot.path.parent == folder
        assert (slot.path / "src" / "app.py").read_text().startswith("def answer")
        assert slot.changes() == ()
        assert not (slot.path / "README.md").samefile(folder / "earlier"), "nothing that lay there before is trusted"
    assert not (folder / "switching").exists()


def test_a_broken_index_is_made_anew(repo: Repo, store: Store, slots: Slots) -> None:
    tree = tree_of(repo, store)
    with slots.acquire(tree) as slot:
        folder = slot.path.parent
    (folder / "index").write_bytes(b"DIRC garbage")
    with slots.acquire(tree) as slot:
        assert slot.changes() == ()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may remove anything")
def test_folders_that_were_locked_are_removed(repo: Repo, store: Store, slots: Slots) -> None:
    tree = tree_of(repo, store)
    with slots.acquire(tree) as slot:
        (slot.path / "locked" / "inner").mkdir(parents=True)
        (slot.path / "locked" / "inner" / "file").write_text("")
        (slot.path / "locked" / "inner").chmod(0o000)
        (slot.path / "locked").chmod(0o500)
    with slots.acquire(tree) as slot:
        assert files_of(slot.path) == {"README.md", "src/app.py"}


def test_a_tree_that_git_refuses_is_named(repo: Repo, store: Store, slots: Slots) -> None:
    blob = repo.git("hash-object", "-w", "--stdin", stdin=b"#!/bin/sh\n")
    inner = repo.git("mktree", stdin=f"100755 blob {blob}\tpost-checkout\n".encode())
    evil = repo.git("mktree", stdin=f"040000 tree {inner}\t.git\n".encode())
    commit = CommitId(repo.git("commit-tree", evil, "-m", "evil"))
    store.fetch([commit])
    with pytest.raises(CannotEstablish, match="invalid path"), slots.acquire(TreeId(evil)):
        pass
    with slots.acquire(tree_of(repo, store)) as slot:
        assert files_of(slot.path) == {"README.md", "src/app.py"}


def test_many_at_once_never_share(repo: Repo, store: Store, slots: Slots) -> None:
    tree = tree_of(repo, store)
    together = threading.Barrier(6)
    places: list[Path] = []

    def hold() -> None:
        with slots.acquire(tree) as slot:
            places.append(slot.path)
            together.wait(timeout=30)

    threads = [threading.Thread(target=hold) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(places)) == len(places) == 6


def test_nothing_is_checked_out_after_ctrl_c(repo: Repo, store: Store, slots: Slots) -> None:
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(Interrupted), slots.acquire(tree_of(repo, store), cancelled=cancelled):
        pass
    assert not slots.folder.exists()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The git commands that were run, by their verbs."""
    verbs: list[str] = []
    plain = Git.call

    def call(self: Git, *args: str, **options: Any) -> Any:
        verbs.append(args[0])
        return plain(self, *args, **options)

    monkeypatch.setattr(Git, "call", call)
    return verbs


def settled(folder: Path) -> None:
    """Until the file system's clock has passed every change in the slot: only then a look at it proves something."""
    newest = max(path.lstat().st_ctime_ns for path in (folder / "tree").rglob("*"))
    while True:
        (folder / "tick").write_bytes(b"now")
        if (folder / "tick").stat().st_mtime_ns > newest:
            return


def at_rest(slots: Slots, tree: TreeId, keep: tuple[str, ...] = ()) -> Path:
    """A slot that git has looked at after its checkout, with nothing touched; its folder."""
    with slots.acquire(tree, keep=keep) as slot:
        folder = slot.path.parent
    settled(folder)
    with slots.acquire(tree, keep=keep) as slot:
        assert slot.changes() == ()
    return folder


def test_git_is_not_asked_about_a_slot_that_nobody_touched(
    repo: Repo, store: Store, slots: Slots, asked: list[str]
) -> None:
    tree = tree_of(repo, store)
    at_rest(slots, tree)
    asked.clear()
    with slots.acquire(tree) as slot:
        assert slot.changes() == slot.changes(repo.head()) == ()
        assert asked == []
        (slot.path / "README.md").write_text("other")
        assert slot.changes() == ("README.md",)
        slot.restore()
        assert slot.changes() == ()
        assert (slot.path / "README.md").read_text() != "other"


@pytest.mark.parametrize("name", ["README.md", "new", "src/__pycache__/app.pyc", "src/app.py", ".git"])
def test_what_was_touched_between_two_runs_is_put_right(repo: Repo, store: Store, slots: Slots, name: str) -> None:
    tree = tree_of(repo, store)
    folder = at_rest(slots, tree)
    expected = (folder / "tree" / "src" / "app.py").read_bytes()
    touched = folder / "tree" / name
    touched.parent.mkdir(exist_ok=True)
    touched.write_bytes(b"x" * len(expected))
    settled(folder)
    with slots.acquire(tree) as slot:
        assert files_of(slot.path) == {"README.md", "src/app.py"}
        assert (slot.path / "src" / "app.py").read_bytes() == expected
        assert slot.changes() == ()


def test_what_base_ignores_is_gone_for_the_next_user(repo: Repo, store: Store, slots: Slots) -> None:
    base = repo.commit("ignore", {".gitignore": "made/\n"})
    tree = tree_of(repo, store)
    folder = at_rest(slots, tree)
    with slots.acquire(tree) as slot:
        assert slot.changes(base) == ()
        (slot.path / "made").mkdir()
        (slot.path / "made" / "by a check").write_text("")
        settled(folder)
        assert slot.changes(base) == () == slot.changes(base)
        assert slot.changes() == ("made/",), "what one rule excuses, another does not"
    with slots.acquire(tree) as slot:
        assert not (slot.path / "made").exists()


def test_a_run_that_was_killed_leaves_no_word_about_its_slot(
    repo: Repo, store: Store, slots: Slots, asked: list[str]
) -> None:
    tree = tree_of(repo, store)
    at_rest(slots, tree)
    killed = slots.acquire(tree)
    slot = killed.__enter__()
    os.close(slot._handle)  # the kernel's part; nothing else of the release is done
    asked.clear()
    with slots.acquire(tree) as again:
        assert again.path == slot.path
        assert "read-tree" in asked
    slot._handle = -1
    killed.__exit__(None, None, None)


def test_words_about_another_tree_or_other_kept_names_do_not_count(
    repo: Repo, store: Store, slots: Slots, asked: list[str]
) -> None:
    tree = tree_of(repo, store)
    folder = at_rest(slots, tree, keep=("node_modules",))
    said = (folder / "untouched").read_text()
    asked.clear()
    with slots.acquire(tree):
        assert "clean" in asked, "what was kept then is to go now"
    other = repo.commit("other", {"README.md": "other\n"}) and tree_of(repo, store)
    with slots.acquire(other) as slot:
        assert slot.path == folder / "tree"
    settled(folder)
    (folder / "untouched").write_text(said.replace(tree, other))
    asked.clear()
    with slots.acquire(other, keep=("node_modules",)):
        assert "read-tree" in asked
