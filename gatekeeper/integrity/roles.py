"""What a file is for, by its path: the conventions of Python and of JavaScript and TypeScript projects, and base's
testpaths. Pure.
"""

from collections.abc import Container, Iterable
from posixpath import basename

from gatekeeper.integrity.contract import Role

_TEST_FOLDERS = frozenset(
    {"test", "tests", "testing", "__tests__", "__test__", "spec", "specs", "e2e", "cypress", "unittests"}
)
_TEST_WORDS = ("test", "spec", ".e2e.", ".cy.")
_SHIPPED_FOLDERS = ("testing", "test")
_SUPPORT_FOLDERS = frozenset({
    "fixtures", "__fixtures__", "__mocks__", "mocks", "__snapshots__", "snapshots", "testdata", "test_data",
    "test-data",
    "test-utils", "test_utils", "cassettes",
})  # fmt: skip
# `fixtures` of a product (a database's first rows) are rare enough to be taken for those of tests.
_HARNESS_FOLDERS = _TEST_FOLDERS | _SUPPORT_FOLDERS
_RUNNER_FILES = frozenset({
    "conftest.py", "pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", "tox.ini", "noxfile.py",
    ".coveragerc", "codecov.yml",
    ".codecov.yml", ".nycrc", ".nycrc.json", ".c8rc.json", ".mocharc", "karma.conf.js", "runtests.py",
})  # fmt: skip
_RUNNER_STEMS = ("vitest.config", "vitest.workspace", "vitest.setup", "jest.config", "jest.setup", "jest-setup",
    "playwright.config",
                 "cypress.config", ".mocharc", "setuptests", "setup-tests", "test-setup",
                 "web-test-runner.config")  # fmt: skip
_TOOL_FILES = frozenset({
    "pyproject.toml", "setup.cfg", "setup.py", "package.json", "mypy.ini", ".mypy.ini", "ruff.toml", ".ruff.toml",
    ".flake8",
    "pylintrc", ".pylintrc", "pyrightconfig.json", ".pre-commit-config.yaml", ".pre-commit-config.yml", "biome.json",
    "biome.jsonc",
    ".editorconfig", ".gitattributes", ".gitignore", ".eslintignore", ".eslintrc", ".prettierrc", ".prettierignore",
    "gate.toml",
    "deno.json", "turbo.json", "nx.json", "lerna.json", "pnpm-workspace.yaml", ".npmrc", ".yarnrc.yml", "dockerfile",
    ".envrc",
    ".python-version", ".nvmrc", "radon.cfg", ".bandit",
})  # fmt: skip
_TOOL_STEMS = (".eslintrc", "eslint.config", ".prettierrc", "prettier.config", "tsconfig", "jsconfig", "vite.config",
    "webpack.config",
               "rollup.config", "babel.config", ".babelrc", ".size-limit", "svelte.config", "next.config",
               "tsup.config")  # fmt: skip
_LOCKS = frozenset({
    "uv.lock", "poetry.lock", "pdm.lock", "pipfile.lock", "package-lock.json", "npm-shrinkwrap.json",
    "pnpm-lock.yaml", "yarn.lock",
    "bun.lock", "bun.lockb", "cargo.lock", "go.sum", "conda-lock.yml", "deno.lock", "pylock.toml",
})  # fmt: skip
_CI_FILES = frozenset({
    ".gitlab-ci.yml", ".gitlab-ci.yaml", ".travis.yml", "appveyor.yml", ".appveyor.yml", "azure-pipelines.yml",
    "jenkinsfile",
    "bitbucket-pipelines.yml", ".drone.yml", ".cirrus.yml", "makefile", "gnumakefile", "justfile", ".justfile",
    "taskfile.yml",
    "action.yml", "action.yaml", "buildspec.yml", "cloudbuild.yaml", "codeowners",
})  # fmt: skip
_CI_FOLDERS = (
    ".github/workflows/",
    ".github/actions/",
    ".circleci/",
    ".ci/",
    ".buildkite/",
    ".gitlab/",
    ".husky/",
    ".githooks/",
)
_DOC_ENDS = (".md", ".rst", ".adoc", ".markdown")
_DOC_FOLDERS = frozenset({"docs", "doc", "documentation"})
_DOC_FILES = frozenset(
    {"license", "licence", "authors", "changelog", "changes", "notice", "copying", "readme", "contributing"}
)
_PYTHON = (".py", ".pyi", ".pyx", ".pyw", ".ipynb")
_SCRIPTS = (".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".vue", ".svelte")
_DATA = (".json", ".json5", ".yml", ".yaml", ".toml", ".jsonc")
CODE_ENDS = (*_PYTHON, *_SCRIPTS, ".go", ".rs", ".java", ".kt", ".c", ".cc", ".cpp", ".h", ".hpp", ".rb", ".php",
    ".cs", ".swift",
             ".scala", ".sh", ".bash", ".ps1", ".pl", ".lua", ".sql", ".r", ".m", ".ex", ".exs", ".erl", ".hs",
             ".proto")  # fmt: skip
"""What is written in a programming language, by its name."""


def role_of(path: str, testpaths: Iterable[str] = (), names: Container[str] = ()) -> Role:
    """The role of `path`. `testpaths` are base's own words for where its tests are (folders, files, or globs thereof).

    `names` are base's files: with them a package's own `testing` or `test` (numpy, Django) is told from a project's
    tests.
    """
    name = basename(path).lower()
    found = _of_machinery(path, name)
    if found is not None:
        return found
    if is_test_name(path):
        return Role.TEST
    parts = path.split("/")[:-1]
    folders = frozenset(part.lower() for index, part in enumerate(parts) if not _is_shipped(parts, index, names))
    if folders & _HARNESS_FOLDERS or any(_below(path, root) for root in testpaths):
        return Role.HARNESS
    return _plain(name, folders)


def _of_machinery(path: str, name: str) -> Role | None:
    """A lock, the configuration of a test runner, or a part of CI, wherever it is; None for others."""
    if name in _LOCKS:
        return Role.LOCK
    if name in _RUNNER_FILES or (name.startswith(_RUNNER_STEMS) and name.endswith((*_SCRIPTS, *_DATA))):
        return Role.HARNESS
    if name in _CI_FILES or path.startswith(_CI_FOLDERS) or name.startswith("jenkinsfile"):
        return Role.CI
    return None


def _is_shipped(parts: list[str], index: int, names: Container[str]) -> bool:
    """Is this folder a package for testing that the product ships? Then its parent is a package, too."""
    parent = "/".join(parts[:index])
    return parts[index] in _SHIPPED_FOLDERS and index > 0 and f"{parent}/__init__.py" in names


def _plain(name: str, folders: frozenset[str]) -> Role:
    if _is_tool_file(name):
        return Role.CONFIG
    if (
        name.endswith(_DOC_ENDS)
        or name.partition(".")[0] in _DOC_FILES
        or (folders & _DOC_FOLDERS and not name.endswith(CODE_ENDS))
    ):
        return Role.DOCS
    return Role.PRODUCT if name.endswith(CODE_ENDS) else Role.OTHER


def _is_tool_file(name: str) -> bool:
    if name in _TOOL_FILES or (name.startswith(_TOOL_STEMS) and name.endswith((*_SCRIPTS, *_DATA))):
        return True
    return name.startswith("requirements") and name.endswith((".txt", ".in"))


def is_test_name(path: str) -> bool:
    """Would pytest, unittest, vitest, jest, mocha or node:test look for tests in a file of this name?"""
    if not any(word in path for word in _TEST_WORDS):
        return False
    name = path[path.rfind("/") + 1 :]
    if name.endswith(".py"):
        return _is_python_test(name.removesuffix(".py"), path)
    return name.endswith(_SCRIPTS) and _is_script_test(name.rpartition(".")[0], path)


def _is_python_test(stem: str, path: str) -> bool:
    return stem.startswith("test_") or stem.endswith(("_test", "_tests")) or (stem in ("test", "tests") and "/" in path)


def _is_script_test(stem: str, path: str) -> bool:
    return (
        stem.endswith((".test", ".spec", ".e2e", "-test", "_test", ".cy", ".test-d"))
        or stem.startswith("test-")
        or stem == "test"
        or "/__tests__/" in f"/{path}"
    )


def _below(path: str, root: str) -> bool:
    clean = root.removeprefix("./").rstrip("/").partition("*")[0].rstrip("/")
    return bool(clean) and clean != "." and (path == clean or path.startswith(clean + "/"))
