"""Rules of `integrity` about CI, make files and scripts: what each means, why it exists, what to do."""

from gatekeeper.report.explanations_review import Rule

CI = (
    Rule(
        "command-softened",
        "A command that judged (tests, linter, types, in CI, a make file, a script or a hook) now succeeds whatever"
        " it finds: || true, a pipe without pipefail, set +e, --exit-zero, a leading - in make or tox.",
        "It still runs and still shows red in its log, and nobody is stopped by it. New commands that only advise "
        "are not reported.",
        "Let it fail. What is known to fail belongs into a baseline or a skip with a reason.",
    ),
    Rule(
        "ci-failure-allowed",
        "A job or step that judged may fail without consequence: continue-on-error, allow_failure, ignore_outcome.",
        "The run is green when the tests are red.",
        "Take it out. A step that only uploads or reports may have it.",
    ),
    Rule(
        "ci-disabled",
        "A command that judged never runs any more: if: false, when: manual, after an exit, or its script does "
        "nothing now.",
        "What does not run finds nothing.",
        "Take the condition out; delete what is no longer wanted in a change of its own.",
    ),
    Rule(
        "ci-step-dropped",
        "A kind of judgement (tests, lint, types, format) is gone from CI: nothing of its kind is left in the "
        "changed files.",
        "Moved to another workflow, replaced by another tool of its kind or by one command for all, it is not "
        "reported.",
        "Put it back, or show in the same change what does it now.",
    ),
    Rule(
        "ci-step-fewer",
        "A command that judges is gone from CI; others of its kind still run.",
        "It may have been a double, or the one that failed.",
        "Say in the self-review what covers it.",
    ),
    Rule(
        "script-step-dropped",
        "A command that judges is gone from a make file, package.json, tox, nox, a hook or a script.",
        "People and CI call these by name and take what they do for granted.",
        "Say in the self-review what does it now.",
    ),
    Rule(
        "ci-tests-narrowed",
        "CI runs fewer tests: -k, -m, --deselect, a path, PYTEST_ADDOPTS, where it ran more before. A run that is "
        "split into complements is not reported.",
        "The failing test is not in the log, because it did not run.",
        "Run them all, or let another job run the rest.",
    ),
    Rule(
        "ci-condition-added",
        "A job or step that judges depends on a condition that it did not have.",
        "Conditions are honest (one system of a matrix) and a way to run never; a person can tell.",
        "Say in the self-review when it runs.",
    ),
    Rule(
        "hooks-bypassed",
        "A script or workflow gives git --no-verify.",
        "Hooks are passed over by whoever runs it.",
        "Let the hooks run; where they cannot, say why.",
    ),
    Rule(
        "ci-trigger-narrowed",
        "A workflow that judges no longer runs for pull requests or pushes, or not for most of the files with code.",
        "CI that is not started is never red.",
        "Keep the trigger. Leaving out documentation by path is not reported.",
    ),
    Rule(
        "ci-trigger-changed",
        "A workflow that judges runs for fewer branches or files.",
        "Often honest; whoever merges should see for which changes nothing runs.",
        "Say in the self-review what starts it.",
    ),
    Rule(
        "ci-push-narrowed",
        "A workflow runs for fewer pushes; pull requests still start it.",
        "Usual, to avoid running twice.",
        "Nothing has to be done.",
    ),
    Rule(
        "ci-untrusted-code",
        "Code of a pull request runs where the secrets of the repository are: pull_request_target in place of "
        "pull_request, or with a checkout of the head.",
        "Whoever opens a pull request can then read the secrets and write to the repository.",
        "Use pull_request; do what needs rights in a workflow of its own that runs none of the code.",
    ),
    Rule(
        "ci-secret-printed",
        "A workflow prints a secret to its log.",
        "Logs are public or read by many, and masking fails for parts and encodings of a secret.",
        "Hand secrets over by the environment or a file; never echo them.",
    ),
    Rule(
        "ci-permissions-widened",
        "A workflow or job gets more rights than it had.",
        "Release jobs need them; test jobs hardly ever. Whatever runs there has them.",
        "Give the one job what it needs, and say for what.",
    ),
    Rule(
        "ci-action-unpinned",
        "An action that was pinned to a commit or version is taken by a name that can be moved.",
        "Its owner, or whoever takes over the account, decides later what runs in CI. It makes nothing green by "
        "itself; therefore a warning.",
        "Pin it as before.",
    ),
    Rule(
        "ci-timeout-cut",
        "The time of a job is cut to two minutes or less, from at least five times as much.",
        "A job that cannot finish is cancelled, and cancelled is easily taken for skipped.",
        "Give it the time that it needs.",
    ),
)
