"""The leases of a process: from the broker of this machine, or its parent's when it runs inside a job."""

from collections.abc import Callable, Mapping

from gatekeeper.dispatch.broker import LEASE_VARIABLE, Broker
from gatekeeper.dispatch.leased import BrokerLeases
from gatekeeper.dispatch.leases import Leases
from gatekeeper.dispatch.nested import NestedLeases, parent_lease
from gatekeeper.dispatch.settings import load_settings


def leases_for(
    env: Mapping[str, str], say: Callable[[str], None], wait_s: float | None = None, oversize: str = ""
) -> Leases:
    """What `env` says: budget, folder, and whether this process is part of a job. `say` is told why something waits.

    `oversize`: what becomes of a command larger than the budget, when not what the machine's settings say.
    """
    broker = Broker(load_settings(env))
    number = parent_lease(env, broker) if env.get(LEASE_VARIABLE) else None
    return BrokerLeases(broker, say, wait_s, oversize) if number is None else NestedLeases(broker, number)
