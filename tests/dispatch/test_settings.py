"""The budget and the other settings of a machine, and what is said about wrong ones."""

from pathlib import Path

import pytest

from gatekeeper.dispatch.job import GIB, MIB
from gatekeeper.dispatch.pressure import Reading
from gatekeeper.dispatch.settings import Settings, backstop_of, budget_of, load_settings, machine_of
from gatekeeper.errors import ConfigurationError
from tests.support.broker import FakeKernel


def load(tmp_path: Path, text: str = "", **env: str) -> Settings:
    (tmp_path / "machine.toml").write_text(text)
    return load_settings({"GATE_HOME": str(tmp_path), **env}, system_file=str(tmp_path / "none"))


def test_the_automatic_budget_leaves_a_tenth_and_at_least_half_a_gib() -> None:
    assert budget_of(Settings("f"), 20 * GIB)[0] == 18 * GIB
    assert budget_of(Settings("f"), 2 * GIB)[0] == 2 * GIB - 512 * MIB
    assert budget_of(Settings("f"), 512 * MIB)[0] == 256 * MIB
    assert budget_of(Settings("f", floor=GIB), 20 * GIB)[0] == 19 * GIB


def test_a_budget_larger_than_the_machine_is_cut_and_says_so() -> None:
    size, origin = budget_of(Settings("f", budget=64 * GIB), 20 * GIB)
    assert size == 18 * GIB
    assert "larger" in origin
    assert budget_of(Settings("f", budget=6 * GIB), 20 * GIB) == (6 * GIB, "set")


def test_a_machine_that_does_not_say_what_it_has() -> None:
    machine = machine_of(Settings("f"), FakeKernel(total=None), Reading())
    assert machine.budget == 2 * GIB
    assert machine.floor == 0


def test_the_variable_wins_over_the_file_and_the_file_over_the_built_in(tmp_path: Path) -> None:
    text = 'budget = "4GiB"\nfloor = "1GiB"\ncores = 3\nmemory-pressure = 20\noversize = "fail"\nshared = true\n'
    settings = load(tmp_path, text)
    assert (settings.budget, settings.floor, settings.cores) == (4 * GIB, GIB, 3)
    assert (settings.memory_pressure, settings.oversize, settings.shared) == (20.0, "fail", True)
    assert load(tmp_path, text, GATE_MEMORY_BUDGET="6GiB").budget == 6 * GIB
    assert load(tmp_path, "", GATE_MEMORY_BUDGET=str(GIB)).budget == GIB


def test_the_kernels_limit_lies_between_the_budget_and_the_machines_memory() -> None:
    assert backstop_of(Settings(folder="/x", floor=2 * GIB), 16 * GIB) == 15 * GIB
    assert backstop_of(Settings(folder="/x", floor=2 * GIB, budget=6 * GIB), 16 * GIB) == 15 * GIB
    assert backstop_of(Settings(folder="/x", budget=16 * GIB), 16 * GIB) == 16 * GIB
    assert backstop_of(Settings(folder="/x"), None) is None


def test_the_folder_is_one_per_machine_and_can_be_named(tmp_path: Path) -> None:
    assert load(tmp_path).folder.startswith(f"{tmp_path}/state/broker/")
    assert load(tmp_path, 'folder = "/srv/gate"').folder == "/srv/gate"
    assert load(tmp_path, 'folder = "/srv/gate"', GATE_BROKER_DIR="/other").folder == "/other"


def test_the_users_own_file_lies_with_the_other_configuration(tmp_path: Path) -> None:
    (tmp_path / "gatekeeper").mkdir()
    (tmp_path / "gatekeeper" / "machine.toml").write_text('budget = "5GiB"')
    env = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    assert load_settings(env, system_file="/nonexistent").budget == 5 * GIB


def test_the_machines_file_is_read_before_the_users(tmp_path: Path) -> None:
    (tmp_path / "system.toml").write_text('budget = "5GiB"\nguess = "1GiB"')
    (tmp_path / "machine.toml").write_text('budget = "3GiB"')
    settings = load_settings({"GATE_HOME": str(tmp_path)}, system_file=str(tmp_path / "system.toml"))
    assert (settings.budget, settings.guess) == (3 * GIB, GIB)


@pytest.mark.parametrize("value", ["0", "-1", "12 parsecs", "1KiB", "GiB", "1e99", "999999999TiB"])
def test_a_wrong_budget_is_named(tmp_path: Path, value: str) -> None:
    with pytest.raises(ConfigurationError, match="GATE_MEMORY_BUDGET"):
        load(tmp_path, "", GATE_MEMORY_BUDGET=value)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("budget = 0", "budget"), ("budget = -5", "budget"), ('budget = "lots"', "budget"), ("cores = 0", "cores"),
        ("cores = true", "cores"), ("cores = 1.5", "cores"), ("memory-pressure = 500", "memory-pressure"),
        ('folder = "here"', "folder"), ('oversize = "maybe"', "oversize"), ("shared = 1", "shared"),
        ("bugdet = 1", "bugdet"), ("budget =", "machine.toml"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named_with_its_file(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, text)
    assert named in caught.value.what
    assert "machine.toml" in caught.value.what
