"""No garbage collection while trees of syntax come and go. They hold no cycles, and are gone when nobody names them."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def calm() -> Iterator[None]:
    """The collector looks at every node of every tree again and again, which takes twice the time of the rest."""
    ran = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if ran:
            gc.enable()
