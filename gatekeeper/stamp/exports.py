"""The same verdict in the words of others: SLSA Verification Summary v1 and in-toto test results v0.1. Pure.

Specifications: https://slsa.dev/spec/v1.1/verification_summary and
https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md. Neither has a word for "could not be
established", so nothing is said where nothing was: a consumer that finds no statement has no pass.
"""

from collections.abc import Callable, Mapping
from urllib.parse import quote, urlsplit

from gatekeeper.errors import UsageError
from gatekeeper.model.result import CheckResult, Report
from gatekeeper.model.vocabulary import Label, Novelty, Outcome, Severity, Verdict
from gatekeeper.stamp.scrub import Scrub
from gatekeeper.stamp.statement import about, repository_name, utc
from gatekeeper.stamp.strict import Json

VSA_TYPE = "https://slsa.dev/verification_summary/v1"
TEST_RESULT_TYPE = "https://in-toto.io/attestation/test-result/v0.1"
VERIFIER = "https://branch-gatekeeper.dev/verifier/v1"
"""Identity of the verifier. Whoever trusts it names the key that signs for it as well (SLSA: `verifier`)."""
MOST_TESTS = 500

_TAG = "tag:branch-gatekeeper.dev,2026:"
"""Names what has no address (RFC 4151)."""
_LEVEL = "BRANCH_GATE_"
"""SLSA leaves values that do not begin with SLSA_ to others. The gate verifies no SLSA level, and claims none."""
_STRENGTH = (Label.BLOCKED, Label.LOCAL, Label.PROXY, Label.DIRECT)


def export(kind: str, report: Report, *, remote: str = "", stamp: str = "") -> tuple[dict[str, Json], ...]:
    """The statements of one of `KINDS`, unsigned; none where the verdict or check was blocked.

    `remote` is the repository's public URL, `stamp` the digest of the stamp of this run; both may be empty. Raises
    UsageError for a trial, whose verdict does not count.
    """
    if report.policy.trial:
        raise UsageError("the verdict of a policy on trial is not exported", "run `gate check` without --policy")
    return KINDS[kind](report, remote, stamp)


def _summary(report: Report, remote: str, stamp: str) -> tuple[dict[str, Json], ...]:
    """One Verification Summary for the whole verdict."""
    if report.decision.verdict is Verdict.BLOCKED:
        return ()
    passed = report.decision.verdict is Verdict.ACCEPTED
    predicate: dict[str, Json] = {
        "verifier": {"id": VERIFIER},
        "timeVerified": utc(report.started),
        "resourceUri": _resource(report, remote),
        "policy": {"uri": f"{_TAG}policy/{report.policy.digest}", "digest": {"sha256": report.policy.digest}},
        "verificationResult": "PASSED" if passed else "FAILED",
        "verifiedLevels": _levels(report) if passed else ["FAILED"],
    }
    if stamp:  # the list must be complete or absent, and the stamp is the first of what was looked at
        predicate["inputAttestations"] = [{"digest": {"sha256": digest}} for digest in (stamp, *_brought(report))]
    return (about(report.subject, VSA_TYPE, predicate),)


def _test_results(report: Report, remote: str, stamp: str) -> tuple[dict[str, Json], ...]:  # noqa: ARG001 - one shape
    """One test result for every check that passed or failed."""
    return tuple(
        about(report.subject, TEST_RESULT_TYPE, _test_result(result, report))
        for result in report.results
        if result.outcome in {Outcome.PASSED, Outcome.FAILED}
    )


KINDS: Mapping[str, Callable[[Report, str, str], tuple[dict[str, Json], ...]]] = {
    "slsa-vsa": _summary,
    "in-toto-test-result": _test_results,
}


def _test_result(result: CheckResult, report: Report) -> Json:
    """Names of tests are the check's id, and for a failed one also `id::symbol` of what failed in it."""
    outcome = _outcome(result)
    symbols = sorted({finding.symbol for finding in result.findings if finding.rejects and finding.symbol})
    scrub = Scrub()
    failed = [result.id, *(scrub.text(f"{result.id}::{symbol}") for symbol in symbols[:MOST_TESTS])]
    digest = report.policy.digest
    return {
        "result": outcome,
        "configuration": [
            {"name": f"check.{result.id}", "uri": f"{_TAG}policy/{digest}", "digest": {"sha256": digest}},
            *_tools(result),
        ],
        "passedTests": [result.id] if outcome == "PASSED" else [],
        "warnedTests": [result.id] if outcome == "WARNED" else [],
        "failedTests": [*failed] if outcome == "FAILED" else [],
    }


def _outcome(result: CheckResult) -> str:
    if result.outcome is Outcome.FAILED:
        return "FAILED"
    warned = any(
        finding.severity is not Severity.NOTE and finding.novelty is Novelty.NEW and finding.waiver is None
        for finding in result.findings
    )
    return "WARNED" if warned else "PASSED"


def _tools(result: CheckResult) -> list[Json]:
    return [
        {"name": f"{tool.name} {tool.version}".strip(), "digest": {"sha256": tool.digest}}
        for tool in result.observation.tools
        if tool.digest
    ]


def _levels(report: Report) -> list[Json]:
    """The weakest label of what was required: every required check has at least this."""
    labels = [result.label for result in report.results if result.required and result.label is not None]
    return [_LEVEL + min(labels, key=_STRENGTH.index).value.upper()] if labels else []


def _brought(report: Report) -> tuple[str, ...]:
    """Digests of what others brought and what counted, and of the approvals that settled something, each once."""
    found = (one for result in report.results for one in result.observation.attestations)
    counted = [one.digest for one in found if one.digest and not one.problem]
    return tuple(dict.fromkeys([*counted, *(use.approval.digest for use in report.decision.approvals if use.used)]))


def _resource(report: Report, remote: str) -> str:
    """Which repository this is about (SLSA: against confusion): its origin, or its name where it has none."""
    if remote:
        parts = urlsplit(remote)
        return f"git+{parts.scheme}://{parts.netloc}{quote(parts.path, safe='/~')}"
    return f"{_TAG}repository/{quote(Scrub().text(repository_name(report.subject)), safe='')}"
