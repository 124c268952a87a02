"""Every tool and every reader by name: one explicit, ordered list."""

from collections.abc import Mapping

from gatekeeper.tools.contract import Tool
from gatekeeper.tools.exit_status import ExitStatus

READERS: Mapping[str, Tool] = {
    "exit-status": ExitStatus(),
}
"""What `reads = "…"` may name."""
