"""What a probe leaves is kept by content, within bounds, and without secrets."""

import hashlib
import os
from pathlib import Path

import pytest

from gatekeeper.errors import CannotEstablish
from gatekeeper.evidence import artefacts
from gatekeeper.evidence.artefacts import Kept, keep
from gatekeeper.process.redact import MASK, Redactor


@pytest.fixture
def left(tmp_path: Path) -> Path:
    folder = tmp_path / "left"
    folder.mkdir()
    return folder


def kept(left: Path, *secrets: str) -> Kept:
    return keep(left, left.parent / "report", left.parent / "store", Redactor(secrets))


def content(left: Path, sha256: str) -> bytes:
    return (left.parent / "store" / sha256[:2] / sha256).read_bytes()


def test_files_are_kept_under_their_digest_with_their_names(left: Path) -> None:
    (left / "deep" / "er").mkdir(parents=True)
    (left / "deep" / "er" / "body.json").write_bytes(b"{}")
    (left / "shot.png").write_bytes(b"\x89PNG\0")
    (left.parent / "report").write_bytes(b"<testsuites/>")
    found = kept(left)
    assert [(one.name, one.size) for one in found.artefacts] == [
        ("report", 13), ("deep/er/body.json", 2), ("shot.png", 5),
    ]  # fmt: skip
    assert found.artefacts[1].sha256 == hashlib.sha256(b"{}").hexdigest()
    assert [content(left, one.sha256) for one in found.artefacts] == [b"<testsuites/>", b"{}", b"\x89PNG\0"]
    assert (found.report, found.notes) == (b"<testsuites/>", ())
    assert kept(left).artefacts == found.artefacts, "the same again is the same"


def test_nothing_is_nothing(left: Path) -> None:
    assert kept(left) == Kept((), None, ())
    (left / "empty").touch()
    assert kept(left) == Kept((), None, ("the artefact empty is not kept: it is empty",))


def test_links_and_what_is_no_file_are_refused(left: Path, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("private")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "key").write_text("private")
    (left / "a-link").symlink_to(tmp_path / "key")
    (left / "b-folder").symlink_to(tmp_path / "folder")
    os.mkfifo(left / "c-fifo")
    (left.parent / "report").symlink_to(tmp_path / "key")
    found = kept(left)
    assert (found.artefacts, found.report) == ((), None)
    assert [note.rpartition(": ")[2] for note in found.notes] == [
        "it is a symbolic link", "it is a symbolic link", "it is a symbolic link", "it is no regular file",
    ]  # fmt: skip


def test_count_and_size_are_bounded(left: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artefacts, "MAX_FILES", 2)
    monkeypatch.setattr(artefacts, "MAX_FILE_BYTES", 10)
    monkeypatch.setattr(artefacts, "MAX_BYTES", 12)
    for name, size in (("a", 11), ("b", 10), ("c", 3), ("d", 2), ("e", 1)):
        (left / name).write_bytes(b"x" * size)
    found = kept(left)
    assert [one.name for one in found.artefacts] == ["b", "d"]
    assert len(found.notes) == 3
    assert "too large" in found.notes[0]
    assert found.notes[-1] == "only 2 artefacts are kept"


def test_values_are_taken_out_of_text_and_names_and_other_files_that_hold_one_are_not_kept(left: Path) -> None:
    (left / "answer-sesame.txt").write_text("token=sesame; ok")
    (left / "image").write_bytes(b"\0sesame")
    (left.parent / "report").write_text("said sesame")
    found = kept(left, "sesame")
    assert found.report == b"said " + MASK
    assert [one.name for one in found.artefacts] == ["report", f"answer-{MASK.decode()}.txt"]
    assert content(left, found.artefacts[1].sha256) == b"token=" + MASK + b"; ok"
    (note,) = found.notes
    assert note == "the artefact image is not kept: it is no text, and holds the value of a variable of pass_env"
    everything = b"".join(path.read_bytes() for path in (left.parent / "store").rglob("*") if path.is_file())
    assert b"sesame" not in everything


def test_a_store_that_cannot_be_written_is_said(left: Path) -> None:
    (left.parent / "store").write_text("a file")
    (left / "a").write_text("x")
    with pytest.raises(CannotEstablish, match="cannot keep an artefact"):
        kept(left)
