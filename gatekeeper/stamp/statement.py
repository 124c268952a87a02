"""The statement that a stamp signs: an in-toto Statement v1 about one commit. Pure: a report in, plain JSON out."""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from msgspec import Struct

from gatekeeper.errors import CannotEstablish, UsageError
from gatekeeper.model.result import CheckResult, Decision, Report
from gatekeeper.model.subject import Subject
from gatekeeper.model.vocabulary import Outcome
from gatekeeper.stamp import facts
from gatekeeper.stamp.form import TYPE, Chain, commit_of, utc
from gatekeeper.stamp.form import VERDICT as PREDICATE_TYPE
from gatekeeper.stamp.scrub import Scrub
from gatekeeper.stamp.strict import Json, dump

__all__ = ["PREDICATE_TYPE", "Chain", "Circumstances", "about", "chain_json", "commit_of", "statement", "utc"]

MAX_PAYLOAD = 600 << 10
"""Bytes. In base64 and with its signature it stays well below what `strict.py` reads."""

_ROOMS = ((200, 400, 50), (50, 160, 20), (0, 80, 8))
"""(findings shown, characters of a text, members of a list): the first with which the statement fits is used."""
_ISOLATION = ("none", "files", "files+network")
"""Weakest first (see `Observation.isolation`)."""


class Circumstances(Struct, frozen=True, kw_only=True):
    """What the report does not know about the signing (`circumstances.py` finds it out)."""

    same_user: bool
    """Signer and worker are the same user of the machine: the worker could have read the key."""
    machine: str
    """`keys.machine_id`."""
    gate_version: str
    remote: str = ""
    """URL of the repository's origin without user and password; empty when it has none."""
    environments: tuple[tuple[str, str], ...] = ()
    """(digest, origin in words) of every environment that checks ran in."""
    places: tuple[tuple[str, str], ...] = ()
    """(absolute folder, what stands for it in a stamp): no stamp names folders of the machine."""
    hidden: tuple[tuple[str, str], ...] = ()
    """(value, name of the variable): values that checks and probes were given and that no stamp may repeat."""


def statement(report: Report, chain: Chain, circumstances: Circumstances) -> dict[str, Json]:
    """The whole statement. The same input gives the same bytes (`strict.dump`).

    Raises UsageError for a trial, whose verdict does not count, and CannotEstablish when it cannot be made to fit.
    """
    if report.policy.trial:
        raise UsageError("a verdict by a policy on trial is not stamped", "run `gate check` without --policy")
    for room in _ROOMS:
        made = about(report.subject, PREDICATE_TYPE, _predicate(report, chain, circumstances, room))
        if len(dump(made)) <= MAX_PAYLOAD:
            return made
    raise CannotEstablish(
        f"the stamp of run {report.run} would be larger than {MAX_PAYLOAD} bytes",
        "the policy has very many checks: split it, or switch stamps off ([stamp] enabled = false)",
    )


def about(subject: Subject, predicate_type: str, predicate: Json) -> dict[str, Json]:
    """A statement about the head of `subject`.

    One subject with one digest: digest sets match when any of their fields does, so a tree beside the commit would let
    the statement travel to another commit with the same tree.
    """
    name = Scrub().text(f"{repository_name(subject)}/{subject.branch or subject.head[:12]}")
    return {
        "_type": TYPE,
        "subject": [{"name": name, "digest": {"gitCommit": subject.head}}],
        "predicateType": predicate_type,
        "predicate": predicate,
    }


def repository_name(subject: Subject) -> str:
    """Last part of the repository's folder; where it lies is nobody's business."""
    folder = PurePosixPath(subject.repository.common_dir)
    return (folder.parent.name if folder.name == ".git" else folder.name.removesuffix(".git")) or "repository"


def _predicate(report: Report, chain: Chain, circumstances: Circumstances, room: tuple[int, int, int]) -> Json:
    shown, limit, items = room
    scrub = Scrub(circumstances.places, circumstances.hidden, limit, items)
    return {
        "gate": {"version": circumstances.gate_version},
        "trust": "same-user" if circumstances.same_user else "separate-user",
        "started": utc(report.started),
        "duration_ms": max(round(report.duration_s * 1000), 0),
        **_about_subject(report.subject, circumstances, scrub),
        "policy": {
            "digest": report.policy.digest,
            "origin": scrub.text(report.policy.origin),
            "extends": [*report.policy.extends],
        },
        "contract": {"digest": report.contract.digest, "version": report.contract.version} if report.contract else None,
        "environments": _environments(circumstances, scrub),
        "toolchain": facts.tools(report.results, scrub),
        "isolation": {"asked": report.policy.isolation.use, "reached": _weakest_isolation(report.results)},
        "checks": [facts.check(result, scrub) for result in report.results],
        "claims": [facts.claim(one, scrub) for one in report.claims[: scrub.items]],
        "review": facts.review(report.review, scrub) if report.review else None,
        "findings": facts.findings(report.findings, shown, scrub),
        "decision": _decision(report.decision, report.results, scrub),
        "chain": chain_json(chain, report.run),
    }


def chain_json(chain: Chain, run: str) -> Json:
    """Where the statement stands in the log; in the same place of every predicate that the gate signs."""
    return {
        "id": chain.id,
        "run": chain.run or run,
        "sequence": chain.sequence,
        "previous": chain.previous,
        "earlier": chain.earlier,
        "time": chain.time,
    }


def _about_subject(subject: Subject, circumstances: Circumstances, scrub: Scrub) -> Mapping[str, Json]:
    base = subject.base
    return {
        "repository": {"name": scrub.text(repository_name(subject)), "remote": scrub.text(circumstances.remote)},
        "branch": scrub.text(subject.branch) if subject.branch is not None else None,
        "base": {"name": scrub.text(base.name), "origin": scrub.text(base.origin), "commit": base.tip}
        if base
        else None,
        "merge_base": subject.merge_base,
        "head": {"commit": subject.head, "tree": subject.head_tree},
        "merge_tree": subject.merge_tree,
        "whole": subject.whole,
    }


def _environments(circumstances: Circumstances, scrub: Scrub) -> Json:
    known = sorted(set(circumstances.environments))[: scrub.items]
    return [{"digest": digest, "origin": scrub.text(origin)} for digest, origin in known]


def _weakest_isolation(results: Sequence[CheckResult]) -> str | None:
    """A chain is as strong as its weakest link; None when no command ran."""
    reached = {result.observation.isolation for result in results if result.observation.commands}
    return min(reached, key=lambda level: _ISOLATION.index(level) if level in _ISOLATION else -1, default=None)


def _decision(decision: Decision, results: Sequence[CheckResult], scrub: Scrub) -> Json:
    return {
        "verdict": decision.verdict.value,
        "reasons": [*scrub.texts(decision.reasons)],
        "rules": [*scrub.texts(sorted({one.rule for result in results for one in result.findings if one.rejects}))],
        "failed": [result.id for result in results if result.outcome is Outcome.FAILED],
        "blocked": [result.id for result in results if result.outcome is Outcome.BLOCKED],
        "waivers": [facts.waiver(use, scrub) for use in decision.waivers[: scrub.items]],
        "approvals": facts.approvals(decision.approvals, scrub),
    }
