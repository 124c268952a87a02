"""Small envelopes for the log itself: signed, with their place, and nothing else in them."""

from gatekeeper.stamp.chains import chain_of
from gatekeeper.stamp.envelope import IN_TOTO, digest_of, read, sign
from gatekeeper.stamp.form import TYPE, Chain
from gatekeeper.stamp.log import Make
from gatekeeper.stamp.strict import dump
from tests.support.stamps import Key


def maker(commit: str, key: Key, padding: int = 0) -> Make:
    """Makes envelopes about `commit`; `padding` bytes more make them as long as real ones."""

    def make(chain: Chain) -> bytes:
        place = {name: getattr(chain, name) for name in ("id", "sequence", "previous", "time", "run", "earlier")}
        subject = [{"name": "x", "digest": {"gitCommit": commit}}]
        predicate = {"chain": place, "padding": "x" * padding}
        return sign(
            dump({"_type": TYPE, "subject": subject, "predicateType": "test", "predicate": predicate}), IN_TOTO, key
        )  # type: ignore[dict-item]

    return make


def walk(lines: list[bytes]) -> list[Chain]:
    """The places of a whole chain, in order; raises AssertionError at the first gap or wrong digest."""
    chain = sorted((chain_of(read(line).statement()) for line in lines), key=lambda one: one.sequence)
    by_place = {chain_of(read(line).statement()).sequence: digest_of(line) for line in lines}
    assert [one.sequence for one in chain] == list(range(1, len(lines) + 1))
    assert [one.previous for one in chain] == ["", *(by_place[number] for number in range(1, len(lines)))]
    return chain
