"""Whose stamps are believed when the caller says so: `--trust` with OpenSSH public keys or an allowed_signers file."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from gatekeeper.errors import CannotEstablish, UsageError
from gatekeeper.model.target import Signer
from gatekeeper.policy.public_key import read_public_key

NAMESPACE = "gate"
"""For `namespaces="…"` in an allowed_signers file: a key that is kept for other things (git, file) is not taken."""
_KIND = "ssh-ed25519"
_MAX_BYTES = 1 << 20


def trusted(words: Sequence[str], now: datetime) -> tuple[Signer, ...]:
    """The signers that these words name, each once: public key lines, or files of them (also allowed_signers).

    Raises UsageError (no such file, not a key) and CannotEstablish (a file in which no key can be used, and why).
    """
    found: dict[str, Signer] = {}
    for word in words:
        found |= _named_by(word, now)
    return tuple(found.values())


def _named_by(word: str, now: datetime) -> dict[str, Signer]:
    """The signers of one key line or file, by key id."""
    lines = [word] if word.startswith("ssh-") and " " in word.strip() else _lines(word)
    read = [_signer(line, now) for line in lines]
    usable = {one.id: one for one in read if isinstance(one, Signer)}
    if usable:
        return usable
    problems = "; ".join(one for one in read[:3] if isinstance(one, str)) or "it is empty"
    raise CannotEstablish(
        f"--trust {word[:200]}: no key that can be used: {problems}",
        "an ed25519 key: `gate key show` or `ssh-keygen -t ed25519` print one",
    )


def _lines(name: str) -> list[str]:
    try:
        with Path(name).expanduser().open("rb") as file:
            text = file.read(_MAX_BYTES).decode("utf-8", "replace")
    except (OSError, RuntimeError) as error:  # RuntimeError: the home of a user that there is not
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(
            f"--trust {name}: neither a public key nor a file that can be read ({reason})",
            'a file of `ssh-keygen`, an allowed_signers file, or the line itself: --trust "ssh-ed25519 AAAA…"',
        ) from error
    if "PRIVATE KEY" in text:
        raise UsageError(f"--trust {name}: this is a private key", f"name the public one: {name}.pub")
    return [line for line in map(str.strip, text.splitlines()) if line and not line.startswith("#")]


def _signer(line: str, now: datetime) -> Signer | str:
    """A line of a .pub file (key, comment) or of allowed_signers (principals, options, key); or what is wrong."""
    before, kind, after = line.partition(_KIND)
    if not kind:
        return "a key of another kind than ed25519"
    words = before.split(maxsplit=1)
    problem = _refused(words[1] if len(words) > 1 else "", now)
    if problem:
        return problem
    try:
        key = read_public_key(kind + after)
    except ValueError as error:
        return str(error)
    comment = after.split(maxsplit=1)[1].strip() if len(after.split(maxsplit=1)) > 1 else ""
    return Signer(name=(words[0] if words else comment) or key.id[:16], key=key.line, id=key.id)


def _refused(options: str, now: datetime) -> str:
    """Why the options of an allowed_signers line (ssh-keygen(1)) keep this key from being used for stamps."""
    named = {name.lower(): value.strip('"') for name, _, value in (one.partition("=") for one in _split(options))}
    if "cert-authority" in named:
        return "an authority that signs certificates, not stamps"
    if "namespaces" in named and NAMESPACE not in named["namespaces"].split(","):
        return f"kept for other namespaces than {NAMESPACE!r}"
    try:
        return _out_of_time(named, now)
    except ValueError:
        return "a time that cannot be read"


def _out_of_time(named: Mapping[str, str], now: datetime) -> str:
    if "valid-after" in named and now < _time(named["valid-after"]):
        return "not valid yet"
    if "valid-before" in named and now >= _time(named["valid-before"]):
        return "no longer valid"
    return ""


def _split(options: str) -> list[str]:
    """At commas and blanks outside quotes."""
    found, quoted = [""], False
    for character in options:
        quoted ^= character == '"'
        if character in ", " and not quoted:
            found.append("")
        else:
            found[-1] += character
    return [one for one in found if one]


def _time(text: str) -> datetime:
    """YYYYMMDD[HHMM[SS]][Z]. Without Z it is local time to ssh-keygen; here it is UTC wherever it is read."""
    digits = text.removesuffix("Z")
    shape = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}.get(len(digits), "")
    return datetime.strptime(digits, shape).replace(tzinfo=UTC)
