"""What a stamp tells of the machine: nothing."""

from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.stamp.scrub import Scrub

SCRUB = Scrub(
    places=(
        ("/home/ana/.cache/gatekeeper/slots", "{slots}"),
        ("/home/ana/.cache/gatekeeper", "{cache}"),
        ("/home/ana/work/shop", "{worktree}"),
        ("/home/ana", "~"),
        ("/", "everything"),
        ("relative", "no"),
    ),
    hidden=(("s3cret-token", "API_TOKEN"), ("s3cret-token-longer", "OTHER"), ("no", "SHORT")),
)


def test_known_folders_have_names_and_the_longest_wins() -> None:
    assert SCRUB.text("in /home/ana/work/shop/src/a.py:3") == "in {worktree}/src/a.py:3"
    assert SCRUB.text("/home/ana/.cache/gatekeeper/environments/ab") == "{cache}/environments/ab"
    assert SCRUB.text("/home/ana/.cache/gatekeeper/slots/0123/4/tree/src/a.py") == "{slot}/src/a.py"
    assert SCRUB.text("/home/ana/.cache/gatekeeper/slots/0123/4/scratch/x") == "{scratch}/x"
    assert SCRUB.text("file:///home/ana/x") == "file://~/x"
    assert SCRUB.text("/home/ana") == "~"


def test_only_whole_folders_are_named() -> None:
    assert SCRUB.text("/home/ana/work/shop-two/x") == "~/work/shop-two/x"
    assert SCRUB.text("a/root/x and /rooted/x") == "a/root/x and /rooted/x"
    assert SCRUB.text("GET /api/v1/items returned 500") == "GET /api/v1/items returned 500"


def test_homes_of_others_are_hidden_too() -> None:
    assert SCRUB.text("/home/bob/x, /Users/eve/y and /root/z") == "~/x, ~/y and ~/z"
    assert Scrub().text("/home/bob/x") == "~/x"


def test_values_of_variables_become_their_names() -> None:
    assert SCRUB.text("curl -H s3cret-token x") == "curl -H $API_TOKEN x"
    assert SCRUB.text("s3cret-token-longer") == "$OTHER"
    assert SCRUB.text("no news") == "no news"


def test_user_and_password_of_addresses_go() -> None:
    assert SCRUB.text("https://ana:pw@host/x?y") == "https://host/x?y"
    assert SCRUB.text("mail ana@host") == "mail ana@host"


def test_absolute_paths_in_commands_shrink_to_their_last_part() -> None:
    words = (
        "/usr/bin/python3",
        "-c",
        "--out=/srv/x/report.xml",
        "src/a.py",
        "http://host/a/b",
        "/home/ana/work/shop/t",
    )
    assert SCRUB.argv(words) == [
        "…/python3",
        "-c",
        "--out=…/report.xml",
        "src/a.py",
        "http://host/a/b",
        "{worktree}/t",
    ]


def test_undecodable_bytes_are_made_visible() -> None:
    assert SCRUB.text("a\udcffb") == "a\\udcffb"
    assert SCRUB.text("grün") == "grün"


def test_long_texts_and_lists_are_cut() -> None:
    small = Scrub(limit=5, items=2)
    assert small.text("123456") == "1234…"
    assert small.text("12345") == "12345"
    assert small.texts(["a", "b", "c", "d"]) == ["a", "b", "… and 2 more"]
    assert small.texts(["a", "b"]) == ["a", "b"]


@given(st.text(), st.text(), st.sampled_from(["/home/ana", "/home/ana/work/shop", "s3cret-token"]))
def test_nothing_hidden_ever_comes_through(before: str, after: str, hidden: str) -> None:
    separated = f"{before} {hidden} {after}"
    told = Scrub(SCRUB.places, SCRUB.hidden, limit=10_000).text(separated)
    assert f" {hidden} " not in told
    assert not any(0xD800 <= ord(character) <= 0xDFFF for character in told)
