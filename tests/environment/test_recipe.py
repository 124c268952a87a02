from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.environment.interpreters import accepts
from gatekeeper.environment.names import list_names
from gatekeeper.environment.recipe import (
    Recipe,
    declared,
    infer_node,
    infer_python,
    local_projects,
    relevant_part,
)
from gatekeeper.environment.requirements import project_needs, requirement_files, without_local
from gatekeeper.model.policy import EnvironmentSettings

MakeSlot = Callable[..., Any]
PLAIN = """
[build-system]
requires = ["hatchling"]
[project]
name = "shop"
dependencies = ["requests>=2"]
[project.optional-dependencies]
test = ["pytest", "shop[fast]"]
fast = ["orjson"]
docs = ["sphinx"]
[dependency-groups]
dev = ["ruff", {include-group = "types"}]
types = ["mypy", {include-group = "dev"}]
docs = ["furo"]
"""


def python_recipe(tree: Path) -> Recipe:
    found = infer_python(tree, list_names(tree))
    assert found is not None
    return found


def test_a_plain_project_gets_its_dependencies_and_the_tools_of_the_work(make_slot: MakeSlot) -> None:
    tree = make_slot({"pyproject.toml": PLAIN}).path
    needs = project_needs(tree)
    assert needs.requirements == ("requests>=2", "pytest", "orjson", "ruff", "mypy")
    recipe = python_recipe(tree)
    assert "pip" in recipe.origin and "extra test" in recipe.origin and not recipe.weak
    assert local_projects(tree, list_names(tree)) == (".",)


def test_a_uv_lock_wins_and_never_installs_what_lies_in_the_tree(make_slot: MakeSlot) -> None:
    lock = '[[package]]\nname = "shop"\nsource = { editable = "." }\n'
    lock += '[[package]]\nname = "shop-core"\nsource = { editable = "packages/core" }\n'
    lock += '[[package]]\nname = "evil"\nsource = { directory = "../outside" }\n'
    files = {"pyproject.toml": PLAIN, "uv.lock": lock, "requirements.txt": "x", "packages/core/pyproject.toml": PLAIN}
    tree = make_slot(files).path
    (command,) = python_recipe(tree).commands
    assert command[1:4] == ("sync", "--frozen", "--no-install-project")
    words = " ".join(command)
    assert "--no-install-package shop-core" in words and "--group dev" in words and "--extra test" in words
    assert "evil" not in words and "docs" not in words
    assert local_projects(tree, list_names(tree)) == (".", "packages/core")


@pytest.mark.parametrize(
    "entry",
    [
        'name = "core"\nversion = "1"\nsource = { editable = "core" }',
        'name="core"\nsource={editable="core"}',
        'name = "core"\n[package.source]\neditable = "core"',
    ],
)
def test_members_are_found_however_the_lock_is_written(make_slot: MakeSlot, entry: str) -> None:
    tree = make_slot({"pyproject.toml": PLAIN, "uv.lock": f"[[package]]\n{entry}\n"}).path
    assert "--no-install-package core" in " ".join(python_recipe(tree).commands[0])


def test_poetry_by_its_lock_or_its_table(make_slot: MakeSlot) -> None:
    poetry = '[tool.poetry]\nname = "x"\n'
    assert python_recipe(make_slot({"pyproject.toml": poetry, "poetry.lock": ""}, "a").path).origin == "poetry.lock"
    assert python_recipe(make_slot({"pyproject.toml": poetry}, "b").path).origin == "[tool.poetry]"


def test_requirement_files_of_the_work_are_taken_and_others_not() -> None:
    names = ["requirements.txt", "requirements-dev.txt", "test-requirements.txt", "requirements-docs.txt"]
    names += ["requirements/base.txt", "requirements/tests.txt", "requirements/docs.txt", "notes.txt"]
    names += ["deep/requirements.txt", "constraints.txt", "dev_requirements.txt"]
    assert requirement_files(names) == (
        "dev_requirements.txt",
        "requirements-dev.txt",
        "requirements.txt",
        "requirements/base.txt",
        "requirements/tests.txt",
        "test-requirements.txt",
    )


@pytest.mark.parametrize(
    ("line", "kept", "extras"),
    [
        ("-e .", False, ()),
        ("-e .[test,dev]", False, ("test", "dev")),
        (".[all]  # us", False, ("all",)),
        ("./sub", False, ()),
        ("--editable=../sibling", False, ()),
        ("-e git+https://example.org/x.git#egg=x", True, ()),
        ("requests==2.0", True, ()),
        ("-r base.txt", True, ()),
    ],
)
def test_lines_that_install_the_tree_itself_are_left_to_the_slot(line: str, kept: bool, extras: tuple[str]) -> None:
    text, found = without_local(f"{line}\n")
    assert (line in text, found) == (kept, extras)


def test_setup_cfg_is_read_and_setup_py_is_not_run(make_slot: MakeSlot) -> None:
    legacy = "[metadata]\nname = x\n[options]\ninstall_requires =\n  six\n[options.extras_require]\ntest = pytest\n"
    assert project_needs(make_slot({"setup.cfg": legacy}, "a").path).requirements == ("six", "pytest")
    tree = make_slot({"setup.py": "raise SystemExit(1)"}, "b").path
    assert project_needs(tree).dynamic and python_recipe(tree).metadata_of_tree


def test_links_to_files_of_the_machine_are_not_read(make_slot: MakeSlot, tmp_path: Path) -> None:
    tree = make_slot({"requirements.txt": "six\n"}).path
    (tmp_path / "private").write_text("hunter2\n")
    (tree / "requirements-dev.txt").symlink_to(tmp_path / "private")
    (tree / "pyproject.toml").symlink_to("/dev/zero")
    assert list_names(tree) == ("requirements.txt",)
    assert "hunter2" not in repr(python_recipe(tree))


@pytest.mark.parametrize("text", ["", "not toml [", "project = 3", "[project]\ndependencies = 7\n", "\x00"])
def test_what_cannot_be_read_says_nothing(make_slot: MakeSlot, text: str) -> None:
    tree = make_slot({"pyproject.toml": text, "a.py": ""}).path
    assert infer_python(tree, list_names(tree)) is None
    assert local_projects(tree, list_names(tree)) == ()


def test_a_changed_lint_rule_is_not_relevant_and_a_dependency_is(make_slot: MakeSlot) -> None:
    texts = [PLAIN, PLAIN + "[tool.ruff]\nline-length = 3\n", PLAIN.replace("requests>=2", "requests>=3")]
    parts = [
        relevant_part(make_slot({"pyproject.toml": t}, str(n)).path / "pyproject.toml") for n, t in enumerate(texts)
    ]
    assert parts[0] == parts[1] != parts[2]


def test_node_by_its_lock_and_never_with_install_scripts() -> None:
    npm = infer_node(["package.json", "package-lock.json", "packages/a/package.json", ".npmrc"])
    assert npm is not None and npm.inputs == (".npmrc", "package-lock.json", "package.json", "packages/a/package.json")
    pnpm = infer_node(["package.json", "pnpm-lock.yaml", "patches/x.patch"])
    assert pnpm is not None and "patches/x.patch" in pnpm.inputs
    assert all("--ignore-scripts" in command for recipe in (npm, pnpm) for command in recipe.commands)
    assert infer_node(["package.json"]) is None


def test_a_declared_set_up_takes_its_inputs_by_glob() -> None:
    settings = EnvironmentSettings(inputs=("deps/*.txt",), setup=(("uv", "sync"), ("./make-env",)))
    recipe = declared(settings, ["deps/a.txt", "src/a.py", "pyproject.toml"])
    assert recipe is not None and recipe.inputs == ("deps/a.txt", "pyproject.toml")
    assert recipe.commands == (("{uv}", "sync"), ("./make-env",))
    assert declared(EnvironmentSettings(), []) is None


@pytest.mark.parametrize(
    ("specifier", "version", "expected"),
    [
        ("", (3, 11, 7), True),
        (">=3.9", (3, 11, 7), True),
        (">=3.12", (3, 11, 7), False),
        (">=3.9,<3.11", (3, 11, 7), False),
        ("~=3.10", (3, 11, 7), True),
        ("~=3.10.2", (3, 11, 7), False),
        ("==3.11.*", (3, 11, 7), True),
        ("!=3.11.*", (3, 11, 7), False),
        ("==3.11", (3, 11, 7), False),
        (">3.11.7", (3, 11, 7), False),
        ("<=3.11.7", (3, 11, 7), True),
        ("nonsense", (3, 11, 7), True),
    ],
)
def test_requires_python(specifier: str, version: tuple[int, ...], expected: bool) -> None:
    assert accepts(specifier, version) is expected
