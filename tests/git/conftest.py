"""What the git tests share: a subject resolved the way the gate does it."""

from collections.abc import Callable

import pytest

from gatekeeper.git.facts import find_repository, resolve
from gatekeeper.git.slots import Slots
from gatekeeper.git.store import Store, key_of
from gatekeeper.model.subject import Subject
from gatekeeper.process.home import Home
from tests.support.repo import Repo

Resolve = Callable[..., Subject]


def open_store(repo: Repo, home: Home) -> Store:
    return Store.open(home, find_repository(str(repo.path)))


@pytest.fixture
def store(repo: Repo, gate_home: Home) -> Store:
    return open_store(repo, gate_home)


@pytest.fixture
def slots(repo: Repo, gate_home: Home, store: Store) -> Slots:
    return Slots(store, gate_home.slots_dir / key_of(find_repository(str(repo.path))))


@pytest.fixture
def judge(gate_home: Home) -> Resolve:
    """judge(repo, rev=None, base=None, whole=False) → Subject."""

    def call(repo: Repo, rev: str | None = None, base: str | None = None, *, whole: bool = False) -> Subject:
        repository = find_repository(str(repo.path))
        return resolve(repository, rev, base, whole, store=Store.open(gate_home, repository))

    return call
