"""Evidence that others bring, end to end: `gate attest`, then the verdict."""

from pathlib import Path

import pytest

from gatekeeper.process.home import Home
from gatekeeper.stamp.keys import load_key
from tests.support.repo import Repo
from tests.support.shop import facts, judged, own_probe, why, work
from tests.support.verb import verb

UNREACHABLE = "import sys\nprint('no phone is attached', file=sys.stderr)\nsys.exit(69)\n"
FAILING = "import os, sys\nopen(os.environ['GATE_ARTEFACTS'] + '/x', 'w').write('x')\nsys.exit('it crashed')\n"


def lab(path: Path, home: Home, script: str, *surfaces: str, trusted: bool = True) -> Repo:
    """A device that the gate probes with `script`, and this machine's key as a signer for `surfaces`."""
    text, base = own_probe(script, surface='"device"', requires='"direct"')
    listed = ", ".join(f'"{surface}"' for surface in surfaces)
    signer = f'[[signer]]\nname = "Lab"\nkey = "{load_key(home, {}).public}"\nsurfaces = [{listed}]\n'
    return work(path, text + (signer if trusted else ""), base=base)


def attest(repo: Repo, label: str = "direct") -> None:
    said = verb(repo.path, "attest", "shop", "--label", label, "--reason", "paid on the phone", "--by", "Ana")
    assert said.status == 0, said.text


@pytest.mark.parametrize(
    ("surfaces", "trusted", "expected", "reason"),
    [
        (("device",), True, (0, "passed", "direct"), "attested as direct by Ana (paid on the phone)"),
        (("preprod",), True, (1, "failed", "proxy"), "proxy at most: the policy does not name its signer for device"),
        ((), False, (3, "blocked", "blocked"), "not counted: attested as direct by Ana"),
    ],
)
def test_an_attestation_counts_for_what_the_policy_says_of_its_signer(
    tmp_path: Path,
    gate_home: Home,
    surfaces: tuple[str, ...],
    trusted: bool,
    expected: tuple[int, str, str],
    reason: str,
) -> None:
    repo = lab(tmp_path, gate_home, UNREACHABLE, *surfaces, trusted=trusted)
    assert facts(judged(repo)) == (3, "blocked", "blocked")
    attest(repo)
    found = judged(repo)
    assert facts(found) == expected
    assert reason in why(found)
    assert "no phone is attached" in why(found), "what the gate could not see is said all the same"


def test_it_is_about_one_commit_and_can_be_taken_back(tmp_path: Path, gate_home: Home) -> None:
    repo = lab(tmp_path, gate_home, UNREACHABLE, "device")
    attest(repo)
    assert facts(judged(repo)) == (0, "passed", "direct")
    attest(repo, "blocked")
    assert facts(judged(repo)) == (3, "blocked", "blocked")
    attest(repo)
    repo.commit("more", {"src/more.py": ""})
    assert facts(judged(repo)) == (3, "blocked", "blocked")


def test_what_the_gate_saw_fail_stays_failed(tmp_path: Path, gate_home: Home) -> None:
    repo = lab(tmp_path, gate_home, FAILING, "device")
    attest(repo)
    found = judged(repo)
    assert facts(found) == (1, "failed", "proxy")
    assert "it crashed" in why(found)
    assert "attested as direct by Ana" in why(found)
