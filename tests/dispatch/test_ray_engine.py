"""Ray's answers in the words of `spread`, from a stand-in for Ray; a real cluster is in tests/cli."""

import os
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from gatekeeper.dispatch import ray_engine
from gatekeeper.dispatch.job import MIB
from gatekeeper.dispatch.ray_engine import RayEngine
from gatekeeper.dispatch.spread import Errand, Fate
from gatekeeper.errors import CannotEstablish, UsageError

MONITOR = "RAY_memory_monitor_refresh_ms"


class RayError(Exception):
    """The root of all of Ray's own."""


class OutOfMemoryError(RayError):
    """Its memory monitor has killed a worker."""


class RayTaskError(RayError):
    """The task itself has failed."""

    cause = ModuleNotFoundError("No module named 'gatekeeper'\nand much more")


class FakeRay:
    """As much of Ray as the engine uses. `outcome` is what a task comes to."""

    exceptions = SimpleNamespace(RayError=RayError, OutOfMemoryError=OutOfMemoryError, RayTaskError=RayTaskError)

    def __init__(self, outcome: Any = None, init: Callable[..., None] = lambda **_: None) -> None:
        self.outcome = outcome
        self.begun: dict[str, Any] = {}
        self.options_given: dict[str, Any] = {}
        self._init = init
        self.down = False

    def init(self, **words: Any) -> None:
        self.begun = words
        self._init(**words)

    def remote(self, **_: Any) -> Callable[[object], "FakeRay"]:
        return lambda _: SimpleNamespace(options=self._options)  # type: ignore[return-value]

    def _options(self, **words: Any) -> Any:
        self.options_given = words
        return SimpleNamespace(remote=lambda payload: f"ticket of {payload!r}")

    def nodes(self) -> list[dict[str, Any]]:
        return [
            {"Alive": True, "Resources": {"memory": 64.0 * MIB}}, {"Alive": False, "Resources": {"memory": 1e15}},
            {"Alive": True, "Resources": {"memory": 32.0 * MIB}}, {"Alive": True, "Resources": {}},
        ]  # fmt: skip

    def wait(self, tickets: list[str], num_returns: int, timeout: float) -> tuple[list[str], list[str]]:
        return tickets, []

    def get(self, ticket: str) -> Any:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    def shutdown(self) -> None:
        self.down = True


def engine(monkeypatch: pytest.MonkeyPatch, ray: FakeRay, address: str | None = "host:6379") -> RayEngine:
    monkeypatch.setattr(ray_engine, "_loaded", lambda: ray)
    return RayEngine(address, memory=64 * MIB, cores=2)


@pytest.mark.parametrize(
    ("outcome", "fate"),
    [
        ((0, b"{}", "", "n1"), Fate("n1", b"{}")),
        ((-9, b"", "killed\n", "n1"), Fate("n1", lost="its gate ended with -9: killed")),
        (RayError("The node died.\nA screen of advice."), Fate(lost="The node died.")),
        (OutOfMemoryError("too much"), Fate(lost="too much", hungry=True)),
        (RayTaskError(), Fate(failed="the node cannot run it: No module named 'gatekeeper'")),
    ],
)
def test_what_came_of_a_task(outcome: Any, fate: Fate, monkeypatch: pytest.MonkeyPatch) -> None:
    some = engine(monkeypatch, FakeRay(outcome))
    ticket = some.send(Errand("worker/a", b"order", 20 * MIB))
    assert some.settled(1.0) == [(ticket, fate)]


def test_memory_is_reserved_with_ray_and_nodes_that_are_gone_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    ray = FakeRay()
    some = engine(monkeypatch, ray)
    some.send(Errand("worker/a", b"order", 20 * MIB))
    assert ray.options_given == {"memory": 20 * MIB, "name": "gate worker/a"}
    assert some.largest() == 64 * MIB


def test_a_cluster_of_this_machine_has_the_brokers_budget_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    ray = FakeRay()
    some = engine(monkeypatch, ray, address=None)
    assert (ray.begun["_memory"], ray.begun["num_cpus"]) == (64 * MIB, 2)
    folder = ray.begun["_temp_dir"]
    assert os.path.isdir(folder)
    some.close()
    assert ray.down
    assert not os.path.exists(folder)


def test_a_cluster_that_cannot_be_reached_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: Any) -> None:
        raise ConnectionError("no route\nto host")

    with pytest.raises(CannotEstablish, match="the Ray cluster at host:6379 cannot be used: no route"):
        engine(monkeypatch, FakeRay(init=refuse))


def test_without_ray_it_says_what_to_install_and_its_monitor_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setenv(MONITOR, "250")
    with pytest.raises(UsageError) as caught:
        RayEngine(None, memory=64 * MIB, cores=2)
    assert "branch-gatekeeper[ray]" in caught.value.hint
    assert os.environ[MONITOR] == "0"
