"""The gate's lines in a hook: recognised exactly, taken away exactly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.git import hook_file

SHELLS = st.text(st.characters(exclude_categories=("Cs", "Cc"), include_characters="\n"), max_size=80).filter(
    lambda text: hook_file.MARK not in text and "husky.sh" not in text
)


@pytest.mark.parametrize("python", ["/usr/bin/python3", "/a b/c'd/python", "/x/$(touch y)/python"])
def test_its_own_file_is_known_again_and_no_changed_one(python: str) -> None:
    text = hook_file.whole(python)
    assert hook_file.is_whole(text)
    assert not hook_file.is_whole(text + "echo mine\n")
    assert not hook_file.is_whole(text.replace("exit 1", "exit 0"))


@given(SHELLS)
def test_lines_go_in_and_out_again(text: str) -> None:
    script = f"#!/bin/sh\n{text}"
    added = hook_file.with_block(script)
    assert hook_file.has_block(added)
    assert hook_file.with_block(added) == added
    assert hook_file.without_block(added) == script


def test_the_lines_come_first_but_after_what_starts_husky_8() -> None:
    script = '#!/usr/bin/env sh\n. "$(dirname -- "$0")/_/husky.sh"\n\nnpm test\n'
    lines = hook_file.with_block(script).splitlines()
    assert lines[1].endswith('husky.sh"')
    assert hook_file.MARK in lines[2]
    assert lines[-1] == "npm test"


@pytest.mark.parametrize(
    ("text", "shell"),
    [
        ("", True),
        ("npm test\n", True),
        ("#!/bin/sh\n", True),
        ("#!/usr/bin/env bash\n", True),
        ("#!/usr/bin/env python3\n# sh\n", False),
        ("#!/usr/bin/env -S node\n", False),
    ],
)
def test_only_shell_scripts_take_lines(text: str, shell: bool) -> None:
    assert hook_file.is_shell(text) is shell
