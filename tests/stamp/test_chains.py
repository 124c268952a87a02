"""Is a chain whole? Every word of its newest stamp about the rest counts."""

import pytest
from msgspec.structs import replace

from gatekeeper.stamp.chains import chain_of, digest, problem_of
from gatekeeper.stamp.envelope import BadEnvelope, digest_of, read
from gatekeeper.stamp.form import Chain
from gatekeeper.stamp.view import ChainState
from tests.support.envelopes import maker
from tests.support.stamps import Key

KEY = Key()
PLACE = Chain(id=f"{KEY.id}-m", sequence=3, previous="before", time="2026-01-01T00:00:00Z", run="r", earlier="tree")
LINE = maker("c" * 40, KEY)(PLACE)
STATE = ChainState(PLACE.id, 3, LINE, "whole", "tree")


def test_a_whole_chain_has_no_problem() -> None:
    assert problem_of(STATE, "before", [KEY.signer]) == ""
    assert problem_of(STATE, "before", None) == ""
    assert digest(STATE) == digest_of(LINE)


@pytest.mark.parametrize(
    ("state", "before", "word"),
    [
        (STATE, "", "before place 3 was changed"),
        (STATE, "another", "before place 3 was changed"),
        (replace(STATE, earlier=""), "before", "before place 3 was changed"),
        (replace(STATE, sequence=4), "before", "another place"),
        (replace(STATE, id="x"), "before", "another place"),
        (replace(STATE, newest=b""), "before", "holds no stamp"),
        (replace(STATE, newest=b"{}"), "before", "holds no stamp"),
        (replace(STATE, newest=maker("c" * 40, Key("other"))(PLACE)), "before", "not signed by the signer"),
    ],
)
def test_everything_else_is_said(state: ChainState, before: str, word: str) -> None:
    assert word in problem_of(state, before, [KEY.signer])


def test_without_signers_only_the_signature_is_not_asked() -> None:
    assert problem_of(replace(STATE, newest=maker("c" * 40, Key("other"))(PLACE)), "before", None) == ""
    assert problem_of(STATE, "another", None) != ""
    assert problem_of(STATE, "before", []) != ""


def test_the_place_is_read_as_it_was_signed() -> None:
    assert chain_of(read(LINE).statement()) == PLACE


@pytest.mark.parametrize("predicate", [None, {}, {"chain": None}, {"chain": {"id": "x", "sequence": 1}}])
def test_a_statement_without_a_place_has_none(predicate: object) -> None:
    with pytest.raises(BadEnvelope, match="no place"):
        chain_of({"predicate": predicate})  # type: ignore[dict-item]
