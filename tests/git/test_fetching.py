"""The progress of a long fetch, from git's own words."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.git.fetching import FetchProgress

_SAID = (
    b"remote: Enumerating objects: 4321, done.\n"
    b"remote: Counting objects:  50% (2160/4321)\rremote: Counting objects: 100% (4321/4321), done.\n"
    b"Receiving objects:   7% (302/4321)\rReceiving objects:  93% (4019/4321), 2.1 MiB | 4 MiB/s\r"
)


class _Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_last_step_is_said_once_a_second() -> None:
    clock, said = _Clock(), list[str]()
    progress = FetchProgress(said.append, clock=clock)
    progress.feed(_SAID)
    assert said == [], "a quick fetch says nothing"
    clock.now = 1.0
    progress.feed(_SAID)
    progress.feed(b"Resolving deltas:   1% (1/99)\r")
    assert said == ["bringing commits into the gate's own store: receiving objects 93 %"]
    clock.now = 2.5
    progress.feed(b"Resolving deltas:  17% (17/99)\r")
    assert said[1:] == ["bringing commits into the gate's own store: resolving deltas 17 %"]


@given(st.lists(st.integers(0, len(_SAID)), max_size=6))
def test_pieces_may_end_anywhere(cuts: list[int]) -> None:
    said: list[str] = []
    progress = FetchProgress(said.append, every_s=0.0)
    places = [0, *sorted(cuts), len(_SAID)]
    for start, end in itertools.pairwise(places):
        progress.feed(_SAID[start:end])
    assert said[-1].endswith("receiving objects 93 %")


@given(st.binary())
def test_nothing_that_git_could_say_breaks_it(piece: bytes) -> None:
    FetchProgress(lambda _: None, every_s=0.0).feed(piece)
