"""What judged in CI, make files and scripts is compared with what judges now; how it is written does not matter."""

import pytest

from gatekeeper.integrity.ci import DETECTOR
from gatekeeper.integrity.commands.triggers import narrowed
from tests.integrity.python_cases import Text, change, hits

CI = ".github/workflows/ci.yml"
NAMES = ("src/app.py", "src/more.py", "tests/test_a.py", "docs/conf.py", "README.md")
Change = tuple[str, Text, Text]
FLOW = """\
name: ci
on: [push, pull_request]
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-latest
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@v4
      - run: pip install .
      - name: tests
        run: |
          echo start
          pytest -q
      - run: ruff check .
"""
PUBLISH = "on: push\njobs:\n  publish:\n    steps:\n      - run: twine upload dist/*\n"


def found(*changes: Change) -> list[str]:
    return sorted({hit.rule for hit in hits(DETECTOR, *(change(*one) for one in changes), base=NAMES, head=NAMES)})


def edited(old: str, new: str, text: str = FLOW) -> list[str]:
    assert old in text
    return found((CI, text, text.replace(old, new)))


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("pytest -q", "pytest -q || true", "command-softened"),
        ("pytest -q", "pytest -q | tee log", "command-softened"),
        ("pytest -q", "pytest -q || echo failed", "command-softened"),
        ("ruff check .", "ruff check --exit-zero .", "command-softened"),
        ("echo start\n          pytest -q", "set +e\n          pytest -q\n          exit 0", "command-softened"),
        (
            "      - run: ruff",
            "      - shell: bash {0}\n        run: |\n          ruff check .\n          echo ok\n      - run: echo",
            "command-softened",
        ),
        ("      - run: ruff", "      - continue-on-error: true\n        run: ruff", "ci-failure-allowed"),
        ("    timeout-minutes: 30", "    continue-on-error: ${{ true }}", "ci-failure-allowed"),
        ("      - run: ruff", "      - if: false\n        run: ruff", "ci-disabled"),
        ("      - run: ruff", "      - if: ${{ false && github.ref == 'x' }}\n        run: ruff", "ci-disabled"),
        ("    timeout-minutes: 30", "    if: 1 == 2", "ci-disabled"),
        ("          pytest -q", "          exit 0\n          pytest -q", "ci-disabled"),
        ("      - run: ruff check .\n", "", "ci-step-dropped"),
        ("          pytest -q\n", "", "ci-step-dropped"),
        ("pytest -q", "echo 'pytest -q'", "ci-step-dropped"),
        ("      - run: ruff", "      - shell: cat {0}\n        run: ruff", "ci-disabled"),
        ("pytest -q", "pytest -q -k 'not slow'", "ci-tests-narrowed"),
        ("pytest -q", "pytest -q --deselect tests/test_a.py::test_x", "ci-tests-narrowed"),
        ("pytest -q", "pytest -q tests/test_a.py", "ci-tests-narrowed"),
        ("    runs-on", "    env: {PYTEST_ADDOPTS: '-k nothing'}\n    runs-on", "ci-tests-narrowed"),
        ("[push, pull_request]", "[workflow_dispatch]", "ci-trigger-narrowed"),
        ("[push, pull_request]", "{push: {branches: [main]}}", "ci-trigger-narrowed"),
        ("[push, pull_request]", "{pull_request: {types: [closed]}}", "ci-trigger-narrowed"),
        ("[push, pull_request]", "{pull_request: {paths: ['docs/**']}}", "ci-trigger-narrowed"),
        ("[push, pull_request]", "{pull_request: {paths-ignore: ['src/**', 'tests/**']}}", "ci-trigger-narrowed"),
        ("[push, pull_request]", "[push, pull_request_target]", "ci-untrusted-code"),
        ("echo start", "echo ${{ secrets.TOKEN }}", "ci-secret-printed"),
        ("echo start", "printf '%s' \"${{ secrets.A }}\"", "ci-secret-printed"),
        (
            "        run: |\n          echo start",
            '        env: {T: "${{ secrets.A }}"}\n        run: |\n          echo $T',
            "ci-secret-printed",
        ),
        ("contents: read", "contents: write", "ci-permissions-widened"),
        ("    runs-on", "    permissions: write-all\n    runs-on", "ci-permissions-widened"),
        ("contents: read", "contents: read\n  id-token: write", "ci-permissions-widened"),
        ("checkout@v4", "checkout@main", "ci-action-unpinned"),
        ("timeout-minutes: 30", "timeout-minutes: 1", "ci-timeout-cut"),
        ("      - run: ruff", "      - if: github.repository == 'me/x'\n        run: ruff", "ci-condition-added"),
        ("    timeout-minutes: 30", "    if: github.actor != 'bot'", "ci-condition-added"),
        ("[push, pull_request]", "{pull_request: {branches: [main]}, push: }", "ci-trigger-changed"),
        ("[push, pull_request]", "{pull_request: , push: {branches: [main]}}", "ci-push-narrowed"),
        ("echo start", "git push --no-verify", "hooks-bypassed"),
    ],
)
def test_a_workflow_that_judges_less(old: str, new: str, rule: str) -> None:
    assert edited(old, new) == [rule]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("pip install .", "pip install . || true"),
        ("echo start", "rm -rf build || true"),
        ("pytest -q", "pytest -q || exit 1"),
        ("pytest -q", "set -o pipefail\n          pytest -q | tee log"),
        ("pytest -q", "python -m pytest -q --junitxml=report.xml"),
        ("pytest -q", "uv run pytest"),
        ("pytest -q", "tox"),
        ("pytest -q", "pytest -m slow\n          pytest -m 'not slow'"),
        ("ruff check .", "uvx pre-commit run --all-files"),
        ("ruff check .", "flake8 src"),
        ("      - run: ruff", "      - if: always()\n        run: ruff"),
        (
            "      - run: ruff",
            "      - name: lint\n        if: ${{ !cancelled() && true }}\n        run: echo\n      - run: ruff",
        ),
        (
            "      - run: pip",
            "      - continue-on-error: true\n        uses: codecov/codecov-action@v4\n      - run: pip",
        ),
        ("      - run: ruff check .\n", "      - run: ruff check .\n      - run: mypy . || true\n"),
        ("[push, pull_request]", "[push, pull_request, merge_group]"),
        ("[push, pull_request]", "{push: , pull_request: {paths-ignore: ['**.md', 'docs/**']}}"),
        ("[push, pull_request]", "[push]"),
        ("checkout@v4", "checkout@v5"),
        ("checkout@v4", "checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5"),
        ("timeout-minutes: 30", "timeout-minutes: 10"),
        ("contents: read", "contents: read\n  issues: read"),
        ("permissions:\n  contents: read\n", "permissions: {}\n"),
        ("echo start", "echo ${{ secrets.KEY }} > key"),
        ("echo start", "echo ${{ secrets.KEY }} | gpg --import"),
        ("echo start", "echo '::add-mask::${{ secrets.KEY }}'"),
        ("echo start", "echo ${{ github.sha }}"),
        ("    runs-on", "    strategy: {fail-fast: false, matrix: {python: ['3.12', '3.13']}}\n    runs-on"),
        ("    runs-on", "    env: {PYTEST_ADDOPTS: '--color=yes'}\n    runs-on"),
    ],
)
def test_honest_edits_of_a_workflow(old: str, new: str) -> None:
    assert edited(old, new) == []


def test_a_workflow_that_judged_nothing_may_do_as_it_likes() -> None:
    assert found((CI, PUBLISH, PUBLISH.replace("on: push", "on: workflow_dispatch"))) == []
    assert found((CI, PUBLISH, None)) == []
    assert found((CI, PUBLISH, PUBLISH.replace("dist/*", "dist/* || true"))) == []
    assert found((CI, None, FLOW.replace("pytest -q", "pytest -q || true"))) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("pytest tests", "pytest tests/unit"),
        ("pytest tests", "pytest tests/test_a.py"),
        ("pytest tests/", "pytest ./tests/unit/"),
        ("pytest tests/test_a.py", "pytest tests/test_a.py::test_x"),
        ("pytest .", "pytest tests/unit"),
        ("pytest", "pytest tests/unit"),
        ("pytest", "pytest tests/"),
        ("pytest tests/unit tests/e2e", "pytest tests/unit"),
        ("pytest tests", "pytest tests/unit/test_b.py tests/test_a.py"),
        ("pytest --cov src tests", "pytest --cov src tests/unit"),
        ("pytest", "pytest --cov --cov-report=xml tests/unit"),
        ("pytest -q", "pytest -q --override-ini=testpaths=tests/unit"),
    ],
)
def test_paths_that_are_part_of_what_ran(before: str, after: str) -> None:
    names = (*NAMES, "tests/unit/test_b.py", "tests/e2e/test_c.py", "more/test_d.py")
    one = change(CI, FLOW.replace("pytest -q", before), FLOW.replace("pytest -q", after))
    assert [hit.rule for hit in hits(DETECTOR, one, base=names, head=names)] == ["ci-tests-narrowed"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("pytest tests", "pytest ./tests/"),
        ("pytest tests/unit", "pytest tests"),
        ("pytest tests/test_a.py", "pytest tests/"),
        ("pytest tests/unit", "pytest ."),
        ("pytest tests/unit", "pytest tests/e2e"),
        ("pytest tests", "pytest tests src/app"),
        ("pytest tests", "pytest tests/unit tests/e2e tests/top"),
        ("pytest tests", "pytest tests/unit\n          pytest tests/e2e tests/top"),
        ("pytest", "pytest tests/"),
        ("pytest .", "pytest tests"),
        ("pytest --cov src", "pytest --cov src/app"),
        ("pytest", "pytest --junitxml reports/tests.xml --cov-config .coveragerc"),
        ("pytest", "pytest -q auto"),
    ],
)
def test_paths_that_hold_all_that_ran(before: str, after: str) -> None:
    names = ("src/app.py", "tests/unit/test_b.py", "tests/e2e/test_c.py", "tests/top/test_a.py", "tests/conftest.py")
    one = change(CI, FLOW.replace("pytest -q", before), FLOW.replace("pytest -q", after))
    assert hits(DETECTOR, one, base=names, head=names) == []


def test_events_are_said_in_the_same_order_every_time() -> None:
    events = {"push": {}, "pull_request_target": {}, "pull_request": {}, "merge_group": {}}
    said = [one.text for one in narrowed(events, {name: {"branches": ["main"]} for name in events}, frozenset())]
    assert said == [f"{name}: only branches main" for name in sorted(events)]


def test_releases_may_be_started_as_they_like() -> None:
    release = "on: {push: {tags: ['v*']}}\njobs:\n  r:\n    steps:\n      - run: tox\n"
    assert found((CI, release, release.replace("{push: {tags: ['v*']}}", "workflow_dispatch"))) == []
    assert found((CI, release.replace("{tags: ['v*']}", ""), release)) == ["ci-trigger-narrowed"]


def test_tox_in_another_format() -> None:
    ini = ("tox.ini", "[testenv]\ncommands =\n    pytest {posargs}\n    mypy src\n", None)
    toml = "[env_run_base]\ncommands = [['pytest'], ['mypy', 'src']]\n"
    assert found(ini, ("tox.toml", None, toml)) == []
    assert found(ini, ("tox.toml", None, toml.replace("['pytest']", "['-', 'pytest']"))) == ["command-softened"]


def test_moved_to_another_file_is_not_dropped() -> None:
    other = ".github/workflows/lint.yml"
    without = FLOW.replace("      - run: ruff check .\n", "")
    lint = "on: pull_request\njobs:\n  lint:\n    steps:\n      - run: ruff check .\n"
    assert found((CI, FLOW, without), (other, None, lint)) == []
    assert found((CI, FLOW, None), (other, None, FLOW)) == []
    assert found((CI, FLOW, without), (other, None, lint.replace("check .", "check . || true"))) == ["command-softened"]
    assert found((CI, FLOW, without), (other, None, PUBLISH)) == ["ci-step-dropped"]
    assert found((CI, FLOW, without), ("Makefile", None, "lint:\n\truff check .\n")) == ["ci-step-dropped"]


def test_a_second_command_of_the_kind_that_goes_is_a_warning() -> None:
    two = FLOW + "      - run: flake8 src\n"
    assert found((CI, two, FLOW)) == ["ci-step-fewer"]


def test_what_a_release_is_tried_with_is_a_kind_of_its_own() -> None:
    smoke = FLOW + "      - run: python scripts/smoke.py\n"
    assert edited("      - run: python scripts/smoke.py\n", "", smoke) == ["ci-step-dropped"]
    assert edited("python scripts/smoke.py", "python scripts/smoke.py || true", smoke) == ["command-softened"]
    assert edited("python scripts/smoke.py", "python scripts/smoke_test.py", smoke) == []
    assert edited("pip install .", "python scripts/prepare.py || true", smoke) == []


def test_services_of_other_kinds() -> None:
    gitlab = "test:\n  script:\n    - pytest\n"
    path = ".gitlab-ci.yml"
    assert found((path, gitlab, "test:\n  allow_failure: true\n  script:\n    - pytest\n")) == ["ci-failure-allowed"]
    assert found((path, gitlab, "test:\n  when: manual\n  script:\n    - pytest\n")) == ["ci-disabled"]
    assert found((path, gitlab, gitlab.replace("pytest", "pytest || true"))) == ["command-softened"]
    assert found((path, gitlab, "test:\n  script:\n    - echo\n")) == ["ci-step-dropped"]
    assert found((path, gitlab, "check:\n  image: python\n  script: pytest -q\n")) == []
    assert found((path, gitlab, gitlab + "lint:\n  allow_failure: true\n  script: [ruff check .]\n")) == []
    assert found((".travis.yml", "script: pytest\n", None)) == ["ci-step-dropped"]
    azure = "steps:\n- script: pytest\n  displayName: x\n"
    assert found(("azure-pipelines.yml", azure, azure + "  continueOnError: true\n")) == ["ci-failure-allowed"]
    circle = "jobs:\n  t:\n    steps:\n      - run: {name: t, command: pytest}\n"
    assert found((".circleci/config.yml", circle, circle.replace("pytest}", '"pytest || true"}'))) == [
        "command-softened"
    ]


def test_a_service_that_the_project_left() -> None:
    named = hits(DETECTOR, change(".travis.yml", "script: pytest\n", None), head=[CI], base=[CI])
    assert [hit.rule for hit in named] == ["ci-step-fewer"]


@pytest.mark.parametrize(
    ("path", "old", "new", "rule"),
    [
        ("Makefile", "test:\n\tpytest\n", "test:\n\t-pytest\n", "command-softened"),
        (
            "Makefile",
            "PY = python3\ntest:\n\t$(PY) -m pytest\n",
            "PY = python3\ntest:\n\t$(PY) -m pytest || true\n",
            "command-softened",
        ),
        ("Makefile", "test:\n\tpytest\n", ".IGNORE: test\ntest:\n\tpytest\n", "command-softened"),
        ("Makefile", "test:\n\tpytest\n", "SHELL := /bin/true\ntest:\n\tpytest\n", "command-softened"),
        ("Makefile", "test:\n\tpytest\n", "MAKEFLAGS += -i\ntest:\n\tpytest\n", "command-softened"),
        ("Makefile", "test:\n\tpytest\n", "test:\n\ttrue\n", "ci-disabled"),
        ("Makefile", "test:\n\tpytest \\\n\t  -q\n", "test:\n\tpytest \\\n\t  -q ; true\n", "command-softened"),
        ("justfile", "test:\n  pytest\n", "test:\n  -pytest\n", "command-softened"),
        (
            "package.json",
            '{"scripts": {"test": "vitest run"}}',
            '{"scripts": {"test": "vitest run || exit 0"}}',
            "command-softened",
        ),
        ("package.json", '{"scripts": {"test": "vitest run"}}', '{"scripts": {"test": "echo ok"}}', "ci-disabled"),
        ("package.json", '{"scripts": {"test": "jest"}}', '{"scripts": {"test": "jest -t one"}}', "ci-tests-narrowed"),
        ("package.json", '{"scripts": {"test": "jest"}}', '{"scripts": {}}', "script-step-dropped"),
        (
            "tox.ini",
            "[testenv]\ncommands =\n    pytest {posargs}\n",
            "[testenv]\ncommands =\n    - pytest {posargs}\n",
            "command-softened",
        ),
        (
            "tox.ini",
            "[testenv]\ncommands = pytest\n",
            "[testenv]\nignore_outcome = true\ncommands = pytest\n",
            "ci-failure-allowed",
        ),
        (
            "noxfile.py",
            "def t(s):\n    s.run('pytest')\n",
            "def t(s):\n    s.run('pytest', success_codes=[0, 1])\n",
            "command-softened",
        ),
        (
            ".pre-commit-config.yaml",
            "repos:\n- hooks:\n  - id: ruff\n",
            "repos:\n- hooks:\n  - id: ruff\n    args: [--exit-zero]\n",
            "command-softened",
        ),
        (
            "pyproject.toml",
            "[tool.poe.tasks]\ntest = 'pytest'\n",
            "[tool.poe.tasks]\ntest = 'pytest || true'\n",
            "command-softened",
        ),
        (".ci/run", "#!/bin/sh\nset -e\npytest\nmypy .\n", "#!/bin/sh\npytest\nmypy .\n", "command-softened"),
        ("scripts/test.sh", "set -e\npytest\n", "set -e\npytest || true\n", "command-softened"),
        (".husky/pre-push", "npm test\n", "npm test || true\n", "command-softened"),
    ],
)
def test_commands_outside_ci(path: str, old: str, new: str, rule: str) -> None:
    assert found((path, old, new)) == [rule]


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("Makefile", "test:\n\tpytest\n", "test:\n\tpytest -q -n auto\nclean:\n\t-rm -rf build\n"),
        ("Makefile", "test:\n\tpytest\n", "SHELL := /bin/bash\nMAKEFLAGS += --no-print-directory\ntest:\n\tpytest\n"),
        ("Makefile", "test:\n\tpytest\n", "PYTEST ?= pytest\ntest:\n\t@$(PYTEST) -q\n"),
        (
            "Makefile",
            "test:\n\tpytest\n\nlint:\n\truff check\n",
            "check: test lint\n\ntest:\n\tpytest\n\nlint:\n\truff check\n",
        ),
        ("package.json", '{"scripts": {"test": "jest"}}', '{"scripts": {"test": "vitest run"}}'),
        (
            "package.json",
            '{"scripts": {"test": "jest"}}',
            '{"scripts": {"test": "npm run test:unit", "test:unit": "jest"}}',
        ),
        (
            "package.json",
            '{"scripts": {"test": "jest", "clean": "rm -rf x"}}',
            '{"scripts": {"test": "jest", "clean": "rm -rf x || true"}}',
        ),
        (
            "tox.ini",
            "[testenv]\ncommands = pytest\n",
            "[testenv]\ncommands =\n    pytest {posargs:-q}\n    - rm -rf x\n",
        ),
        (
            "noxfile.py",
            "def t(s):\n    s.run('pytest')\n",
            "def t(s):\n    s.install('.')\n    s.run('pytest', '-q', external=True)\n",
        ),
        ("scripts/test.sh", "set -e\npytest\n", "#!/bin/bash\nset -euo pipefail\npytest -q | tee log\n"),
        (".ci/run", "#!/bin/sh\npytest\n", "#!/bin/sh\npytest || failed=1\nexit ${failed:-0}\n"),
        ("scripts/deploy.sh", "ssh host\n", "ssh host || true\n"),
    ],
)
def test_honest_commands_outside_ci(path: str, old: str, new: str) -> None:
    assert found((path, old, new)) == []


def test_a_strangers_code_in_a_privileged_run() -> None:
    new = (
        "on: pull_request_target\njobs:\n  t:\n    steps:\n      - uses: actions/checkout@v4\n        with: "
        "{ref: '${{ github.event.pull_request.head.sha }}'}\n"
    )
    assert found((CI, None, new)) == ["ci-untrusted-code"]
    assert (
        found((CI, None, "on: pull_request_target\njobs:\n  label:\n    steps:\n      - uses: actions/labeler@v5\n"))
        == []
    )
    assert found((CI, new, new + "      - run: echo\n")) == []


def test_where_a_hit_stands() -> None:
    (hit,) = hits(DETECTOR, change(CI, FLOW, FLOW.replace("pytest -q", "pytest -q || true")))
    assert (hit.line, hit.symbol, hit.context) == (15, "test", "pytest -q")
    (gone,) = hits(DETECTOR, change(CI, FLOW, FLOW.replace("          pytest -q\n", "")))
    assert gone.line is None
    assert "pytest -q" in gone.message


def test_unreadable_files_say_nothing() -> None:
    for bad in (b"on: [", b"\xff\xfe", b"", b"- - -", b"jobs: {a: [1, 2]}", b"a: &a [*a]"):
        assert [hit for hit in found((CI, None, bad)) if hit] == []
        assert found((CI, bad, FLOW)) == []
