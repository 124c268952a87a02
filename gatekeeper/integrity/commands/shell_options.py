"""The options of `set` and of a shell: what they switch, and the script after `-c`. Pure."""

from collections.abc import Iterator
from posixpath import basename

from msgspec import Struct

_SHELLS = frozenset({"sh", "bash", "zsh", "dash", "ksh"})
_FILE_OPTIONS = frozenset({"--rcfile", "--init-file"})


class Inner(Struct, frozen=True):
    """The script that `sh -c` is given, and how that shell starts."""

    text: str
    errexit: bool
    pipefail: bool


def inner_script(argv: tuple[str, ...]) -> Inner | None:
    """`bash -o pipefail -ec 'script'`: options may stand before and after `-c`; None where no script is given."""
    if not argv or basename(argv[0]) not in _SHELLS:
        return None
    switched, rest = switches(argv[1:])
    if not switched.get("c") or not rest:
        return None
    return Inner(rest[0], switched.get("errexit", False), switched.get("pipefail", False))


def switches(words: tuple[str, ...]) -> tuple[dict[str, bool], tuple[str, ...]]:
    """({option: on}, what follows the options) of `set` or a shell. `e` is `errexit`; `--` and a first other word end
    them.
    """
    switched: dict[str, bool] = {}
    rest = list(words)
    while rest and rest[0][:1] in ("-", "+") and rest[0] not in ("-", "+"):
        word = rest.pop(0)
        if word == "--":
            break
        if word in _FILE_OPTIONS:
            del rest[:1]
        elif not word.startswith("--"):
            switched |= dict.fromkeys(_named(word[1:], rest), word.startswith("-"))
    return switched, tuple(rest)


def _named(letters: str, rest: list[str]) -> Iterator[str]:
    """The options of a bundle; every `o` takes its name from the words that follow."""
    for letter in letters:
        if letter == "o" and rest:
            yield rest.pop(0)
        else:
            yield "errexit" if letter == "e" else letter
