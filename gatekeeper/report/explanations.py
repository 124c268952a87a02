"""What every word of the house means, why it exists, and how to fix what it reports. Data for `gate explain`."""

import difflib
from collections.abc import Mapping

from msgspec import Struct

from gatekeeper.report.explanations_ci import CI
from gatekeeper.report.explanations_code import CODE
from gatekeeper.report.explanations_contract import CONTRACT, OUT_OF_CONTRACT
from gatekeeper.report.explanations_files import FILES
from gatekeeper.report.explanations_review import REVIEW
from gatekeeper.report.explanations_script import SCRIPT
from gatekeeper.report.explanations_settings import SETTINGS
from gatekeeper.report.explanations_tests import COMPARED


class Explanation(Struct, frozen=True):
    """`kind` is "check", "rule", "outcome", "label" or "verdict"; the rest are sentences."""

    kind: str
    word: str
    meaning: str
    why: str
    fix: str
    examples: tuple[str, ...] = ()
    """What it is, then what it is not; each line begins with "is" or "is not"."""


def explain(word: str) -> tuple[Explanation, ...]:
    """Every meaning of a word; a rule may be written as `check/rule`. Empty when it is unknown."""
    wanted = word.strip().lower()
    found = EXPLANATIONS.get(wanted, ())
    check, slash, rule = wanted.rpartition("/")
    if not found and slash:
        found = tuple(entry for entry in EXPLANATIONS.get(rule, ()) if check in RULES.get(rule, ()))
    return found


def near(word: str) -> tuple[str, ...]:
    """At most three known words that look like `word`."""
    return tuple(difflib.get_close_matches(word.strip().lower().rpartition("/")[2], EXPLANATIONS, n=3, cutoff=0.6))


def _check(word: str, meaning: str, why: str, fix: str) -> Explanation:
    return Explanation("check", word, meaning, why, fix)


def _rule(word: str, meaning: str, why: str, fix: str) -> Explanation:
    return Explanation("rule", word, meaning, why, fix)


_CHECKS = (
    _check(
        "types",
        "Type errors that mypy (Python) or tsc (TypeScript) find in the committed tree.",
        "A type error is a disagreement between two parts of the program that no test has to reach to be wrong.",
        "Run the command that the report names. A finding that is wrong is silenced where it stands, with its code and "
        "a reason, or waived in gate.toml on the base.",
    ),
    _check(
        "lint",
        "Findings of ruff (Python, with its format check) or eslint. Nothing is rewritten: --no-fix, whatever the "
        "project's configuration says.",
        "Linters find the mistakes that are cheapest to find by machine. By default only new ones reject.",
        "Run the command that the report names, with --fix where the tool can do it, and commit the result.",
    ),
    _check(
        "complexity",
        "Cyclomatic complexity per function as radon counts it (grade and number). The limit holds for new and changed "
        "functions; one that was above it before and did not get worse is baseline.",
        "In long branching functions agents and people lose track. Tools count differently: the metric is named.",
        "Split the function along its decisions, or raise max_complexity for the check in gate.toml on the base.",
    ),
    _check(
        "build",
        "The project's build command ends well and writes fresh artefacts.",
        "A package that cannot be built cannot be released, and tests of a source tree do not notice.",
        "Run the command that the report names in a clean checkout; files never committed are the usual cause.",
    ),
    _check(
        "tests",
        "The tests ran on the committed tree, in the gate's own checkout, and the report counts them.",
        "Exit 0 proves nothing: zero collected tests, everything skipped, or an import of another checkout look green. "
        "All of these are blocked here.",
        "Run the command that the report names in a fresh clone. Blocked with zero tests: check testpaths and names. "
        "Blocked because of the import origin: the tested package must come from this tree.",
    ),
    _check(
        "paths",
        "Every commit of the branch is compared with the forbidden and allowed paths, not only the sum of them.",
        "A change that is made and taken back in the next commit was still made, and stays in the history.",
        "Rewrite the branch so that no commit touches the path (git rebase -i), or change the policy on the base.",
    ),
    _check(
        "integrity",
        "The branch does not weaken what it is judged by: tests, thresholds, configuration of tools, continuous "
        "integration, suppressions. Every changed file is compared with the merge base; nothing is run.",
        "Red looks green when the failing test is skipped, the threshold lowered, the result rewritten in a hook. What "
        "honest branches hardly ever do rejects; what they do now and then is listed.",
        "Take the change back. Where it is meant, name it under gate_changes with a reason (Gate-Change: PATH — why): "
        "then a person decides (gate approve). A rule can be given another effect, and a finding can be waived, in "
        "gate.toml on the base.",
    ),
    _check(
        "contract",
        "What was agreed for the branch (gate contract set) beside paths and evidence: base, worktree, title, format "
        "of subject lines, and that nothing of it is on the base yet. There only where there is a contract.",
        "It is kept outside every worktree, so the worker that it binds cannot change it unseen.",
        "gate contract show BRANCH says what was agreed; gate contract set states it anew.",
    ),
    _check(
        "rules",
        "Every [[rule]] of the policy, held against what the other checks found. There only where the policy has "
        "rules. A rule that cannot be evaluated blocks.",
        "What a project has learned from a failure it writes down once, and no branch repeats it unseen.",
        "The finding names its rule: gate explain RULE says why it is there and what to do; gate policy show has all.",
    ),
    _check(
        "worktree",
        "The worktree of the branch is clean: nothing modified, staged or untracked, no operation half done.",
        "What is not committed is not judged. A worker that forgot git add is told here, and not after the merge.",
        "Commit what belongs to the branch; put what does not into .gitignore or remove it.",
    ),
    _check(
        "sync",
        "The branch contains the base's newest commit, or merges with it without conflict.",
        "A green branch can still break the base when it was judged against an old one.",
        "Merge or rebase onto the base, resolve the conflicting paths, and run gate check again.",
    ),
    _check(
        "self-review",
        "What the worker says was proven and what not, bound to this head and held against what the gate observed: "
        "Gate-Claim trailers of the head commit, or .gate/self-review/<branch>.toml.",
        "A claim is not evidence; it is written down so that it can be compared with what was observed.",
        "gate self-review new drafts one from the last run, gate self-review check judges it before it is committed. "
        "Amending the content of the commit afterwards unbinds it: gate self-review rebind.",
    ),
)

_STATES = (
    Explanation(
        "outcome",
        "passed",
        "The question of the check was answered with yes, and work was seen to be done.",
        "Silence is no proof: a pass needs a report, executed work and an agreeing exit status.",
        "Nothing to do.",
    ),
    Explanation(
        "outcome",
        "failed",
        "The check was observed and the answer is no.",
        "A required check that failed rejects the branch.",
        "See the findings and the command that reproduces them.",
    ),
    Explanation(
        "outcome",
        "blocked",
        "The check could not be observed (missing tool, time, memory, report, or nothing was executed), or what it "
        "found was disclosed and waits for a person.",
        "What was not seen is never counted as a pass, and not as a fault of the branch either.",
        "The reason names what is missing: install it, raise the limit, or disable the check in gate.toml on the base. "
        "What waits for a person is settled by one whom the policy names: gate approve.",
    ),
    Explanation(
        "outcome",
        "not-applicable",
        "By facts of the base the question makes no sense here. There is no label then.",
        "Only the base may say so: otherwise a branch could delete what it would be judged by.",
        "Nothing to do.",
    ),
    Explanation(
        "label",
        "direct",
        "The gate itself observed the declared target, and the target proved that it runs this very commit.",
        "The strongest evidence; no unit test and no exit status of somebody else's run comes up to it.",
        "Declare the target and a probe on the base.",
        (
            "is      the server that the gate started from the slot answered the probe of the base (runtime)",
            "is      preproduction printed this commit, before and after the probe that left a report",
            "is not  214 unit tests that passed: they are local, whatever they test",
            "is not  `curl` that exited with 0, a TCP connection, a message SENT, a screenshot that a worker sent",
            "is not  the green run of another CI: proxy at most",
        ),
    ),
    Explanation(
        "label",
        "proxy",
        "A declared stand-in was observed (emulator, mock, staging), or the target without proof of its identity.",
        "It may block, but it does not stand in for a required direct.",
        "Give the target a way to say which commit it runs.",
        (
            "is      an emulator, a mock server or staging, declared with stand_in = true",
            "is      production that answered the probe and does not say which commit it runs",
            "is      a signed attestation of somebody whom the policy does not name for this surface",
            "is not  a server that says it runs another commit: blocked, it says nothing about this one",
            "is not  permission to merge what requires direct",
        ),
    ),
    Explanation(
        "label",
        "local",
        "Static checks, build and tests of the committed tree, run by the gate in its own checkout.",
        "It says much about the code and nothing about the place where it will run.",
        "For more than local, a target has to be observed.",
        (
            "is      types, lint, build and tests, run by the gate in its own checkout",
            "is      an integration test against a database that the test itself started",
            "is not  what the worker ran in its worktree: that is a claim",
            "is not  proof that anything runs where users are",
        ),
    ),
    Explanation(
        "label",
        "blocked",
        "It was not observed; the reason names what is missing.",
        "A label for what is not known keeps it from being overlooked.",
        "Supply what the reason names and run again.",
        (
            "is      a tool, credential or device that is missing; a timeout; zero executed tests",
            "is      a probe that exited with 0 and left neither report nor artefact",
            "is not  a failure: it says nothing about the quality of the branch",
            "is not  a pass, however often it is tried",
        ),
    ),
    Explanation(
        "verdict",
        "accepted",
        "Every required check passed, is not applicable by facts of the base, or is waived; nothing rejects. Exit 0.",
        "It rests only on what the gate ran itself, on the committed tree.",
        "Merge.",
    ),
    Explanation(
        "verdict",
        "rejected",
        "A required check failed, or a finding is new, an error and not waived. Exit 1.",
        "One such fact is enough, whatever else could not be observed.",
        "Fix what the reasons name, commit, run again. gate check --format brief is made for handing to an agent.",
    ),
    Explanation(
        "verdict",
        "blocked",
        "Nothing rejects, but something required could not be observed, or a disclosed finding waits for a person "
        "(gate approve). Exit 3.",
        "It says nothing about the quality of the branch.",
        "The reasons name what is missing.",
    ),
)

_RULES: Mapping[tuple[str, ...], tuple[Explanation, ...]] = {
    ("paths",): (
        _rule(*OUT_OF_CONTRACT),
        _rule(
            "forbidden-path",
            "A commit of the branch touches a path that the policy forbids.",
            "Some files are not for workers; each commit counts, also when a later one takes it back.",
            "Rewrite the branch without that change (git rebase -i).",
        ),
        _rule(
            "path-not-allowed",
            "A commit touches a path outside the allowed ones.",
            "A narrow task that spreads over the tree is worth a look.",
            "Take the change out, or have `allowed` widened on the base.",
        ),
        _rule(
            "gate-policy-changed",
            "A commit changes gate.toml or the [tool.gate] table.",
            "Whoever is judged does not write the law. The branch was judged by the base's policy all the same.",
            "Change the policy on the base, in a change of its own.",
        ),
        _rule(
            "first-policy",
            "The branch brings the first gate.toml. It was judged by the shipped default.",
            "A policy counts from the base, so this one counts after the merge.",
            "Nothing to do; look at the policy before merging.",
        ),
        _rule(
            "suspicious-name",
            "A path has control, bidirectional or invisible characters.",
            "Such a name looks like another one in every review.",
            "Rename the file.",
        ),
        _rule(
            "symlink-escapes",
            "A symbolic link leads out of the tree.",
            "Tools that follow it read or write files that are not part of the commit.",
            "Link inside the tree, or copy the file.",
        ),
        _rule(
            "submodule-changed",
            "A submodule was added or moved to another commit.",
            "The diff shows one line; the change may be a whole project.",
            "Do it in a change of its own that a person reviews.",
        ),
        _rule(
            "mode-changed",
            "A file's mode changed (for example it became executable).",
            "It is easy to overlook and changes what can be run.",
            "git update-index --chmod=-x PATH, when it was not meant.",
        ),
        _rule(
            "case-collision",
            "Two paths differ only in case.",
            "On macOS and Windows one of them overwrites the other.",
            "Rename one.",
        ),
    ),
    ("worktree",): (
        _rule(
            "uncommitted",
            "A tracked file differs from the commit, whatever git status has been told to hide.",
            "Only what is committed is judged and merged.",
            "Commit the change, or take it back with git restore.",
        ),
        _rule(
            "untracked",
            "A file lies in the worktree and is not committed. Only the committed .gitignore may ignore it.",
            "A forgotten git add makes a branch that works on one machine only.",
            "git add and commit it, remove it, or name it in .gitignore.",
        ),
        _rule(
            "operation-in-progress",
            "A rebase, merge, cherry-pick or bisect is half done.",
            "The branch may still move.",
            "Finish it (git status names the command) or abort it.",
        ),
        _rule(
            "detached-head",
            "The worktree is on no branch.",
            "Commits made there belong to no branch and are lost on the next switch.",
            "git switch -c NAME",
        ),
        _rule(
            "policy-untracked",
            "There is a gate.toml that is not committed.",
            "It does not count: the shipped default judged.",
            "Commit it to the base.",
        ),
    ),
    ("sync",): (
        _rule(
            "merge-conflict",
            "The branch and the base changed the same place.",
            "It cannot be merged as it is.",
            "Merge or rebase onto the base and resolve the paths that the report names.",
        ),
        _rule(
            "behind-base",
            "The base has commits that the branch does not contain.",
            "The branch was judged without them.",
            "git rebase BASE or git merge BASE.",
        ),
    ),
    ("contract",): tuple(_rule(*row) for row in CONTRACT),
    ("self-review",): tuple(_rule(*row) for row in REVIEW),
    ("integrity",): tuple(_rule(*row) for row in (*SETTINGS, *CI, *FILES, *CODE, *SCRIPT)),
    ("lint", "types", "build", "tests", "complexity"): (
        _rule(
            "tree-changed",
            "Files of the tree changed while the check ran.",
            "A check that writes into what it judges has judged something else.",
            "Let the tool write outside the tree or to paths that .gitignore names.",
        ),
        _rule(
            "waiver-expired",
            "A waiver of the policy has run out.",
            "Exceptions end, or they become the rule.",
            "Fix the finding, or renew the waiver on the base with a reason.",
        ),
        _rule(
            "exit-status",
            "The command ended with another status than 0.",
            "For a check that reads the exit status this is the only answer there is.",
            "Run the command that the report names; its output is in the log (gate show).",
        ),
        _rule(
            "invalid-syntax",
            "The file cannot be parsed.",
            "Nothing else can be said about it.",
            "Fix the syntax error at the place named.",
        ),
    ),
    ("target",): (
        _rule(
            "evidence-too-weak",
            "Something was observed, and its label is below the one that the policy or the contract requires.",
            "A stand-in, or a system that does not say which commit it runs, does not stand in for a required direct.",
            "The message names what would raise it: the real surface, an identify command, or gate attest. What was "
            "not observed at all is blocked instead. It cannot be waived.",
        ),
    ),
    ("lint",): (
        _rule(
            "format",
            "The file is not formatted as the formatter would.",
            "Formatting differences hide real ones in reviews.",
            "ruff format PATH (or the project's formatter), and commit.",
        ),
    ),
    ("build",): (
        _rule(
            "build-failed",
            "The build command ended with an error.",
            "What cannot be built from the commit cannot be delivered.",
            "Run the command that the report names in a fresh clone; its output is in the log (gate show).",
        ),
    ),
    ("tests",): (
        *(_rule(*row) for row in COMPARED),
        _rule(
            "test-failed",
            "A test failed or had an error.",
            "It is compared by its id with the merge base; 'also fails at base' is said, and never turned into a pass.",
            "Run the one test with the command that the report names.",
        ),
        _rule(
            "test-flaky",
            "A test failed and then passed on a retry.",
            "It proves neither; hiding it would make the next real failure look harmless.",
            "Find the order, time or shared state it depends on.",
        ),
    ),
    ("complexity",): (
        _rule(
            "maintainability",
            "radon's maintainability index of the file (0 to 100); a note, it never rejects.",
            "A falling number is a hint where to look.",
            "Nothing has to be done.",
        ),
    ),
}

RULES: Mapping[str, tuple[str, ...]] = {entry.word: checks for checks, entries in _RULES.items() for entry in entries}
"""Rule id → the checks that report it."""


def _by_word() -> Mapping[str, tuple[Explanation, ...]]:
    words: dict[str, tuple[Explanation, ...]] = {}
    for entry in (*_CHECKS, *_STATES, *(rule for rules in _RULES.values() for rule in rules)):
        words[entry.word] = (*words.get(entry.word, ()), entry)
    return words


EXPLANATIONS: Mapping[str, tuple[Explanation, ...]] = _by_word()
