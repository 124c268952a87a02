"""The node's part of a gate, without an engine: what it observes is all that the head needs, and the same."""

import os
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from gatekeeper.cli.live import QuietProgress
from gatekeeper.errors import CannotEstablish, ConfigurationError, GateError
from gatekeeper.gate import check
from gatekeeper.ledger import codec
from gatekeeper.ledger.record import Ledger
from gatekeeper.model.vocabulary import TreeId
from gatekeeper.node import Answer, Order, carry_out, order_of, refusal, together
from gatekeeper.process.home import Home
from gatekeeper.process.lifeline import ask
from gatekeeper.request import Ports, Request
from tests.support.gate import project
from tests.support.repo import Repo

POLICY = """
[isolation]
use = "off"
[check.word]
command = "grep good word.txt"
[check.lint]
languages = ["python"]
"""
NODE = (sys.executable, "-m", "gatekeeper.cli.node")


@pytest.fixture
def work(tmp_path: Path, gate_home: Home) -> Repo:
    made = project(tmp_path / "project", POLICY, {"word.txt": "good\n", "old.py": "import os\n"})
    made.commit("mine", {"old.py": "import os\nimport re\n"})
    return made


def ports(home: Home) -> Ports:
    return Ports(home, os.environ, QuietProgress())


def ordered(work: Repo, home: Home) -> tuple[Request, Order]:
    request = Request(str(work.path), jobs=1)
    return request, order_of(request, ports(home), str(work.path))


def far_home(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "GATE_HOME": str(tmp_path / "node-home")}


def test_a_verdict_from_what_a_node_observed_runs_nothing_here(work: Repo, tmp_path: Path, gate_home: Home) -> None:
    request, order = ordered(work, gate_home)
    done = ask(NODE, codec.dumps(order).encode("ascii"), far_home(tmp_path))
    assert done.exit == 0, done.stderr
    answer = codec.loads(Answer, done.stdout.decode())
    # Two checks of the head, and what lint found at the merge base.
    assert sorted((seen.check, seen.tree == order.subject.head_tree) for seen in answer.observations.values()) == [
        ("lint", False), ("lint", True), ("word", True),
    ]  # fmt: skip
    far = check(request, ports(gate_home), Ledger(gate_home.ledger), answer.brought(order.subject)).report
    assert not (gate_home.slots_dir).exists()
    here = check(replace(request, use_cache=False), ports(gate_home), Ledger(gate_home.ledger)).report
    assert far.decision == here.decision
    assert [(one.id, one.outcome, one.findings) for one in far.results] == [
        (one.id, one.outcome, one.findings) for one in here.results
    ]
    assert far.notes == here.notes


def test_what_the_node_was_not_asked_is_blocked_and_never_passed(work: Repo, gate_home: Home) -> None:
    request, order = ordered(work, gate_home)
    report = check(request, ports(gate_home), Ledger(gate_home.ledger), Answer().brought(order.subject)).report
    assert {one.outcome for one in report.results if one.id in ("word", "lint")} == {"blocked"}
    assert report.decision.verdict == "blocked"


def test_a_branch_that_moved_meanwhile_is_not_judged_by_what_was_seen_before(work: Repo, gate_home: Home) -> None:
    request, order = ordered(work, gate_home)
    work.commit("later", {"word.txt": "evil\n"})
    with pytest.raises(CannotEstablish, match="work or its base has moved"):
        check(request, ports(gate_home), Ledger(gate_home.ledger), Answer().brought(order.subject))


def test_a_tree_that_is_not_the_one_of_the_head_is_refused(work: Repo, gate_home: Home) -> None:
    _, order = ordered(work, gate_home)
    other = replace(order, subject=replace(order.subject, head_tree=TreeId("1" * 40)))
    with pytest.raises(CannotEstablish, match=r"the tree of the head is [0-9a-f]{40} on .*, and 1{40} where"):
        carry_out(other, ports(gate_home), Ledger(gate_home.ledger))


def test_another_version_is_refused_by_name(work: Repo, gate_home: Home) -> None:
    _, order = ordered(work, gate_home)
    with pytest.raises(ConfigurationError, match=r"and 0\.0 has asked it"):
        carry_out(replace(order, version="0.0"), ports(gate_home), Ledger(gate_home.ledger))


@pytest.mark.parametrize("asked", [b"", b"{}", b"nonsense", b'{"version": 7}', b"[" * 5000])
def test_nonsense_is_answered_with_what_is_wrong(asked: bytes, tmp_path: Path) -> None:
    done = ask(NODE, asked, far_home(tmp_path))
    answer = codec.loads(Answer, done.stdout.decode())
    assert (done.exit, answer.kind) == (0, "ConfigurationError")
    assert "does not understand what it was asked" in answer.what
    assert b"Traceback" not in done.stderr


def test_errors_of_a_node_are_raised_at_the_head_and_unknown_kinds_are_no_verdict(work: Repo, gate_home: Home) -> None:
    _, order = ordered(work, gate_home)
    for answer, kind in (
        (refusal(ConfigurationError("what", "hint")), ConfigurationError), (Answer(kind="SystemExit"), CannotEstablish),
    ):  # fmt: skip
        with pytest.raises(GateError) as caught:
            answer.brought(order.subject)
        assert type(caught.value) is kind


def test_a_node_that_has_too_little_memory_says_how_much_was_needed(
    work: Repo, tmp_path: Path, gate_home: Home
) -> None:
    _, order = ordered(work, gate_home)
    (tmp_path / "node-home").mkdir()
    env = {**far_home(tmp_path), "GATE_MEMORY_BUDGET": "64MiB"}
    text = "extends = []\n" + POLICY.replace('txt"', 'txt"\nmemory = "1GiB"', 1)
    policy = ("try.toml", text)
    asked = codec.dumps(replace(order, policy=policy, oversize="fail"))
    answer = codec.loads(Answer, ask(NODE, asked.encode("ascii"), env).stdout.decode())
    assert answer.lacked == 1 << 30
    refused = next(seen for seen in answer.observations.values() if seen.check == "word")
    assert "blocked: memory" in refused.missing[0]


def test_answers_of_one_branch_are_put_together(work: Repo, gate_home: Home) -> None:
    _, order = ordered(work, gate_home)
    parts = [
        carry_out(replace(order, skip=("lint",)), ports(gate_home), Ledger(gate_home.ledger)),
        carry_out(replace(order, only=("lint",)), ports(gate_home), Ledger(gate_home.ledger)),
    ]
    whole = together(parts)
    assert {seen.check for seen in whole.observations.values()} == {"word", "lint"}
    assert whole.notes == parts[0].notes
    assert together([parts[0], refusal(CannotEstablish("no", ""))]).kind == "CannotEstablish"
