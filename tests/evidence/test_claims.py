"""Self-reviews are parsed, bounded, bound to a head, and never believed here."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.evidence.claims import (
    MAX_CLAIMS,
    MAX_TRAILER_BYTES,
    file_for,
    merge,
    parse_claim,
    parse_file,
    parse_trailers,
)
from gatekeeper.evidence.review_file import MAX_BYTES, too_large
from gatekeeper.model.claim import Claim, SelfReview
from gatekeeper.model.vocabulary import CommitId, Label, TreeId

TREE = TreeId("ab" * 20)
HEAD = CommitId("12" * 20)
DIGEST = "0123456789abcdef" * 4


def claim(text: str) -> Claim:
    parsed = parse_claim(text)
    assert isinstance(parsed, Claim), parsed
    return parsed


def trailers(*pairs: tuple[str, str]) -> SelfReview:
    parsed = parse_trailers(pairs, TREE)
    assert parsed is not None
    return parsed


def file(text: str, **more: CommitId) -> SelfReview:
    return parse_file(text.encode("utf-8", "surrogateescape"), "f", TREE, **more)


def one(review: SelfReview) -> Claim:
    assert review.problems == ()
    return review.claims[0]


def test_a_claim_in_a_trailer() -> None:
    said = claim(
        f"tests=local; pytest -q; 214 passed, 3 skipped in 4.21s; sha256:{DIGEST.upper()}; all of them; really"
    )
    assert said == Claim(
        "tests", Label.LOCAL, "pytest -q", "all of them; really", "trailer", (("passed", 214), ("skipped", 3)), DIGEST
    )


@pytest.mark.parametrize(
    ("text", "counts", "statement"),
    [
        ("t=local; pytest; 1 error", (("errors", 1),), ""),
        ("t=local; === 3 passed, 1 failed in 0.12s ===", (("failed", 1), ("passed", 3)), ""),
        ("t=local; pytest; green: 3 passed", (), "green: 3 passed"),
        ("t=local; pytest; all green, 3 passed", (("passed", 3),), "all green, 3 passed"),
        ("t=local; pytest; 2 Passed; 2 passed and 0 failed", (("failed", 0), ("passed", 2)), ""),
        ("t=local; echo 3 failed, 4 passed", (), ""),
        ("t=local; pytest; fixed 3 failed cases", (), "fixed 3 failed cases"),
        ("t=local; pytest;", (), ""),
    ],
)
def test_counts_in_any_segment_after_the_command(text: str, counts: tuple[object, ...], statement: str) -> None:
    assert (claim(text).counts, claim(text).statement) == (counts, statement)


def test_what_was_blocked_ran_nothing_so_its_text_is_the_reason() -> None:
    assert claim("shop=blocked; no credential for staging").statement == "no credential for staging"
    assert claim("shop=blocked; curl x; no credential").command == "curl x"
    assert claim("shop=local; no command").command == "no command"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tests",
        "=local",
        "tests=verified; x",
        "tests=LOCAL",
        "tests=local; x; 3 passed; 4 passed",
        f"t=local; sha256:{DIGEST}; sha256:{DIGEST[::-1]}",
        "x" * 201 + "=local",
    ],
)
def test_what_is_no_claim_says_why(text: str) -> None:
    assert isinstance(parse_claim(text), str)


@pytest.mark.parametrize(
    "bad", ["\x1b[31m", "\x00", "\n", "\r", "\x0b", "\x85", "\u2028", "\u202e", "\u2066", "\udcff"]
)
def test_control_characters_are_refused_in_every_carrier_and_never_repeated_raw(bad: str) -> None:
    reviews = [
        trailers(("Gate-Claim", f"tests=local; pytest{bad}-q")),
        trailers(("Gate-Not-Done", f"x{bad}y — why")),
    ]
    escaped = "".join(f"\\U{ord(character):08x}" for character in bad)
    if bad not in {"\n", "\udcff"}:  # TOML allows newlines in text; it cannot spell what is no character
        reviews.append(file(f'tree = "{TREE}"\n[[claim]]\nsubject = "t"\nlabel = "local"\nstatement = "a{escaped}b"\n'))
        reviews.append(file(f'tree = "{TREE}"\nnot_done = ["a{escaped}b — why"]\n'))
    if bad != "\udcff":
        reviews.append(file(f'tree = "{TREE}"\n[[claim]]\nsubject = "t{escaped}"\nlabel = "local"\n'))
    for review in reviews:
        assert review.problems, review
        assert (review.claims, review.not_done) == ((), ())
        assert bad not in "".join(review.problems)


def test_umlauts_emoji_and_tabs_are_plain_text() -> None:
    assert claim("tests=local; pytest\t-q; größer 👩‍💻").statement == "größer 👩‍💻"


def test_trailers_belong_to_their_commit_unless_they_name_another_tree() -> None:
    claims = ("Gate-Claim", "tests=local")
    assert trailers(claims).bound
    assert trailers(claims, ("Gate-Tree", TREE.upper())).bound
    other = trailers(claims, ("Gate-Tree", "cd" * 20))
    assert (other.bound, other.unbound) == (False, ("trailer",))
    assert not trailers(claims, ("Gate-Tree", TREE[:6])).bound, "six digits are too few"
    assert parse_trailers([("Signed-off-by", "x")], TREE) is None


def test_disclosures_in_trailers() -> None:
    review = trailers(
        ("gate-not-done", "load test — no staging"),
        ("Gate-Known-Failure", "tests/test_a.py::test_x — flaky"),
        ("Gate-Test-Removed", "tests/test_b.py"),
        ("Gate-Change", "ruff.toml — E501 was noise"),
    )
    assert (review.claims, review.problems) == ((), ())
    assert review.not_done == ("load test — no staging",)
    assert review.known_failures == ("tests/test_a.py::test_x — flaky",)
    assert review.tests_removed == ("tests/test_b.py",)
    assert review.gate_changes == ("ruff.toml — E501 was noise",)
    assert trailers(("Gate-Not-Done", " ")).problems


def test_trailers_above_their_limit_are_a_problem_and_not_parsed() -> None:
    big = trailers(("Gate-Claim", "tests=local; " + "x" * MAX_TRAILER_BYTES))
    assert (big.claims, len(big.problems)) == ((), 1)
    many = trailers(*[("Gate-Claim", "tests=local; " + "x" * 1000)] * 70)
    assert (many.claims, len(many.problems)) == ((), 1)
    assert "64 KiB" in many.problems[0]


def test_a_file_says_everything() -> None:
    review = file(
        f'tree = "{TREE}"\n'
        'not_done = ["load test — no staging"]\nknown_failures = ["a"]\ntests_removed = ["b"]\n'
        'gate_changes = ["c — d"]\n'
        '[[claim]]\nsubject = "tests"\nlabel = "local"\ncommand = "pytest -q"\n'
        f'counts = {{ passed = 214, error = 0 }}\nartefact = "sha256:{DIGEST}"\nstatement = """two\nlines"""\n'
    )
    counts = (("errors", 0), ("passed", 214))
    assert one(review) == Claim("tests", Label.LOCAL, "pytest -q", "two\nlines", "f", counts, DIGEST)
    assert (review.not_done, review.known_failures) == (("load test — no staging",), ("a",))
    assert (review.tests_removed, review.gate_changes) == (("b",), ("c — d",))
    assert review.bound


def test_a_file_is_bound_by_the_tree_that_it_names_and_outside_the_branch_by_the_commit_too() -> None:
    body = '\n[[claim]]\nsubject = "tests"\nlabel = "local"\n'
    assert file(f'tree = "{TREE[:7]}"{body}').bound
    assert file(f'tree = "{"cd" * 20}"{body}').unbound == ("f",)
    assert file(body).unbound == ("f",)
    assert file(f"tree = 7{body}").unbound == ("f",)
    assert file(f'commit = "{HEAD}"{body}').problems, "a file in the commit cannot know its id"
    assert file(f'commit = "{HEAD}"{body}', commit=HEAD).bound
    assert not file(f'commit = "{HEAD}"\ntree = "{"cd" * 20}"{body}', commit=HEAD).bound
    assert not file(f'commit = "{"cd" * 20}"\ntree = "{TREE}"{body}', commit=HEAD).bound


CLAIM = '[[claim]]\nsubject = "x"\nlabel = "local"\n'


@pytest.mark.parametrize(
    "content",
    [
        b"\xff",
        b"tree = ",
        b"unknown = 1",
        b"claim = 3",
        b'[[claim]]\nlabel = "local"',
        b'[[claim]]\nsubject = "x"\nlabel = "great"',
        b'[[claim]]\nsubject = 3\nlabel = "local"',
        *(
            CLAIM.encode() + line
            for line in (
                b"more = 1",
                b"counts = 3",
                b"counts = { passed = -1 }",
                b"counts = { passed = true }",
                b'counts = { passed = "3" }',
                b"counts = { passed = 1.0 }",
                b'counts = { "a b" = 1 }',
                b"counts = { error = 1, errors = 2 }",
                b'artefact = "abc"',
                b"statement = ['x']",
            )
        ),
        b"not_done = 'x'",
        b"not_done = [1]",
        b"known_failures = ['']",
        b"tree = " + b"1" * 5000,
        b"a." * 20000 + b"b = 1",
        b"a = " + b"[" * 100_000,
        b"# " + b"x" * MAX_BYTES,
    ],
)
def test_a_malformed_file_is_a_problem_never_an_exception(content: bytes) -> None:
    started = time.perf_counter()
    review = parse_file(content, "f", TREE)
    assert review.problems
    assert (review.claims, review.bound) == ((), False) or content.startswith(b"[[claim]]")
    assert time.perf_counter() - started < 5, "no carrier takes the gate's time or memory"


def test_one_bad_claim_hides_no_good_one() -> None:
    review = file(f'tree = "{TREE}"\n{CLAIM}[[claim]]\nsubject = "y"\nlabel = "bad"\n{CLAIM.replace("x", "z")}')
    assert [said.subject for said in review.claims] == ["x", "z"]
    assert len(review.problems) == 1
    assert "claim 2" in review.problems[0]


def test_a_file_above_the_limit_was_not_read() -> None:
    review = too_large("f", 10_000_000)
    assert "256 KiB" in review.problems[0]
    assert (review.bound, review.claims) == (False, ())


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_an_exception(content: bytes) -> None:
    assert not parse_file(content, "f", TREE).bound


@given(st.text(max_size=100))
def test_any_trailer_is_a_claim_or_a_reason(text: str) -> None:
    assert isinstance(parse_claim(text), Claim | str)


def test_several_carriers_are_merged_and_bound_only_together() -> None:
    good = trailers(("Gate-Claim", "tests=local"), ("Gate-Not-Done", "a — b"))
    bad = file(f'not_done = ["a — b", "c — d"]\n{CLAIM}')
    both = merge([good, bad])
    assert both is not None
    assert (both.bound, both.unbound, both.carriers) == (False, ("f",), ("trailer", "f"))
    assert [said.subject for said in both.claims] == ["tests", "x"]
    assert both.not_done == ("a — b", "c — d")
    assert merge([]) is None


def test_the_same_claim_twice_is_one_claim_and_said() -> None:
    again = merge([trailers(("Gate-Claim", "x=local")), file(f'tree = "{TREE}"\n{CLAIM}')])
    assert again is not None
    assert (len(again.claims), again.repeated, again.problems) == (1, ("x",), ())


@pytest.mark.parametrize(
    ("first", "second", "contradict"),
    [
        ("x=local", "x=direct", True),
        ("x=local; a; 3 passed", "x=local; a; 4 passed", True),
        ("x=local; a; 3 passed", "x=local; a; 3 passed, 1 skipped", False),
        ("x=local; a", "x=local; b", False),
        ("x=local", "y=direct", False),
    ],
)
def test_contradictory_claims_are_a_problem_in_either_order(first: str, second: str, contradict: bool) -> None:
    one_way = merge([trailers(("Gate-Claim", first), ("Gate-Claim", second))])
    other_way = merge([trailers(("Gate-Claim", second)), trailers(("Gate-Claim", first))])
    assert one_way is not None
    assert other_way is not None
    assert one_way.problems == other_way.problems
    assert any("contradictory" in problem for problem in one_way.problems) == contradict


def test_more_claims_than_anybody_reads_are_a_problem() -> None:
    review = merge([SelfReview(tuple(Claim(f"s{n}", Label.LOCAL) for n in range(MAX_CLAIMS + 1)), ("f",), True)])
    assert review is not None
    assert (review.claims, len(review.problems)) == ((), 1)


def test_one_file_per_branch() -> None:
    assert file_for("a/b") == ".gate/self-review/a/b.toml"
