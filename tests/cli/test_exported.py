"""Exports are signed as stamps are, and rest on the stamp of their own run only."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from gatekeeper.cli import exported as module
from gatekeeper.cli.exported import KINDS, exported
from gatekeeper.errors import CannotEstablish, UsageError
from gatekeeper.git.facts import find_repository
from gatekeeper.model.result import Report
from gatekeeper.model.vocabulary import CommitId, Outcome, Verdict
from gatekeeper.process.home import Home
from gatekeeper.stamp.envelope import IN_TOTO, digest_of, read, sign
from gatekeeper.stamp.keys import PrivateKey, chain_id, load_key, new_key
from gatekeeper.stamp.log import Log
from gatekeeper.stamp.statement import Chain, Circumstances, statement
from gatekeeper.stamp.strict import dump
from tests.support.repo import Repo
from tests.support.reports import a_report, a_result

CIRCUMSTANCES = Circumstances(same_user=True, machine="0" * 16, gate_version="1")


def judged(repo: Repo, *outcomes: Outcome, verdict: Verdict = Verdict.REJECTED) -> Report:
    results = [a_result(f"c{number}", outcome) for number, outcome in enumerate(outcomes)]
    report = a_report(*results, verdict=verdict)
    subject = replace(report.subject, repository=find_repository(str(repo.path)), head=CommitId(repo.head()))
    return replace(report, subject=subject)


def stamped(report: Report, key: PrivateKey, home: Home) -> bytes:
    lines: list[bytes] = []

    def make(chain: Chain) -> bytes:
        lines.append(sign(dump(statement(report, chain, CIRCUMSTANCES)), IN_TOTO, key))
        return lines[-1]

    Log(report.subject.repository).append(report.subject.head, chain_id(key, home), make)
    return lines[-1]


def predicates(text: str, key: PrivateKey) -> list[Any]:
    """The predicates of the printed envelopes, each signed by the key."""
    found = []
    for line in text.splitlines():
        envelope = read(line.encode())
        assert envelope.signer([key.as_signer]) is not None
        found.append(envelope.statement()["predicate"])
    return found


def test_the_summary_rests_on_the_stamp_of_its_run(repo: Repo, gate_home: Home) -> None:
    key = load_key(gate_home, {})
    report = judged(repo, Outcome.FAILED)
    repo.config("remote.origin.url", "https://me:pw@host/o/r.git")
    (told,) = predicates(exported(report, "slsa-vsa", gate_home, {}), key)
    assert "inputAttestations" not in told
    assert told["resourceUri"] == "git+https://host/o/r.git"
    stranger = new_key(gate_home, "stranger")
    stamped(report, stranger, gate_home)
    stamped(replace(report, run="f" * 16), key, gate_home)  # type: ignore[arg-type]
    assert "inputAttestations" not in predicates(exported(report, "slsa-vsa", gate_home, {}), key)[0]
    stamp = stamped(report, key, gate_home)
    (told,) = predicates(exported(report, "slsa-vsa", gate_home, {}), key)
    assert told["inputAttestations"] == [{"digest": {"sha256": digest_of(stamp)}}]


def test_one_line_for_each_check_that_passed_or_failed(repo: Repo, gate_home: Home) -> None:
    report = judged(repo, Outcome.PASSED, Outcome.BLOCKED, Outcome.FAILED, Outcome.NOT_APPLICABLE)
    told = predicates(exported(report, "in-toto-test-result", gate_home, {}), load_key(gate_home, {}))
    assert [one["result"] for one in told] == ["PASSED", "FAILED"]


@pytest.mark.parametrize("kind", ["slsa-vsa", "in-toto-test-result"])
def test_of_a_blocked_run_nothing_is_said(repo: Repo, gate_home: Home, kind: str) -> None:
    report = judged(repo, Outcome.BLOCKED, verdict=Verdict.BLOCKED)
    with pytest.raises(CannotEstablish, match="nothing is exported"):
        exported(report, kind, gate_home, {})


def test_a_keyless_signature_is_made_over_the_stamp_of_this_key_alone(
    repo: Repo, gate_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed: list[bytes] = []
    monkeypatch.setattr(module, "sign_keyless", lambda stamp: signed.append(stamp) or json.dumps({}))
    report = judged(repo, Outcome.FAILED)
    stamped(report, new_key(gate_home, "stranger"), gate_home)
    with pytest.raises(UsageError, match="no stamp of run"):
        exported(report, "sigstore-bundle", gate_home, {})
    stamp = stamped(report, load_key(gate_home, {}), gate_home)
    assert exported(report, "sigstore-bundle", gate_home, {}) == "{}\n"
    assert signed == [stamp]
    assert KINDS == ("slsa-vsa", "in-toto-test-result", "sigstore-bundle")
