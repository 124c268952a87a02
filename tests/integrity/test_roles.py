"""What a file is for, by its path."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.integrity.contract import Role
from gatekeeper.integrity.roles import role_of

ROLES = {
    Role.TEST: [
        "tests/test_a.py",
        "src/pkg/tests.py",
        "a_test.py",
        "src/x.spec.ts",
        "src/__tests__/x.js",
        "test/a.test.mjs",
        "pkg/test_x.py",
        "integration/test_y.py",
        "src/button.cy.ts",
    ],
    Role.HARNESS: [
        "conftest.py",
        "src/conftest.py",
        "tests/helpers.py",
        "tests/data/a.json",
        "testing/x.py",
        "pytest.ini",
        "vitest.config.ts",
        "jest.config.js",
        "src/__mocks__/fs.js",
        "src/__snapshots__/a.snap",
        "fixtures/a.json",
        "tox.ini",
        "noxfile.py",
        ".coveragerc",
        "tests/README.md",
        "cypress/support/x.js",
        "e2e/pages.ts",
        "vitest.setup.ts",
    ],
    Role.CONFIG: [
        "pyproject.toml",
        "setup.cfg",
        "tsconfig.build.json",
        "eslint.config.mjs",
        ".eslintrc.cjs",
        "package.json",
        "ruff.toml",
        "gate.toml",
        "requirements-dev.txt",
        ".gitattributes",
        ".pre-commit-config.yaml",
        "packages/a/package.json",
    ],
    Role.CI: [
        ".github/workflows/ci.yml",
        ".github/actions/x/action.yml",
        "Makefile",
        "justfile",
        ".gitlab-ci.yml",
        ".circleci/config.yml",
        ".ci/run",
        "Jenkinsfile",
        ".husky/pre-commit",
    ],
    Role.LOCK: ["uv.lock", "poetry.lock", "package-lock.json", "pnpm-lock.yaml", "app/yarn.lock", "Cargo.lock"],
    Role.DOCS: ["README.md", "docs/a.rst", "docs/img.png", "LICENSE", "CHANGELOG.md", "doc/x.txt"],
    Role.PRODUCT: [
        "src/a.py",
        "latest.py",
        "contest.py",
        "src/attest/x.py",
        "docs/conf.py",
        "src/app.ts",
        "lib/x.go",
        "scripts/run.sh",
        "a.ipynb",
    ],
    Role.OTHER: ["data.csv", "logo.png", "src/app/data.json"],
}


@pytest.mark.parametrize(("role", "path"), [(role, path) for role, paths in ROLES.items() for path in paths])
def test_roles(role: Role, path: str) -> None:
    assert role_of(path) is role


def test_folders_that_the_base_names() -> None:
    assert role_of("qa/check.py") is Role.PRODUCT
    assert role_of("qa/check.py", ["qa"]) is Role.HARNESS
    assert role_of("qa/deep/check.py", ["./qa/*"]) is Role.HARNESS
    assert role_of("qability/check.py", ["qa"]) is Role.PRODUCT
    assert role_of("src/a.py", ["."]) is Role.PRODUCT


def test_a_package_for_testing_that_is_shipped() -> None:
    names = {"numpy/__init__.py", "numpy/testing/__init__.py", "testing/__init__.py"}
    assert role_of("numpy/testing/utils.py", names=names) is Role.PRODUCT
    assert role_of("numpy/testing/test_utils.py", names=names) is Role.TEST
    assert role_of("testing/utils.py", names=names) is Role.HARNESS
    assert role_of("numpy/tests/utils.py", names=names) is Role.HARNESS


@given(st.text(), st.lists(st.text()))
def test_every_path_has_a_role(path: str, roots: list[str]) -> None:
    assert role_of(path, roots) in Role
