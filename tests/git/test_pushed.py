"""What git says to a pre-push hook, and what it would never say."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.errors import UsageError
from gatekeeper.git.pushed import MAX_BYTES, Pushed, parse

A, B, ZERO = "a" * 40, "b" * 40, "0" * 40
ids = st.text("0123456789abcdef", min_size=40, max_size=40)
names = st.text(st.characters(exclude_characters="\n\0 ", exclude_categories=("Cs",)), min_size=1, max_size=20)


def fields(line: Pushed) -> tuple[str, str, str, str]:
    return line.local_ref, line.local_id, line.remote_ref, line.remote_id


@given(st.lists(st.tuples(names, ids, names.map(lambda name: f"refs/heads/{name}"), ids), max_size=5))
def test_every_line_is_read_in_order(rows: list[tuple[str, str, str, str]]) -> None:
    text = "".join(" ".join(row) + "\n" for row in rows)
    assert [fields(line) for line in parse(text.encode())] == rows


def test_an_expression_with_blanks_is_one_field() -> None:
    (line,) = parse(f"HEAD@{{1 day ago}} {A} refs/heads/x {B}\n".encode())
    assert fields(line) == ("HEAD@{1 day ago}", A, "refs/heads/x", B)


def test_deletions_and_new_references_are_told_by_their_zeros() -> None:
    gone, new = parse(f"(delete) {ZERO} refs/heads/x {A}\nrefs/heads/y {A} refs/heads/y {ZERO}\n".encode())
    assert (gone.deletes, gone.creates, new.deletes, new.creates) == (True, False, False, True)


def test_a_name_that_is_no_text_comes_through() -> None:
    (line,) = parse(f"refs/heads/x {A} refs/heads/".encode() + b"\xff" + f" {B}".encode())
    assert line.remote_ref.encode("utf-8", "surrogateescape") == b"refs/heads/\xff"


@pytest.mark.parametrize(
    "text",
    [
        "refs/heads/x\n",
        f"{A} refs/heads/x {B}\n",
        f"refs/heads/x {A} refs/heads/x\n",
        f"refs/heads/x {A[:39]} refs/heads/x {B}\n",
        f"refs/heads/x {A.upper()} refs/heads/x {B}\n",
        f"refs/heads/x {A} refs/heads/x {B}{B[:24]}\n",
        f"refs/heads/x {A} --upload-pack=x {B}\n",
        f"refs/heads/x {A} refs/heads/\0 {B}\n",
        f"refs/heads/x {A} refs/heads/x {B}\n\n",
        f"refs/heads/x {A} refs/heads/x {B}\r\n",
        "\x1b[2J\n",
    ],
)
def test_what_git_would_not_write_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"line [12] of standard input"):
        parse(text.encode())


def test_too_much_is_refused() -> None:
    with pytest.raises(UsageError, match="16 MiB"):
        parse(b"x" * (MAX_BYTES + 1))


@given(st.binary(max_size=300))
def test_no_input_breaks_it(data: bytes) -> None:
    with contextlib.suppress(UsageError):
        parse(data)
