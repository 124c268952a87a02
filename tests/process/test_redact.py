"""Values leave no trace in what is let through, wherever a chunk ends."""

import base64
import json
import os
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.model.vocabulary import Ended
from gatekeeper.process.redact import MASK, Redactor, Stream
from gatekeeper.process.run import Command, run

VALUE = 'p@ss w/ "quote"+é'


@pytest.mark.parametrize(
    "shown",
    [
        VALUE.encode(),
        quote(VALUE, safe="").encode(),
        json.dumps(VALUE).encode()[1:-1],
        base64.b64encode(VALUE.encode()).rstrip(b"="),
    ],
)
def test_a_value_is_found_in_the_forms_in_which_it_is_sent(shown: bytes) -> None:
    assert Redactor([VALUE]).clean(b"a " + shown + b" b") == b"a " + MASK + b" b"


def test_every_line_of_a_longer_value_is_one() -> None:
    key = "-----BEGIN KEY-----\nMIIEabcd\nxyz\n"
    said = Redactor([key]).clean(b"log: MIIEabcd; xyz; " + key.encode())
    assert b"MIIEabcd" not in said
    assert b"xyz;" in said, "what is shorter than four characters is no secret"


def test_without_values_everything_passes() -> None:
    assert Redactor().clean(b"abc") == b"abc"
    assert Redactor(["", "abc"]).clean(b"abc") == b"abc"
    stream = Stream(Redactor())
    assert (stream.feed(b"abc"), stream.end()) == (b"abc", b"")


def test_values_that_overlap_leave_nothing_of_either() -> None:
    assert Redactor(["xxab", "abcd"]).clean(b"-xxabcd-") == b"-" + MASK + b"-"
    assert Redactor(["abcd", "abcdefgh"]).clean(b"-abcdefgh-abcd-") == b"-" + MASK + b"-" + MASK + b"-"


words = st.text(alphabet="abc", min_size=4, max_size=6)


@given(st.lists(words, max_size=3), st.lists(st.binary() | words.map(str.encode), max_size=12))
def test_chunks_make_no_difference(values: list[str], chunks: list[bytes]) -> None:
    redactor = Redactor(values)
    stream = Stream(redactor)
    passed = b"".join([*map(stream.feed, chunks), stream.end()])
    assert passed == redactor.clean(b"".join(chunks))
    assert not any(value.encode() in passed.replace(MASK, b"\n") for value in values)


def test_the_log_of_a_command_never_holds_a_value(tmp_path: Path) -> None:
    script = "import os, sys\nfor c in os.environ['TOKEN']: print(c, end='', flush=True)\n"
    script += "print(os.environ['TOKEN'], file=sys.stderr)"
    command = Command(
        (sys.executable, "-c", script), str(tmp_path), {**os.environ, "TOKEN": "sesame-open"}, 20, tmp_path / "log",
        redactor=Redactor(["sesame-open"]),
    )  # fmt: skip
    done = run(command)
    assert (done.ended, done.exit) == (Ended.EXITED, 0)
    assert done.stdout.read_bytes() == MASK
    assert done.stderr.read_bytes() == MASK + b"\n"


def test_a_cut_log_is_cut_after_redaction(tmp_path: Path) -> None:
    command = Command(
        ("printf", "sesame-opensesame-open12345"), "/", dict(os.environ), 20, tmp_path / "log",
        max_output_bytes=22, redactor=Redactor(["sesame-open"]),
    )  # fmt: skip
    done = run(command)
    assert done.stdout.read_bytes() == (MASK + MASK + b"12345")[:22]
    assert done.truncated
