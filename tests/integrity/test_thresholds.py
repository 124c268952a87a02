"""A threshold that is lower, higher, or gone is found wherever it stands; one that moved with its value is not."""

import pytest

from gatekeeper.integrity.thresholds import DETECTOR
from tests.integrity.python_cases import Text, change, hits, rules

PROJECT = "pyproject.toml"
Change = tuple[str, Text, Text]

COVERAGE = "[tool.coverage.report]\nfail_under = {}\n"
ADDOPTS = "[tool.pytest.ini_options]\naddopts = '-q --cov-fail-under={}'\n"
VITEST = "import x from 'y'\nexport default defineConfig({{ test: {{ coverage: {{ thresholds: {{ {} }} }} }} }})\n"
WORKFLOW = "on: push\njobs:\n  t:\n    steps:\n      - run: {}\n"


def found(*changes: Change) -> list[str]:
    return rules(DETECTOR, *(change(*one) for one in changes))


@pytest.mark.parametrize(
    "one",
    [
        (PROJECT, COVERAGE.format(90), COVERAGE.format(85)),
        (PROJECT, COVERAGE.format(90), COVERAGE.format(89.99)),
        (PROJECT, ADDOPTS.format(90), ADDOPTS.format(50)),
        (".coveragerc", "[report]\nfail_under = 90\n", "[report]\nfail_under = 0\n"),
        ("setup.cfg", "[coverage:report]\nfail_under = 90\n", "[coverage:report]\nfail_under = 10\n"),
        ("tox.ini", "[flake8]\nmax-complexity = 10\n", "[flake8]\nmax-complexity = 20\n"),
        (PROJECT, "[tool.ruff.lint.mccabe]\nmax-complexity = 10\n", "[tool.ruff.lint.mccabe]\nmax-complexity = 11\n"),
        ("ruff.toml", "[lint.pylint]\nmax-args = 5\n", "[lint.pylint]\nmax-args = 9\n"),
        (".pylintrc", "[DESIGN]\nmax-branches=12\n", "[DESIGN]\nmax-branches=40\n"),
        (PROJECT, "[tool.pylint.main]\nfail-under = 10\n", "[tool.pylint.main]\nfail-under = 7\n"),
        (PROJECT, "[tool.interrogate]\nfail-under = 95\n", "[tool.interrogate]\nfail-under = 20\n"),
        (
            "codecov.yml",
            "coverage: {status: {project: {default: {target: 90%}}}}\n",
            "coverage: {status: {project: {default: {target: 50%}}}}\n",
        ),
        ("codecov.yml", "coverage: {status: {project: on}}\n", "coverage: {status: {project: off}}\n"),
        ("vitest.config.ts", VITEST.format("lines: 90"), VITEST.format("lines: 80")),
        ("vite.config.mts", VITEST.format("perFile: true"), VITEST.format("perFile: false")),
        (
            "package.json",
            '{"jest": {"coverageThreshold": {"global": {"lines": 90}}}}',
            '{"jest": {"coverageThreshold": {"global": {"lines": 10}}}}',
        ),
        (
            "jest.config.js",
            "module.exports = { coverageThreshold: { './src/': { branches: 80 } } }",
            "module.exports = { coverageThreshold: { './src/': { branches: 8 } } }",
        ),
        (".nycrc", '{"check-coverage": true, "lines": 90}', '{"check-coverage": false, "lines": 90}'),
        (".c8rc.json", '{"lines": 90}', '{"lines": 89}'),
        (
            ".eslintrc.json",
            '{"rules": {"complexity": ["error", 10]}}',
            '{"rules": {"complexity": ["error", {"max": 30}]}}',
        ),
        (
            "eslint.config.mjs",
            "export default [{ rules: { 'max-lines': ['error', 300] } }]",
            "export default [{ rules: { 'max-lines': ['error', 3000] } }]",
        ),
        (
            ".github/workflows/ci.yml",
            WORKFLOW.format("xenon --max-absolute B ."),
            WORKFLOW.format("xenon --max-absolute D ."),
        ),
        (
            ".github/workflows/ci.yml",
            WORKFLOW.format("pytest --cov-fail-under=90"),
            WORKFLOW.format("pytest --cov-fail-under 60"),
        ),
        (
            "package.json",
            '{"scripts": {"lint": "eslint --max-warnings 0 ."}}',
            '{"scripts": {"lint": "eslint --max-warnings 99 ."}}',
        ),
        ("Makefile", "test:\n\tcoverage report --fail-under=90\n", "test:\n\tcoverage report --fail-under=9\n"),
    ],
)
def test_a_weaker_number_is_blocked(one: Change) -> None:
    assert found(one) == ["threshold-weakened"]


@pytest.mark.parametrize(
    "changes",
    [
        [(PROJECT, COVERAGE.format(90), "[tool.coverage.report]\nshow_missing = true\n")],
        [(PROJECT, ADDOPTS.format(90), "[tool.pytest.ini_options]\naddopts = '-q'\n")],
        [(".coveragerc", "[report]\nfail_under = 90\n", None)],
        [("vitest.config.ts", VITEST.format("lines: 90"), "export default defineConfig({ test: {} })\n")],
        [("tox.ini", "[flake8]\nmax-complexity = 10\n", "[flake8]\nignore = W503\n")],
        [(".github/workflows/ci.yml", WORKFLOW.format("pytest --cov-fail-under=90"), WORKFLOW.format("pytest -q"))],
        # the file that would hold it now is one that coverage does not read while .coveragerc is there
        [
            (".coveragerc", "[report]\nfail_under = 90\n", "[report]\nskip_covered = true\n"),
            (PROJECT, "", COVERAGE.format(90)),
        ],
        # moved, but not with its value
        [(".coveragerc", "[report]\nfail_under = 90\n", None), (PROJECT, "", COVERAGE.format(80))],
    ],
)
def test_a_threshold_that_is_gone_is_blocked(changes: list[Change]) -> None:
    assert found(*changes) == ["threshold-removed"]


@pytest.mark.parametrize(
    "changes",
    [
        [(PROJECT, COVERAGE.format(90), COVERAGE.format(95))],
        [(PROJECT, COVERAGE.format(90), COVERAGE.format("90.0") + "# round\n")],
        [(PROJECT, None, COVERAGE.format(20))],
        [(".coveragerc", "[report]\nfail_under = 90\n", None), (PROJECT, "", COVERAGE.format(90))],
        [(PROJECT, ADDOPTS.format(90), COVERAGE.format(92))],
        [
            ("tox.ini", "[flake8]\nmax-complexity = 10\n", None),
            ("ruff.toml", None, "[lint.mccabe]\nmax-complexity = 10\n"),
        ],
        [("tox.ini", "[flake8]\nmax-complexity = 10\n", "[flake8]\nmax-complexity = 8\nmax-line-length = 120\n")],
        [("tox.ini", "[flake8]\nmax-line-length = 79\n", "[flake8]\nmax-line-length = 120\n")],
        [
            ("jest.config.js", "module.exports = { coverageThreshold: { global: { lines: 90 } } }", None),
            ("vitest.config.ts", None, VITEST.format("lines: 90")),
        ],
        [
            (
                "vitest.config.ts",
                VITEST.format("lines: 90"),
                "const T = { lines: 90 } as const\n" + VITEST.format("...T"),
            )
        ],
        [
            (".github/workflows/ci.yml", WORKFLOW.format("pytest --cov-fail-under=90"), WORKFLOW.format("pytest")),
            (PROJECT, "", COVERAGE.format(90)),
        ],
        [
            (
                "eslint.config.mjs",
                "export default [{ rules: { 'max-len': ['error', 80] } }]",
                "export default [{ rules: { 'max-len': ['error', 100] } }]",
            )
        ],
        [(PROJECT, COVERAGE.format(90), COVERAGE.format(90) + "[tool.other]\nfail_under = 1\n")],
        [("notes.toml", COVERAGE.format(90), COVERAGE.format(1))],
    ],
)
def test_honest_changes_of_numbers(changes: list[Change]) -> None:
    assert found(*changes) == []


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("mypy-baseline.txt", "a.py:1: error\n", "a.py:1: error\nb.py:2: error\n"),
        (
            ".basedpyright/baseline.json",
            '{"files": {"a.py": [{"code": "x", "range": {"startColumn": 1}}]}}',
            '{"files": {"a.py": [{"code": "x"}, {"code": "y"}]}}',
        ),
        ("eslint-suppressions.json", '{"a.js": {"no-var": {"count": 2}}}', '{"a.js": {"no-var": {"count": 3}}}'),
        ("quality.ratchet.json", '{"coverage": 81.5}', '{"coverage": 80.1}'),
        ("quality.ratchet.json", '{"coverage": 81.5}', "{}"),
        (".betterer.results", "one\n", "one\ntwo\n"),
        ("lint-baseline.json", '{"tests/test_a.py": {"E501": 2}}', '{"tests/test_a.py": {"E501": 3}}'),
        ("lint-baseline.json", '{"src/admin.py": 2}', '{"src/admin.py": 5}'),
        ("lint-baseline.json", '{"min.py": {"errors": 2}}', '{"min.py": {"errors": 5}}'),
        ("lint-baseline.json", '{"tests": {"E501": 2}}', '{"tests": {"E501": 3}}'),
        ("lint-baseline.json", '{"administration": 2}', '{"administration": 3}'),
        ("eslint-suppressions.json", '{"a.js": {"max-lines": {"count": 2}}}', '{"a.js": {"max-lines": {"count": 3}}}'),
        ("eslint-suppressions.json", '{"a.js": {"pad-lines": {"count": 2}}}', '{"a.js": {"pad-lines": {"count": 3}}}'),
        ("lint-baseline.json", '{"max-lines": {"count": 2}}', '{"max-lines": {"count": 3}}'),
        ("coverage-baseline.json", '{"coverage": {"src/app.py": 80}}', '{"coverage": {"src/app.py": 70}}'),
        ("coverage-baseline.json", '{"src/app.py": {"minScore": 80}}', '{"src/app.py": {"minScore": 70}}'),
        ("coverage-baseline.json", '{"total": {"lines": {"pct": 80}}}', '{"total": {"lines": {"pct": 79}}}'),
    ],
)
def test_a_ratchet_goes_one_way(path: str, old: str, new: str) -> None:
    assert found((path, old, new)) == ["ratchet-weakened"]


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("mypy-baseline.txt", "a.py:1: error\nb.py:2: error\n", "a.py:9: error\n"),
        ("eslint-suppressions.json", '{"a.js": {"no-var": {"count": 2}}}', '{"b.js": {"no-var": {"count": 2}}}'),
        ("quality.ratchet.json", '{"coverage": 81.5}', '{"coverage": 82}'),
        ("mypy-baseline.txt", "a.py:1: error\n", None),
        ("quality.ratchet.json", None, '{"coverage": 1}'),
        ("data/baseline.json", '{"coverage": 90}', '{"coverage": 1}'),
        ("quality.ratchet.json", '{"coverage": 81', '{"coverage": 1'),
        ("lint-baseline.json", '{"tests/test_a.py": {"E501": 3}}', '{"tests/test_a.py": {"E501": 2}}'),
        ("lint-baseline.json", '{"src/admin.py": 5}', '{"src/admin.py": 2}'),
        ("lint-baseline.json", '{"min.py": {"errors": 5}}', '{"min.py": {"errors": 2}}'),
        ("lint-baseline.json", '{"tests": {"E501": 3}}', '{"tests": {"E501": 2}}'),
        ("lint-baseline.json", '{"tests/a.js": {"max-lines": 3}}', '{"tests/a.js": {"max-lines": 1}}'),
        ("coverage-baseline.json", '{"coverage": {"src/app.py": 70}}', '{"coverage": {"src/app.py": 80}}'),
        ("coverage-baseline.json", '{"lines": {"missed": 9}}', '{"lines": {"missed": 4}}'),
    ],
)
def test_honest_ratchets(path: str, old: str | None, new: str | None) -> None:
    assert found((path, old, new)) == []


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (PROJECT, "[tool.coverage.run]\nomit = ['a/*']\n", "[tool.coverage.run]\nomit = ['a/*', 'src/core.py']\n"),
        (PROJECT, "[tool.coverage.run]\nbranch = true\n", "[tool.coverage.run]\nbranch = false\n"),
        (
            ".coveragerc",
            "[report]\nexclude_lines =\n    pragma: no cover\n",
            "[report]\nexclude_lines =\n    pragma: no cover\n    def \n",
        ),
        (
            "vitest.config.ts",
            "export default { test: { coverage: { exclude: ['a'] } } }",
            "export default { test: { coverage: { exclude: ['a', 'src/b.ts'] } } }",
        ),
    ],
)
def test_counting_less_is_a_warning(path: str, old: str, new: str) -> None:
    assert found((path, old, new)) == ["coverage-narrowed"]


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (PROJECT, "[tool.coverage.run]\nomit = ['a/*', 'b/*']\n", "[tool.coverage.run]\nomit = ['b/*']\n"),
        (PROJECT, "[tool.coverage.run]\nsource = ['a']\n", "[tool.coverage.run]\nsource = ['a', 'b']\n"),
        (PROJECT, "", "[tool.coverage.run]\nomit = ['tests/*']\n"),
    ],
)
def test_counting_more_is_none(path: str, old: str, new: str) -> None:
    assert found((path, old, new)) == []


def test_size_budgets_are_warnings() -> None:
    budget = '[{{"path": "dist/a.js", "limit": "{}"}}]'
    assert found((".size-limit.json", budget.format("10 kB"), budget.format("10.5 kB"))) == ["size-budget-raised"]
    assert found((".size-limit.json", budget.format("1 MB"), budget.format("999 kB"))) == []
    assert found(("package.json", '{"size-limit": [{"path": "a", "limit": "1 kB"}]}', '{"size-limit": []}')) == [
        "size-budget-raised"
    ]
    assert found((".size-limit.json", None, budget.format("10 kB"))) == []


def test_another_linter_without_the_limit_is_a_warning() -> None:
    old = ("tox.ini", "[flake8]\nmax-complexity = 10\n", None)
    assert found(old, ("ruff.toml", None, "[lint]\nselect = ['E']\n")) == ["tool-replaced"]
    assert found(old, ("other.toml", None, "[lint]\nselect = ['E']\n")) == ["threshold-removed"]
    assert found(old, ("ruff.toml", "line-length = 80\n", "line-length = 90\n")) == ["threshold-removed"]


def test_what_a_hit_says() -> None:
    (hit,) = hits(DETECTOR, change(PROJECT, COVERAGE.format(90), "[tool.x]\n" + COVERAGE.format(85)))
    assert (hit.line, hit.message) == (3, "coverage fail_under is lowered from 90 to 85")
    assert hit.symbol == "coverage fail_under"
