"""Rules of `integrity` about TypeScript and JavaScript: what each means, why it exists, what to do."""

from gatekeeper.report.explanations_review import Rule

RUNS = (
    Rule(
        "js-process-exit",
        "A file that the tests run or load ends the process with status 0 or without one (process.exit, Deno.exit, "
        "process.kill), or sets process.exitCode to 0.",
        "The run ends before the failure is counted, and the status says that all is well.",
        "Let the process end by itself; end it in the main function of a command only.",
    ),
    Rule(
        "js-exit-possible",
        "The test process is ended on other platforms or versions only.",
        "It is usually honest, and no run on this machine shows it.",
        "Skip the tests of that platform instead.",
    ),
    Rule(
        "js-exit-hook",
        "A handler is added that swallows what went wrong, or changes the status when the process ends: "
        "process.on with exit, uncaughtException or unhandledRejection.",
        "It has the last word over the exit status.",
        "Let the failure through. Clean-up that leaves the status alone is not reported.",
    ),
    Rule(
        "js-runner-patched",
        "A function or matcher of the test runner or the assertion library is overwritten.",
        "expect that compares nothing makes every test green.",
        "Add a matcher of your own with expect.extend, under a name of its own.",
    ),
    Rule(
        "js-module-tampered",
        "The loader of modules is changed: Module._load, require.cache, registerHooks.",
        "Tests then load another module than the one that they name.",
        "Use the mocks of the test runner.",
    ),
    Rule(
        "js-always-equal",
        "A comparison (equals, valueOf, asymmetricMatch, an equality tester) says yes to everything.",
        "With it every toEqual passes.",
        "Compare the fields.",
    ),
    Rule(
        "js-runner-replaced",
        "The configuration of the test runner names a file of the repository as runner, resolver or pool, or maps a "
        "test library to one.",
        "A runner from the branch says what the branch wants.",
        "Keep the runner. One that is needed is brought in a change of its own that a person approves.",
    ),
    Rule(
        "js-runner-extended",
        "The configuration of the test runner names a file of the repository as environment, reporter, transformer or "
        "sequencer.",
        "Such a file sees and reports what runs.",
        "Name it in the self-review with its reason.",
    ),
    Rule(
        "js-runner-detected",
        "Product code asks whether it is being tested: VITEST, JEST_WORKER_ID, NODE_ENV of test, a global of a runner.",
        "What behaves otherwise under test has not been tested.",
        "Give the code a parameter, and let the tests set it.",
    ),
    Rule(
        "js-runner-decides",
        "Product code returns something else when it is being tested.",
        "The tests then prove something about code that nobody runs.",
        "Give the code a parameter, and let the tests set it.",
    ),
    Rule(
        "js-stack-inspected",
        "Product code decides by what stands on its stack.",
        "It can give tests what they want, and others something else.",
        "Give the code a parameter.",
    ),
)
SUPPRESSED = (
    Rule(
        "js-lint-suppressed",
        "A comment silences a linter: eslint-disable, biome-ignore, deno-lint-ignore, NOSONAR and others. For a whole "
        "file or all rules of product code, and on a line where lint found something at the merge base, it rejects.",
        "The finding is still there. Moved comments, and those that silence less than before, are none.",
        "Mend the finding, or name the rule and the reason in the comment.",
    ),
    Rule(
        "js-type-suppressed",
        "A comment silences the type checker: @ts-ignore, @ts-expect-error, @ts-nocheck. For a whole file of product "
        "code that was checked before, and on a line that had an error at the merge base, it rejects.",
        "The error is still there, and so is every later one in its place.",
        "Mend the type; else @ts-expect-error with a reason, which ends with the error.",
    ),
    Rule(
        "js-coverage-suppressed",
        "A comment takes code out of the coverage: istanbul, v8 and c8 ignore.",
        "The percentage rises, and no line more is tested.",
        "Test the code, or say why it cannot be run.",
    ),
    Rule(
        "js-format-suppressed",
        "A comment keeps the formatter away.",
        "It hides nothing, and is said for the record.",
        "Nothing has to be done.",
    ),
    Rule(
        "js-cast-any",
        "A value is cast to any.",
        "Behind it no type is checked.",
        "Use unknown and a check, or the type.",
    ),
)
SCRIPT_TESTS = (
    Rule(
        "js-test-only",
        "A test or group is marked with .only (or fit, fdescribe).",
        "All other tests of the file are left out, silently.",
        "Take the mark away before the commit.",
    ),
    Rule(
        "js-test-skipped",
        "A test that counted before is skipped: .skip, .todo, xit, .fails, a condition.",
        "A skipped test is green whatever the code does.",
        "Mend the code or the test; else give the reason, and say until when.",
    ),
    Rule(
        "js-test-removed",
        "A test is gone, and none of the others that the branch changes does what it did. Renamed, moved, split and "
        "merged tests are found by title, body and assertions.",
        "A removed test cannot fail. One in ten honest changes removes some, so it is listed.",
        "Name it with its reason in the self-review (Gate-Test-Removed).",
    ),
    Rule(
        "js-assertion-weakened",
        "An assertion asks for less: toEqual became toBeDefined, toBeTruthy or toMatchObject, a narrow error a broad "
        "one.",
        "It accepts results that were wrong before.",
        "Assert the value that is right now.",
    ),
    Rule(
        "js-assertion-removed",
        "A test asserts less often than before, and nothing replaces what is gone.",
        "What is not asserted may be anything.",
        "Keep the assertion, or say in the self-review what checks it now.",
    ),
    Rule(
        "js-test-without-assertion",
        "A new test asserts nothing, and calls nothing that may.",
        "It passes whatever comes back.",
        "Assert what the code returned or did.",
    ),
    Rule(
        "js-assertion-swallowed",
        "The failure of an assertion is caught, and the test goes on. It rejects unless the policy makes it a note.",
        "Nobody hears of it: the test is green.",
        "Let it fail. An error that is expected is asserted with toThrow or rejects.",
    ),
    Rule(
        "js-assertion-constant",
        "The assertions of a new test compare constants with themselves.",
        "They are there to be counted.",
        "Assert something that the code decides.",
    ),
    Rule(
        "js-retry-added",
        "Tests are run again until they pass: retry, retries, a loop around an assertion.",
        "What fails one time in three is broken one time in three.",
        "Find the order, time or shared state that the test depends on.",
    ),
    Rule(
        "js-subject-mocked",
        "A test replaces the very module that the branch changed and that it is named after.",
        "A test of a double proves nothing about what was changed.",
        "Replace what the module imports, not the module.",
    ),
)
SCRIPT = (*RUNS, *SUPPRESSED, *SCRIPT_TESTS)
