"""Variables for processes whose imports are looked at."""

import os


def plain_variables() -> dict[str, str]:
    """This process's variables without coverage's, which would make a subprocess import what the gate does not."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COV")}
