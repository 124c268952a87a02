"""What git tells a pre-push hook on standard input (githooks(5)). Light imports: on the way of a remembered verdict."""

from gatekeeper.errors import UsageError

MAX_BYTES = 16 << 20
_HEX = frozenset("0123456789abcdef")
_LENGTHS = (40, 64)
_HINT = "git itself calls this hook and says what is pushed: run `git push`, or look at who calls the hook"


class Pushed:
    """One reference that is pushed. Ids are full; all zeros where there is nothing.

    `local_ref` is as the user wrote it where it is no reference: it may hold blanks ("HEAD@{1 day ago}").
    """

    # No struct: importing msgspec costs more than a remembered verdict.
    __slots__ = ("local_id", "local_ref", "remote_id", "remote_ref")

    def __init__(self, local_ref: str, local_id: str, remote_ref: str, remote_id: str) -> None:
        self.local_ref = local_ref
        self.local_id = local_id
        self.remote_ref = remote_ref
        self.remote_id = remote_id

    @property
    def deletes(self) -> bool:
        return not self.local_id.strip("0")

    @property
    def creates(self) -> bool:
        return not self.remote_id.strip("0")


def parse(data: bytes) -> tuple[Pushed, ...]:
    """Every line, in order. Raises UsageError, with the number of the line, for what git would not write."""
    if len(data) > MAX_BYTES:
        raise UsageError(f"more than {MAX_BYTES >> 20} MiB on standard input", _HINT)
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    if lines[-1] == "":
        lines.pop()
    return tuple(_parse(number, line) for number, line in enumerate(lines, start=1))


def _parse(number: int, line: str) -> Pushed:
    fields = line.rsplit(" ", 3)
    if len(fields) != 4 or not fields[0]:
        raise UsageError(f"line {number} of standard input is not `local-ref local-id remote-ref remote-id`", _HINT)
    local_ref, local_id, remote_ref, remote_id = fields
    for found in (local_id, remote_id):
        if len(found) not in _LENGTHS or not set(found) <= _HEX or len(found) != len(local_id):
            raise UsageError(f"line {number} of standard input: {found[:80]!r} is no object id", _HINT)
    if not remote_ref.startswith("refs/") or "\0" in line:
        raise UsageError(f"line {number} of standard input: {remote_ref[:80]!r} is no reference", _HINT)
    return Pushed(local_ref, local_id, remote_ref, remote_id)
