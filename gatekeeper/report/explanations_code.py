"""Rules of `integrity` about Python code and tests: what each means, why it exists, what to do."""

from gatekeeper.report.explanations_review import Rule

HOOKS = (
    Rule(
        "outcome-hook",
        "Tests, conftest.py or a plugin define a hook of pytest that decides which tests count or how the session "
        "ends: pytest_runtest_makereport, pytest_sessionfinish, pytest_collection_modifyitems that drops or skips "
        "whatever is asked for. Base had none.",
        "Such a hook turns red into green for every test at once, and nothing in the tests shows it. In honest "
        "histories it is added in three changes of ten thousand.",
        "Mark single tests instead. A hook that is needed is added in a change of its own that says why, and a person "
        "approves it.",
    ),
    Rule(
        "outcome-rewritten",
        "Code of the tests writes an outcome, an exit status or the counters of a session.",
        "What a test did is the runner's to say.",
        "Let the test fail, skip it or expect its failure with a mark and a reason.",
    ),
    Rule(
        "process-exit",
        "Something that a run of the tests executes ends the process with status 0 or one that is computed: os._exit, "
        "sys.exit, pytest.exit, a signal.",
        "The run ends before the failure is counted, and the status says that all is well.",
        "Test a main function in a process of its own, or expect SystemExit. sys.exit in product code behind "
        '`if __name__ == "__main__"` or in the main function of a command is not reported.',
    ),
    Rule(
        "exit-hook",
        "Something is registered that ends the process later (atexit, a signal handler, a finalizer), or an exception "
        "hook is replaced, where the tests load it.",
        "It has the last word over the exit status.",
        "Register clean-up that does not end the process.",
    ),
    Rule(
        "runner-patched",
        "Parts of pytest, unittest or their reports are overwritten, or a class of test cases overrides what makes it "
        "fail.",
        "A patched runner says what the patch says.",
        "Use the hooks that the runner offers, in a change that a person approves.",
    ),
    Rule(
        "collection-narrowed",
        "Code drops or skips collected tests under a condition: an option, a platform, an environment variable.",
        "It is usually honest (slow tests behind an option), and a condition that always holds is not.",
        "Name it in the self-review with its reason; prefer a mark on the tests.",
    ),
    Rule(
        "exit-possible",
        "An end of the process was added where a run of the tests may come across it.",
        "Whether it is reached cannot be told from the text.",
        "Raise an exception and end the process in main.",
    ),
)
CHEATS = (
    Rule(
        "constant-equality",
        "A class has an __eq__ or __ne__ that always says that two things are equal, or an __eq__ that compared before "
        "and now looks at the type alone.",
        "With it every `assert result == expected` passes.",
        "Compare the fields. An object that stands for anything in tests is unittest.mock.ANY.",
    ),
    Rule(
        "constant-truth",
        "A class always says yes to __bool__, __contains__ or the like.",
        "`assert x in result` passes for every x.",
        "Answer from the data, or name it in the self-review.",
    ),
    Rule(
        "test-detected",
        'Product code asks whether it is being tested: "pytest" in sys.modules, PYTEST_CURRENT_TEST, the name of the '
        "program.",
        "What behaves otherwise under test has not been tested.",
        "Give the code a parameter, and let the tests set it.",
    ),
    Rule(
        "caller-decides",
        "Product code decides by who calls it (inspect.stack, sys._getframe and a comparison with a name of tests).",
        "It can give tests what they want, and others something else.",
        "Give the code a parameter.",
    ),
    Rule(
        "caller-inspected",
        "Product code looks at the stack.",
        "Loggers and warnings do so honestly; rewarding the caller begins the same way.",
        "Name it in the self-review with its reason.",
    ),
    Rule(
        "mocked-change",
        "Tests replace by a double the very function that the branch changed.",
        "A test of a double proves nothing about what was changed.",
        "Replace what the function calls, not the function.",
    ),
    Rule(
        "answers-in-code",
        "Arguments and expected results of tests stand as branches or rows in product code.",
        "A table of the answers passes the tests and nothing else. Tables are honest, too, so it never rejects by "
        "itself.",
        "Compute the answer. Where the table is the specification, say so in the self-review.",
    ),
)
SUPPRESSIONS = (
    Rule(
        "suppression-added",
        "A comment silences a finding: noqa, type: ignore, nosec, pylint: disable and others. Moved lines are none, "
        "and neither is one that silences less than before. On a line where lint or types found something at the "
        "merge base it rejects.",
        "The finding is still there. Three to four of a hundred honest changes add one, so it is listed.",
        "Mend the finding, or name the code and the reason beside the comment.",
    ),
    Rule(
        "suppression-blanket",
        "A comment silences everything that a tool says about a line or a file, or a function is kept from the type "
        "checker (no_type_check, another one under TYPE_CHECKING). For a whole file of product code that was looked "
        "at before it rejects.",
        "It also silences what nobody has seen yet.",
        "Name the codes: `# noqa: F401`, `# type: ignore[arg-type]`.",
    ),
    Rule(
        "coverage-excluded",
        "A comment takes lines out of the coverage (pragma: no cover).",
        "The percentage rises, and no line more is tested.",
        "Test the line, or say why it cannot be run.",
    ),
    Rule(
        "warnings-silenced",
        "Warnings are turned off for a whole process when a module is imported.",
        "What the next version breaks is announced as a warning.",
        "Turn single warnings off where they arise, with warnings.catch_warnings.",
    ),
)
TESTS = (
    Rule(
        "test-skipped",
        "A test that counted before is skipped or expected to fail, by a mark, a call or a condition.",
        "A skipped test is green whatever the code does.",
        "Mend the code or the test; else give the reason, and say until when.",
    ),
    Rule(
        "test-born-skipped",
        "A new test is skipped or expected to fail from the beginning.",
        "It proves nothing yet.",
        "Nothing has to be done.",
    ),
    Rule(
        "test-removed",
        "A test is gone, and none of the others that the branch changes does what it did. Renamed, moved and merged "
        "tests are found by their text and their body.",
        "A removed test cannot fail. One in ten honest changes removes some, so it is listed.",
        "Name it with its reason: `Gate-Test-Removed: tests/test_a.py::test_b — the endpoint is gone`.",
    ),
    Rule(
        "test-removed-with-code",
        "A test is gone together with the code that it tested.",
        "That is how features end.",
        "Nothing has to be done.",
    ),
    Rule(
        "test-merged",
        "A test became a part of others.",
        "Its assertions are still made.",
        "Nothing has to be done.",
    ),
    Rule(
        "test-uncollected",
        "A test is still written down where no runner finds it: another name, a class that is no test class, "
        "__test__ = False, a file that the runner passes over. Where it stands unchanged under such a name it rejects.",
        "It looks like a test in every review, and never runs.",
        "Give it a name that the runner collects, or remove it and say so.",
    ),
    Rule(
        "test-cases-removed",
        "Cases of a parametrised test are gone. Where none is left it rejects.",
        "The case that failed is the first to go.",
        "Keep the case; where it is wrong, say why.",
    ),
    Rule(
        "assertion-removed",
        "A test asserts less often than before. Where nothing is left of its assertions it rejects.",
        "A test without assertions passes as long as nothing is raised.",
        "Keep the assertion, or say in the self-review what checks it now.",
    ),
    Rule(
        "assertion-weakened",
        "An assertion asks for less: == became in, is not None or a truth value, a narrow exception became a broad "
        "one, a tolerance grew.",
        "It accepts results that were wrong before.",
        "Assert the value that is right now.",
    ),
    Rule(
        "assertion-tautology",
        "An assertion that cannot fail: x == x, or True, a tuple that is not empty. As the only one of a test it "
        "rejects.",
        "It is there to be counted.",
        "Assert something that the code decides.",
    ),
    Rule(
        "assertion-swallowed",
        "The failure of an assertion is caught, and the test goes on.",
        "Nobody hears of it: the test is green.",
        "Let it fail. An error that is expected is asserted with pytest.raises.",
    ),
    Rule(
        "test-asserts-nothing",
        "A new test asserts nothing, and calls nothing that may.",
        "It passes whatever comes back.",
        "Assert what the code returned or did. That nothing is raised may be all that is asked: then say so.",
    ),
)
UNSEEN = (
    Rule(
        "unreadable-source",
        "A Python file or notebook cannot be parsed: a syntax error, Python 2, an encoding that is not its own, or "
        "larger than 2 MB.",
        "The rules about code cannot look into it, and silence would look like approval.",
        "Nothing has to be done where it is meant to be so (a template, a fixture).",
    ),
    Rule(
        "file-not-read",
        "A file is larger than 20 MB, or the branch changes more than 200 MB, so it was not looked into. Code, tests, "
        "configuration and commands that were not looked into reject.",
        "What nobody has looked into has not been judged.",
        "Keep large data outside the repository; nobody writes twenty megabytes of code by hand.",
    ),
)
CODE = (*HOOKS, *CHEATS, *SUPPRESSIONS, *TESTS, *UNSEEN)
