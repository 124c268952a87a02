"""Which options show, hide and let write what; that they do so in a real sandbox is in test_sandbox.py."""

import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.process.mounts import View, options
from gatekeeper.process.private import contains


def mounted(view: View) -> list[tuple[str, ...]]:
    """The options as rows: (option, …, place)."""
    widths = {"--ro-bind": 3, "--bind": 3, "--symlink": 3, "--tmpfs": 2, "--remount-ro": 2}
    words, rows = list(options(view)), []
    while words:
        width = widths[words[0]]
        rows.append(tuple(words[:width]))
        del words[:width]
    return rows


def test_parents_come_before_what_lies_in_them(tmp_path: Path) -> None:
    (tmp_path / "a/b/c").mkdir(parents=True)
    a = str(tmp_path / "a")
    view = View(visible=(f"{a}/b/c", a), hidden=(f"{a}/b",))
    assert mounted(view) == [
        ("--ro-bind", a, a),
        ("--tmpfs", f"{a}/b"),
        ("--ro-bind", f"{a}/b/c", f"{a}/b/c"),
        ("--remount-ro", f"{a}/b"),
    ]


def test_what_is_shown_already_is_not_mounted_again(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    a = str(tmp_path / "a")
    assert mounted(View(visible=(a, f"{a}/b", f"{a}/b"))) == [("--ro-bind", a, a)]
    assert mounted(View(visible=(f"{a}/b",), writable=((a, a),))) == [("--bind", a, a)]


def test_nothing_is_hidden_where_nothing_is_shown(tmp_path: Path) -> None:
    (tmp_path / "home/keys").mkdir(parents=True)
    (tmp_path / "file").touch()
    hidden = (str(tmp_path / "home"), str(tmp_path / "home/keys"))
    assert mounted(View(hidden=hidden, masked=(str(tmp_path / "file"),))) == []


def test_what_is_not_there_is_left_out(tmp_path: Path) -> None:
    absent = str(tmp_path / "absent")
    assert mounted(View(visible=(absent,), hidden=(absent,))) == []


def test_a_folder_that_has_another_place_inside_shows_nothing_of_the_machine_there(tmp_path: Path) -> None:
    for name in ("mine", "tmp/secret", "tmp/tree"):
        (tmp_path / name).mkdir(parents=True)
    tmp = str(tmp_path / "tmp")
    view = View(
        writable=((str(tmp_path / "mine"), tmp), (f"{tmp}/tree", f"{tmp}/tree")),
        hidden=(f"{tmp}/secret",),
    )
    assert mounted(view) == [("--bind", str(tmp_path / "mine"), tmp), ("--bind", f"{tmp}/tree", f"{tmp}/tree")]


def test_links_on_the_way_are_made_anew(tmp_path: Path) -> None:
    (tmp_path / "real/tool").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "again").symlink_to(tmp_path / "link")
    assert set(mounted(View(visible=(str(tmp_path / "again/tool"),)))) == {
        ("--symlink", str(tmp_path / "link"), str(tmp_path / "again")),
        ("--symlink", "real", str(tmp_path / "link")),
        ("--ro-bind", str(tmp_path / "real/tool"), str(tmp_path / "real/tool")),
    }


def test_links_that_lead_in_a_circle_are_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    assert [row for row in mounted(View(visible=(str(tmp_path / "a"),))) if row[0] != "--symlink"] == []


def test_a_file_that_cannot_be_opened_is_covered(tmp_path: Path) -> None:
    (tmp_path / "key").touch()
    row = ("--ro-bind", os.devnull, str(tmp_path / "key"))
    assert row in mounted(View(visible=(str(tmp_path),), masked=(str(tmp_path / "key"),)))


_PATHS = st.lists(st.sampled_from(["a", "ab", "b", "c"]), max_size=4).map(lambda parts: "/" + "/".join(parts))


@given(_PATHS, _PATHS)
def test_contains_goes_by_whole_names(folder: str, place: str) -> None:
    parts = [part for part in folder.split("/") if part]
    assert contains(folder, [place]) == ([part for part in place.split("/") if part][: len(parts)] == parts)
