"""`gate leases`: who holds memory, who waits for it, and why."""

import argparse
import json
import os
import sys
import time

from gatekeeper.cli.output import color_wanted, emit
from gatekeeper.dispatch.broker import Broker
from gatekeeper.dispatch.settings import budget_of, load_settings
from gatekeeper.report.leases import Seen, data, text

HELP = "who holds memory, who waits for it, and why"
_LIVE_S = 0.5
_PLAIN_S = 5.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `gate leases`."""
    parser.add_argument("--watch", action="store_true", help="go on until Ctrl-C: a live view on a terminal")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="json: one object per look")


def run(args: argparse.Namespace) -> int:
    """Prints what there is; 0 also when nothing runs."""
    broker = Broker(load_settings(os.environ))
    broker.tidy()  # what the dead held is not shown as held
    if not args.watch:
        emit(_shown(broker, args.format))
    elif args.format == "text" and color_wanted(sys.stdout, os.environ):
        _live(broker)
    else:
        _lines(broker, args.format)
    return 0


def look(broker: Broker) -> Seen:
    """One look."""
    state, entries, waits = broker.look()
    _, origin = budget_of(broker.settings, broker.kernel.total())
    return Seen(state, entries, waits, origin, broker.settings.folder)


def _shown(broker: Broker, form: str) -> str:
    seen = look(broker)
    return text(seen) if form == "text" else json.dumps(data(seen), sort_keys=True) + "\n"


def _lines(broker: Broker, form: str) -> None:
    before = ""
    while True:
        now = _shown(broker, form)
        if now != before:
            emit(now)
        before = now
        time.sleep(_PLAIN_S if form == "text" else _LIVE_S)
        broker.tidy()


def _live(broker: Broker) -> None:
    from rich.console import Console  # lazy, all three: only for a terminal
    from rich.live import Live
    from rich.text import Text

    with Live(Text(_shown(broker, "text")), console=Console(), screen=True, auto_refresh=False) as live:
        while True:
            time.sleep(_LIVE_S)
            broker.tidy()
            live.update(Text(_shown(broker, "text")), refresh=True)
