"""Reading a `git push` command line."""

import pytest

from gatekeeper.git.push_command import arguments, moved, names_one


@pytest.mark.parametrize(
    ("command", "given"),
    [
        (["git", "push", "origin", "a"], ("origin", "a")),
        (["/usr/lib/git-core/git", "-C", "push", "-c", "a=b", "--no-pager", "push"], ()),
        (["git", "commit", "-m", "push"], None),
        (["ssh", "push"], None),
        (["git", "-C"], None),
        ([], None),
    ],
)
def test_the_words_after_push_are_found(command: list[str], given: tuple[str, ...] | None) -> None:
    assert arguments(command) == given


@pytest.mark.parametrize(
    ("given", "settings", "one"),
    [
        (["origin", "a"], [], True),
        (["-u", "--force", "origin", "a:b"], [], True),
        (["-o", "x", "origin", "a"], [], True),
        ([], [], True),
        ([], ["push.default upstream", "push.followtags false"], True),
        (["origin", "a", "b"], [], False),
        (["origin", "refs/heads/*:refs/heads/*"], [], False),
        (["origin", ":"], [], False),
        (["--all"], [], False),
        (["--mirror", "origin"], [], False),
        (["origin", "a", "--tags"], [], False),
        ([], ["push.default matching"], False),
        ([], ["remote.origin.push refs/heads/*"], False),
        (["origin", "a"], ["push.followtags true"], False),
    ],
)
def test_a_push_of_one_reference_is_told_from_others(given: list[str], settings: list[str], one: bool) -> None:
    assert names_one(given, settings) is one


def test_what_would_move_is_read_from_a_dry_run() -> None:
    said = (
        "To ../r\n \trefs/heads/a:refs/heads/a\t1..2\n*\trefs/heads/b:refs/heads/b\t[new branch]\n"
        "-\t:refs/heads/c\t[deleted]\n=\trefs/heads/d:refs/heads/d\t[up to date]\n"
        "!\trefs/heads/e:refs/heads/e\t[rejected]\n+\trefs/heads/f:refs/heads/g\t1...2\nDone\n"
    )
    assert moved(said) == ("refs/heads/a", "refs/heads/b", "refs/heads/g")
