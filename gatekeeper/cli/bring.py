"""What `gate attest` and `gate approve` share: arguments in any order, words, an end, and the key that signs."""

import argparse
import getpass
import os
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from gatekeeper.errors import UsageError
from gatekeeper.process.home import Home
from gatekeeper.stamp.keys import PrivateKey, load_key, read_key
from gatekeeper.stamp.spoken import LONGEST

_DAYS = re.compile(r"([1-9][0-9]{0,3})d\Z")
_TERMINAL = "/dev/tty"


def take_any_order(parser: argparse.ArgumentParser) -> None:
    """`gate attest TARGET --label … REV`: before 3.13 argparse takes REV only directly behind TARGET (gh-59317)."""

    def parse(args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None) -> object:
        del parser.parse_known_args  # the intermixed way calls the plain one
        return parser.parse_known_intermixed_args(args, namespace)

    parser.parse_known_args = parse  # type: ignore[method-assign, assignment]


def words(text: str, option: str) -> str:
    if not text.strip():
        raise UsageError(f"{option} is empty", "say it in words: they are shown wherever this evidence is")
    return text.strip()


def expiry(text: str, now: datetime) -> datetime:
    """The moment in UTC: the end of the day that was named, or so many days from now."""
    days = _DAYS.match(text)
    try:
        if days:
            ends = (now + timedelta(days=int(days[1]))).replace(microsecond=0)
        else:
            ends = datetime.combine(date.fromisoformat(text), time(23, 59, 59), UTC)
    except ValueError as error:
        raise UsageError(f"--expires {text!r} is no day", "a date as 2026-12-31, or a number of days as 30d") from error
    if ends <= now:
        raise UsageError(f"--expires {text} is over already", "what has expired counts for nothing")
    if ends > now + LONGEST:
        raise UsageError(f"--expires {text} is more than {LONGEST.days} days away", "bring it again when that is over")
    return ends


def signing_key(file: str | None, home: Home, env: Mapping[str, str]) -> PrivateKey:
    """The key in `file`, else the one of `gate key show`; a person at the terminal is asked for its passphrase.

    Raises what `keys.read_key` raises, and UsageError when there is nobody to ask.
    """
    if file is None:
        return load_key(home, env, _passphrase)
    return read_key(Path(file).expanduser(), _passphrase)


def _passphrase(path: Path) -> bytes:
    try:
        os.close(os.open(_TERMINAL, os.O_RDWR | os.O_NOCTTY))  # without one, getpass would read what stands in a pipe
    except OSError as error:
        raise UsageError(
            f"{path} is protected by a passphrase, and there is no terminal to ask for it",
            "a person at a terminal signs with this key",
        ) from error
    return getpass.getpass(f"passphrase of {path}: ").encode()
