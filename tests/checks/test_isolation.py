"""What the machine can do against what the policy asks for: the level, the gap that blocks, and what is said."""

import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from gatekeeper.checks import isolation
from gatekeeper.checks.isolation import FILES, FILES_AND_NETWORK, NONE, Isolation, isolate
from gatekeeper.model.policy import CheckSettings, IsolationSettings
from gatekeeper.model.vocabulary import CheckId
from gatekeeper.process.home import Home
from gatekeeper.process.sandbox import Ability

PLAIN = CheckSettings(CheckId("x"))
NETWORK = replace(PLAIN, network=True)
WHOLE = Ability("/usr/bin/bwrap", network=True)
HALF = Ability("/usr/bin/bwrap", network=False, reason="loopback: denied")
ABSENT = Ability(reason="bubblewrap (bwrap) is not installed")
BROKEN = Ability(reason="bubblewrap does not work here (setting up uid map: Permission denied)")


@pytest.mark.parametrize(
    ("can", "use", "settings", "level"),
    [
        (WHOLE, "auto", PLAIN, FILES_AND_NETWORK),
        (WHOLE, "require", PLAIN, FILES_AND_NETWORK),
        (WHOLE, "auto", NETWORK, FILES),
        (HALF, "auto", PLAIN, FILES),
        (ABSENT, "auto", PLAIN, NONE),
        (ABSENT, "require", PLAIN, NONE),
        (WHOLE, "off", PLAIN, NONE),
    ],
)
def test_level(monkeypatch: pytest.MonkeyPatch, can: Ability, use: str, settings: CheckSettings, level: str) -> None:
    monkeypatch.setattr(isolation, "ability", lambda: can)
    assert Isolation(use).level(settings) == level


@pytest.mark.parametrize(
    ("can", "use", "settings", "words"),
    [
        (WHOLE, "require", PLAIN, ""),
        (WHOLE, "require", NETWORK, ""),
        (HALF, "require", NETWORK, ""),
        (ABSENT, "auto", PLAIN, ""),
        (ABSENT, "off", PLAIN, ""),
        (ABSENT, "require", PLAIN, "is not installed: install bubblewrap"),
        (BROKEN, "require", PLAIN, "let it create user namespaces"),
        (HALF, "require", PLAIN, "the network cannot be kept away here (loopback: denied)"),
    ],
)
def test_gap(monkeypatch: pytest.MonkeyPatch, can: Ability, use: str, settings: CheckSettings, words: str) -> None:
    monkeypatch.setattr(isolation, "ability", lambda: can)
    gap = Isolation(use).gap(settings)
    assert words in gap if words else gap == ""


@pytest.mark.parametrize(
    ("can", "use", "words"),
    [
        (WHOLE, "auto", ""),
        (WHOLE, "off", "isolation: off (policy)"),
        (ABSENT, "auto", "isolation: none, bubblewrap (bwrap) is not installed"),
        (HALF, "auto", "isolation: files only"),
    ],
)
def test_notes(monkeypatch: pytest.MonkeyPatch, can: Ability, use: str, words: str) -> None:
    monkeypatch.setattr(isolation, "ability", lambda: can)
    notes = Isolation(use).notes()
    assert [note.startswith(words) for note in notes] == ([True] if words else [])


def test_walls_stand_around_the_gate_the_user_and_the_repository(tmp_path: Path) -> None:
    home = Home(tmp_path / "cache", tmp_path / "state")
    user = tmp_path / "user"
    settings = IsolationSettings("auto", ("~/data", "/srv/data", str(home.state / "keys"), str(home.cache)))
    made = isolate(settings, home, {"HOME": str(user)}, [str(tmp_path / "project/.git")])
    real = Path(os.path.realpath(tmp_path))
    assert made.walls.up
    assert set(made.walls.private.folders) == {
        str(real / "cache"), str(real / "state"), str(real / "project/.git"),
    }  # fmt: skip
    assert str(real / "user") in made.walls.private.homes
    assert made.walls.visible == (str(real / "user/data"), "/srv/data")


def test_off_has_no_walls(tmp_path: Path) -> None:
    home = Home(tmp_path / "cache", tmp_path / "state")
    assert not isolate(IsolationSettings("off"), home, {"HOME": "/root"}, []).walls.up


def test_a_home_that_is_the_root_folder_hides_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path / "cache", tmp_path / "state")
    assert "/" not in isolate(IsolationSettings(), home, {"HOME": "/"}, []).walls.private.homes
