"""A [[signer]] is added at the end of a policy; nothing that is there changes."""

import tomllib

import pytest

from gatekeeper.errors import ConfigurationError, UsageError
from gatekeeper.policy.add_signer import NewSigner, addition
from gatekeeper.policy.public_key import read_public_key, write_public_key

KEY = read_public_key(write_public_key(b"1" * 32))
OTHER = read_public_key(write_public_key(b"2" * 32))
LAPTOP = NewSigner(key=KEY, name="laptop")


def added(text: str, signer: NewSigner = LAPTOP) -> dict[str, object]:
    return tomllib.loads(text + addition("gate.toml", text.encode(), signer))


def test_an_empty_policy_gets_the_signer_alone() -> None:
    assert addition("gate.toml", b"", LAPTOP) == f'[[signer]]\nname = "laptop"\nkey = "{KEY.line}"\n'


def test_everything_that_was_said_is_written() -> None:
    signer = NewSigner(key=KEY, name='Änne "A" \\ ☃', stamps=False, surfaces=("device", "ci"), approves=("F401",))
    assert added("", signer)["signer"] == [
        {
            "name": signer.name,
            "key": KEY.line,
            "stamps": False,
            "surfaces": ["device", "ci"],
            "approves": ["F401"],
        }
    ]


@pytest.mark.parametrize(
    "text",
    ["extends = []", "# só\n[check.lint]\nformat = false\n", f'[[signer]]\nname = "a"\nkey = "{OTHER.line}"\n\n\n'],
)
def test_what_was_there_stays(text: str) -> None:
    before, after = tomllib.loads(text), added(text)
    signers = after.pop("signer")
    assert isinstance(signers, list)
    assert signers[:-1] == before.pop("signer", [])
    assert signers[-1]["name"] == "laptop"
    assert after == before


def test_line_ends_stay_as_they_are() -> None:
    text = b"extends = []\r\n"
    more = addition("gate.toml", text, LAPTOP)
    assert more.count("\n") == more.count("\r\n") == 4
    assert tomllib.loads(text.decode() + more)["signer"][0]["name"] == "laptop"


def test_a_policy_in_pyproject_gets_a_table_of_its_own() -> None:
    text = '[project]\nname = "x"\n[tool.gate]\nextends = []\n[tool.other]\na = 1\n'
    more = addition("pyproject.toml", text.encode(), LAPTOP, ("tool", "gate"))
    after = tomllib.loads(text + more)
    assert after["tool"]["gate"]["signer"][0]["key"] == KEY.line
    assert after["tool"]["other"] == {"a": 1}


@pytest.mark.parametrize(
    ("signer", "words"),
    [
        (LAPTOP, "has a signer 'laptop' already"),
        (NewSigner(key=KEY, name="new"), "trusts this key already, as 'laptop'"),
    ],
)
def test_duplicates_are_refused(signer: NewSigner, words: str) -> None:
    text = f'[[signer]]\nname = "laptop"\nkey = "{KEY.line} with a comment"\n'
    with pytest.raises(UsageError, match=words):
        addition("gate.toml", text.encode(), signer)


@pytest.mark.parametrize("name", ["", " ", "a\nb", "a\x1b[31m", "a\u202eb"])
def test_a_name_is_one_printable_line(name: str) -> None:
    with pytest.raises(UsageError, match="no name for a signer"):
        addition("gate.toml", b"", NewSigner(key=KEY, name=name))


@pytest.mark.parametrize("text", ["signer = []\n", "extends = [\n", "signer = 3\n", "[check\n"])
def test_a_policy_that_cannot_take_it_is_left_alone(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"gate\.toml"):
        addition("gate.toml", text.encode(), LAPTOP)


def test_what_the_policy_would_refuse_is_refused_before_it_is_written() -> None:
    with pytest.raises(ConfigurationError, match="surfaces"):
        addition("gate.toml", b"", NewSigner(key=KEY, name="x", surfaces=("Not A Word",)))
