"""Ray as the engine: one task per errand, its memory as Ray's resource `memory`. Ray is an extra, and heavy to load.

Ray counts what tasks reserve, and does not enforce it: the broker of each node does. Ray's own memory monitor would
kill workers whenever a node is nearly full, whoever filled it; a cluster that is started here goes without it.
"""

import logging
import os
import signal
import tempfile
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from gatekeeper.dispatch.ray_task import run_errand
from gatekeeper.dispatch.spread import Errand, Fate
from gatekeeper.errors import CannotEstablish, UsageError
from gatekeeper.process.remove import remove

_LOCAL = {"RAY_memory_monitor_refresh_ms": "0", "RAY_worker_niceness": "0"}
"""Read by the processes of a cluster that is started here. Workers would else run, and be timed, at niceness 15."""
_QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
_STORE = 80 << 20
"""Bytes for Ray's object store of a cluster that is started here: answers are small."""


class RayEngine:
    """`spread.Engine` on a cluster. Any: without the extra there is no ray to have types of."""

    def __init__(self, address: str | None, *, memory: int, cores: int) -> None:
        """Join the cluster at `address`; None: one of this machine alone, with `memory` bytes and `cores`.

        Raises UsageError without Ray, CannotEstablish when the cluster cannot be reached.
        """
        self._ray = _loaded()
        self._tickets: dict[object, Any] = {}
        self._folder = tempfile.mkdtemp(prefix="gate-ray-") if address is None else ""
        before = signal.getsignal(signal.SIGTERM)
        try:
            self._ray.init(**_arguments(address, self._folder, memory, cores))
            signal.signal(signal.SIGTERM, before)  # it puts its own there
        except (ConnectionError, RuntimeError, TimeoutError, ValueError, OSError) as error:
            self.close()
            raise CannotEstablish(
                f"the Ray cluster at {address or 'this machine'} cannot be used: {_first(error)}",
                "start it on the head (ray start --head) and name it: --address HOST:6379",
            ) from error
        self._task = self._ray.remote(max_retries=0, num_cpus=1, scheduling_strategy="SPREAD")(run_errand)

    def largest(self) -> int:
        nodes = (node for node in self._ray.nodes() if node["Alive"])
        return max((int(node["Resources"].get("memory", 0)) for node in nodes), default=0)

    def send(self, errand: Errand) -> object:
        task = self._task.options(memory=errand.memory, name=f"gate {errand.name}")
        ticket = task.remote(errand.payload)
        self._tickets[ticket] = ticket
        return ticket

    def settled(self, wait_s: float) -> Sequence[tuple[object, Fate]]:
        ready, _ = self._ray.wait(list(self._tickets), num_returns=len(self._tickets), timeout=0)
        if not ready:
            ready, _ = self._ray.wait(list(self._tickets), num_returns=1, timeout=wait_s)
        return [(self._tickets.pop(ticket), self._fate(ticket)) for ticket in ready]

    def recall(self, ticket: object) -> None:
        self._tickets.pop(ticket, None)
        self._ray.cancel(ticket, force=True)

    def close(self) -> None:
        """Leave the cluster; one that was started here ends."""
        self._ray.shutdown()
        if self._folder:
            remove(Path(self._folder))

    def _fate(self, ticket: Any) -> Fate:
        errors = self._ray.exceptions
        try:
            status, answer, said, node = self._ray.get(ticket)
        except errors.OutOfMemoryError as error:
            return Fate(lost=_first(error), hungry=True)
        except errors.RayTaskError as error:
            return Fate(failed=f"the node cannot run it: {_first(error.cause or error)}")
        except errors.RayError as error:
            return Fate(lost=_first(error))
        if status != 0 or not answer:
            return Fate(node=node, lost=f"its gate ended with {status}: {said.strip()[-300:]}")
        return Fate(node=node, answer=answer)


def _arguments(address: str | None, folder: str, memory: int, cores: int) -> Mapping[str, Any]:
    common = {"log_to_driver": False, "logging_level": 40, "configure_logging": False}
    if address is not None:
        return {"address": address, **common}
    local = {
        "include_dashboard": False,
        "object_store_memory": _STORE,
        "num_cpus": cores,
        "_memory": memory,
        "_temp_dir": folder,
    }
    return {"address": "local", **local, **common}


def _loaded() -> Any:
    logging.getLogger("ray").setLevel(logging.ERROR)
    os.environ.update({**_LOCAL, **_QUIET})  # read when it starts processes, and when it is loaded
    try:
        ray = import_module("ray")
        import_module("ray.exceptions")
    except ImportError as error:
        raise UsageError(
            "--engine ray needs Ray, which is not installed", "python -m pip install 'branch-gatekeeper[ray]'"
        ) from error
    return ray


def _first(error: BaseException) -> str:
    """What Ray says fills a screen: its first line."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]
