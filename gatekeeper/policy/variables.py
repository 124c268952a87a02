"""`$NAME` in the commands of a target. No shell reads them: the gate itself puts the values in.

`$NAME` and `${NAME}` are variables, `$$` is a dollar sign; any other `$` stands for itself.
"""

import re
from collections.abc import Mapping, Sequence

OFFERED = ("GATE_COMMIT", "GATE_TREE", "GATE_PORT", "GATE_ARTEFACTS", "GATE_REPORT")
"""What the gate sets for `ready`, `identify` and `probe`."""
OF_START = ("GATE_PORT",)
"""What it sets for `start`, which runs code of the branch."""

_VARIABLE = re.compile(r"\$(?:(\$)|\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))", re.ASCII)


def used(words: Sequence[str]) -> tuple[str, ...]:
    """Names of the variables in a command, each once, in their order."""
    found = (match[2] or match[3] for word in words for match in _VARIABLE.finditer(word))
    return tuple(dict.fromkeys(name for name in found if name))


def expand(words: Sequence[str], values: Mapping[str, str]) -> tuple[str, ...]:
    """The command with every variable replaced. Raises KeyError for one that has no value."""
    return tuple(_VARIABLE.sub(lambda match: "$" if match[1] else values[match[2] or match[3]], word) for word in words)
