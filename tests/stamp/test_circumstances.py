"""What is looked up where the gate signs."""

import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from gatekeeper.git.facts import find_repository
from gatekeeper.model.policy import CheckSettings, EnvironmentSettings
from gatekeeper.model.target import Target
from gatekeeper.model.vocabulary import CheckId
from gatekeeper.process.home import Home
from gatekeeper.stamp.circumstances import circumstances, is_same_user, public_url, remote_of
from gatekeeper.stamp.keys import machine_id
from gatekeeper.stamp.scrub import Scrub
from tests.support.repo import Repo
from tests.support.reports import a_report
from tests.support.users import give_away


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://ana:pw@Host.example/o/r.git", "https://host.example/o/r.git"),
        ("https://x-token@host:8443/o/r?private=1#x", "https://host:8443/o/r"),
        ("git@host.example:o/r.git", "ssh://host.example/o/r.git"),
        ("host.example:o/r.git", "ssh://host.example/o/r.git"),
        ("ssh://git@host:22/o/r", "ssh://host:22/o/r"),
        ("/srv/git/r.git", ""),
        ("../r.git", ""),
        ("file:///srv/git/r.git", ""),
        ("ext::sh -c evil", ""),
        ("https://[bad", ""),
        ("https://host:99999999/x", ""),
        ("", ""),
    ],
)
def test_only_public_addresses_are_told(url: str, wanted: str) -> None:
    assert public_url(url) == wanted


def test_the_remote_is_that_of_the_repository(repo: Repo) -> None:
    repository = find_repository(str(repo.path))
    assert remote_of(repository) == ""
    repo.config("remote.origin.url", "https://me:token@host/o/r")
    assert remote_of(repository) == "https://host/o/r"


def test_a_repository_of_this_user_is_said_to_be(repo: Repo) -> None:
    assert is_same_user(find_repository(str(repo.path)))


def test_a_repository_of_another_user_is_apart(repo: Repo) -> None:
    repository = find_repository(str(repo.path))
    give_away(repository.root, repository.common_dir)
    assert not is_same_user(repository)
    os.chown(repository.common_dir, 0, 0)
    assert is_same_user(repository)


def test_places_and_values_of_this_machine_are_known(repo: Repo, gate_home: Home, tmp_path: Path) -> None:
    target = Target(surface="preprod", probe=("x",), pass_env=("TARGET_URL",))
    report = a_report()
    policy = replace(
        report.policy,
        checks={CheckId("shop"): CheckSettings(CheckId("shop"), target=target)},
        environment=EnvironmentSettings(pass_env=("DATABASE",)),
    )
    subject = replace(report.subject, repository=find_repository(str(repo.path)))
    env = {
        "HOME": str(tmp_path / "user-home"),
        "TARGET_URL": "https://pre.example",
        "DATABASE": "postgres://db",
        "GITHUB_TOKEN": "ghp_0123456789",
        "USE_AUTH": "basic",
        "PLAIN": "visible-value",
    }
    found = circumstances(subject, policy, gate_home, env, [("ab" * 32, "uv.lock")])
    assert found.machine == machine_id(gate_home)
    assert found.environments == (("ab" * 32, "uv.lock"),)
    assert found.same_user
    scrub = Scrub(found.places, found.hidden)
    told = scrub.text(
        f"{' '.join(env.values())} {repo.path}/src {gate_home.slots_dir}/ab/1/tree/x {gate_home.state}/logs"
    )
    assert told == "~ $TARGET_URL $DATABASE $GITHUB_TOKEN basic visible-value {worktree}/src {slot}/x {state}/logs"
