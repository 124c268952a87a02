"""TOML of a hostile hand costs neither time nor memory, and every fault is one kind of error."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from gatekeeper.policy.bounded_toml import MAX_DOTS, UnreadableToml, read_toml

LIMIT = 256 * 1024


def test_good_toml_is_read() -> None:
    assert read_toml(b'\xef\xbb\xbfa.b = "x"\r\n[c]\n', LIMIT) == {"a": {"b": "x"}, "c": {}}
    assert read_toml(b'a = "' + b"." * (MAX_DOTS - 1) + b'"', LIMIT)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"a = ", "not TOML"),
        (b"\xff", "not TOML"),
        (b"a = " + b"1" * 5000, "not TOML"),
        (b"a = " + b"[" * 100_000, "nested"),
        (b"x\n" + b"a." * MAX_DOTS + b"b.c = 1", "line 2"),
        (b"#" * (LIMIT + 1), "256 KiB"),
    ],
)
def test_bad_toml_says_why(raw: bytes, why: str) -> None:
    with pytest.raises(UnreadableToml, match=why):
        read_toml(raw, LIMIT)


def test_a_dotted_key_of_the_whole_file_takes_no_memory() -> None:
    code = (
        "from gatekeeper.policy.bounded_toml import *\n"
        "try: read_toml(b'a.' * 100_000 + b'b = 1', 1 << 18)\n"
        "except UnreadableToml as error: print(error)\n"
    )

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (512 << 20, 512 << 20))

    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=20,
        preexec_fn=limited,
        check=True,
    )
    assert "dots" in done.stdout
