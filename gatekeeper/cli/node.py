"""What an engine starts on a node: an order comes in, what was observed goes out. Not a verb: it is for no person.

    python -m gatekeeper.cli.node < ORDER > ANSWER

One line of JSON each way. It stops what it does when its standard input ends: then nobody wants the answer any more.
"""

import os
import sys
import threading

from msgspec.structs import replace

from gatekeeper.cli import exits
from gatekeeper.cli.live import QuietProgress
from gatekeeper.dispatch.leased import BrokerLeases
from gatekeeper.dispatch.start import leases_for
from gatekeeper.errors import ConfigurationError, GateError
from gatekeeper.ledger import codec
from gatekeeper.ledger.record import Ledger
from gatekeeper.node import Answer, Order, carry_out, refusal
from gatekeeper.process.home import find_home
from gatekeeper.process.lifeline import question
from gatekeeper.request import Ports


def main() -> None:
    """Answer, and end at once: nothing is left to be done then."""
    cancelled = threading.Event()
    line = question(cancelled.set)
    answer = codec.dumps(_answered(line.decode("ascii", "replace"), cancelled))
    sys.stdout.write(answer)
    sys.stdout.flush()
    os._exit(exits.INTERRUPTED if cancelled.is_set() else 0)


def _answered(line: str, cancelled: threading.Event) -> Answer:
    try:
        order = codec.loads(Order, line)
    except codec.CodecError as error:
        return refusal(
            ConfigurationError(
                f"{os.uname().nodename} does not understand what it was asked: {error}",
                "install the same version of branch-gatekeeper on every node",
            )
        )
    try:
        home = find_home(os.environ)
        leases = leases_for(os.environ, lambda _: None, order.wait_s, order.oversize)
        ports = Ports(home, os.environ, QuietProgress(), cancelled=cancelled, leases=leases)
        answer = carry_out(order, ports, Ledger(home.ledger))
    except GateError as error:
        return refusal(error)
    return replace(answer, lacked=leases.lacked if isinstance(leases, BrokerLeases) else 0)


if __name__ == "__main__":
    main()
