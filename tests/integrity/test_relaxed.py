"""Configuration that asks for less is found in every file that a tool reads; other edits of the same files are not."""

import pytest

from gatekeeper.integrity.contract import Diff, FileChange, Role
from gatekeeper.integrity.relaxed import DETECTOR
from tests.integrity.python_cases import Text, change, hits, rules

PROJECT = "pyproject.toml"
NAMES = (
    "src/app/__init__.py",
    "src/app/core.py",
    "tests/test_a.py",
    "tests/e2e/test_b.py",
    "src/x.test.ts",
    "src/y.test.ts",
    PROJECT,
)
Change = tuple[str, Text, Text]
MYPY = "[tool.mypy]\nstrict = true\n"
PYTEST = "[tool.pytest.ini_options]\n"
HOOKS = "repos:\n- repo: r\n  hooks:\n  - id: mypy\n  - id: ruff\n  - id: black\n"


def found(*changes: Change) -> list[str]:
    return sorted(
        {
            hit.rule + "!" * hit.harder
            for hit in hits(DETECTOR, *(change(*one) for one in changes), base=NAMES, head=NAMES)
        }
    )


@pytest.mark.parametrize(
    "one",
    [
        (PROJECT, MYPY, "[tool.mypy]\nstrict = false\n"),
        (PROJECT, MYPY, "[tool.mypy]\n"),
        (PROJECT, MYPY, MYPY + "disallow_untyped_defs = false\n"),
        (PROJECT, MYPY, MYPY + "[[tool.mypy.overrides]]\nmodule = 'app.*'\nignore_errors = true\n"),
        ("mypy.ini", "[mypy]\nstrict = True\n", "[mypy]\nstrict = True\n[mypy-app.core]\nignore_errors = True\n"),
        (PROJECT, "[tool.pyright]\ntypeCheckingMode = 'strict'\n", "[tool.pyright]\ntypeCheckingMode = 'basic'\n"),
        ("tsconfig.json", '{"compilerOptions": {"strict": true}}', '{"compilerOptions": {"strict": false}}'),
        (
            "tsconfig.json",
            '{"compilerOptions": {"strict": true}}',
            '{"compilerOptions": {"strict": true, "noImplicitAny": false}}',
        ),
        ("tsconfig.build.json", '{"compilerOptions": {"strict": true}} // c', '{"compilerOptions": {}}'),
        ("tsconfig.json", '{"compilerOptions": {}}', '{"compilerOptions": {"noCheck": true,},}'),
    ],
)
def test_types_that_are_silenced_block(one: Change) -> None:
    assert found(one) == ["types-silenced"]


@pytest.mark.parametrize(
    "one",
    [
        (PROJECT, MYPY, MYPY + "exclude = ['src/old']\n"),
        (PROJECT, MYPY, MYPY + "exclude = ['(^|/)core.py$']\n"),
        (PROJECT, MYPY, MYPY + "mypy_path = ['stubs']\n"),
        (PROJECT, MYPY, MYPY + "[[tool.mypy.overrides]]\nmodule = 'app.core'\ndisallow_untyped_defs = false\n"),
        (PROJECT, MYPY, MYPY + "ignore_missing_imports = true\n"),
        (PROJECT, MYPY, MYPY + "disable_error_code = ['arg-type']\n"),
        ("pyrightconfig.json", '{"reportMissingImports": true}', '{"reportMissingImports": "warning"}'),
        (
            "tsconfig.json",
            '{"compilerOptions": {"strict": true}}',
            '{"compilerOptions": {"strict": true, "skipLibCheck": true}}',
        ),
        ("tsconfig.json", '{"exclude": ["dist"]}', '{"exclude": ["dist", "src/legacy"]}'),
    ],
)
def test_types_that_ask_for_less_warn(one: Change) -> None:
    assert found(one) == ["types-relaxed"]


@pytest.mark.parametrize(
    "changes",
    [
        [
            (
                PROJECT,
                MYPY,
                MYPY + "[[tool.mypy.overrides]]\nmodule = ['yaml.*', 'boto3']\nignore_missing_imports = true\n",
            )
        ],
        [(PROJECT, MYPY, MYPY + "[[tool.mypy.overrides]]\nmodule = 'tests.*'\ndisallow_untyped_defs = false\n")],
        [(PROJECT, "[tool.mypy]\ndisallow_untyped_defs = true\n", MYPY)],
        [(PROJECT, MYPY, "[project]\n"), ("mypy.ini", None, "[mypy]\nstrict = True\n")],
        [(PROJECT, "", "[tool.mypy]\nignore_missing_imports = true\nexclude = ['docs']\n")],
        [
            (
                "tsconfig.json",
                '{"compilerOptions": {"noImplicitAny": true, "strictNullChecks": true}}',
                '{"compilerOptions": {"strict": true}}',
            )
        ],
        [
            (
                "tsconfig.json",
                '{"compilerOptions": {"strict": true}}',
                '{"extends": "./tsconfig.base.json", "compilerOptions": {}}',
            ),
            ("tsconfig.base.json", None, '{"compilerOptions": {"strict": true}}'),
        ],
        [("tsconfig.json", '{"compilerOptions": {"target": "es5"}}', '{"compilerOptions": {"target": "es2022"}}')],
        [(PROJECT, "[tool.pyright]\ntypeCheckingMode = 'basic'\n", "[tool.pyright]\ntypeCheckingMode = 'strict'\n")],
    ],
)
def test_honest_changes_of_types(changes: list[Change]) -> None:
    assert found(*changes) == []


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        ((PROJECT, "[tool.ruff.lint]\nselect = ['E', 'S']\n", "[tool.ruff.lint]\nselect = ['E']\n"), "lint-relaxed"),
        ((PROJECT, "[tool.ruff.lint]\nignore = []\n", "[tool.ruff.lint]\nignore = ['S101']\n"), "lint-relaxed"),
        ((PROJECT, "[tool.ruff.lint]\nignore = []\n", "[tool.ruff.lint]\nignore = ['F']\n"), "lint-relaxed!"),
        (
            (PROJECT, "[tool.ruff]\n", "[tool.ruff.lint.per-file-ignores]\n'src/app/core.py' = ['F401']\n"),
            "lint-relaxed",
        ),
        (
            (PROJECT, "[tool.ruff]\n", "[tool.ruff.lint.per-file-ignores]\n'src/app/core.py' = ['ALL']\n"),
            "lint-relaxed!",
        ),
        (("ruff.toml", "", "extend-exclude = ['src/app']\n"), "lint-relaxed"),
        (("setup.cfg", "[flake8]\nignore = W503\n", "[flake8]\nignore = W503, E501\n"), "lint-relaxed"),
        (("tox.ini", "[flake8]\n", "[flake8]\nper-file-ignores =\n    src/app/core.py: F401\n"), "lint-relaxed"),
        (
            (".pylintrc", "[MESSAGES CONTROL]\ndisable=fixme\n", "[MESSAGES CONTROL]\ndisable=fixme,no-member\n"),
            "lint-relaxed",
        ),
        ((".eslintrc", "rules:\n  no-eval: error\n", "rules:\n  no-eval: warn\n"), "lint-relaxed"),
        (
            (
                "eslint.config.js",
                "export default [{rules: {'no-eval': 2}}]",
                "export default [{rules: {'no-eval': 0}}]",
            ),
            "lint-relaxed",
        ),
        (
            ("eslint.config.js", "export default [{rules: {}}]", "export default [{ignores: ['src/**']}, {rules: {}}]"),
            "lint-relaxed!",
        ),
        (
            (
                "eslint.config.js",
                "export default [js.configs.recommended]",
                "export default [js.configs.recommended, {rules: {'no-undef': 'off'}}]",
            ),
            "lint-relaxed",
        ),
    ],
)
def test_lint_that_asks_for_less_warns(one: Change, expected: str) -> None:
    assert found(one) == [expected]


@pytest.mark.parametrize(
    "changes",
    [
        [(PROJECT, "[tool.ruff]\nselect = ['E']\n", "[tool.ruff.lint]\nselect = ['E', 'B']\n")],
        [
            (
                PROJECT,
                "[tool.ruff.lint]\nextend-select = ['B']\n",
                "[tool.ruff.lint]\nselect = ['E4', 'E7', 'E9', 'F', 'B']\n",
            )
        ],
        [
            (PROJECT, "[tool.ruff.lint]\nignore = ['E1']\n", "[project]\n"),
            ("ruff.toml", None, "[lint]\nignore = ['E1']\n"),
        ],
        [
            (
                PROJECT,
                "[tool.ruff.lint.per-file-ignores]\n'a.py' = ['F401']\n",
                "[tool.ruff.lint.per-file-ignores]\n'b.py' = ['F401']\n",
            )
        ],
        [(PROJECT, "", "[tool.ruff.lint]\nselect = ['E']\nignore = ['E501']\n")],
        [(PROJECT, "[tool.ruff]\nline-length = 88\n", "[tool.ruff]\nline-length = 120\n")],
        [
            (
                "eslint.config.js",
                "export default [{rules: {'a': 'warn'}}]",
                "export default [{rules: {'a': 'error', 'b': ['warn', {x: 1}]}}]",
            )
        ],
        [
            (".eslintrc.json", '{"rules": {"no-eval": "error"}}', None),
            ("eslint.config.js", None, "module.exports = [{rules: {'no-eval': 'error'}}]"),
        ],
    ],
)
def test_honest_changes_of_lint(changes: list[Change]) -> None:
    assert found(*changes) == []


@pytest.mark.parametrize(
    "one",
    [
        (PROJECT, PYTEST, PYTEST + "addopts = '-k \"not slow\"'\n"),
        (PROJECT, PYTEST, PYTEST + "addopts = ['--deselect', 'tests/test_a.py::test_x']\n"),
        (PROJECT, PYTEST, PYTEST + "addopts = '--ignore=tests/test_a.py'\n"),
        (PROJECT, PYTEST, PYTEST + "addopts = '--ignore-glob=*/test_a*'\n"),
        (PROJECT, PYTEST, PYTEST + "addopts = '--collect-only'\n"),
        (PROJECT, "[tool.pytest]\n", "[tool.pytest]\naddopts = ['-k', 'x']\n"),
        ("pytest.ini", "[pytest]\n", "[pytest]\nnorecursedirs = e2e\n"),
        (PROJECT, PYTEST, PYTEST + 'addopts = "-o python_files=nothing_*.py"\n'),
        (PROJECT, PYTEST, PYTEST + 'addopts = "-q --override-ini=testpaths=tests/e2e"\n'),
        (PROJECT, PYTEST, PYTEST + 'addopts = ["--override-ini", "norecursedirs=e2e .git"]\n'),
        (PROJECT, PYTEST, PYTEST + 'addopts = "-opython_functions=check_*"\n'),
        (PROJECT, PYTEST, PYTEST + 'addopts = "-o python_classes=Suite"\n'),
        (PROJECT, PYTEST + "testpaths = 'tests'\n", PYTEST + "testpaths = 'tests'\naddopts='-o testpaths=docs'\n"),
        ("tox.ini", "[pytest]\ntestpaths = tests\n", "[pytest]\ntestpaths = tests/e2e\n"),
        ("setup.cfg", "[tool:pytest]\n", "[tool:pytest]\npython_files = check_*.py\n"),
        ("setup.cfg", "[tool:pytest]\n", "[tool:pytest]\npython_functions = check_*\n"),
        ("pytest.ini", None, "[pytest]\naddopts = -m fast\n"),
        ("conftest.py", "", "collect_ignore = ['tests/test_a.py']\n"),
        ("tests/conftest.py", "", "collect_ignore_glob: list[str] = ['*_b.py']\n"),
        ("conftest.py", "collect_ignore = []\n", "collect_ignore = []\ncollect_ignore[:0] = ['tests/test_a.py']\n"),
        ("conftest.py", "", "collect_ignore = [None]\ncollect_ignore[0] = 'tests/test_a.py'\n"),
        ("conftest.py", "", "collect_ignore = []\ncollect_ignore += ['tests/test_a.py']\n"),
        ("conftest.py", "", "collect_ignore = []\ncollect_ignore[:] += ['tests/test_a.py']\n"),
        ("conftest.py", "", "collect_ignore = []\ncollect_ignore.insert(0, 'tests/test_a.py')\n"),
        ("conftest.py", "", "collect_ignore = []\ncollect_ignore.extend(('tests/test_a.py',))\n"),
        ("conftest.py", "", "print(collect_ignore := ['tests/test_a.py'])\n"),
        (
            "tests/conftest.py",
            "collect_ignore = []\n",
            "collect_ignore = []\nif True:\n    collect_ignore.append('e2e/test_b.py')\n",
        ),
        ("vitest.config.ts", "export default { test: {} }", "export default { test: { exclude: ['src/x.test.ts'] } }"),
        (
            "vitest.config.ts",
            "export default { test: {} }",
            "export default { test: { include: ['src/y.{test,spec}.?(c|m)[jt]s?(x)'] } }",
        ),
        (
            "jest.config.js",
            "module.exports = {}",
            "module.exports = { testPathIgnorePatterns: ['/node_modules/', '<rootDir>/src/x\\\\.test\\\\.ts$'] }",
        ),
        ("package.json", '{"jest": {}}', '{"jest": {"testMatch": ["**/y.test.ts"]}}'),
    ],
)
def test_tests_that_are_left_out_block(one: Change) -> None:
    expected = (
        ["configuration-added-beside", "tests-deselected"]
        if one[0] == "pytest.ini" and one[1] is None
        else ["tests-deselected"]
    )
    assert found(one) == expected


@pytest.mark.parametrize(
    "changes",
    [
        [(PROJECT, PYTEST, PYTEST + "addopts = '-ra --strict-markers -n auto'\n")],
        [(PROJECT, PYTEST, PYTEST + "testpaths = ['tests']\n")],
        [(PROJECT, PYTEST, PYTEST + 'addopts = "-o testpaths=tests -o norecursedirs=.git"\n')],
        [(PROJECT, PYTEST, PYTEST + "addopts = '-o \"python_files=test_*.py check_*.py *_test.py\"'\n")],
        [(PROJECT, PYTEST, PYTEST + 'addopts = "-o python_functions=test* --override-ini=python_classes=*"\n')],
        [(PROJECT, PYTEST, PYTEST + 'addopts = "-o log_cli=true -o cache_dir=.cache -o"\n')],
        [(PROJECT, PYTEST + "python_files = 'x_*.py'\n", PYTEST + "addopts = '-o python_files=x_*.py'\n")],
        [(PROJECT, PYTEST + "testpaths = ['tests/e2e']\n", PYTEST + "testpaths = ['tests']\n")],
        [(PROJECT, PYTEST, PYTEST + "addopts = '--ignore=docs'\nnorecursedirs = ['examples', '.git']\n")],
        [(PROJECT, PYTEST + "addopts = '-k x'\n", "[project]\n"), ("setup.cfg", "", "[tool:pytest]\naddopts = -k x\n")],
        [(PROJECT, PYTEST, PYTEST + "python_files = ['test_*.py', '*_test.py', 'check_*.py']\n")],
        [(PROJECT, PYTEST, PYTEST + "python_classes = ['Test*', '*Tests']\n")],
        [("conftest.py", "", "collect_ignore = ['setup.py']\n")],
        [("conftest.py", "", "collect_ignore = []\ncollect_ignore[:0] = ['setup.py']\ncollect_ignore += ['docs']\n")],
        [("conftest.py", "", "kept = []  # not collect_ignore\nkept[:0] = ['tests/test_a.py']\n")],
        [("conftest.py", "", "seen = {}\nseen['collect_ignore'] = ['tests/test_a.py']\nseen.x[0] = 'test_a.py'\n")],
        [("conftest.py", "collect_ignore = ['tests/test_a.py']\n", "x = collect_ignore = []\nx = collect_ignore[0]\n")],
        [("conftest.py", "collect_ignore = ['tests/test_a.py']\n", "collect_ignore = ['tests/test_a.py', 'docs']\n")],
        [("tests/conftest.py", "", "import sys\ncollect_ignore = ['win.py'] if sys.platform == 'test_a.py' else []\n")],
        [
            (
                "vitest.config.ts",
                "export default { test: {} }",
                (
                    "export default { test: { include: ['src/**/*.{test,spec}.{ts,tsx}'], exclude: "
                    "['node_modules', 'e2e/**'] } }"
                ),
            )
        ],
        [
            (
                "jest.config.js",
                "module.exports = {}",
                "module.exports = { testPathIgnorePatterns: ['/node_modules/', '/dist/'] }",
            )
        ],
        [
            (
                "jest.config.js",
                "module.exports = {}",
                "module.exports = { testMatch: ['**/?(*.)+(spec|test).[jt]s?(x)'] }",
            )
        ],
    ],
)
def test_honest_changes_of_selection(changes: list[Change]) -> None:
    assert found(*changes) == []


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        ((PROJECT, PYTEST + "xfail_strict = true\n", PYTEST), "test-runner-relaxed"),
        (
            (
                PROJECT,
                PYTEST + "xfail_strict = true\n",
                PYTEST + "xfail_strict = true\naddopts = '-o xfail_strict=false'\n",
            ),
            "test-runner-relaxed",
        ),
        ((PROJECT, PYTEST + "filterwarnings = ['error']\n", PYTEST + "filterwarnings = []\n"), "test-runner-relaxed"),
        (("package.json", '{"jest": {}}', '{"jest": {"passWithNoTests": true}}'), "test-runner-relaxed"),
        (
            (
                "vitest.config.ts",
                "export default { test: {} }",
                "export default { test: { dangerouslyIgnoreUnhandledErrors: true } }",
            ),
            "test-runner-relaxed",
        ),
        (
            ("playwright.config.ts", "export default { forbidOnly: true }", "export default { forbidOnly: false }"),
            "test-runner-relaxed",
        ),
        ((PROJECT, PYTEST + "addopts = '--strict-markers'\n", PYTEST + "addopts = '-q'\n"), "test-runner-loosened"),
        ((PROJECT, PYTEST, PYTEST + "addopts = '--reruns 5'\n"), "test-runner-loosened"),
        (
            (
                PROJECT,
                PYTEST + "filterwarnings = ['error']\n",
                PYTEST + "filterwarnings = ['error', 'ignore::UserWarning']\n",
            ),
            "test-runner-loosened",
        ),
        ((PROJECT, PYTEST, PYTEST + "addopts = '-p no:randomly'\n"), "test-runner-loosened"),
        (
            ("vitest.config.ts", "export default { test: {} }", "export default { test: { retry: 3 } }"),
            "test-runner-loosened",
        ),
    ],
)
def test_runners_that_ask_for_less(one: Change, expected: str) -> None:
    assert found(one) == [expected]


@pytest.mark.parametrize(
    "one",
    [
        (PROJECT, PYTEST, PYTEST + "xfail_strict = true\nfilterwarnings = ['error']\n"),
        (PROJECT, PYTEST, PYTEST + "addopts = '-p no:cacheprovider'\n"),
        (PROJECT, PYTEST + "addopts = '--reruns 5'\n", PYTEST + "addopts = '--reruns 2'\n"),
        (
            "vitest.config.ts",
            "export default { test: { retry: 3 } }",
            "export default { test: { retry: 0, globals: true } }",
        ),
        (
            "playwright.config.ts",
            "export default {}",
            "export default { forbidOnly: !!process.env.CI, retries: process.env.CI ? 2 : 0 }",
        ),
        (PROJECT, PYTEST, PYTEST + "markers = ['slow: x']\nlog_cli = true\n"),
    ],
)
def test_honest_changes_of_runners(one: Change) -> None:
    assert found(one) == []


def test_excluded_code_of_the_product_weighs_more() -> None:
    for excluded in ("src/app", "^src/app/core\\\\.py$", "src/app/.*", "./src/"):
        assert found((PROJECT, MYPY, MYPY + f'exclude = ["{excluded}"]\n')) == ["types-relaxed!"], excluded
    assert found(("pyrightconfig.json", '{"ignore": []}', '{"ignore": ["src/**/core.py"]}')) == ["types-relaxed!"]
    assert found((PROJECT, MYPY, MYPY + "exclude = ['tests', 'docs', '(^|/)build/']\n")) == ["types-relaxed"]


def test_what_stands_in_for_modules_and_plugins() -> None:
    jest = '{"jest": {"moduleNameMapper": {%s}}}'
    assert found(("package.json", jest % "", jest % '"^./core$": "./fake"')) == ["test-runner-loosened"]
    assert found(("package.json", jest % "", jest % '"\\\\.css$": "identity-obj-proxy"')) == []
    entry = "[project.entry-points.pytest11]\nx = 'app.hooks'\n"
    assert found((PROJECT, "[project]\n", entry)) == ["test-runner-loosened"]
    assert found((PROJECT, entry, entry + "[project]\n")) == []
    assert found((PROJECT, PYTEST, PYTEST + "addopts = '-p tests.hooks'\n")) == ["test-runner-loosened"]
    assert found((PROJECT, PYTEST, PYTEST + "pythonpath = ['fake']\n")) == ["test-runner-loosened"]


def test_ignored_under_a_condition_is_a_warning() -> None:
    path = "tests/conftest.py"
    version = (
        "import sys\ncollect_ignore = []\nif sys.version_info < (3, 10):\n    collect_ignore.extend(['test_a.py'])\n"
    )
    assert found((path, "", version)) == ["test-runner-loosened"]
    assert found((path, "", "try:\n    import x\nexcept ImportError:\n    collect_ignore = ['test_a.py']\n")) == [
        "test-runner-loosened"
    ]
    assert found((path, "", "collect_ignore = ['test_a.py'] if windows() else []\n")) == ["test-runner-loosened"]
    assert found((path, "", "collect_ignore = ['test_a.py'] if 1 else []\n")) == ["tests-deselected"]
    assert found((path, "collect_ignore = ['tests/test_a.py']\n", "collect_ignore = ['test_a.py']\n")) == []


def test_hooks() -> None:
    path = ".pre-commit-config.yaml"
    assert found((path, HOOKS, HOOKS.replace("  - id: mypy\n", ""))) == ["hook-relaxed", "hook-removed"]
    assert found((path, HOOKS, HOOKS.replace("  - id: mypy\n", "  - id: mypy\n    stages: [manual]\n"))) == [
        "hook-relaxed",
        "hook-removed",
    ]
    assert found((path, HOOKS, "default_stages: [manual]\n" + HOOKS)) == ["hook-relaxed", "hook-removed"]
    assert found((path, HOOKS, None)) == ["hook-relaxed", "hook-removed"]
    assert found((path, HOOKS, HOOKS.replace("  - id: black\n", ""))) == ["hook-relaxed"]
    assert found((path, HOOKS, HOOKS.replace("id: mypy", "id: mypy\n    exclude: ^src/"))) == ["hook-relaxed"]
    assert found((path, HOOKS, HOOKS.replace("id: ruff", "id: flake8"))) == ["hook-relaxed"]
    assert found((path, HOOKS, HOOKS + "  - id: bandit\n")) == []
    assert found((path, HOOKS, HOOKS.replace("repo: r", "repo: r\n  rev: v2"))) == []
    assert found((path, None, HOOKS)) == []


def test_a_new_file_that_wins_over_the_old_one() -> None:
    there = PYTEST + "addopts = '--strict-markers'\n"
    assert found(("pytest.ini", None, "[pytest]\n")) == ["configuration-added-beside"]
    assert found(("pytest.ini", None, "[pytest]\n"), (PROJECT, there, there + "\n")) == ["configuration-shadowed"]
    assert found(
        (".coveragerc", None, "[run]\n"), (PROJECT, "[tool.coverage.run]\n", "[tool.coverage.run]\nbranch = true\n")
    ) == ["configuration-shadowed"]
    assert found(("mypy.ini", None, "[mypy]\nstrict = True\n"), (PROJECT, MYPY, "[project]\n")) == []
    assert found(("tests/pytest.ini", None, "[pytest]\n")) == ["configuration-added-beside"]
    ruff = FileChange("ruff.toml", "A", None, b"select = ['E']\n", role=Role.CONFIG)
    names = frozenset({PROJECT})
    for text, expected in ((b"[tool.ruff]\nline-length = 100\n", ["configuration-shadowed"]), (b"[project]\n", [])):
        diff = Diff((ruff,), names, names | {"ruff.toml"}, {PROJECT: text})
        assert [hit.rule for hit in DETECTOR.detect(ruff, diff)] == expected, "the branch left pyproject.toml alone"
    assert found(("tests/mypy.ini", None, "[mypy]\n")) == []
    assert found(("pytest.ini", "[pytest]\n", "[pytest]\naddopts = -q\n")) == []


def test_the_gates_own_policy() -> None:
    policy = "[check.types]\nrequired = true\n\n[check.paths]\nforbidden = ['ci/**']\n"
    assert found(("gate.toml", policy, policy.replace("true", "false"))) == ["gate-policy-relaxed"]
    assert found(("gate.toml", policy, policy + "\n[[waiver]]\nrule = 'F401'\npath = 'a.py'\n")) == [
        "gate-policy-relaxed"
    ]
    assert found(
        (PROJECT, "[tool.gate.check.lint]\nseverity = 'error'\n", "[tool.gate.check.lint]\nseverity = 'note'\n")
    ) == ["gate-policy-relaxed"]
    assert found(("gate.toml", policy, policy.replace("['ci/**']", "[]"))) == ["gate-policy-relaxed"]
    assert found(("gate.toml", policy, policy + "\n[check.lint]\nrequired = true\n")) == []
    assert found(("gate.toml", None, policy)) == []
    assert found(("gate.toml", "[check.types]\nrequired = false\n", "[check.types]\nrequired = true\n")) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[check.integrity]\n", "[check.integrity.effects]\nthreshold-weakened = 'off'\n"),
        ("[check.integrity]\nundisclosed = 'reject'\n", "[check.integrity]\nundisclosed = 'warn'\n"),
        ("[check.integrity]\nundisclosed = 'reject'\n", "[check.integrity]\n"),
        ("[check.tests]\n", "[check.tests]\nbase_tests = 'off'\n"),
        ("[check.tests]\nperturb = true\n", "[check.tests]\n"),
        ("[check.tests]\n", "[check.tests]\nfailing_at_base = 'report'\n"),
        ("", "[[signer]]\nname = 'me'\nkey = 'abc'\napproves = ['threshold-weakened']\n"),
    ],
)
def test_every_way_in_which_the_gates_own_policy_asks_for_less(old: str, new: str) -> None:
    begin = "extends = ['python']\n"
    assert found(("gate.toml", begin + old, begin + new)) == ["gate-policy-relaxed"]
    assert found(("gate.toml", begin + new, begin + old)) == []


def test_what_cannot_be_read_any_more_is_one_note() -> None:
    assert found((PROJECT, MYPY, "[tool.mypy\n")) == ["unreadable-configuration"]
    assert found(("tsconfig.json", '{"compilerOptions": {"strict": true}}', "")) == ["unreadable-configuration"]
    assert found((PROJECT, "[tool.mypy\n", "[tool\n")) == []


def test_a_whole_tool_that_goes_is_said_once() -> None:
    assert rules(DETECTOR, change("mypy.ini", "[mypy]\nstrict = True\nwarn_unreachable = True\n", None)) == [
        "types-relaxed",
        "types-silenced",
    ]
    assert len(hits(DETECTOR, change("mypy.ini", "[mypy]\nstrict = True\n", None))) == 1
    replaced = (
        change("mypy.ini", "[mypy]\nstrict = True\n", None),
        change("pyrightconfig.json", None, '{"typeCheckingMode": "strict"}'),
    )
    assert rules(DETECTOR, *replaced) == ["types-relaxed"]


def test_what_a_hit_says() -> None:
    (hit,) = hits(
        DETECTOR,
        change("tsconfig.json", '{"compilerOptions": {"strict": true}}', '{\n"compilerOptions": {\n "strict": false}}'),
    )
    assert (hit.line, hit.message, hit.symbol) == (3, "tsconfig strict is turned off", "tsconfig strict")
