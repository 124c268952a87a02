"""Objects are read for what they are: held against their ids, bounded, and written as git itself would."""

import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.errors import CannotEstablish
from gatekeeper.git.command import Git
from gatekeeper.git.draft import Draft, Move, move, own_git
from gatekeeper.git.objects import FILE, FOLDER, Entry, Info, Objects, header, object_id, parse_tree, write_tree
from tests.support.repo import Repo


@pytest.fixture
def objects(repo: Repo) -> Iterator[Objects]:
    with Objects(Git(git_dir=str(repo.path / ".git"))) as opened:
        yield opened


def overwrite(repo: Repo, oid: str, kind: str, content: bytes) -> None:
    """What somebody with write access to the repository can do to a loose object."""
    file = repo.path / ".git" / "objects" / oid[:2] / oid[2:]
    file.chmod(0o644)
    file.write_bytes(zlib.compress(b"%s %d\0" % (kind.encode(), len(content)) + content))


def test_what_is_there_is_read(repo: Repo, objects: Objects) -> None:
    commit, tree = repo.head(), repo.tree()
    assert objects.info("refs/heads/main") == Info(commit, "commit", len(repo.git("cat-file", "commit", commit)) + 1)
    assert objects.tree_of(commit) == tree
    assert set(objects.tree(tree)) == {b"README.md", b"src"}
    found = objects.find(tree, b"src", b"app.py")
    assert found is not None and found.mode == FILE
    assert objects.read(found.oid, "blob") == b"def answer() -> int:\n    return 42\n"
    assert (
        objects.find(tree, b"src", b"no.py")
        is objects.find(tree, b"README.md", b"x")
        is objects.find(tree, b"x")
        is None
    )


def test_what_is_not_there_is_said(repo: Repo, objects: Objects) -> None:
    assert objects.info("refs/heads/nothing") is None
    assert objects.info("f" * 40) is None
    for name, kind in (("f" * 40, "blob"), (repo.head(), "blob")):
        with pytest.raises(CannotEstablish, match="there is no blob"):
            objects.read(name, kind)


def test_a_tree_that_was_read_is_the_caller_s_own(repo: Repo, objects: Objects) -> None:
    objects.tree(repo.tree()).clear()
    assert objects.tree(repo.tree())


def test_more_than_the_limit_is_not_read(repo: Repo, objects: Objects) -> None:
    oid = repo.git("hash-object", "-w", "--stdin", stdin=b"x" * 1000)
    with pytest.raises(CannotEstablish, match="1000 bytes"):
        objects.read(oid, "blob", max_bytes=999)
    assert len(objects.read(oid, "blob", max_bytes=1000)) == 1000


@pytest.mark.parametrize("kind", ["commit", "tree", "blob"])
def test_an_object_that_was_written_over_is_noticed(repo: Repo, objects: Objects, kind: str) -> None:
    """git itself believes most of them: it looks at every hash in fsck and in transport only."""
    other = repo.git("rev-parse", "HEAD:src")
    if kind == "commit":
        oid = repo.head()
        content = repo.git("cat-file", kind, oid).replace(repo.tree(), other).encode() + b"\n"
    elif kind == "tree":
        oid, content = repo.tree(), b"40000 src\0" + bytes.fromhex(other)
    else:
        oid, content = repo.git("rev-parse", "HEAD:README.md"), b"something else\n"
    overwrite(repo, oid, kind, content)
    assert repo.git("cat-file", "-t", oid) == kind
    with pytest.raises(CannotEstablish, match="not what its id says") as error:
        objects.read(oid, kind)
    assert "git fsck" in error.value.hint


def test_replacements_are_not_followed(repo: Repo, objects: Objects) -> None:
    first = repo.head()
    second = repo.commit("second", {"x": "1"})
    repo.git("replace", second, first)
    assert objects.info(second) == Info(
        second, "commit", len(repo.git("--no-replace-objects", "cat-file", "commit", second)) + 1
    )
    assert objects.tree_of(second) != repo.git("--no-replace-objects", "rev-parse", f"{first}^{{tree}}")


def test_a_repository_that_is_none_is_said_with_git_s_own_words(tmp_path: Path) -> None:
    with Objects(Git(git_dir=str(tmp_path))) as nowhere, pytest.raises(CannotEstablish, match="not a git repository"):
        nowhere.info("HEAD")


# Writing as git writes ------------------------------------------------------------------------------------------------

_NAMES = st.binary(min_size=1, max_size=8).filter(lambda name: not {0, ord("/")} & set(name))
_MODES = st.sampled_from([FILE, "100755", "120000", FOLDER])
_TREES = st.dictionaries(
    _NAMES, st.builds(Entry, _MODES, st.binary(min_size=20, max_size=20).map(bytes.hex)), max_size=12
)


@given(_TREES)
def test_a_tree_reads_back_as_it_was_written(entries: dict[bytes, Entry]) -> None:
    assert parse_tree(write_tree(entries), 20) == entries


def test_trees_sort_as_git_sorts_them(repo: Repo) -> None:
    repo.commit("names", {"a/x": "1", "a.b": "2", "a0": "3", "a-b": "4", "ab/x": "5"})
    with Objects(Git(git_dir=str(repo.path / ".git"))) as objects:
        entries = dict(reversed(objects.tree(repo.tree()).items()))
    assert object_id("tree", write_tree(entries), 40) == repo.tree()


@pytest.mark.parametrize("content", [b"100644", b"100644 x", b"\xff x\0" + b"0" * 20, b"no blank\0"])
def test_a_malformed_tree_is_said(content: bytes) -> None:
    with pytest.raises(CannotEstablish, match="malformed"):
        parse_tree(content, 20)


def test_a_commit_without_a_tree_is_said() -> None:
    assert header(b"tree abc\nauthor x\n\ntree def", "tree") == "abc"
    with pytest.raises(CannotEstablish, match="no tree"):
        header(b"author x\n\ntree def", "tree")


@pytest.mark.parametrize("size", [0, 1, 15, 16, 2047, 2048, 40000])
@pytest.mark.parametrize("format_", ["sha1", "sha256"])
def test_a_draft_is_what_git_reads_back(tmp_path: Path, size: int, format_: str) -> None:
    """Sizes around the limits of a pack entry's header: four bits, then seven for each byte."""
    repo = Repo(tmp_path)
    repo.git("init", "--quiet", f"--object-format={format_}")
    git = own_git(str(tmp_path / ".git"))
    content = b"x" * size
    with Objects(git) as objects:
        draft = Draft(objects, 40 if format_ == "sha1" else 64)
        blob = draft.blob(content)
        tree = draft.put(
            None, {(b"a", b"b", b"c"): Entry(FILE, blob), (b"a", b"d"): Entry(FILE, blob), (b"e",): Entry(FILE, blob)}
        )
        more = draft.commit(tree, [], "made", 1700000000)
        draft.write(git)
    moved, _ = move(git, [Move("refs/heads/made", more, None)], "test")
    assert moved == 1
    assert repo.git("ls-tree", "-r", "--name-only", "made").split("\n") == ["a/b/c", "a/d", "e"]
    assert repo.git("cat-file", "-s", "made:a/b/c") == str(size)
    assert repo.git("fsck", "--strict") in {"", "notice: HEAD points to an unborn branch (master)"}
    assert repo.git("log", "-1", "--format=%an|%at|%s", "made") == "gatekeeper|1700000000|made"


def test_a_folder_takes_the_place_of_a_file(repo: Repo) -> None:
    git = own_git(str(repo.path / ".git"))
    with Objects(git) as objects:
        draft = Draft(objects, 40)
        tree = draft.put(repo.tree(), {(b"README.md", b"x"): Entry(FILE, draft.blob(b"x"))})
        draft.commit(tree, [], "x", 0)
        draft.write(git)
    assert repo.git("ls-tree", "-r", "--name-only", tree).split("\n") == ["README.md/x", "src/app.py"]


def test_a_reference_moves_only_from_where_it_was_said_to_be(repo: Repo) -> None:
    git, first = own_git(str(repo.path / ".git")), repo.head()
    second = repo.commit("second", {"x": "1"})
    assert move(git, [Move("refs/heads/other", first, None)], "x")[0] == 1
    moved, said = move(git, [Move("refs/heads/other", second, None), Move("refs/heads/more", first, None)], "x")
    assert moved == 0 and b"other" in said.stderr
    assert repo.git("branch", "--list", "more") == ""
    assert move(git, [Move("refs/heads/other", second, second)], "x")[0] == 0
    assert move(git, [Move("refs/heads/more", first, None), Move("refs/heads/other", second, second)], "x")[0] == 1
    assert repo.head("other") == repo.head("more") == first
