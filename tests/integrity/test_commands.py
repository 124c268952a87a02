"""What a shell passes on and what it forgives; which command lines judge."""

import pytest

from gatekeeper.integrity.commands.command import Soft
from gatekeeper.integrity.commands.shell import judges
from gatekeeper.integrity.commands.tools import judging


def softness(text: str, errexit: bool = True, pipefail: bool = False) -> list[Soft]:
    return [judge.soft for judge in judges(text, errexit, pipefail)]


@pytest.mark.parametrize(
    "text",
    [
        "pytest || true",
        "pytest || :",
        "pytest || echo failed",
        "pytest || exit 0",
        "(pytest) || true",
        "pytest | tee log",
        "! pytest",
        "if pytest; then echo yes; fi",
        "pytest &",
        "bash -c 'pytest || true'",
        "pytest || { echo no; }",
        "pytest || result=$?",
        "trap 'exit 0' EXIT\npytest",
        "set +e\npytest\nexit 0",
        "pytest && true\nls",
        "while ! pytest; do sleep 1; done",
        "for x in 1 2; do pytest || true; done",
        "if ci; then\n  pytest || true\nfi",
        "pytest 2>&1 || true",
        "f() {\n pytest || true\n}\nf",
    ],
)
def test_the_shell_forgives(text: str) -> None:
    assert softness(text) == [Soft.FORGIVEN]


@pytest.mark.parametrize(
    "text",
    [
        "pytest",
        "pytest\nls",
        "cd app && pytest",
        "pytest || exit 1",
        "pytest || { echo no; exit 2; }",
        "rm -f x || true; pytest",
        "pytest || result=$?\nexit $result",
        "if ! pytest; then exit 1; fi",
        "if pytest; then ok=1; else exit 3; fi",
        "(cd a; pytest)",
        "set -o pipefail\npytest | tee log",
        "set -euo pipefail; pytest | cat",
        "pytest && echo done",
        "for x in 1 2; do pytest; done",
        "pytest & job=$!\nwait $job",
        "echo 'x || true'; pytest",
        "pytest -k 'a || b'",
        "pytest  # || true",
        "f() {\n pytest\n}\nf",
        "case $x in a) pytest;; esac",
        "pytest \\\n  -q",
        "cat <<EOF\npytest || true\nEOF\npytest",
        "exec pytest",
    ],
)
def test_the_shell_passes_on(text: str) -> None:
    assert softness(text) == [Soft.NO]


def test_without_errexit_the_last_command_decides() -> None:
    assert softness("pytest; true", errexit=False) == [Soft.FORGIVEN]
    assert softness("ls; pytest", errexit=False) == [Soft.NO]
    assert softness("pytest\nstatus=$?\nexit $status", errexit=False) == [Soft.NO]
    assert softness("set -e\npytest\nls", errexit=False) == [Soft.NO]
    assert softness("pytest && mypy .", errexit=False) == [Soft.NO, Soft.NO]


@pytest.mark.parametrize(
    "text",
    [
        "pytest; echo $?",
        'pytest\necho "status $?"\nls',
        "pytest\nrc=$?\necho $rc",
        "pytest\nrc=$?\nexit 0",
        "pytest\nif [ $? -ne 0 ]; then echo failed; fi\nls",
        "pytest\nif [ $? -ne 0 ]; then failed=1; fi\nls",
        "pytest\n[ $? -eq 0 ] && echo passed\nls",
        "pytest\ntrue && exit $?",
        "pytest\nif true; then exit $?; fi",
        "pytest\nexit 0 # $?",
        "pytest\necho 'exit $?'",
        "pytest\nprintf '%s' $?\nexit $?",
        "pytest | tee log\necho ${PIPESTATUS[0]}",
        "say() {\n echo $1\n}\npytest\nsay $?",
    ],
)
def test_a_status_that_is_only_told_is_not_heard(text: str) -> None:
    assert softness(f"set +e\n{text}") == [Soft.FORGIVEN]


@pytest.mark.parametrize(
    "text",
    [
        "pytest; exit $?",
        'pytest\nexit "$?"',
        "pytest\nexit ${?}",
        "pytest\nexit $(( $? ))",
        "pytest\n[ $? -eq 0 ] || exit 1\nls",
        "pytest\ntest $? -eq 0 || exit 1\nls",
        "pytest\nif (( $? )); then\n  echo failed\n  exit 1\nfi\nls",
        "pytest\nif [[ $? != 0 ]]; then exit 3; fi\nls",
        "pytest\n[ $? -eq 0 ]",
        "pytest\ntest $? -eq 0 && echo passed",
        "pytest\nif [ $? -eq 0 ]; then echo fine; exit 0; fi\necho no\nexit 1",
        "pytest\ncase $? in 0|5) ;; *) exit 1;; esac\nls",
        "pytest\nrc=$?\necho $rc\nset -e\nls\nexit $rc",
        "pytest\ndeclare -i rc=$?\nls\nreturn $rc",
        "pytest\nrc=$?\nif [ $rc -ne 0 ]; then exit 1; fi\nls",
        "pytest\nrc=$?\n[[ rc -eq 0 ]] || exit 1\nls",
        "pytest\nif [ $? -ne 0 ]; then failed=1; fi\nls\nexit $failed",
        "pytest\none=$?\nls\ntotal=$((one + 0))\nexit $total",
        "total=0\npytest\n(( total += $? ))\nls\nexit $total",
        "total=0\npytest\nlet total+=$?\nls\nexit $total",
        "pytest\nrc=$?\ntrap 'exit $rc' EXIT\nls",
        "check() {\n if [ $1 -ne 0 ]; then exit 1; fi\n}\npytest\ncheck $? tests\nls",
    ],
)
def test_a_status_that_can_end_the_script_is_heard(text: str) -> None:
    assert softness(f"set +e\n{text}") == [Soft.NO]


def test_only_a_command_waits() -> None:
    assert softness("pytest & # wait for it\nls") == [Soft.FORGIVEN]
    assert softness("pytest &\necho please wait") == [Soft.FORGIVEN]
    assert softness("pytest &\nwait") == [Soft.FORGIVEN], "without a job it succeeds whatever the job came to"
    assert softness("pytest &\nwait $!") == softness("pytest &\nls\nwait -n") == [Soft.NO]


@pytest.mark.parametrize("options", ["-- -e", "-", "- -e", "words -e", "+e -- -e", "-u -- -e"])
def test_what_follows_the_options_of_set_is_none(options: str) -> None:
    assert softness(f"set +e; set {options}; pytest; true") == [Soft.FORGIVEN]


@pytest.mark.parametrize("options", ["-e", "-e --", "-u -e", "-eu", "-o errexit", "-uo pipefail -e", "-e -- words"])
def test_options_of_set(options: str) -> None:
    assert softness(f"set +e; set {options}; pytest; true") == [Soft.NO]


@pytest.mark.parametrize(
    "shell",
    ["bash -e -c", "sh -ec", "sh -ce", "bash -o errexit -c", "bash --norc -e -c", "/bin/bash -c -e", "bash -euc --"],
)
def test_a_script_on_the_command_line_of_a_shell(shell: str) -> None:
    assert softness(f"{shell} 'pytest; true'") == [Soft.NO]
    assert softness(f"{shell} 'pytest || true'") == [Soft.FORGIVEN]
    assert softness(f"{shell} 'echo pytest'") == []


def test_options_of_such_a_shell_are_its_own() -> None:
    assert softness("bash -o pipefail -c 'pytest | cat'") == [Soft.NO]
    assert softness("bash -c 'pytest | cat'", pipefail=True) == [Soft.FORGIVEN]
    assert softness("sh +e -c 'pytest; true'") == [Soft.FORGIVEN]
    assert softness("bash run.sh -c 'pytest'") == softness("bash -e") == softness("bash -c") == []


def test_other_reasons() -> None:
    assert softness("exit 0\npytest") == [Soft.NEVER]
    assert softness("ruff check --exit-zero .") == [Soft.OPTION]
    assert softness("vitest run --passWithNoTests") == [Soft.OPTION]
    assert softness("pytest | tee log", pipefail=True) == [Soft.NO]


@pytest.mark.parametrize(
    ("line", "tool", "category"),
    [
        ("pytest -q", "pytest", "tests"),
        ("python3.12 -m pytest", "pytest", "tests"),
        ("python -mpytest tests", "pytest", "tests"),
        ("python -Impytest tests", "pytest", "tests"),
        ("python -Werror -X dev -mmypy .", "mypy", "types"),
        ("python -W error -bbm pytest", "pytest", "tests"),
        ("uv run --frozen --extra dev pytest", "pytest", "tests"),
        ("poetry run coverage run -m pytest", "pytest", "tests"),
        ("xvfb-run -a env A=b python -W error -m unittest discover", "unittest", "tests"),
        ("npx --yes vitest run", "vitest", "tests"),
        ("npm test", "npm test", "tests"),
        ("npm run lint:ci", "npm lint:ci", "lint"),
        ("make -C app check", "make check", "all"),
        ("tox -e py312", "tox", "all"),
        ("python -Im tox run -f py312", "tox", "all"),
        ("python -Im coverage report", "coverage", "tests"),
        ("tox -e pyright", "tox", "types"),
        ("tox run -e lint", "tox", "lint"),
        ("nox -s tests-3.12", "nox", "tests"),
        ("hatch run typecheck", "hatch typecheck", "types"),
        ("./scripts/run-tests.sh --fast", "./scripts/run-tests.sh", "tests"),
        ("python scripts/lint.py", "scripts/lint.py", "lint"),
        ("node --test src", "node --test", "tests"),
        ("black --check .", "black", "format"),
        ("timeout 60 mypy .", "mypy", "types"),
        ("pnpm exec tsc --noEmit", "tsc", "types"),
        ("go test ./...", "go test", "tests"),
        ("coverage report --fail-under=90", "coverage", "tests"),
    ],
)
def test_what_judges(line: str, tool: str, category: str) -> None:
    (found,) = judges(line, True)
    assert (found.tool, found.category) == (tool, category)


@pytest.mark.parametrize(
    "line",
    [
        "tox -e docs,changelog",
        "python -Ic 'import pytest'",
        "python -mpip install pytest",
        "python -Wm pytest",
        "python -Xm mypy",
        "python -cpytest -mpytest",
        "tox -e docs",
        "nox -s docs-live",
        "pip install pytest",
        "echo pytest",
        "black .",
        "ruff format .",
        "pytest --version",
        "npm ci",
        "npm run build",
        "make docs",
        "git push",
        "pre-commit install",
        "playwright install",
        "coverage xml",
        "python setup.py sdist",
        "cat tests.txt",
        "docker build -t test .",
        "cd tests",
    ],
)
def test_what_judges_nothing(line: str) -> None:
    assert judges(line, True) == []


def test_no_words_are_nothing() -> None:
    assert judging(()) is None
    assert judges("", True) == judges("\0\0", True) == judges("((((", True) == []
