"""Rules of `tests` about what the branch did to the tests: what each means, why it exists, what to do."""

from gatekeeper.report.explanations_review import Rule

COMPARED = (
    Rule(
        "regression-hidden",
        "A test passes on the merge base and fails there with the code of the branch, and at head nothing of that is "
        "to be seen: it is unchanged and yet passes, or it is gone, skipped, expected to fail, or asks for less, and "
        "no other test replaces it.",
        "The behaviour that it stood for is broken, and the branch's own run does not say so.",
        "Mend the code. Where the behaviour was meant to change, change the test so that it asks for the new one as "
        "exactly, or remove it with what it tested.",
    ),
    Rule(
        "behaviour-rewritten",
        "A test of the merge base fails with the code of the branch, and the branch rewrote it together with the "
        "behaviour.",
        "A quarter of the honest branches that touch both do that. Whoever merges should see which behaviour changed.",
        "Name it with its reason in the self-review (Gate-Change: tests/test_a.py — totals are rounded now).",
    ),
    Rule(
        "test-missing",
        "A test was executed at the merge base, and is not at head: gone, no longer collected, or with fewer cases. "
        "Renamed tests are found by their body.",
        "What is not executed cannot fail.",
        "Keep it, or name it with its reason (Gate-Test-Removed).",
    ),
    Rule(
        "test-newly-skipped",
        "A test was executed at the merge base, and is skipped at head.",
        "A skipped test is green whatever the code does.",
        "Mend the code or the test; else give the reason, and say until when.",
    ),
    Rule(
        "test-newly-xfailed",
        "A test was executed at the merge base, and is expected to fail at head.",
        "An expected failure is green.",
        "Mend the code; else give the reason, and say until when.",
    ),
    Rule(
        "fewer-tests",
        "Fewer tests were executed than at the merge base, though they are written down as they were.",
        "Something decides which tests run, and it is not in the tests.",
        "Look at options, plugins and hooks that select tests.",
    ),
    Rule(
        "proves-nothing",
        "New tests about what the branch changed pass on the code of the merge base as well.",
        "A test that cannot fail without the change says nothing about it.",
        "Make the test fail on the old code. Tests that only pin down what was there before are welcome all the same.",
    ),
    Rule(
        "equality-always-true",
        "A constant in a test of the merge base was altered, and the test still passes on the code of the branch, "
        "though not on the old one.",
        "Then a comparison says yes to everything, or the code looks up what the test expects.",
        "Look at __eq__ of what the test compares, and at code that reads its caller.",
    ),
    Rule(
        "observer-disagrees",
        "What the gate's observer saw inside pytest is not what the report or the exit status says.",
        "Somebody between the tests and the report changes results. The observer shares its process with the code of "
        "the branch, so its agreement proves nothing; its disagreement does.",
        "Remove the hook or the exit that changes results. What the merge base does as well is a warning.",
    ),
)
