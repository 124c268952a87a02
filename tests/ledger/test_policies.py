"""Kept policies: the same commit and the same gate give the same policy; anything else is made anew."""

import json
import os
import stat
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from gatekeeper.errors import ConfigurationError
from gatekeeper.ledger.policies import KeptPolicies
from gatekeeper.model.policy import CheckSettings, EnvironmentSettings, Policy, Waiver
from gatekeeper.model.vocabulary import CheckId, CommitId, Severity
from gatekeeper.policy.load import load_policy

TIP = CommitId("1" * 40)
WHERE = "main (111111111111)"
LINT = CheckId("lint")
POLICY = Policy(
    checks={LINT: CheckSettings(LINT, command=("ruff", "check", "\udcff"), severity=Severity.WARNING)},
    waivers=(Waiver(LINT, "F401", "a.py", "why", date(2030, 1, 2)),),
    environment=EnvironmentSettings(),
    extends=("default",),
    digest="0" * 64,
    origin="gate.toml at main",
    origins={"check.lint.command": "gate.toml:2"},
)


@pytest.fixture
def makers(tmp_path: Path) -> Path:
    """Stands in for the code and the shipped policies that make a policy."""
    folder = tmp_path / "makers"
    (folder / "strict").mkdir(parents=True)
    (folder / "load.py").write_text("one = 1\n")
    (folder / "strict" / "policy.toml").write_text("")
    return folder


@pytest.fixture
def kept(tmp_path: Path, makers: Path) -> Callable[[], KeptPolicies]:
    """A new process's view of one and the same folder."""
    return lambda: KeptPolicies(tmp_path / "policies", (makers,))


def never() -> Policy:
    raise AssertionError("made although it was kept")


def the_file(tmp_path: Path) -> Path:
    (file,) = (tmp_path / "policies").iterdir()
    return file


def test_the_second_run_gets_what_the_first_one_made(kept: Callable[[], KeptPolicies]) -> None:
    assert kept().of(TIP, WHERE, lambda: POLICY) is POLICY
    assert kept().of(TIP, WHERE, never) == POLICY


def test_a_shipped_policy_comes_back_as_it_was_resolved(kept: Callable[[], KeptPolicies]) -> None:
    texts = {"gate.toml": b'extends = ["strict", "python"]\n[check.own]\ncommand = "true"\n', "a.py": b""}
    made = load_policy(texts.get, names=lambda: tuple(texts), where=WHERE)
    kept().of(TIP, WHERE, lambda: made)
    assert kept().of(TIP, WHERE, never) == made


def test_another_commit_or_another_name_for_it_is_another_policy(kept: Callable[[], KeptPolicies]) -> None:
    kept().of(TIP, WHERE, lambda: POLICY)
    other = replace(POLICY, digest="1" * 64)
    assert kept().of(CommitId("2" * 40), WHERE, lambda: other) == other
    assert kept().of(TIP, "release (111111111111)", lambda: other) == other


def swapped(makers: Path) -> None:
    """As an upgrade does it: same name, same size, same time, another file."""
    old = makers / "load.py"
    facts = old.stat()
    new = makers / "new"
    new.write_text("one = 2\n")
    os.utime(new, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    new.replace(old)


@pytest.mark.parametrize(
    "change",
    [
        lambda makers: (makers / "load.py").write_text("one = 11\n"),
        lambda makers: (makers / "strict" / "policy.toml").write_text("[check.lint]\n"),
        lambda makers: (makers / "more.py").write_text(""),
        lambda makers: (makers / "strict" / "policy.toml").unlink(),
        swapped,
    ],
    ids=["code", "shipped policy", "new module", "module gone", "swapped behind its time stamp"],
)
def test_a_gate_that_makes_policies_differently_takes_none_of_the_old_ones(
    kept: Callable[[], KeptPolicies], makers: Path, change: Callable[[Path], object]
) -> None:
    kept().of(TIP, WHERE, lambda: POLICY)
    change(makers)
    other = replace(POLICY, digest="1" * 64)
    assert kept().of(TIP, WHERE, lambda: other) == other


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: b"",
        lambda raw: raw[:-20],
        lambda raw: raw.replace(b'"required":true', b'"required":false', 1),
        lambda raw: raw.replace(b"0", b"1", 1),
        lambda raw: b"\x80\x04\x95" + raw,
        lambda raw: raw + b"\n",
    ],
    ids=["empty", "cut", "loosened", "other digest", "a pickle", "longer"],
)
def test_a_damaged_file_is_as_if_it_were_not_there(
    kept: Callable[[], KeptPolicies], tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    kept().of(TIP, WHERE, lambda: POLICY)
    file = the_file(tmp_path)
    before = file.read_bytes()
    file.write_bytes(damage(before))
    assert file.read_bytes() != before
    other = replace(POLICY, origin="made anew")
    assert kept().of(TIP, WHERE, lambda: other) == other
    assert kept().of(TIP, WHERE, never) == other, "the damaged file is replaced"


def test_the_file_of_one_commit_does_not_serve_for_another(kept: Callable[[], KeptPolicies], tmp_path: Path) -> None:
    kept().of(TIP, WHERE, lambda: POLICY)
    mine = the_file(tmp_path)
    other = replace(POLICY, digest="1" * 64)
    kept().of(CommitId("2" * 40), WHERE, lambda: other)
    (theirs,) = (file for file in mine.parent.iterdir() if file != mine)
    theirs.write_bytes(mine.read_bytes())
    assert kept().of(CommitId("2" * 40), WHERE, lambda: other) == other


def test_a_mistake_is_found_anew_each_time(kept: Callable[[], KeptPolicies]) -> None:
    def mistaken() -> Policy:
        raise ConfigurationError("gate.toml:1: no", "write it differently")

    for _ in range(2):
        with pytest.raises(ConfigurationError):
            kept().of(TIP, WHERE, mistaken)
    assert kept().of(TIP, WHERE, lambda: POLICY) == POLICY


def test_what_does_not_read_back_the_same_is_not_kept(kept: Callable[[], KeptPolicies], tmp_path: Path) -> None:
    odd = replace(POLICY, extends=["default"])  # type: ignore[arg-type] # what a mistaken loader would give
    assert kept().of(TIP, WHERE, lambda: odd) is odd
    assert not (tmp_path / "policies").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_folder_that_cannot_be_written_costs_time_only(kept: Callable[[], KeptPolicies], tmp_path: Path) -> None:
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert kept().of(TIP, WHERE, lambda: POLICY) is POLICY
    finally:
        tmp_path.chmod(stat.S_IRWXU)


def test_a_file_in_the_place_of_the_folder_costs_time_only(kept: Callable[[], KeptPolicies], tmp_path: Path) -> None:
    (tmp_path / "policies").write_text("in the way")
    assert kept().of(TIP, WHERE, lambda: POLICY) is POLICY


def test_the_oldest_are_forgotten(kept: Callable[[], KeptPolicies], tmp_path: Path) -> None:
    for number in range(70):
        kept().of(CommitId(f"{number:040}"), WHERE, lambda: POLICY)
    assert len(list((tmp_path / "policies").iterdir())) == 64
    assert kept().of(CommitId(f"{69:040}"), WHERE, never) == POLICY


def test_a_kept_policy_is_text(kept: Callable[[], KeptPolicies], tmp_path: Path) -> None:
    kept().of(TIP, WHERE, lambda: POLICY)
    _, _, text = the_file(tmp_path).read_bytes().partition(b"\n")
    assert json.loads(text)["policy"]["checks"]["lint"]["command"] == ["ruff", "check", "\udcff"]
