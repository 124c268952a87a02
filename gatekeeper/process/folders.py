"""Where the gate keeps its things, as plain text: on the way of every command, and pathlib costs 6 ms to import."""

import os
from collections.abc import Mapping


def folders(env: Mapping[str, str]) -> tuple[str, str]:
    """(cache, state): $GATE_HOME/{cache,state}, else the folders of the XDG base directory specification."""
    chosen = env.get("GATE_HOME")
    if chosen:
        root = os.path.abspath(os.path.expanduser(chosen))  # noqa: PTH100, PTH111
        return f"{root}/cache", f"{root}/state"
    user = env.get("HOME") or os.path.expanduser("~")  # noqa: PTH111 - falls back on the password database
    return (
        _xdg(env, "XDG_CACHE_HOME", f"{user}/.cache") + "/gatekeeper",
        _xdg(env, "XDG_STATE_HOME", f"{user}/.local/state") + "/gatekeeper",
    )


def _xdg(env: Mapping[str, str], name: str, default: str) -> str:
    value = env.get(name, "")
    # The specification: a relative path is invalid and to be ignored.
    return value if value.startswith("/") else default
