"""Where GitHub is and who asks."""

import sys
from pathlib import Path

import pytest

from gatekeeper.errors import UsageError
from gatekeeper.forge.access import Access, App, find_access, named_by
from gatekeeper.forge.wire import PyGithubWire

HELD = "ghp_0123456789abcdef"
TOKEN = {"GITHUB_TOKEN": HELD, "GITHUB_REPOSITORY": "octo/shop"}


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://github.com/octo/shop.git", "octo/shop"),
        ("https://x-access-token:s3cret@github.example.org/octo/shop", "octo/shop"),
        ("git@github.com:octo/shop.git", "octo/shop"),
        ("ssh://git@github.example.org:22/octo/shop.git/", "octo/shop"),
        ("/srv/git/shop.git", ""),
        ("file:///srv/git/shop.git", ""),
        ("", ""),
    ],
)
def test_the_repository_in_the_url_of_a_remote(url: str, name: str) -> None:
    assert named_by(url) == name


def test_token_and_enterprise() -> None:
    found = find_access(TOKEN | {"GITHUB_API_URL": "https://ghe.example.org/api/v3/"}, None, "")
    assert found == Access("https://ghe.example.org/api/v3", "octo/shop", HELD)
    assert (found.as_app, found.secrets) == (False, (HELD,))
    assert HELD not in repr(found)
    assert find_access(TOKEN | {"GITHUB_TOKEN": "ghs_1"}, "other/one", "").as_app


def test_an_app_goes_before_a_token_and_secrets_come_from_files(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("PEM\n")
    env = TOKEN | {"GATE_GITHUB_APP_ID": "12", "GATE_GITHUB_APP_KEY_FILE": str(key)}
    found = find_access(env, None, "")
    assert (found.token, found.app, found.as_app) == ("", App("12", "PEM"), True)
    assert "PEM" not in repr(found)
    token = find_access({"GATE_GITHUB_TOKEN_FILE": str(key)}, None, "git@github.com:octo/shop")
    assert (token.token, token.repository) == ("PEM", "octo/shop")


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"GITHUB_TOKEN": ""}, "no token"),
        ({"GITHUB_TOKEN": "a\nb"}, "malformed"),
        ({"GITHUB_REPOSITORY": ""}, "is not said"),
        ({"GITHUB_REPOSITORY": "../../user"}, "no repository of GitHub"),
        ({"GITHUB_REPOSITORY": "octo/.."}, "no repository of GitHub"),
        ({"GITHUB_API_URL": "http://github.example.org"}, "no https address"),
        ({"GITHUB_API_URL": "https://me:s3cret@github.example.org"}, "without user and password"),
        ({"GITHUB_API_URL": "https://[x"}, "no https address"),
        ({"GATE_GITHUB_APP_ID": "12"}, "half set up: GATE_GITHUB_APP_KEY_FILE"),
        ({"GATE_GITHUB_APP_KEY": "x"}, "half set up: GATE_GITHUB_APP_ID"),
        ({"GATE_GITHUB_APP_ID": "12", "GATE_GITHUB_APP_KEY": "x", "GATE_GITHUB_APP_INSTALLATION": "y"}, "no number"),
        ({"GATE_GITHUB_TOKEN_FILE": "/nowhere/token"}, "cannot be read"),
        ({"GATE_GITHUB_TOKEN_FILE": "/dev/null"}, "holds no text"),
    ],
)
def test_mistakes_are_named_and_secrets_are_not_shown(env: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        find_access(TOKEN | env, None, "")
    assert "s3cret" not in str(caught.value) + caught.value.hint


def test_a_key_that_is_none_is_not_shown() -> None:
    wire = PyGithubWire(Access("https://127.0.0.1:9", "octo/shop", app=App("12", "-----BEGIN not a key")))
    with pytest.raises(UsageError, match="no RSA private key") as caught:
        wire.send("GET", "/zen", {}, None)
    assert caught.value.__cause__ is None


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "github", None)
    with pytest.raises(UsageError, match="not installed") as caught:
        PyGithubWire(Access("https://127.0.0.1:9", "octo/shop", HELD))
    assert "branch-gatekeeper[github]" in caught.value.hint
