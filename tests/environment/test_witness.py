import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.environment.digests import FileDigests, files_below
from gatekeeper.environment.witness import look, look_at, pack, unchanged, unpack
from tests.support.plain import plain_variables

NUMBERS = st.integers(min_value=-1, max_value=2**62)
PATHS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)


@given(st.lists(st.tuples(PATHS, NUMBERS, NUMBERS, NUMBERS, NUMBERS)))
def test_a_list_survives_packing(rows: list[tuple[str, int, int, int, int]]) -> None:
    assert unpack(pack(rows)) == tuple(sorted(set(rows)))


@given(st.binary())
def test_a_damaged_list_never_counts_as_unchanged(blob: bytes) -> None:
    assert unchanged(blob) is False
    assert unchanged(b"gatew1\n" + blob) is False


def test_the_empty_list_is_unchanged() -> None:
    assert unchanged(pack(()))


@pytest.mark.parametrize("change", ["contents", "same size and time", "removed", "added beside", "link moved"])
def test_every_kind_of_change_is_seen(tmp_path: Path, change: str) -> None:
    tool, other, link = tmp_path / "lib" / "tool.py", tmp_path / "other.py", tmp_path / "link"
    tool.parent.mkdir()
    tool.write_text("green")
    other.write_text("green")
    link.symlink_to(tool)
    blob = pack(look_at([str(tool), str(tool.parent), str(link)]))
    assert unchanged(blob)
    before = tool.stat()
    match change:
        case "contents":
            tool.write_text("something longer")
        case "same size and time":
            tool.write_text("swapp")
            os.utime(tool, ns=(before.st_atime_ns, before.st_mtime_ns))
        case "removed":
            tool.unlink()
        case "added beside":
            (tool.parent / "plugin.py").write_text("")
        case _:
            link.unlink()
            link.symlink_to(other)
    assert not unchanged(blob)


def test_what_was_absent_must_stay_absent(tmp_path: Path) -> None:
    blob = pack([look(str(tmp_path / "later"))])
    assert unchanged(blob)
    (tmp_path / "later").write_text("")
    assert not unchanged(blob)


def test_the_cached_path_imports_nothing_heavy() -> None:
    script = "import sys; import gatekeeper.environment.witness; print(*sorted(sys.modules))"
    argv = [sys.executable, "-c", script]
    answer = subprocess.run(argv, capture_output=True, text=True, check=True, env=plain_variables())
    loaded = set(answer.stdout.split())
    assert not loaded & {"dataclasses", "typing", "pydantic", "rich", "asyncio", "subprocess", "sqlite3", "pathlib"}


def test_a_digest_follows_contents_and_not_places(tmp_path: Path) -> None:
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "x.py").write_text("1")
    digests = [
        FileDigests().of_files(files_below(tmp_path / place), roots=[str(tmp_path / place)])[0] for place in "ab"
    ]
    (tmp_path / "b" / "x.py").write_text("2")
    changed, _ = FileDigests().of_files(files_below(tmp_path / "b"), roots=[str(tmp_path / "b")])
    assert changed != digests[1]


def test_a_remembered_digest_is_not_given_for_swapped_contents(tmp_path: Path) -> None:
    file = tmp_path / "tool"
    file.write_text("green")
    before = file.stat()
    with FileDigests(tmp_path / "cache" / "digests.sqlite3") as digests:
        first = digests.sha256(look(str(file)))
    file.write_text("swapp")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    with FileDigests(tmp_path / "cache" / "digests.sqlite3") as digests:
        assert digests.sha256(look(str(file))) != first


def test_a_cache_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    broken = tmp_path / "broken.sqlite3"
    broken.write_text("this is no database" * 100)
    with FileDigests(broken) as digests:
        assert len(digests.sha256(look(str(tmp_path / "file")))) == 64
