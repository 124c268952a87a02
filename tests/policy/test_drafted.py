"""What is agreed is looked at value by value; every mistake says what to write."""

import re
from collections.abc import Mapping

import pytest

from gatekeeper.errors import UsageError
from gatekeeper.model.vocabulary import CheckId, Label
from gatekeeper.policy import drafted as module
from gatekeeper.policy.drafted import drafted


def made(**table: object) -> object:
    return drafted({"branch": "work", **table}, "c.toml", "/home/kim")


def test_everything_at_once() -> None:
    contract = drafted(
        {
            "branch": "refs/heads/agent/shop",
            "base": "main",
            "worktree": "../shop",
            "allow": ["src/shop/**", "!src/shop/keys"],
            "forbid": ["/setup.py"],
            "require": {"tests": "local", "checkout": "direct"},
            "title": " Add a basket ",
            "pr_title": "Basket",
            "commit_format": "^feat: ",
            "package": "P-17",
            "by": "Kim",
        },
        "c.toml",
        "/home/kim",
    )
    assert contract.branch == "agent/shop"
    assert contract.worktree == "/home/shop"
    assert contract.allow == ("src/shop/**", "!src/shop/keys")
    assert contract.forbid == ("/setup.py",)
    assert list((contract.requires or {}).items()) == [
        (CheckId("checkout"), Label.DIRECT),
        (CheckId("tests"), Label.LOCAL),
    ]
    assert (contract.title, contract.pr_title, contract.package) == ("Add a basket", "Basket", "P-17")
    assert contract.commit_format == "^feat: ", "a blank of a pattern is a blank"
    assert (contract.base, contract.by, contract.version, contract.digest) == ("main", "Kim", 0, "")


def test_requirements_may_be_a_list() -> None:
    listed = drafted({"branch": "b", "require": ["tests=local", " lint = local "]}, "x", "/")
    assert listed.requires == {"lint": "local", "tests": "local"}


def test_an_absolute_worktree_stays_where_it_is() -> None:
    assert drafted({"branch": "b", "worktree": "/a/../b"}, "x", "/home").worktree == "/b"


@pytest.mark.parametrize(
    ("table", "what", "hint"),
    [
        ({"brnach": "x"}, "c.toml: unknown key 'brnach'", "branch, base"),
        ({"branch": ""}, "c.toml: branch is missing", "name the branch"),
        ({"branch": "a..b"}, "'a..b' cannot be the name of a branch", "check-ref-format"),
        ({"branch": "--force"}, "'--force' cannot be the name of a branch", "check-ref-format"),
        ({"branch": 3}, "c.toml: branch is no text", "in quotes"),
        ({"title": "a\nb"}, "c.toml: title holds a control character", "one line"),
        ({"title": "\x1b[31m"}, "c.toml: title holds a control character", "one line"),
        ({"title": "x" * 1001}, "c.toml: title is longer than 1000", "shorten"),
        ({"allow": "src/**"}, "c.toml: allow is no list", '["…"]'),
        ({"allow": [3]}, "c.toml: allow is no text", "in quotes"),
        ({"allow": ["a"] * 1001}, "c.toml: allow is no list of at most 1000", '["…"]'),
        ({"allow": ["# all"]}, "c.toml: allow: '# all' matches no path", ".gitignore"),
        ({"allow": [""]}, "c.toml: allow: '' matches no path", ".gitignore"),
        ({"allow": ["!"]}, "c.toml: allow: '!' matches no path", ".gitignore"),
        ({"forbid": ["./src"]}, "c.toml: forbid: './src' matches no path", ".gitignore"),
        ({"forbid": ["src/../x"]}, "matches no path", ".gitignore"),
        ({"allow": ["!a", "!b"]}, "c.toml: allow has only exceptions ('!a')", "first"),
        ({"require": ["tests"]}, "c.toml: require: tests= is no requirement", "direct, proxy, local"),
        ({"require": ["=local"]}, "c.toml: require: =local is no requirement", "tests=local"),
        ({"require": {"tests": "blocked"}}, "tests=blocked is no requirement", "direct, proxy, local"),
        ({"require": {"tests": True}}, "c.toml: require is no text", "in quotes"),
        ({"require": ["tests=local", "tests=direct"]}, "c.toml: require names tests twice", "keep one"),
        ({"require": "tests=local"}, "c.toml: require is no list", '["…"]'),
        ({"commit_format": "("}, "c.toml: commit_format: '(' is no regular expression: missing )", "re module"),
        ({"commit_format": "a{1,99999999999}"}, "is no regular expression", "re module"),
    ],
)
def test_mistakes(table: Mapping[str, object], what: str, hint: str) -> None:
    with pytest.raises(UsageError) as raised:
        made(**table)
    assert what in raised.value.what
    assert hint in raised.value.hint


@pytest.mark.parametrize("pattern", [r"^(a+)+$", r"^(\w+\s?)*$", r"^([a-z ]+)*: x"])
def test_a_pattern_that_never_ends_is_refused(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PATTERN_S", 1.0)
    with pytest.raises(UsageError, match=re.escape("takes more than 1 s on a subject line of 160 characters")):
        made(commit_format=pattern)


@pytest.mark.parametrize("pattern", [r"^(feat|fix)(\([\w-]+\))?!?: .{1,72}$", r"^[A-Z]+-\d+ \S", r"^(\w+-)*\w+: "])
def test_usual_patterns_are_taken(pattern: str) -> None:
    made(commit_format=pattern)
