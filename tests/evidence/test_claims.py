"""Self-reviews are parsed, bound, and never believed here."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.evidence.claims import file_for, merge, parse_claim, parse_file, parse_trailers
from gatekeeper.model.claim import Claim
from gatekeeper.model.vocabulary import Label, TreeId

TREE = TreeId("ab" * 20)


def test_a_claim_in_a_trailer() -> None:
    claim = parse_claim("tests=local; pytest -q; 214 passed")
    assert claim == Claim("tests", Label.LOCAL, "pytest -q", "214 passed", "trailer")


@pytest.mark.parametrize("text", ["", "tests", "=local", "tests=verified; x", "tests=LOCAL"])
def test_what_is_no_claim_says_why(text: str) -> None:
    assert isinstance(parse_claim(text), str)


def test_trailers_belong_to_their_commit_unless_they_name_another_tree() -> None:
    claims = [("Gate-Claim", "tests=local")]
    assert parse_trailers(claims, TREE).bound  # type: ignore[union-attr]
    assert parse_trailers([*claims, ("Gate-Tree", TREE)], TREE).bound  # type: ignore[union-attr]
    assert not parse_trailers([*claims, ("Gate-Tree", "cd" * 20)], TREE).bound  # type: ignore[union-attr]
    assert parse_trailers([("Signed-off-by", "x")], TREE) is None
    assert parse_trailers([("Gate-Tree", TREE)], TREE).problems  # type: ignore[union-attr]


def test_a_file_is_bound_by_the_tree_that_it_names() -> None:
    text = f'tree = "{TREE}"\n[[claim]]\nsubject = "tests"\nlabel = "local"\n'
    review = parse_file(text.encode(), file_for("a/b"), TREE)
    assert (review.bound, review.problems) == (True, ())
    assert review.claims[0].subject == "tests"
    assert not parse_file(text.encode(), "f", TreeId("cd" * 20)).bound


@pytest.mark.parametrize(
    "content",
    [
        b"\xff",
        b"tree = ",
        b"",
        b"unknown = 1",
        b"claim = 3",
        b'[[claim]]\nlabel = "local"',
        b'[[claim]]\nsubject = "x"\nlabel = "great"',
        b'[[claim]]\nsubject = 3\nlabel = "local"',
        b'[[claim]]\nsubject = "x"\nlabel = "local"\nmore = 1',
    ],
)
def test_a_malformed_file_is_a_problem_never_an_exception(content: bytes) -> None:
    review = parse_file(content, "f", TREE)
    assert review.problems
    assert not review.bound


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_an_exception(content: bytes) -> None:
    assert not parse_file(content, "f", TREE).bound


@given(st.text(max_size=100))
def test_any_trailer_is_a_claim_or_a_reason(text: str) -> None:
    assert isinstance(parse_claim(text), Claim | str)


def test_several_carriers_are_bound_only_together() -> None:
    good = parse_trailers([("Gate-Claim", "tests=local")], TREE)
    bad = parse_file(b"", "f", TREE)
    assert good is not None
    both = merge([good, bad])
    assert both is not None
    assert (both.bound, len(both.claims), both.carriers) == (False, 1, ("trailer", "f"))
    assert merge([]) is None
