"""Observations as the gate records them, in a line each, and a case with the verdict that its author expects."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from msgspec import Struct, field
from msgspec.structs import replace

from gatekeeper.decision.replay import no_expressions, replay
from gatekeeper.fixtures.case import Case, Kind, Origin, Recorded, case_text
from gatekeeper.fixtures.observations import digest_of, text_of
from gatekeeper.fixtures.run import expected_of
from gatekeeper.fixtures.suite import CASE_FILE, OBSERVATIONS
from gatekeeper.model.change import ChangedPath, ChangeFacts, CommitFacts, Repeat
from gatekeeper.model.claim import Claim, GateChange, ReviewFacts, SelfReview, Sentence
from gatekeeper.model.contract import Contract
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import CommandRun, Observation
from gatekeeper.model.policy import Policy
from gatekeeper.model.recording import RecordedSubject, Recording
from gatekeeper.model.target import Artefact, Attestation, Identity, ProbeFacts
from gatekeeper.model.vocabulary import CheckId, CommitId, Ended, Label, ReportState, Severity, Verdict

NOW = date(2026, 11, 1)
TREE = "7" * 40
HEAD = "5" * 40
NAMES = {"tests": "pytest", "types": "mypy", "lint": "ruff", "complexity": "radon", "build": "build"}


def ran(
    *argv: str, exit_: int | None = 0, ended: Ended = Ended.EXITED, problem: str = "", report: str = "read"
) -> CommandRun:
    return CommandRun(argv, ended, exit_, 0.0, 0, "", "", False, ReportState(report), problem)


def seen(
    check: str, *findings: Finding, run: CommandRun | None = None, missing: str = "", **counts: int
) -> Observation:
    """A check of the tree: with a command where it has a tool, read from git where it has none."""
    command = run or (ran(NAMES[check], exit_=1 if findings else 0) if check in NAMES else None)
    return Observation(
        CheckId(check), TREE, (command,) if command else (), findings, counts or {"files": 1},
        missing=(missing,) if missing else (),
    )  # fmt: skip


def absent(check: str, why: str) -> Observation:
    """Nothing was observed."""
    return Observation(CheckId(check), TREE, missing=(why,))


def inapplicable(check: str, why: str) -> Observation:
    return Observation(CheckId(check), TREE, inapplicable=why)


def found(
    check: str, rule: str, path: str | None = "src/app.py", *, said: str = "", symbol: str = "", context: str = "",
    severity: str = "error", measure: float | None = None, line: int | None = None,
) -> Finding:  # fmt: skip
    return Finding(
        CheckId(check), rule, said or rule, Severity(severity), path, line, symbol=symbol, measure=measure,
        context=context,
    )  # fmt: skip


def commit(*paths: str, subject: str = "fix: it", author: str = "A Worker <worker@example.org>") -> CommitFacts:
    return CommitFacts(HEAD, subject, author, False, tuple(sorted(paths)))


def changed(*paths: str, commits: Sequence[CommitFacts] = (), lines: int = 3) -> ChangeFacts:
    """A net change of these paths, by default in one commit that touches them."""
    net = tuple(ChangedPath(path, "M", "", lines, 0) for path in paths)
    return ChangeFacts(net, tuple(commits) or (commit(*paths),))


def claims(*said: str, carriers: Sequence[str] = ("trailer",), **more: object) -> SelfReview:
    """`said`: "tests=local", "tests=local 214 passed", "shop=blocked: no browser here"."""
    return replace(SelfReview(tuple(map(_claim, said)), tuple(carriers), bound=True), **more)  # type: ignore[arg-type]


def _claim(text: str) -> Claim:
    subject, _, rest = text.partition("=")
    label, colon, reason = rest.partition(":")
    word, _, numbers = label.strip().partition(" ")
    count = numbers.split()
    counts = ((count[1], int(count[0])),) if count else ()
    return Claim(subject, Label(word), statement=reason.strip() if colon else "", carrier="trailer", counts=counts)


def about(
    subjects: Mapping[str, str] | None = None, *, prose: Iterable[str] = (), gate: Iterable[str] = (),
    gone: Iterable[str] = (),
) -> ReviewFacts:  # fmt: skip
    """What git and the policy say about what a review speaks of. `subjects`: check or target → surface."""
    known = dict.fromkeys(("tests", "types", "lint", "build", "complexity", "sync", "paths", "worktree"), "")
    sentences = tuple(Sentence("commit 555555555555", number, text) for number, text in enumerate(prose, 1))
    return ReviewFacts(
        TREE, {**known, **(subjects or {})}, tuple(gone), tuple(GateChange(path) for path in gate), sentences
    )


def probed(
    name: str, *findings: Finding, started: bool = False, identity: str = "proven", artefact: bool = True,
    attested: Sequence[Attestation] = (), exit_: int = 0, missing: str = "",
) -> Observation:  # fmt: skip
    """What was seen at a target."""
    left = (Artefact("report.xml", "1" * 64, 100),) if artefact else ()
    return Observation(
        CheckId(name), TREE, (ran("probe", exit_=exit_),), findings, {"passed": 1},
        probe=ProbeFacts(started, Identity(identity), "", left), attestations=tuple(attested),
        missing=(missing,) if missing else (),
    )  # fmt: skip


def attested(name: str, label: str, signer: str, reason: str = "looked at it") -> Attestation:
    return Attestation(name, label, reason, "Kim", signer, CommitId(HEAD), "2026-10-31T00:00:00+00:00")


class Law(Struct, frozen=True, dict=True):
    """One case: its story, what was observed, and what the policy must say."""

    id: str
    story: str
    verdict: str
    fires: tuple[str, ...] = ()
    heads: tuple[Observation, ...] = ()
    bases: tuple[Observation, ...] = ()
    change: ChangeFacts | None = None
    review: SelfReview | None = None
    facts: ReviewFacts | None = None
    contract: Contract | None = None
    repeats: tuple[Repeat, ...] = ()
    subject: RecordedSubject = field(default_factory=lambda: RecordedSubject(head=HEAD, head_tree=TREE))
    policy: tuple[str, ...] = ()
    gate: str = ""
    now: date = NOW

    def recording(self) -> Recording:
        return Recording(
            subject=self.subject,
            heads={one.check: one for one in self.heads},
            bases={one.check: one for one in self.bases},
            change=self.change,
            review=self.review,
            review_facts=self.facts,
            contract=self.contract,
            repeats=self.repeats,
        )

    def files(self, policy: Policy) -> dict[str, str]:
        """case.toml and observations.json. AssertionError when the policy does not say what the author expects."""
        recording = self.recording()
        expect = expected_of(replay(recording, policy, self.now, no_expressions))
        wanted = Verdict(self.verdict), tuple(sorted(self.fires))
        assert (expect.verdict, expect.fires) == wanted, f"{self.id}: {expect.verdict} {expect.fires}, not {wanted}"
        text = text_of(recording)
        kind = Kind.OK if expect.verdict is Verdict.ACCEPTED else Kind.VIOLATION
        origin = Origin(self.story, made="2026-11-01T00:00:00+00:00", made_by="gatekeeper", approved_by="review")
        recorded = Recorded(digest_of({OBSERVATIONS: text.encode()}))
        case = Case(
            self.id, kind, self.now, expect, origin, recorded, policy=self.policy, gate=self.gate,
        )  # fmt: skip
        return {CASE_FILE: case_text(case), OBSERVATIONS: text}


WORKTREE = seen("worktree", modified=0)
"""Beside what is judged something has to pass: or nothing would be established."""
