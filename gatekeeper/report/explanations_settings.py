"""Rules of `integrity` about thresholds, configuration and ratchets: what each means, why it exists, what to do."""

from gatekeeper.report.explanations_review import Rule

SETTINGS = (
    Rule(
        "threshold-weakened",
        "A number that had to be reached is lower, or one that must not be passed is higher: coverage, complexity "
        "and size of functions, warnings, in configuration or on a command line.",
        "A lower bar is the cheapest way over it, and it stays low for everybody who comes later. In honest "
        "histories it happens in one change of a thousand.",
        "Meet the threshold. Where it is wrong, lower it in a change of its own that says why, and have a person "
        "approve it.",
    ),
    Rule(
        "threshold-removed",
        "A threshold is no longer set anywhere in the files that the branch changes.",
        "A tool without a threshold passes everything. Moved to another file that the tool reads, as strict as it "
        "was, it is not reported.",
        "Put it back, or move it with its value and leave nothing of the tool's configuration behind.",
    ),
    Rule(
        "ratchet-weakened",
        "A file of recorded numbers got worse: more known problems (baselines of mypy, pyright, eslint, betterer "
        "…), or a lower floor (*.ratchet.json).",
        "A ratchet goes one way. Recording a new problem as known is the same as not having looked.",
        "Mend the new problem instead of recording it. Problems that move between files do not change their number.",
    ),
    Rule(
        "coverage-narrowed",
        "More code is left out of the measurement of coverage, less is looked at, or branches no longer count.",
        "The percentage rises when the code that is not tested is not counted.",
        "Test the code, or say in the review why it cannot be measured.",
    ),
    Rule(
        "size-budget-raised",
        "A size that a bundle may have is larger, or is no longer checked.",
        "Budgets are raised honestly, too; whoever merges should see it.",
        "Name what grew, and why, in the self-review.",
    ),
    Rule(
        "tool-replaced",
        "The whole configuration of a tool is gone, another tool of its kind is new, and a threshold was not "
        "carried over.",
        "Replacing a linter is honest work in which limits get lost.",
        "Carry the limit over, for example max-complexity of flake8 to lint.mccabe.max-complexity of ruff.",
    ),
    Rule(
        "types-silenced",
        "Type checking is switched off for code of the project: strict or one of its parts, ignore_errors, noCheck,"
        " a lower mode.",
        "An error that nobody looks for is still there. Overrides for modules of other projects and for tests are "
        "not meant.",
        "Mend the types. For one line there is an ignore with its code and a reason.",
    ),
    Rule(
        "types-relaxed",
        "Type checking asks for less: an excluded path, a disabled error code, skipLibCheck, one strict flag off "
        "for one module of the project. A path that takes out code of the product rejects.",
        "Each is honest once and a hole when it adds up.",
        "Narrow it to the line or the module that needs it, and say why.",
    ),
    Rule(
        "lint-relaxed",
        "Linting asks for less: rules deselected, ignored, switched off or turned to warnings, files excluded. "
        "Codes or patterns that silence everything reject.",
        "The finding is gone from the report, not from the code.",
        "Mend the finding, or silence it where it stands, with its code and a reason.",
    ),
    Rule(
        "tests-deselected",
        "Configuration leaves tests out: -k, -m, --deselect or --collect-only in addopts, collect_ignore without a "
        "condition, test paths and patterns that no longer find a test file that is there before and after.",
        "A test that does not run does not fail. It is judged by the files that are left out, not by the option: "
        "leaving out what holds no tests is no hit.",
        "Let it run. A test that cannot run here is skipped in its own file, with a reason.",
    ),
    Rule(
        "test-runner-relaxed",
        "The runner passes what it failed before: xfail_strict off, warnings no longer errors, passWithNoTests, "
        "forbidOnly off, unhandled errors ignored.",
        "Nothing changes in the tests, and their result means less.",
        "Leave the setting. Where one test needs the exception, write it at that test.",
    ),
    Rule(
        "test-runner-loosened",
        "The runner asks for less, or gets something else: more retries, warnings ignored, strict markers or a "
        "plugin switched off; a plugin, a path or a module that stands in for another added.",
        "Retries hide tests that fail at times; the rest hides mistakes in tests.",
        "Find what the test depends on; write the exception at the test.",
    ),
    Rule(
        "hook-removed",
        "No pre-commit hook of a kind (types, lint, tests, secrets, the gate) is left, or the last one runs only by"
        " hand.",
        "Hooks are the first gate that a change meets.",
        "Keep it, or replace it by another hook of its kind.",
    ),
    Rule(
        "hook-relaxed",
        "A pre-commit hook is gone, or it leaves more files out.",
        "Whoever merges should know that it no longer runs.",
        "Say in the self-review what looks at these files now.",
    ),
    Rule(
        "configuration-shadowed",
        "A new file makes a tool ignore the file that configures it: pytest.ini beside pyproject.toml, .coveragerc,"
        " mypy.ini, ruff.toml.",
        "Tools read one file. A new one that wins switches off everything that the other one asks for, without "
        "touching it.",
        "Change the file that is there, or move all of its settings over.",
    ),
    Rule(
        "configuration-added-beside",
        "A new file wins over another one that may configure the same tool and that the branch does not change.",
        "Seen from the change alone it cannot be told whether something is ignored now.",
        "Nothing, when the other file does not configure the tool.",
    ),
    Rule(
        "gate-policy-relaxed",
        "The gate's own policy (gate.toml, [tool.gate]) would ask for less after the merge: a check off or not "
        "required, a lower severity, a waiver, a path no longer forbidden.",
        "The branch is judged by the policy of the base. This says what everybody after it would be judged by.",
        "Change the policy in a change of its own, by whoever is entitled to.",
    ),
    Rule(
        "unreadable-configuration",
        "A configuration file that could be understood no longer can.",
        "What it asks for cannot be compared with what it asked for.",
        "Mend its syntax.",
    ),
)
