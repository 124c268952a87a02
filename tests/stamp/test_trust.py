"""Whom `--trust` names."""

import contextlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.errors import CannotEstablish, UsageError
from gatekeeper.stamp.trust import trusted
from tests.support.stamps import Key

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LINE = Key().public


def names(*words: str) -> list[str]:
    return [one.name for one in trusted(words, NOW)]


def test_a_key_is_called_by_its_principal_its_comment_or_its_id() -> None:
    assert names(f"{LINE} me@example.org") == ["me@example.org"]
    assert names(LINE) == [Key().id[:16]]
    (one,) = trusted([LINE], NOW)
    assert (one.key, one.id, one.stamps) == (LINE, Key().id, True)


def test_each_key_once(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"a@x {LINE}\nb@x {Key('other').public}\na@x {LINE}\n# {Key('third').public}\nssh-rsa AAAA no\n")
    assert [one.id for one in trusted([str(file), LINE], NOW)] == [Key().id, Key("other").id]


@pytest.mark.parametrize(
    ("options", "usable"),
    [
        ('namespaces="gate"', True),
        ('namespaces="git,file"', False),
        ('namespaces="gateway"', False),
        ('valid-after="20260531"', True),
        ('valid-after="20260602"', False),
        ('valid-before="20260601"', False),
        ('valid-before="20260601000001Z"', True),
        ('valid-before="202606010001"', True),
        ('valid-before="soon"', False),
        ('valid-before="20269901"', False),
        ("cert-authority", False),
        ("CERT-AUTHORITY", False),
        ('namespaces="gate",valid-before="20200101"', False),
        ('namespaces="a b,gate"', True),
    ],
)
def test_the_options_of_allowed_signers_are_kept(tmp_path: Path, options: str, usable: bool) -> None:
    file = tmp_path / "allowed_signers"
    file.write_text(f"me@x {options} {LINE}\n")
    if usable:
        assert names(str(file)) == ["me@x"]
    else:
        with pytest.raises(CannotEstablish, match="no key that can be used"):
            names(str(file))


@pytest.mark.parametrize("word", ["/nonexistent/key", "", "~nobody-of-that-name/key", "/"])
def test_what_is_neither_key_nor_file_is_a_usage_error(word: str) -> None:
    with pytest.raises(UsageError):
        names(word)


def test_a_broken_key_line_says_what_is_wrong() -> None:
    with pytest.raises(CannotEstablish, match="base64"):
        names("ssh-ed25519 !!!")
    with pytest.raises(CannotEstablish, match="another kind"):
        names("ssh-rsa AAAA")


@given(st.text(max_size=200))
def test_no_text_in_a_file_does_more_than_raise(text: str) -> None:
    with contextlib.suppress(CannotEstablish, UsageError):
        trusted([f"ssh-ed25519 {text}"], NOW)
