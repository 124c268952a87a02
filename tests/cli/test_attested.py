"""Evidence from outside counts as far as the policy at base trusts its signer, and never for another commit."""

from pathlib import Path

import pytest

from tests.support.gate import Judged, run_gate
from tests.support.repo import Repo
from tests.support.warm import spoken

pytestmark = pytest.mark.usefixtures("gate_home")
TARGET = """extends = []

[target.watch]
surface = "device"
requires = "{requires}"
probe = "sh probe.sh"
pass_env = ["WATCH_ADDRESS"]
"""


def gate(*words: str, cwd: Path) -> str:
    done = spoken(*words, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def public_key(cwd: Path) -> str:
    gate("key", "new", cwd=cwd)
    return next(
        line.split(maxsplit=1)[1] for line in gate("key", "show", cwd=cwd).splitlines() if "ssh-ed25519" in line
    )


def watch(tmp_path: Path, *, requires: str = "direct", trusted_for: str | None = "device") -> Repo:
    """A repository whose policy wants evidence of a device that nobody can reach from here."""
    made = Repo.create(tmp_path / "watch")
    policy = TARGET.format(requires=requires)
    if trusted_for is not None:
        policy += f'\n[[signer]]\nname = "lab"\nkey = "{public_key(made.path)}"\nsurfaces = ["{trusted_for}"]\n'
    made.commit("begin", {"gate.toml": policy, "probe.sh": "exit 1\n", "app.txt": "one\n"})
    made.branch("work")
    made.commit("mine", {"app.txt": "two\n"})
    return made


def attest(repo: Repo, label: str = "direct") -> None:
    gate("attest", "watch", "--label", label, "--reason", "worn for a day", "--by", "the lab", cwd=repo.path)


def seen(judged: Judged) -> tuple[str, str, str | None]:
    found = judged.check("watch")
    return judged.verdict, found["outcome"], found["label"]


def test_without_any_evidence_the_branch_is_blocked(tmp_path: Path) -> None:
    assert seen(run_gate(cwd=watch(tmp_path).path)) == ("blocked", "blocked", "blocked")


def test_the_word_of_a_signer_for_this_surface_counts_as_stated(tmp_path: Path) -> None:
    repo = watch(tmp_path)
    attest(repo)
    judged = run_gate(cwd=repo.path)
    assert seen(judged) == ("accepted", "passed", "direct")
    (brought,) = judged.check("watch")["observation"]["attestations"]
    assert (brought["by"], brought["problem"]) == ("the lab", "")


def test_the_word_of_another_signer_is_proxy_at_most(tmp_path: Path) -> None:
    repo = watch(tmp_path, trusted_for="browser")
    attest(repo)
    judged = run_gate(cwd=repo.path)
    assert seen(judged) == ("rejected", "failed", "proxy")
    assert judged.rejecting("watch") == {("evidence-too-weak", None)}


def test_an_unknown_signer_counts_for_nothing(tmp_path: Path) -> None:
    repo = watch(tmp_path, requires="proxy", trusted_for=None)
    attest(repo)
    judged = run_gate(cwd=repo.path)
    assert seen(judged) == ("blocked", "blocked", "blocked")
    (brought,) = judged.check("watch")["observation"]["attestations"]
    assert brought["problem"]


def test_it_does_not_speak_for_the_next_commit(tmp_path: Path) -> None:
    repo = watch(tmp_path)
    attest(repo)
    repo.commit("one more", {"app.txt": "three\n"})
    assert seen(run_gate(cwd=repo.path)) == ("blocked", "blocked", "blocked")
