"""TOML that somebody hostile may have written: bounded before it is parsed, one kind of error for all that is wrong.

`tomllib` needs memory quadratic in the length of a dotted key (40 kB of `a.a.a…` come to gigabytes), and raises a bare
ValueError for a number of thousands of digits.
"""

from collections.abc import Mapping
from functools import lru_cache

MAX_TOML_BYTES = 1 << 20
"""Of a configuration file such as pyproject.toml."""
MAX_DOTS = 200
"""In one line. Keys cannot be broken over lines, and no sane line of text has so many."""


class UnreadableToml(ValueError):
    """Why the text cannot be used, in words."""


def read_toml(raw: bytes, max_bytes: int) -> Mapping[str, object]:
    """The tables of a TOML file of at most `max_bytes`, shared by all who ask: not to be changed.

    Raises UnreadableToml.
    """
    if len(raw) > max_bytes:
        raise UnreadableToml(f"it is larger than {max_bytes // 1024} KiB")
    return _parsed(raw)


@lru_cache(maxsize=4)
def _parsed(raw: bytes) -> Mapping[str, object]:
    """One pyproject.toml is asked for by half a dozen places in one run."""
    # Here and not above: most runs of the gate read no such file, and every one of them would pay for the parser.
    import tomllib  # noqa: PLC0415

    for number, line in enumerate(raw.split(b"\n"), 1):
        if line.count(b".") > MAX_DOTS:
            raise UnreadableToml(f"line {number} has more than {MAX_DOTS} dots")
    try:
        return tomllib.loads(raw.decode("utf-8-sig").replace("\r\n", "\n"))
    except RecursionError:
        raise UnreadableToml("it is nested too deeply") from None
    except ValueError as error:  # TOMLDecodeError, UnicodeDecodeError and too many digits alike
        raise UnreadableToml(f"it is not TOML: {error}") from error
