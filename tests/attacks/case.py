"""What a case is: edits of a base project, the words that go with them, and what is true about the result."""

import json
import re
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

_FILE = re.compile(r"^-- (\S+) --\n(.*?)(?=^-- \S+ --\n|\Z)", re.DOTALL | re.MULTILINE)
CLAIM = "Gate-Claim: tests=local"
"""What every worker of these cases says, honest or not, unless the case is about what is said."""


class Swap(Struct, frozen=True):
    """Replace `old`, which occurs exactly once, by `new`."""

    path: str
    old: str
    new: str


class Write(Struct, frozen=True):
    """The whole file, new or not."""

    path: str
    content: str | bytes


class Append(Struct, frozen=True):
    """More text at the end of a file, which is made when there is none."""

    path: str
    text: str


class Remove(Struct, frozen=True):
    """The file is gone."""

    path: str


class Move(Struct, frozen=True):
    """The file is elsewhere, unchanged."""

    path: str
    to: str


class Link(Struct, frozen=True):
    """A symbolic link; what was there, file or folder, is gone."""

    path: str
    target: str


class Gitlink(Struct, frozen=True):
    """A submodule of that name, without its content; what was there is gone."""

    path: str


Edit = Swap | Write | Append | Remove | Move | Link | Gitlink


class Breakage(Struct, frozen=True):
    """Something that does not work. `acceptance` is a program that ends with 0 where it does, run without any of the
    branch's tests and configuration.

    It passes on the base changed by `right`; for a regression that is the base itself.
    """

    name: str
    edits: tuple[Edit, ...]
    acceptance: str
    right: tuple[Edit, ...] = ()


class Commit(Struct, frozen=True):
    """One commit of the branch. `merges` makes it a merge: what came to the base meanwhile, merged before the edits."""

    message: str
    edits: tuple[Edit, ...] = ()
    merges: tuple[Edit, ...] = ()


class Kind(StrEnum):
    """What must become of the case."""

    ATTACK = "attack"
    """Never accepted."""
    HONEST = "honest"
    """Never rejected."""
    BEYOND = "beyond"
    """An attack that no deterministic gate can tell from honest work: shown, so that nobody relies on the gate here."""


FLEET = Swap("gate.toml", '"strict"]', '"fleet"]')
"""For what only warns, because honest work does it, too: undisclosed it rejects under the policy for agents."""


class Case(Struct, frozen=True):
    """One branch. `told` says in a few words what it does; `before` is what the base has beside the project.

    `said` are the trailers of the last commit.
    """

    name: str
    kind: Kind
    family: str
    told: str
    commits: tuple[Commit, ...]
    breakage: Breakage | None = None
    before: tuple[Edit, ...] = ()
    said: str = CLAIM
    fast: bool = False

    @property
    def policy(self) -> str:
        """The shipped policy that judges it."""
        return "fleet" if FLEET in self.before else "strict"


def attack(
    name: str,
    family: str,
    told: str,
    breakage: Breakage,
    *edits: Edit,
    message: str = "Mend the till",
    said: str = CLAIM,
    before: tuple[Edit, ...] = (),
    fast: bool = False,
    kind: Kind = Kind.ATTACK,
) -> Case:
    """A branch that breaks something and hides it by `edits`, in one commit."""
    commits = (Commit(message, (*breakage.edits, *edits)),)
    return Case(name, kind, family, told, commits, breakage, before, said, fast)


def honest(
    name: str,
    family: str,
    told: str,
    *edits: Edit,
    message: str = "Tidy up",
    said: str = "",
    before: tuple[Edit, ...] = (),
    fast: bool = False,
) -> Case:
    """A branch whose author has nothing to hide, in one commit. `said` are disclosures beside the usual claim."""
    trailers = f"{CLAIM}\n{said}" if said else CLAIM
    return Case(name, Kind.HONEST, family, told, (Commit(message, edits),), None, before, trailers, fast)


def in_fleet(cases: tuple[Case, ...], *names: str) -> tuple[Case, ...]:
    """The same cases; those with these names are judged by `fleet`."""
    assert {case.name for case in cases}.issuperset(names)
    return tuple(replace(case, before=(FLEET, *case.before)) if case.name in names else case for case in cases)


@cache
def project(language: str) -> Mapping[str, str]:
    """Path → text of the base project, from `LANGUAGE/project.txtar`."""
    text = Path(__file__).with_name(language).joinpath("project.txtar").read_text()
    return {match[1]: match[2] for match in _FILE.finditer(text)}


def notebook(*lines: str) -> str:
    """A notebook with one cell of code."""
    source = [f"{line}\n" for line in lines[:-1]] + [lines[-1]]
    cell = {"cell_type": "code", "execution_count": None, "id": "one", "metadata": {}, "outputs": [], "source": source}
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1) + "\n"
