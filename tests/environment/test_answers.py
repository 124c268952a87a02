"""Kept answers: given while what decides them is untouched, and asked again in every other case."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from gatekeeper.environment import interpreters
from gatekeeper.environment.answers import Answers
from gatekeeper.environment.interpreters import Interpreter, ask
from gatekeeper.environment.witness import look_at

SAID = "/opt/python3.11\n3.11.4\n"


@pytest.fixture
def answers(tmp_path: Path) -> Answers:
    return Answers(tmp_path / "answers")


def test_an_answer_is_given_while_nothing_changed(tmp_path: Path, answers: Answers) -> None:
    file = tmp_path / "decides"
    file.write_text("one")
    answers.keep("which?", "this", look_at([str(file), str(tmp_path / "absent")]))
    assert answers.find("which?") == "this"
    assert answers.find("which else?") is None
    (tmp_path / "absent").touch()
    assert answers.find("which?") is None


def test_what_decides_it_is_told_from_what_was_swapped_for_it(tmp_path: Path, answers: Answers) -> None:
    file = tmp_path / "decides"
    file.write_text("one")
    facts = file.stat()
    answers.keep("which?", "this", look_at([str(file)]))
    (tmp_path / "other").write_text("two")
    os.utime(tmp_path / "other", ns=(facts.st_atime_ns, facts.st_mtime_ns))
    (tmp_path / "other").replace(file)
    assert answers.find("which?") is None


def test_without_anything_that_decides_it_nothing_is_kept(tmp_path: Path, answers: Answers) -> None:
    answers.keep("which?", "this", ())
    assert answers.find("which?") is None
    assert not (tmp_path / "answers").exists()


@pytest.mark.parametrize("damage", ["", "{", "[]", "null", '{"question": "which?"}', '{"question": 1, "answer": 2}'])
def test_a_damaged_file_is_no_answer(tmp_path: Path, answers: Answers, damage: str) -> None:
    file = tmp_path / "decides"
    file.touch()
    answers.keep("which?", "this", look_at([str(file)]))
    (kept,) = (tmp_path / "answers").iterdir()
    kept.write_text(damage)
    assert answers.find("which?") is None
    answers.keep("which?", "this", look_at([str(file)]))
    assert answers.find("which?") == "this"


def test_a_folder_that_cannot_be_made_costs_time_only(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    answers = Answers(tmp_path / "file" / "answers")
    answers.keep("which?", "this", look_at([str(tmp_path)]))
    assert answers.find("which?") is None


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The interpreters that were started."""
    started: list[str] = []

    def said(python: str) -> str:
        started.append(python)
        return SAID

    monkeypatch.setattr(interpreters, "_said", said)
    return started


def a_pyenv(root: Path) -> Path:
    (root / "shims").mkdir(parents=True)
    (root / "versions" / "3.11.4").mkdir(parents=True)
    (root / "version").write_text("3.11.4\n")
    shim = root / "shims" / "python3"
    shim.write_text("#!/bin/sh\n")
    shim.chmod(0o755)
    return shim


def test_a_version_managers_stand_in_is_asked_once(tmp_path: Path, answers: Answers, asked: list[str]) -> None:
    shim = a_pyenv(tmp_path / "pyenv")
    for _ in range(3):
        assert ask(str(shim), answers) == Interpreter("/opt/python3.11", (3, 11, 4))
    assert asked == [str(shim)]


CHANGES: Mapping[str, str] = {"another version": "version", "another stand-in": "shims/python3"}


@pytest.mark.parametrize("name", CHANGES.values(), ids=CHANGES)
def test_a_stand_in_is_asked_again_when_its_choice_may_be_another(
    tmp_path: Path, answers: Answers, asked: list[str], name: str
) -> None:
    shim = a_pyenv(tmp_path / "pyenv")
    ask(str(shim), answers)
    (tmp_path / "pyenv" / name).write_text("#!/bin/sh # 3.12.1\n")
    ask(str(shim), answers)
    (tmp_path / "pyenv" / "versions" / "3.12.1").mkdir()
    ask(str(shim), answers)
    assert len(asked) == 3


def test_a_script_of_an_unknown_kind_is_asked_each_time(tmp_path: Path, answers: Answers, asked: list[str]) -> None:
    script = tmp_path / "python3"
    script.write_text("#!/bin/sh\n")
    for _ in range(2):
        ask(str(script), answers)
    assert len(asked) == 2


def test_what_is_no_interpreter_is_asked_each_time(
    tmp_path: Path, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    shim = a_pyenv(tmp_path / "pyenv")
    monkeypatch.setattr(interpreters, "_said", lambda _: "")
    assert ask(str(shim), answers) is None
    monkeypatch.setattr(interpreters, "_said", lambda _: SAID)
    assert ask(str(shim), answers) is not None


def test_this_interpreter_says_the_same_the_second_time(answers: Answers) -> None:
    first = ask(sys.executable, answers)
    assert first is not None and first.version == sys.version_info[:3]
    assert ask(sys.executable, answers) == first
