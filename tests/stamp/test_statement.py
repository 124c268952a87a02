"""The statement that a stamp signs: complete, about one commit, the same bytes every time."""

import json
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gatekeeper.errors import CannotEstablish, UsageError
from gatekeeper.model.approval import ApprovalUse
from gatekeeper.model.claim import Claim, SelfReview
from gatekeeper.model.contract import Contract
from gatekeeper.model.observation import Observation
from gatekeeper.model.result import CheckResult, Report
from gatekeeper.model.subject import Repository
from gatekeeper.model.target import Artefact, Attestation, Identity, ProbeFacts
from gatekeeper.model.vocabulary import CheckId, CommitId, Label, Novelty, Outcome, RunId
from gatekeeper.stamp.envelope import IN_TOTO, BadEnvelope, read, sign
from gatekeeper.stamp.statement import MAX_PAYLOAD, PREDICATE_TYPE, commit_of, statement, utc
from gatekeeper.stamp.strict import dump, load
from tests.stamp.support import CHAIN, CIRCUMSTANCES, a_key, a_signer
from tests.support.reports import (
    HEAD,
    HOSTILE,
    TREE,
    a_finding,
    a_hostile_report,
    a_mixed_report,
    a_report,
    a_result,
    a_run,
    an_approval,
    an_approved_report,
)

SCHEMA = json.loads(files("gatekeeper.stamp").joinpath("verdict.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

ATTESTATION = Attestation(
    target="shop",
    label="direct",
    reason="seen on the device",
    by="Ana",
    signer="ab" * 32,
    commit=HEAD,
    made="2026-01-02T03:00:00Z",
    expires="2026-02-02T03:00:00Z",
    digest="cd" * 32,
)


def predicate(report: Report, **changes: Any) -> Any:
    """The predicate of its statement, held against the schema."""
    made = statement(report, CHAIN, replace(CIRCUMSTANCES, **changes))["predicate"]
    VALIDATOR.validate(made)
    return made


def a_rich_report() -> Report:
    """Everything that a report can hold."""
    probe = Observation(
        check=CheckId("shop"),
        tree=TREE,
        commands=(a_run(argv=("curl", "https://ana:pw@shop.example/version")),),
        isolation="files",
        probe=ProbeFacts(True, Identity.PROVEN, "c" * 40, (Artefact("body.json", "ef" * 32, 12),)),
        attestations=(ATTESTATION,),
    )
    shop = CheckResult(CheckId("shop"), Outcome.PASSED, Label.DIRECT, ("seen",), (), probe)
    review = SelfReview((), ("file",), True, ("p",), ("n",), ("k",), ("t",), ("g",))
    return replace(
        a_mixed_report(),
        results=(*a_mixed_report().results, shop),
        review=review,
        contract=Contract("feature/x", 3, "2026-01-01T00:00:00Z", "lead", "77" * 32),
        claims=(Claim("tests", Label.LOCAL, "pytest", "all", "file", (("passed", 3),), "ef" * 32),),
    )


@pytest.mark.parametrize(
    "report", [a_mixed_report(), a_hostile_report(), a_rich_report(), a_report(), an_approved_report()]
)
def test_every_predicate_satisfies_the_schema(report: Report) -> None:
    VALIDATOR.check_schema(SCHEMA)
    assert predicate(report)["decision"]["verdict"] == report.decision.verdict.value


def test_the_schema_names_every_field() -> None:
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(predicate(a_report()) | {"more": 1})
    for name in SCHEMA["properties"]:
        with pytest.raises(jsonschema.ValidationError):
            VALIDATOR.validate({key: value for key, value in predicate(a_report()).items() if key != name})


def test_the_subject_is_the_commit_and_nothing_else() -> None:
    made = statement(a_mixed_report(), CHAIN, CIRCUMSTANCES)
    assert made["_type"] == "https://in-toto.io/Statement/v1"
    assert made["predicateType"] == PREDICATE_TYPE
    assert made["subject"] == [{"name": "project/feature/x", "digest": {"gitCommit": HEAD}}]
    assert commit_of(made) == HEAD
    detached = replace(a_report(), subject=replace(a_report().subject, branch=None))
    assert statement(detached, CHAIN, CIRCUMSTANCES)["subject"][0]["name"] == f"project/{HEAD[:12]}"  # type: ignore[index, call-overload]


def test_what_was_judged_is_named_in_full() -> None:
    told = predicate(
        a_rich_report(), same_user=True, remote="https://host/x.git", environments=(("12" * 32, "uv.lock"),)
    )
    assert told["trust"] == "same-user"
    assert predicate(a_report())["trust"] == "separate-user"
    assert told["repository"] == {"name": "project", "remote": "https://host/x.git"}
    assert told["base"] == {"name": "main", "origin": "git config gate.base", "commit": "b" * 40}
    assert told["head"] == {"commit": HEAD, "tree": TREE}
    assert told["merge_tree"] == "e" * 40
    assert told["policy"] == {"digest": "99" * 32, "origin": "gate.toml at main", "extends": ["python"]}
    assert told["contract"] == {"digest": "77" * 32, "version": 3}
    assert told["environments"] == [{"digest": "12" * 32, "origin": "uv.lock"}]
    assert [tool["name"] for tool in told["toolchain"]] == ["ruff"]
    assert told["chain"] == {
        "id": CHAIN.id,
        "run": "0123456789abcdef",
        "sequence": 1,
        "previous": "",
        "earlier": "",
        "time": "2026-01-02T03:04:05Z",
    }


def test_each_check_says_who_observed_what() -> None:
    checks = {check["id"]: check for check in predicate(a_rich_report())["checks"]}
    assert checks["types"]["cache"] == "fedcba9876543210"
    assert checks["lint"]["cache"] is None
    assert checks["sync"]["label"] is None
    command = checks["lint"]["observation"]["commands"][0]
    assert (command["exit"], command["duration_ms"], command["peak_bytes"]) == (1, 1250, 88 << 20)
    assert command["log_sha256"] == "ab" * 32
    assert "log" not in command
    shop = checks["shop"]
    assert shop["vantage"]["observer"] == "gate"
    assert shop["vantage"]["brought"][0]["by"] == "Ana"
    assert shop["observation"]["probe"]["artefacts"] == [{"name": "body.json", "sha256": "ef" * 32, "size": 12}]
    assert shop["observation"]["commands"][0]["argv"] == ["curl", "https://shop.example/version"]


def test_nobody_observed_what_was_missing_and_what_others_brought_is_theirs() -> None:
    missing = Observation(CheckId("shop"), TREE, missing=("not reachable",), attestations=(ATTESTATION,))
    result = CheckResult(CheckId("shop"), Outcome.BLOCKED, Label.BLOCKED, ("not reachable",), (), missing)
    told = predicate(a_report(result))["checks"][0]["vantage"]
    assert told["observer"] == "nobody"
    assert [one["digest"] for one in told["brought"]] == ["cd" * 32]
    facts = CheckResult(CheckId("sync"), Outcome.PASSED, Label.LOCAL, (), (), Observation(CheckId("sync"), TREE))
    assert predicate(a_report(facts))["checks"][0]["vantage"]["observer"] == "gate"


def test_isolation_is_that_of_the_weakest_command() -> None:
    def isolated(*levels: str) -> Any:
        results = []
        for level in levels:
            result = a_result("lint", Outcome.PASSED)
            results.append(replace(result, observation=replace(result.observation, isolation=level)))
        return predicate(a_report(*results))["isolation"]["reached"]

    assert isolated("files+network", "files", "files+network") == "files"
    assert isolated("files+network", "none") == "none"
    assert isolated("files+network") == "files+network"
    assert isolated() is None


def test_the_decision_names_the_rules_that_fired() -> None:
    told = predicate(a_mixed_report())["decision"]
    assert told["rules"] == ["F401"]
    assert told["failed"] == ["lint"]
    assert told["blocked"] == ["tests"]
    assert told["waivers"][0]["reason"] == "generated tables"


def test_the_decision_names_the_approvals_that_it_rests_on_first() -> None:
    told = predicate(an_approved_report())
    assert [(one["name"], one["used"], one["problem"]) for one in told["decision"]["approvals"]] == [
        ("Ana", 1, ""), ("agreed with the team", 0, "it is nobody's"), ("Ana", 0, "it takes an approval back"),
    ]  # fmt: skip
    assert told["decision"]["approvals"][0]["trust"] == "same-user"
    assert (told["findings"]["approved"], told["findings"]["awaiting"], told["findings"]["rejecting"]) == (1, 1, 0)
    waiting, approved = told["findings"]["shown"]
    assert (waiting["disclosed"], approved["approval"]) == ("had to", "Ana: agreed with the team")


def test_no_approval_that_settled_something_is_left_out_for_room() -> None:
    uses = [ApprovalUse(an_approval(digest=f"{number:064x}", reason="x" * 900), 1) for number in range(120)]
    refused = [ApprovalUse(an_approval(problem="it has expired"), 0)] * 500
    report = an_approved_report()
    report = replace(report, decision=replace(report.decision, approvals=(*refused, *uses)))
    told = predicate(report)["decision"]["approvals"]
    assert [one["used"] for one in told] == [1] * 120 + [0] * 50
    assert all(len(one["reason"]) <= 400 for one in told)


def test_of_many_findings_the_first_two_hundred_are_shown_and_all_are_counted() -> None:
    old = [a_finding(number, novelty=Novelty.BASELINE) for number in range(1, 301)]
    new = [a_finding(number) for number in range(1000, 1150)]
    told = predicate(a_report(a_result("lint", Outcome.FAILED, *old, *new)))["findings"]
    assert {key: told[key] for key in ("total", "rejecting", "baseline", "waived")} == {
        "total": 450,
        "rejecting": 150,
        "baseline": 300,
        "waived": 0,
    }
    assert [one["line"] for one in told["shown"]] == [*range(1000, 1150), *range(1, 51)]


def test_a_hostile_flood_still_fits_into_an_envelope() -> None:
    flood = [a_finding(number, message="ü" * 5000, path="☃" * 3000, symbol="\x00" * 3000) for number in range(1, 400)]
    results = [a_result(f"x{index}", Outcome.FAILED, *flood, reasons=("\x01" * 9000,) * 300) for index in range(4)]
    made = statement(a_report(*results), CHAIN, CIRCUMSTANCES)
    VALIDATOR.validate(made["predicate"])
    assert len(dump(made)) <= MAX_PAYLOAD
    assert read(sign(dump(made), IN_TOTO, a_key())).signer([a_signer()]) is not None
    assert made["predicate"]["findings"]["total"] == 4 * 399  # type: ignore[index, call-overload]


def test_what_cannot_be_made_to_fit_is_an_error_and_never_a_half_stamp() -> None:
    results = [a_result(f"check-{index}", Outcome.FAILED, reasons=("x" * 80,) * 8) for index in range(1200)]
    with pytest.raises(CannotEstablish, match="would be larger") as raised:
        statement(a_report(*results), CHAIN, CIRCUMSTANCES)
    assert "[stamp]" in raised.value.hint


def test_a_trial_is_not_stamped() -> None:
    report = a_report()
    with pytest.raises(UsageError, match="trial"):
        statement(replace(report, policy=replace(report.policy, trial=True)), CHAIN, CIRCUMSTANCES)


def test_no_folder_of_the_machine_and_no_value_is_told() -> None:
    secret, place = "tok-12345678", "/srv/deep/checkout"
    run = a_run(argv=("sh", f"{place}/x.sh", secret, "/opt/tools/bin/y"), problem=f"{place} {secret}")
    result = a_result("lint", Outcome.FAILED, a_finding(1, message=f"{place}/a.py {secret}"), reasons=(secret, place))
    result = replace(result, observation=replace(result.observation, commands=(run,), notes=(f"{place}: {secret}",)))
    subject = replace(
        a_report().subject, repository=Repository(place, f"{place}/.git", f"{place}/.git"), worktree=place
    )
    report = replace(a_report(result, notes=(place,)), subject=subject)
    made = statement(report, CHAIN, replace(CIRCUMSTANCES, places=((place, "{worktree}"),), hidden=((secret, "T"),)))
    raw = dump(made).decode()
    assert secret not in raw
    assert "/srv" not in raw
    assert "/opt" not in raw
    assert "/env/bin" not in raw
    assert "/state/logs" not in raw
    assert '"$T"' in raw


TEXTS = st.text(max_size=30) | st.sampled_from([HOSTILE, "/home/ana/x", "\udcff", ""])


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Reports whose every text a branch may have chosen."""
    found = [
        a_finding(
            draw(st.integers(1, 10**9)),
            rule=draw(TEXTS),
            message=draw(TEXTS),
            path=draw(st.none() | TEXTS),
            symbol=draw(TEXTS),
            waiver=draw(st.none() | TEXTS),
            novelty=draw(st.sampled_from(Novelty)),
        )
        for _ in range(draw(st.integers(0, 3)))
    ]
    result = a_result("lint", draw(st.sampled_from(Outcome)), *found, reasons=tuple(draw(st.lists(TEXTS, max_size=3))))
    run = a_run(argv=tuple(draw(st.lists(TEXTS, max_size=3))), duration_s=draw(st.floats(0, 1e6)))
    seen = replace(
        result.observation,
        commands=(run,),
        counts=draw(st.dictionaries(TEXTS, st.integers(0, 10**12), max_size=3)),
        cached_from=draw(st.none() | st.just(RunId("f" * 16))),
    )
    report = a_report(replace(result, observation=seen), notes=tuple(draw(st.lists(TEXTS, max_size=2))))
    branch = draw(st.none() | TEXTS)
    claims = (Claim(draw(TEXTS), draw(st.sampled_from(Label)), draw(TEXTS), draw(TEXTS), draw(TEXTS)),)
    return replace(report, subject=replace(report.subject, branch=branch), claims=claims)


@given(reports())
@settings(max_examples=60)
def test_the_bytes_are_canonical_and_always_the_same(report: Report) -> None:
    made = statement(report, CHAIN, CIRCUMSTANCES)
    raw = dump(made)
    assert load(raw) == made
    assert dump(load(raw)) == raw == dump(statement(report, CHAIN, CIRCUMSTANCES))
    assert json.loads(raw.decode("ascii")) == made
    VALIDATOR.validate(made["predicate"])
    assert commit_of(made) == report.subject.head


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"_type": "https://in-toto.io/Statement/v0.1", "subject": [{"digest": {"gitCommit": HEAD}}]},
        {"_type": "https://in-toto.io/Statement/v1", "subject": []},
        {"_type": "https://in-toto.io/Statement/v1", "subject": {}},
        {"_type": "https://in-toto.io/Statement/v1", "subject": ["x"]},
        {"_type": "https://in-toto.io/Statement/v1", "subject": [{"digest": {"gitCommit": HEAD}}] * 2},
        {"_type": "https://in-toto.io/Statement/v1", "subject": [{"digest": {"gitCommit": HEAD, "gitTree": TREE}}]},
        {"_type": "https://in-toto.io/Statement/v1", "subject": [{"digest": {"gitTree": TREE}}]},
        {"_type": "https://in-toto.io/Statement/v1", "subject": [{"digest": {"gitCommit": 7}}]},
        {"_type": "https://in-toto.io/Statement/v1", "subject": [{"digest": []}]},
    ],
)
def test_anything_but_one_commit_is_bound_to_nothing(value: Any) -> None:
    with pytest.raises(BadEnvelope):
        commit_of(value)


@pytest.mark.parametrize(
    ("time", "wanted"),
    [
        ("2026-01-02T03:04:05+00:00", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05.999Z", "2026-01-02T03:04:05Z"),
        ("2026-01-02T05:04:05+02:00", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05", "2026-01-02T03:04:05Z"),
    ],
)
def test_times_are_whole_seconds_in_utc(time: str, wanted: str) -> None:
    assert utc(time) == wanted


@pytest.mark.parametrize(
    ("common_dir", "name"),
    [("/a/shop/.git", "shop"), ("/a/shop.git", "shop"), ("/a/shop", "shop"), ("/.git", "repository")],
)
def test_a_repository_is_called_after_its_folder(common_dir: str, name: str) -> None:
    report = a_report()
    repository = Repository("/a", common_dir, common_dir)
    told = predicate(replace(report, subject=replace(report.subject, repository=repository, head=CommitId("1" * 64))))
    assert told["repository"]["name"] == name
