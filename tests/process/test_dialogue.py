"""A command that answers: in order, within its time, and gone with its block."""

import sys

import pytest

from gatekeeper.errors import CannotEstablish
from gatekeeper.process.dialogue import Dialogue

ECHO = (
    "import sys\n"
    "for line in sys.stdin:\n"
    "    line = line.strip()\n"
    "    sys.stdout.write(f'{len(line)}\\n{line}'); sys.stdout.flush()\n"
)


def dialogue(script: str, timeout_s: float = 20.0) -> Dialogue:
    return Dialogue([sys.executable, "-c", script], cwd=None, env={}, timeout_s=timeout_s)


def test_answers_come_in_order() -> None:
    with dialogue(ECHO) as talk:
        for word in (b"one", b"four", b""):
            talk.ask(word + b"\n")
            assert talk.exactly(int(talk.line())) == word


def test_the_command_ends_with_its_block() -> None:
    with dialogue(ECHO) as talk:
        process = talk._process
    assert process.returncode is not None


def test_a_command_that_leaves_says_why() -> None:
    with dialogue("import sys; sys.exit('out of ideas')") as talk, pytest.raises(CannotEstablish, match="out of ideas"):
        talk.line()


def test_a_question_to_a_command_that_has_left_says_why() -> None:
    with dialogue("import sys; sys.exit('gone')") as talk:
        talk._process.wait()
        with pytest.raises(CannotEstablish, match="gone"):
            talk.ask(b"x\n")


def test_a_command_that_never_answers_is_given_up() -> None:
    with (
        dialogue("import sys; sys.stdin.read()", timeout_s=0.3) as talk,
        pytest.raises(CannotEstablish, match="in time"),
    ):
        talk.line()


def test_an_answer_without_an_end_is_given_up() -> None:
    endless = "print('x' * 1000000, end='', flush=True); input()"
    with dialogue(endless) as talk, pytest.raises(CannotEstablish, match="never ends"):
        talk.line()


def test_a_missing_command_is_named() -> None:
    with pytest.raises(CannotEstablish, match="no-such-command"):
        Dialogue(["no-such-command"], cwd=None, env={"PATH": "/nonexistent"})
