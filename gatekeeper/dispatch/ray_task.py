"""What runs in a Ray worker: the node's part of the gate, in a process of its own. Workers import it by its name."""

import os
import sys
from importlib import import_module

from gatekeeper.process.lifeline import ask

_OWN = ("RAY_", "PYTHONPATH")
"""Variables of the worker, which are nothing to what it starts."""


def run_errand(payload: bytes) -> tuple[int, bytes, str, str]:
    """(exit status, answer, last words, node). When the worker dies, the process sees its input end, and ends."""
    ray = import_module("ray")  # loaded already where this runs, and heavy for who only names this function
    node = f"{os.uname().nodename} ({ray.get_runtime_context().get_node_id()[:8]})"
    env = {name: value for name, value in os.environ.items() if not name.startswith(_OWN)}
    done = ask((sys.executable, "-m", "gatekeeper.cli.node"), payload, env)
    return done.exit, done.stdout, done.stderr.decode("utf-8", "replace")[-2000:], node
