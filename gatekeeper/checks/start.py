"""How the program of a step is started. Light: every command has one; what pytest needs is in `pytest_start.py`."""

from collections.abc import Mapping

from msgspec import Struct, field


class Start(Struct, frozen=True):
    """What is run: the beginning of argv, further variables, and what has to be visible in a sandbox."""

    executable: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)
    visible: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    observed: bool = False
    words: int = 0
    """So many words of `executable` start the gate's boot file; the others are pytest's."""
