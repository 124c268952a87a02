"""The rules of `self-review`: what each means, why it exists, how to fix what it reports."""

from typing import NamedTuple


class Rule(NamedTuple):
    """Sentences, in the order in which `gate explain` shows them."""

    word: str
    meaning: str
    why: str
    fix: str


REVIEW = (
    Rule(
        "self-review-missing",
        "The policy asks for a self-review and there is none.",
        "Unattended workers have to say what they think they proved.",
        "gate self-review new writes one from the last run; or trailers on the head commit: "
        "git commit --amend --trailer 'Gate-Claim: tests=local; pytest -q; 214 passed'",
    ),
    Rule(
        "self-review-malformed",
        "The self-review cannot be read: syntax, an unknown key, control characters, two claims that contradict each "
        "other, or more than 256 KiB (64 KiB of trailers).",
        "What cannot be read cannot be compared.",
        "Form: Gate-Claim: CHECK=LABEL; command; 214 passed, 3 skipped; statement. gate self-review check says what "
        "is wrong with a file before it is committed.",
    ),
    Rule(
        "overclaim",
        "A claim has a label above the one that was observed, or says that something was proven that failed.",
        "The label is the strength of the evidence; a branch that claims more than there is would be trusted with more "
        "than it earned.",
        "Claim the label of gate show, or bring the stronger evidence: a [target.NAME] that the gate can observe.",
    ),
    Rule(
        "unsupported",
        "A claim has nothing to rest on: its check was blocked, does not apply or is switched off, or the number or "
        "the artefact that it names was not observed.",
        "It may be true; this run cannot tell. Where the machine is short of something that is no fault of the branch.",
        "Claim blocked with the reason, or supply what the check needs and run again.",
    ),
    Rule(
        "stale",
        "The self-review is bound to another commit or tree, or to none.",
        "It was written before the last change, so that it speaks of something else.",
        "Review again: gate self-review new. After a rebase that changed nothing of its own: gate self-review rebind.",
    ),
    Rule(
        "count-mismatch",
        "A claim names other numbers than the gate counted in its own run of that check.",
        "A number that nobody counted is invented, or belongs to another tree or another selection of tests.",
        "Take the numbers from gate show, or leave them out.",
    ),
    Rule(
        "command-mismatch",
        "A claim names another program than the gate ran, or one that selects fewer tests.",
        "The evidence is about the gate's command. Other options of the same program are no difference.",
        "Name the command that the gate ran (gate show), or change the command of the check on the base.",
    ),
    Rule(
        "false-known-failure",
        "A test is called a known failure, and it does not fail at the merge base.",
        "The branch broke it. Calling it old would pass the fault on to somebody else.",
        "Fix the test or the code. The report says of each failure whether it also fails at the base.",
    ),
    Rule(
        "undisclosed-change",
        "Tests were removed, or files that decide what is asked of a branch were changed, and the self-review does not "
        "say so (for a change: with a reason).",
        "Fewer tests and weaker rules are the cheapest way to a green result; whoever merges has to know.",
        "Add Gate-Test-Removed: ID and Gate-Change: PATH — REASON trailers, or tests_removed and gate_changes in the "
        "file. That makes nothing pass; it tells a person where to look.",
    ),
    Rule(
        "blocked-without-reason",
        "Something is claimed as blocked or not done, and no reason is given.",
        "The reason is what a person can act on.",
        "Write it behind the claim (shop=blocked; no credential for staging) or behind a dash "
        "(Gate-Not-Done: load test — no staging).",
    ),
    Rule(
        "empty-review",
        "There is a self-review, and it claims nothing and discloses nothing.",
        "An empty form is filled in by nobody.",
        "Claim what was proven, or leave the self-review out where none is asked for.",
    ),
    Rule(
        "claim-unknown",
        "A claim names a check or target that the policy does not know.",
        "It can never be compared with an observation.",
        "Name a check or target of gate policy show, or have the target declared on the base.",
    ),
    Rule(
        "claim-repeated",
        "The same claim was made more than once, word for word.",
        "It counts once; carriers that repeat each other drift apart at the next change.",
        "Keep one of them.",
    ),
    Rule(
        "unverified-prose",
        "A sentence of a commit message or of the self-review sounds like a claim of proof, and no structured claim "
        "with an observation covers it.",
        "Prose is no evidence. It is listed and never decides.",
        "Claim it (Gate-Claim: …) so that it can be held against an observation, or say what was not verified.",
    ),
    Rule(
        "disclosed",
        "Something that the self-review discloses: not done, a known failure, a removed test, a changed rule.",
        "Disclosing a problem never makes it pass; it tells a person where to look.",
        "Nothing to do, except to look.",
    ),
)
