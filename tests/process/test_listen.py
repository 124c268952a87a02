"""Which process listens on a port."""

import socket
import subprocess
import sys

from gatekeeper.process.listen import free_port, listens

SERVE = """
import socket, subprocess, sys
port = int(sys.argv[1])
if len(sys.argv) > 2:
    subprocess.run([sys.executable, "-c", sys.argv[2], str(port)])
else:
    listener = socket.create_server(("127.0.0.1", port)); print("ready", flush=True); listener.accept()
"""


def test_the_process_or_its_child_listens_and_nobody_else_does() -> None:
    for extra in ([], [SERVE]):
        port = free_port()
        argv = [sys.executable, "-c", SERVE, str(port), *extra]
        with subprocess.Popen(argv, stdout=subprocess.PIPE, start_new_session=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            assert listens(process.pid, port)
            assert not listens(process.pid, free_port())
            with socket.create_server(("127.0.0.1", 0)) as mine:
                assert not listens(process.pid, mine.getsockname()[1]), "that one listens here, in the test itself"
            socket.create_connection(("127.0.0.1", port)).close()
        assert not listens(process.pid, port), "it has ended"


def test_a_free_port_can_be_taken() -> None:
    with socket.create_server(("127.0.0.1", free_port())) as listener:
        assert listener.getsockname()[1] > 0
