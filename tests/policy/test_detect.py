"""What is seen in a tree, and that looking at it runs and breaks nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.policy.detect import Detected, detect


def look(files: dict[str, str | bytes]) -> Detected:
    raw = {name: text.encode() if isinstance(text, str) else text for name, text in files.items()}
    return detect(list(raw), raw.get)


@pytest.mark.parametrize(
    ("names", "languages", "minor"),
    [
        (["pyproject.toml"], ("python",), ()),
        (["requirements-dev.txt"], ("python",), ()),
        (["app.py", "test_app.py"], ("python",), ()),
        (["lib/a.py", "lib/b.py"], ("python",), ()),
        (["package.json", "src/a.js"], ("typescript",), ()),
        (["tsconfig.base.json", "a.ts"], ("typescript",), ()),
        (["go.mod", *(f"{n}.go" for n in range(9)), "tools/x.py"], (), ("python",)),
        (
            ["pyproject.toml", "package.json", *(f"d/{n}.py" for n in range(40)), "js/a.js"],
            ("python",),
            ("typescript",),
        ),
        (["pyproject.toml", "package.json", "a.py", "web/a.ts"], ("python", "typescript"), ()),
        (["a.py", *(f"node_modules/x/{n}.js" for n in range(50))], ("python",), ()),
        (["README.md"], (), ()),
        ([], (), ()),
    ],
)
def test_languages(names: list[str], languages: tuple[str, ...], minor: tuple[str, ...]) -> None:
    found = look(dict.fromkeys(names, ""))
    assert (found.languages, found.minor) == (languages, minor)


@pytest.mark.parametrize(
    ("file", "text", "tool", "where"),
    [
        ("pyproject.toml", "[tool.mypy]", "mypy", "pyproject.toml [tool.mypy]"),
        ("setup.cfg", "[tool:pytest]\n", "pytest", "setup.cfg [tool:pytest]"),
        ("tox.ini", "[flake8]\n", "flake8", "tox.ini [flake8]"),
        ("mypy.ini", "", "mypy", "mypy.ini"),
        (".ruff.toml", "", "ruff", ".ruff.toml"),
        (".pre-commit-config.yaml", "- id: ruff-format", "ruff-format", ".pre-commit-config.yaml"),
        ("tsconfig.json", "", "tsc", "tsconfig.json"),
        ("eslint.config.mjs", "", "eslint", "eslint.config.mjs"),
        (".eslintrc.json", "", "eslint", ".eslintrc.json"),
        ("package.json", '{"eslintConfig": {}}', "eslint", "package.json eslintConfig"),
        ("package.json", '{"devDependencies": {"jest": "1"}}', "jest", "package.json devDependencies"),
        ("vitest.config.ts", "", "vitest", "vitest.config.ts"),
    ],
)
def test_tools(file: str, text: str, tool: str, where: str) -> None:
    found = look({file: text}).tool(tool)
    assert found is not None
    assert found.where == where


def test_a_tool_in_a_subfolder_is_not_that_of_the_project() -> None:
    assert look({"a.py": "", "sub/mypy.ini": ""}).tool("mypy") is None


def test_the_rest() -> None:
    found = look({"uv.lock": "", "setup.py": "", "tests/test_a.py": "", "web/b.spec.ts": "", "package-lock.json": ""})
    assert found.lock_files == ("uv.lock", "package-lock.json")
    assert found.builds
    assert found.tests == ("tests/test_a.py", "web/b.spec.ts")


def test_what_cannot_be_read_is_said() -> None:
    found = look({"pyproject.toml": "[x", "package.json": "{", "setup.cfg": "no section"})
    assert [problem.split()[0] for problem in found.problems] == ["pyproject.toml", "package.json", "setup.cfg"]


@given(
    st.sampled_from(["pyproject.toml", "package.json", "setup.cfg", ".pre-commit-config.yaml"]), st.binary(max_size=300)
)
def test_no_contents_break_it(name: str, raw: bytes) -> None:
    look({name: raw})


@given(
    st.sampled_from(['{"scripts": %s}', '{"devDependencies": %s}', "%s"]),
    st.sampled_from(["3", "[]", '{"test": 1}', "null"]),
)
def test_no_types_break_it(shape: str, value: str) -> None:
    assert look({"package.json": shape % value}).scripts == {}


def test_deep_nesting_does_not_break_it() -> None:
    assert look({"package.json": "[" * 100_000, "pyproject.toml": "a = " + "[" * 5000}).problems
