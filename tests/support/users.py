"""Files of another user: only a root that may do what root may can make them (inside an isolation it may not)."""

import os

import pytest

STRANGER = 12345
"""A user id that nobody has."""


def give_away(*places: str | os.PathLike[str]) -> None:
    """Make them another user's; skips the test where that is not possible."""
    try:
        for place in places:
            os.chown(place, STRANGER, STRANGER)
    except PermissionError:
        pytest.skip("only root can give files away")
