"""Ports of this machine: one that is free, and whether a started process is the one that listens there."""

import contextlib
import socket

from gatekeeper.process.tree import Tree

_HOST = "127.0.0.1"


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on now. Somebody else may take it before it is used."""
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def listens(leader: int, port: int) -> bool:
    """Does the process `leader`, one of its session or a descendant listen on the TCP port?"""
    import psutil  # noqa: PLC0415 - costs ~15 ms, and only targets that are started need it

    for member in Tree(leader, "", frozenset()).members():
        with contextlib.suppress(psutil.Error, OSError):
            for one in psutil.Process(member.pid).net_connections(kind="tcp"):
                if one.status == psutil.CONN_LISTEN and one.laddr and one.laddr.port == port:
                    return True
    return False
