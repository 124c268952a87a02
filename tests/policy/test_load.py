"""What a policy comes to: layers, origins, digest, and the facts of the base."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.errors import ConfigurationError, GateError, NothingToJudge
from gatekeeper.model.policy import CheckSettings, Policy
from gatekeeper.model.vocabulary import CheckId, Severity
from tests.policy.support import NODE, PYTHON, load


def check(policy: Policy, name: str) -> CheckSettings:
    return policy.checks[CheckId(name)]


def enabled(policy: Policy) -> set[str]:
    return {name for name, settings in policy.checks.items() if settings.enabled}


def test_without_a_policy_the_default_for_the_languages_at_base_judges_and_says_so() -> None:
    policy = load(PYTHON)
    assert policy.extends == ("default", "python")
    assert policy.origin == "shipped default (no policy at main (123))"
    assert any("no policy at main (123)" in note for note in policy.notes)
    assert enabled(policy) == {
        "types", "lint", "complexity", "build", "tests", "paths", "integrity", "worktree", "sync", "self-review",
    }  # fmt: skip
    assert check(policy, "types").baseline == check(policy, "lint").baseline == "new"
    assert check(policy, "tests").baseline == "all"
    assert check(policy, "paths").forbidden == ("/gate.toml",)
    assert not check(policy, "self-review").required
    assert not check(policy, "build").required


def test_an_empty_file_means_the_default() -> None:
    empty = load(PYTHON, gate="# nothing yet\n")
    assert empty.digest == load(PYTHON).digest
    assert any("is empty" in note for note in empty.notes)


def test_nothing_enabled_is_nothing_to_judge() -> None:
    with pytest.raises(NothingToJudge, match="enables no check"):
        load(PYTHON, gate="extends = []\n")


def test_extends_nothing_leaves_only_what_is_written() -> None:
    policy = load(PYTHON, gate='extends = []\n[check.lint]\n[check.spell]\ncommand = "codespell"\n')
    assert enabled(policy) == {"lint", "spell"}
    assert check(policy, "spell").own
    assert not check(policy, "lint").own


def test_the_table_in_pyproject_is_a_policy_too() -> None:
    text = PYTHON["pyproject.toml"] + "[tool.gate.check.tests]\ntimeout = '7s'\n"
    policy = load({**PYTHON, "pyproject.toml": text})
    assert check(policy, "tests").timeout_s == 7
    assert policy.origins["check.tests.timeout"] == "pyproject.toml:8"
    assert policy.origin == "[tool.gate] in pyproject.toml at main (123)"


def test_two_policies_are_an_error() -> None:
    files = {**PYTHON, "pyproject.toml": "[tool.gate]\n"}
    with pytest.raises(ConfigurationError, match=r"two policies .* gate.toml and pyproject.toml:1"):
        load(files, gate="")


def test_a_broken_pyproject_matters_while_the_policy_could_be_in_it() -> None:
    files = {**PYTHON, "pyproject.toml": "[tool\n"}
    with pytest.raises(ConfigurationError, match=r"^pyproject\.toml:1"):
        load(files)
    policy = load(files, gate="")
    assert any("pyproject.toml cannot be read" in note for note in policy.notes)


def test_a_stance_wins_over_a_language_whatever_order_is_written() -> None:
    one = load(PYTHON, gate='extends = ["strict", "python"]')
    other = load(PYTHON, gate='extends = ["python", "strict"]')
    assert one.digest == other.digest
    assert check(one, "complexity").max_complexity == 10
    assert check(one, "self-review").required
    assert check(one, "build").required
    assert check(load(PYTHON), "complexity").max_complexity == 15


def test_strict_alone_still_judges_the_languages_of_the_base() -> None:
    assert load(PYTHON, gate='extends = ["strict"]').extends == ("default", "python", "strict")


def test_fleet_keeps_agents_off_what_runs_around_the_gate_but_not_off_their_reviews() -> None:
    forbidden = check(load(PYTHON, gate='extends = ["fleet"]'), "paths").forbidden
    assert {"/gate.toml", "/.github/", "/.gate/*"} <= set(forbidden)
    assert forbidden.index("!/.gate/self-review/") > forbidden.index("/.gate/*")


def test_forbidden_adds_up_so_that_a_ban_never_lifts_another() -> None:
    policy = load(PYTHON, gate='[check.paths]\nforbidden = ["/infra/"]\n')
    assert check(policy, "paths").forbidden == ("/gate.toml", "/infra/")
    assert policy.origins["check.paths.forbidden"] == "policies/default + gate.toml:2"


def test_effects_of_rules_add_up_by_rule_and_fleet_rejects_what_is_undisclosed() -> None:
    stated = '[check.integrity.effects]\ntest-removed = "block"\nsecret-added = "off"\n'
    policy = load(PYTHON, gate=f'extends = ["fleet"]\n{stated}')
    assert check(policy, "integrity").effects == (("secret-added", "off"), ("test-removed", "block"))
    assert check(policy, "integrity").undisclosed == "reject"
    assert check(load(PYTHON), "integrity").undisclosed == "warn"
    assert check(load(PYTHON), "integrity").required


def test_every_value_has_an_origin() -> None:
    policy = load(PYTHON, gate='\n[check.tests]\ntimeout = "3m"\n[environment]\npass_env = ["DISPLAY"]\n')
    assert policy.origins["check.tests.timeout"] == "gate.toml:3"
    assert policy.origins["check.complexity.max_complexity"] == "policies/python"
    assert policy.origins["check.lint.timeout"] == "built in"
    assert policy.origins["environment.pass_env"] == "gate.toml:5"
    assert policy.origins["check.types.languages"].startswith("detected")
    assert check(policy, "tests").timeout_s == 180


def test_the_digest_is_of_values_not_of_their_places() -> None:
    assert load(PYTHON, gate="\n\n[check.tests]\ntimeout = '20m'\n").digest == load(PYTHON).digest
    assert load(PYTHON, gate="[check.tests]\ntimeout = '21m'\n").digest != load(PYTHON).digest
    waiver = "[[waiver]]\ncheck='lint'\nrule='F401'\npath='x.py'\nreason='r'\nexpires=2026-01-0%d\n"
    assert load(PYTHON, gate=waiver % 1).digest != load(PYTHON, gate=waiver % 2).digest


def test_a_tool_that_the_base_never_asked_for_does_not_reject() -> None:
    files = {**PYTHON, "pyproject.toml": "[project]\n"}
    policy = load(files)
    assert not check(policy, "types").required
    assert check(policy, "types").severity is Severity.WARNING
    assert not check(policy, "lint").format
    assert not check(policy, "build").enabled
    assert any("mypy is not configured" in note for note in policy.notes)


def test_strict_asks_for_it_all_the_same_and_the_note_is_gone() -> None:
    policy = load({**PYTHON, "pyproject.toml": "[project]\n"}, gate='extends = ["strict"]')
    assert check(policy, "types").required
    assert check(policy, "types").severity is Severity.ERROR
    assert check(policy, "lint").format
    assert not any("mypy" in note for note in policy.notes)


def test_a_check_that_gate_toml_mentions_is_not_switched_off_by_facts() -> None:
    files = {"main.go": "", "go.mod": ""}
    assert enabled(load(files)) == {"paths", "integrity", "worktree", "sync", "self-review"}
    policy = load(files, gate="[check.tests]\ncommand = 'gotestsum --junitfile {report}'\n")
    assert "tests" in enabled(policy)
    assert check(policy, "tests").reads == "junit"


def test_strict_on_a_language_nobody_ships_does_not_ask_for_python_tools() -> None:
    policy = load({"main.go": "", "go.mod": ""}, gate='extends = ["strict"]')
    assert enabled(policy) == {"paths", "integrity", "worktree", "sync", "self-review"}


def test_typescript() -> None:
    policy = load(NODE)
    assert policy.extends == ("default", "typescript")
    assert check(policy, "types").languages == check(policy, "lint").languages == ("typescript",)
    assert check(policy, "types").required
    assert check(policy, "tests").command == ("vitest", "run", "--reporter=junit", "--outputFile={report}")
    assert check(policy, "tests").reads == "junit"
    assert "complexity" not in enabled(policy)


@pytest.mark.parametrize(
    ("package", "command", "reads"),
    [
        ('{"scripts": {"test": "node --test"}}', ("node", "--test"), "junit"),
        ('{"scripts": {"test": "ava"}}', ("npm", "test"), "exit-status"),
        ('{"devDependencies": {"jest": "30"}}', ("jest", "--ci"), "exit-status"),
        ('{"scripts": {"test": "echo \\"Error: no test specified\\" && exit 1"}}', (), "junit"),
    ],
)
def test_node_runners(package: str, command: tuple[str, ...], reads: str) -> None:
    policy = load({**NODE, "package.json": package})
    tests = check(policy, "tests")
    assert tests.command[: len(command)] == command
    assert bool(tests.command) is bool(command)
    assert tests.reads == reads
    assert tests.required
    if reads == "exit-status":
        assert any("exit status alone" in note for note in policy.notes)
    if not command:
        assert any("no TypeScript test runner" in note for note in policy.notes)


def test_both_languages_get_their_tests_both() -> None:
    policy = load({**PYTHON, **NODE})
    assert check(policy, "tests").languages == ("python",)
    assert check(policy, "tests-typescript").command[0] == "vitest"
    assert check(policy, "types").languages == ("python", "typescript")


def test_beside_typescript_mypy_is_left_out_where_the_base_never_asked_for_it() -> None:
    files = {**PYTHON, **NODE, "pyproject.toml": "[project]\n"}
    types = check(load(files), "types")
    assert (types.languages, types.required, types.severity) == (("typescript",), True, Severity.ERROR)
    assert check(load(files, gate='extends = ["strict"]'), "types").languages == ("python", "typescript")


def test_a_language_that_is_there_and_not_judged_is_named() -> None:
    policy = load({**PYTHON, **NODE}, gate='extends = ["python"]')
    assert any(note.startswith("policy: typescript is also in the tree") for note in policy.notes)


def test_no_test_files_at_base_is_said_and_loosens_nothing() -> None:
    policy = load({"setup.py": "", "x.py": ""})
    assert check(policy, "tests").required
    assert any("no test files at base" in note for note in policy.notes)


def test_a_trial_policy_replaces_the_base_and_is_marked() -> None:
    policy = load(PYTHON, gate="[check.tests]\ntimeout = '1s'\n", trial=("try.toml", b"[check.lint]\ntimeout = '9s'\n"))
    assert policy.trial
    assert policy.origin == "try.toml (on trial)"
    assert check(policy, "lint").timeout_s == 9
    assert check(policy, "tests").timeout_s == 1200
    assert policy.origins["check.lint.timeout"] == "try.toml:2"


def test_pytest_is_told_where_its_report_goes() -> None:
    policy = load(PYTHON, gate='[check.tests]\ncommand = "python -m pytest -x"\n')
    assert check(policy, "tests").command == ("python", "-m", "pytest", "-x", "--junitxml={report}")


def test_an_exit_status_never_compares_with_the_base_by_itself() -> None:
    policy = load(PYTHON, gate='[check.lint]\ncommand = "make lint"\n')
    assert check(policy, "lint").reads == "exit-status"
    assert check(policy, "lint").baseline == "all"


def test_environment() -> None:
    gate = '[environment]\nsetup = ["uv sync --frozen", ["sh", "-c", "a && b"]]\nprovides = [".venv"]\n'
    environment = load(PYTHON, gate=gate).environment
    assert environment.setup == (("uv", "sync", "--frozen"), ("sh", "-c", "a && b"))
    assert environment.provides == (".venv",)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_policy_or_a_named_error(raw: bytes) -> None:
    try:
        load(PYTHON, gate=raw)
    except GateError as error:
        assert error.what.startswith("gate.toml")
        assert error.hint


TABLES = st.recursive(
    st.booleans() | st.integers(-5, 5) | st.sampled_from(["1m", "python", "x", ""]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["check", "tests", "waiver", "command", "paths", "own", "timeout"]), inner)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["check", "waiver", "extends", "environment", "other"]), TABLES, max_size=3))
def test_any_tables_are_a_policy_or_a_named_error(tables: dict[str, object]) -> None:
    text = "".join(f"{key} = {_toml(value)}\n" for key, value in tables.items())
    try:
        load(PYTHON, gate=text)
    except GateError as error:
        assert error.what.startswith("gate.toml")
        assert error.hint


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(entry)}" for key, entry in value.items()) + "}"
    return f'"{value}"' if isinstance(value, str) else str(value)


def test_without_a_shipped_policy_a_check_serves_the_languages_found_at_base() -> None:
    policy = load(PYTHON, gate="extends = []\n[check.types]\n")
    assert policy.checks[CheckId("types")].languages == ("python",)
    only = load(PYTHON, gate='extends = []\n[check.types]\nlanguages = ["typescript"]\n')
    assert only.checks[CheckId("types")].languages == ("typescript",)
