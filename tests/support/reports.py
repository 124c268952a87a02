"""Reports to render and to record, with everything in them that a branch may try."""

from datetime import date

from msgspec.structs import replace

from gatekeeper.model.approval import Approval, ApprovalUse
from gatekeeper.model.claim import Claim
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import CommandRun, Observation, ToolIdentity
from gatekeeper.model.policy import CheckSettings, EnvironmentSettings, Policy, Waiver
from gatekeeper.model.result import CheckResult, Decision, Report, WaiverUse
from gatekeeper.model.subject import Base, Repository, Subject
from gatekeeper.model.vocabulary import (
    CheckId,
    CommitId,
    Ended,
    Label,
    Novelty,
    Outcome,
    ReportState,
    RunId,
    Severity,
    TreeId,
    Verdict,
)

HOSTILE = (
    "\x1b[31mred\x1b[0m\r\n::error::gotcha \u202egnp.exe\u202c ##[group]x [a](javascript:1) <b>@all</b> `|` \udcff\x00"
)
HEAD, TREE = CommitId("c" * 40), TreeId("d" * 40)


def a_run(**changes: object) -> CommandRun:
    """One command of 1.25 s and 88 MiB that ended with 1."""
    made = CommandRun(
        argv=("ruff", "check", "--no-fix", "."),
        ended=Ended.EXITED,
        exit=1,
        duration_s=1.25,
        peak_bytes=88 << 20,
        log="/state/logs/lint",
        log_sha256="ab" * 32,
        report=ReportState.READ,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def a_finding(number: int = 1, check: str = "lint", **changes: object) -> Finding:
    """A new error in src/app.py at line `number`."""
    made = Finding(
        check=CheckId(check),
        rule="F401",
        message=f"`os{number}` imported but unused",
        path="src/app.py",
        line=number,
        column=8,
        fingerprint=f"{number:064x}",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def a_result(
    check: str = "lint", outcome: Outcome = Outcome.FAILED, *findings: Finding, **changes: object
) -> CheckResult:
    """A result of one command; a passed one has no findings."""
    observation = Observation(
        check=CheckId(check),
        tree=TREE,
        commands=(a_run(),),
        findings=findings,
        counts={"findings": len(findings)},
        tools=(ToolIdentity("ruff", "0.9.1", "/env/bin/ruff", "ef" * 32, "the environment"),),
    )
    label = {Outcome.NOT_APPLICABLE: None, Outcome.BLOCKED: Label.BLOCKED}.get(outcome, Label.LOCAL)
    made = CheckResult(
        id=CheckId(check),
        outcome=outcome,
        label=label,
        reasons=(f"{check} is {outcome.value}",),
        findings=findings,
        observation=observation,
        reproduce=f"{check} --here .",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def a_report(*results: CheckResult, verdict: Verdict = Verdict.REJECTED, **changes: object) -> Report:
    """A run on branch feature/x, two commits ahead of main."""
    waiver = Waiver(CheckId("lint"), "E501", "docs/*.py", "generated tables", date(2026, 12, 31))
    made = Report(
        run=RunId("0123456789abcdef"),
        started="2026-01-02T03:04:05Z",
        duration_s=2.5,
        subject=Subject(
            repository=Repository("/work/project", "/work/project/.git", "/work/project/.git"),
            branch="feature/x",
            base=Base("main", "git config gate.base", CommitId("b" * 40)),
            head=HEAD,
            head_tree=TREE,
            merge_base=CommitId("b" * 40),
            base_tree=TreeId("a" * 40),
            merge_tree=TreeId("e" * 40),
            ahead=2,
            behind=0,
        ),
        policy=Policy(
            checks={CheckId("lint"): CheckSettings(CheckId("lint"))},
            waivers=(waiver,),
            environment=EnvironmentSettings(),
            extends=("python",),
            digest="99" * 32,
            origin="gate.toml at main",
            origins={"check.lint.required": "default"},
        ),
        decision=Decision(verdict, ("lint failed",), (WaiverUse(waiver, 1, False),)),
        results=results,
        claims=(Claim("tests", Label.LOCAL, "pytest -q", "214 passed", "trailer"),),
        notes=("environment: built from uv.lock",),
        timings={"observe": 2.0, "decide": 0.001},
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def a_mixed_report() -> Report:
    """Failed with a new, a baseline and a waived finding; blocked; passed from the cache; not applicable."""
    lint = a_result(
        "lint",
        Outcome.FAILED,
        a_finding(3),
        a_finding(1, novelty=Novelty.BASELINE),
        a_finding(2, rule="E501", waiver="generated tables"),
    )
    tests = a_result("tests", Outcome.BLOCKED, reasons=("zero tests were executed",))
    types = a_result("types", Outcome.PASSED)
    types = replace(types, observation=replace(types.observation, cached_from=RunId("fedcba9876543210")))
    sync = a_result("sync", Outcome.NOT_APPLICABLE, required=False, reproduce="")
    return a_report(types, lint, tests, replace(sync, observation=replace(sync.observation, commands=())))


def an_approval(**changes: object) -> Approval:
    """Of integrity/outcome-hook in conftest.py at HEAD, by Ana, and it holds."""
    made = Approval(
        rule="integrity/outcome-hook",
        paths=("conftest.py",),
        reason="agreed with the team",
        name="Ana",
        signer="5f" * 32,
        commit=HEAD,
        made="2026-01-02T03:04:05Z",
        expires="2026-02-01T00:00:00Z",
        digest="ab" * 32,
        same_user=False,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def an_approved_report(said: str = "agreed with the team") -> Report:
    """One finding approved, one that waits for a person; an approval that was refused and one that was taken back."""
    hook = a_finding(3, "integrity", rule="outcome-hook", path="conftest.py", message="adds a hook")
    findings = (
        replace(hook, approval=f"Ana: {said}"),
        replace(hook, rule="exit-hook", line=9, disclosed="had to"),
    )
    result = a_result("integrity", Outcome.BLOCKED, *findings, label=Label.LOCAL)
    uses = (
        ApprovalUse(an_approval(reason=said, name=said, paths=(said,), signer="", problem="it is nobody's"), 0),
        ApprovalUse(an_approval(reason=said, same_user=True), 1),
        ApprovalUse(an_approval(rule=said, withdrawn=True, problem="it takes an approval back"), 0),
    )
    made = a_report(result, verdict=Verdict.BLOCKED)
    return replace(made, decision=replace(made.decision, approvals=uses))


def a_hostile_report() -> Report:
    """Every text that a branch can choose is hostile."""
    finding = a_finding(
        5,
        rule=HOSTILE,
        message=HOSTILE,
        path=f"src/{HOSTILE}.py",
        symbol=HOSTILE,
        severity=Severity.ERROR,
        fingerprint="",
    )
    result = a_result("lint", Outcome.FAILED, finding, reasons=(HOSTILE,), reproduce=f"ruff {HOSTILE}")
    blocked = a_result("tests", Outcome.BLOCKED, reasons=(HOSTILE,))
    noisy = replace(
        result.observation, commands=(a_run(problem=HOSTILE, argv=(HOSTILE,)),), notes=(HOSTILE,), missing=(HOSTILE,)
    )
    report = a_report(replace(result, observation=noisy), blocked, notes=(HOSTILE,))
    return replace(
        report,
        subject=replace(report.subject, branch=HOSTILE),
        decision=Decision(Verdict.REJECTED, (HOSTILE,)),
        claims=(Claim(HOSTILE, Label.LOCAL, HOSTILE, HOSTILE, "trailer"),),
    )
