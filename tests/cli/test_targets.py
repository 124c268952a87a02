"""Targets, end to end: a small HTTP server is the product, and the real gate starts it, asks it and probes it."""

from pathlib import Path

import pytest

from gatekeeper.process.home import Home
from tests.support.shop import (
    REMOTE,
    SERVER,
    STARTED,
    deployed,
    facts,
    judged,
    kept,
    own_probe,
    said,
    why,
    work,
)


def test_what_the_gate_starts_from_the_branch_is_observed_directly(tmp_path: Path, gate_home: Home) -> None:
    found = judged(work(tmp_path, STARTED))
    assert facts(found) == (0, "passed", "direct"), found.out + found.err
    assert "started from the committed tree" in why(found)
    assert list(kept(gate_home).values()) == [b'{"price": 3}']
    assert found.check("shop")["reproduce"] == "gate check --only shop"


def test_a_branch_that_breaks_the_product_is_rejected(tmp_path: Path, gate_home: Home) -> None:
    broken = SERVER.replace('"price": 3', '"price": 4')
    found = judged(work(tmp_path, STARTED, {"shop/server.py": broken}))
    assert facts(found) == (1, "failed", "direct")
    assert found.rejecting("shop") == {("exit-status", None)}
    assert "the price is" in why(found)
    assert list(kept(gate_home).values()) == [b'{"price": 4}'], "the answer is kept as evidence of the failure"


def test_a_branch_cannot_edit_what_it_is_probed_by(tmp_path: Path, gate_home: Home) -> None:
    broken = {
        "shop/server.py": SERVER.replace('"price": 3', '"price": 4'),
        "probes/price.py": "",
        "probes/get.py": None,
    }
    found = judged(work(tmp_path, STARTED, broken))
    assert facts(found) == (1, "failed", "direct")


def test_a_stand_in_is_proxy_and_rejected_where_direct_is_required(tmp_path: Path, gate_home: Home) -> None:
    repo = work(tmp_path, STARTED + "stand_in = true\n")
    found = judged(repo)
    assert facts(found) == (1, "failed", "proxy")
    assert found.rejecting("shop") == {("evidence-too-weak", None)}
    assert "proxy was reached, direct is required: probe the real runtime" in why(found)
    repo.switch("main")
    repo.commit("less", {"gate.toml": (repo.path / "gate.toml").read_text() + 'requires = "proxy"\n'})
    assert facts(judged(repo, "work")) == (0, "passed", "proxy")


def test_a_started_process_is_no_remote_surface_even_when_it_names_the_commit(tmp_path: Path, gate_home: Home) -> None:
    text = STARTED.replace('"runtime"', '"production"') + 'identify = "echo $GATE_COMMIT"\n'
    found = judged(work(tmp_path, text))
    assert facts(found) == (1, "failed", "proxy")
    assert "what the gate starts on this machine is no production" in why(found)


def test_a_deployed_target_that_names_the_commit_is_direct(tmp_path: Path, gate_home: Home) -> None:
    repo = work(tmp_path, REMOTE)
    for version in (repo.head(), f'{{"tree": "{repo.tree()}"}}', repo.head()[:12]):
        with deployed(version) as url:
            found = judged(repo, "--no-cache", SHOP_URL=url)
        assert facts(found) == (0, "passed", "direct"), version
        assert "the target named this commit" in why(found)


@pytest.mark.parametrize("version", ["1.2.3", "<html>moved</html>", ""])
def test_a_deployed_target_that_does_not_say_what_it_runs_is_proxy(
    tmp_path: Path, gate_home: Home, version: str
) -> None:
    with deployed(version) as url:
        found = judged(work(tmp_path, REMOTE + 'requires = "proxy"\n'), SHOP_URL=url)
    assert facts(found) == (0, "passed", "proxy")
    assert "did not prove which commit it runs" in why(found)


def test_without_identify_it_is_proxy_and_the_way_to_more_is_said(tmp_path: Path, gate_home: Home) -> None:
    text = "\n".join(line for line in REMOTE.splitlines() if not line.startswith("identify")) + "\n"
    with deployed("") as url:
        found = judged(work(tmp_path, text), SHOP_URL=url)
    assert facts(found) == (1, "failed", "proxy")
    assert "give the target an identify command that prints the commit it runs" in why(found)


def test_another_commit_is_blocked_and_never_probed(tmp_path: Path, gate_home: Home) -> None:
    repo = work(tmp_path, REMOTE)
    for version in (repo.head("main"), "0123456789abcdef" * 2 + "01234567"):
        with deployed(version, price="broken") as url:
            found = judged(repo, "--no-cache", SHOP_URL=url)
        assert facts(found) == (3, "blocked", "blocked")
        assert version in why(found)
    assert kept(gate_home) == {}


def test_the_right_commit_on_a_stand_in_is_proxy(tmp_path: Path, gate_home: Home) -> None:
    repo = work(tmp_path, REMOTE + "stand_in = true\n")
    with deployed(repo.head()) as url:
        assert facts(judged(repo, SHOP_URL=url)) == (1, "failed", "proxy")


def test_a_target_that_redirects_to_a_page_proves_nothing(tmp_path: Path, gate_home: Home) -> None:
    repo = work(tmp_path, REMOTE + 'requires = "proxy"\n')
    with deployed(f"<!doctype html><a>{repo.head()}</a>") as page, deployed("", to=f"{page}/version") as url:
        found = judged(repo, SHOP_URL=url)
    assert found.check("shop")["label"] == "proxy"
    assert "did not prove" in why(found)


def test_what_cannot_be_reached_is_blocked_with_the_reason(tmp_path: Path, gate_home: Home) -> None:
    found = judged(work(tmp_path, REMOTE), SHOP_URL="http://127.0.0.1:1")
    assert facts(found) == (3, "blocked", "blocked")
    assert "could not be asked which commit it runs" in why(found)
    assert "refused" in why(found)


def test_a_remote_target_that_is_never_ready_is_blocked(tmp_path: Path, gate_home: Home) -> None:
    text = REMOTE + 'ready = "python probes/get.py $SHOP_URL"\nready_timeout = "700ms"\n'
    found = judged(work(tmp_path, text), SHOP_URL="http://127.0.0.1:1")
    assert facts(found) == (3, "blocked", "blocked")
    assert "was not ready within 0.7 s" in why(found)


def test_a_missing_variable_is_blocked_by_its_name(tmp_path: Path, gate_home: Home) -> None:
    found = judged(work(tmp_path, REMOTE))
    assert facts(found) == (3, "blocked", "blocked")
    assert "SHOP_URL is not set where the gate runs" in why(found)


def test_a_missing_program_is_blocked(tmp_path: Path, gate_home: Home) -> None:
    found = judged(work(tmp_path, '\nsurface = "device"\nprobe = "no-such-lab-tool --x"\n'))
    assert facts(found) == (3, "blocked", "blocked")
    assert "no-such-lab-tool was not found at the base" in why(found)


def test_a_target_is_not_applicable_where_the_branch_touches_none_of_its_paths(tmp_path: Path, gate_home: Home) -> None:
    repo = work(tmp_path, REMOTE + 'paths = ["src/checkout/**"]\n[check.x]\ncommand = "true"\n')
    found = judged(repo)
    assert facts(found) == (0, "not-applicable", None)
    assert "touches none of its paths (src/checkout/**)" in why(found)
    assert facts(judged(repo, "--whole")) == (3, "blocked", "blocked"), "the whole tree is always concerned"
    repo.commit("more", {"src/checkout/pay.py": ""})
    assert facts(judged(repo)) == (3, "blocked", "blocked")
    repo.commit("gone", {"src/checkout/pay.py": None})
    assert facts(judged(repo)) == (0, "not-applicable", None)


@pytest.mark.parametrize(
    ("case", "end", "expected"),
    [
        ("", 0, (0, "passed", "proxy")),
        ("<failure message='the price is 4'/>", 1, (1, "failed", "proxy")),
        ("<skipped/>", 0, (3, "blocked", "blocked")),
    ],
)
def test_a_probe_can_report_in_junit(
    tmp_path: Path, gate_home: Home, case: str, end: int, expected: tuple[int, str, str]
) -> None:
    report = f'<testsuite tests="1"><testcase classname="shop" name="price">{case}</testcase></testsuite>'
    script = f"import os, sys\nopen(os.environ['GATE_REPORT'], 'w').write({report!r})\nsys.exit({end})\n"
    text, base = own_probe(script, reads='"junit"')
    found = judged(work(tmp_path, text, base=base))
    assert facts(found) == expected
    assert ("the price is 4" in why(found)) is (end == 1)


def test_an_observation_of_a_target_is_never_taken_from_memory(tmp_path: Path, gate_home: Home) -> None:
    repo = work(tmp_path, REMOTE, extends='"default"')
    repo.switch("main")
    off = "".join(f"[check.{name}]\nenabled = false\n" for name in ("types", "lint", "complexity", "build", "tests"))
    repo.commit("only the target", {"gate.toml": (repo.path / "gate.toml").read_text() + off})
    repo.switch("work")
    with deployed(repo.head()) as url:
        first, second = said(repo, SHOP_URL=url), said(repo, SHOP_URL=url)
    assert (first.returncode, second.returncode) == (0, 0), first.stdout + first.stderr
    assert "cached" not in second.stdout
    assert said(repo, SHOP_URL=url).returncode == 3, "it is gone, and the old verdict does not stand for it"
