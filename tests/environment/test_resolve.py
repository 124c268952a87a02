from collections.abc import Callable
from pathlib import Path

import pytest

from gatekeeper.environment.resolve import OWN_ORIGIN, interpreter_of, resolve_tool
from gatekeeper.environment.witness import pack, unchanged

MakeVenv = Callable[[Path], Path]


def python_of(site: Path) -> str:
    return str(site.parent.parent.parent / "bin" / "python")


def test_a_python_tool_runs_as_a_module_of_the_environments_interpreter(
    tmp_path: Path, make_venv: MakeVenv, install: Callable[..., None]
) -> None:
    site = make_venv(tmp_path / "env")
    install(site, "pytest", version="8.1")
    found = resolve_tool("pytest", ["/usr/bin"], python=python_of(site))
    assert found is not None
    assert found.executable == (python_of(site), "-m", "pytest")
    assert (found.identity.version, found.identity.origin) == ("8.1", "the environment")


@pytest.mark.parametrize("swapped", ["itself", "dependency", "added file"])
def test_a_swapped_tool_has_another_digest_though_path_and_version_stay(
    tmp_path: Path, make_venv: MakeVenv, install: Callable[..., None], swapped: str
) -> None:
    site = make_venv(tmp_path / "env")
    install(site, "mypy", needs="typing-helper>=1; python_version > '3'")
    install(site, "typing_helper")
    install(site, "unrelated")
    before = resolve_tool("mypy", [], python=python_of(site))
    assert before is not None
    blob = pack(before.witnesses)
    (site / "unrelated" / "__init__.py").write_text("changed")
    same = resolve_tool("mypy", [], python=python_of(site))
    assert same is not None and same.identity.digest == before.identity.digest and unchanged(blob)
    match swapped:
        case "itself":
            (site / "mypy" / "__init__.py").write_text("lenient = True")
        case "dependency":
            (site / "typing_helper" / "__init__.py").write_text("lenient = True")
        case _:
            (site / "mypy" / "plugin.py").write_text("")
    after = resolve_tool("mypy", [], python=python_of(site))
    assert after is not None
    assert not unchanged(blob)
    assert (after.identity.path, after.identity.version) == (before.identity.path, before.identity.version)
    # An added file that no RECORD names is seen by the witness (the folder); its contents are not the tool's.
    assert (after.identity.digest != before.identity.digest) is (swapped != "added file")


def test_the_same_tool_in_two_places_has_one_digest(
    tmp_path: Path, make_venv: MakeVenv, install: Callable[..., None]
) -> None:
    digests = set()
    for name in "ab":
        site = make_venv(tmp_path / name)
        install(site, "radon")
        found = resolve_tool("radon", [], python=python_of(site))
        assert found is not None
        digests.add(found.identity.digest)
    assert len(digests) == 1


def test_ruff_mypy_and_radon_come_as_a_named_last_resort_and_pytest_never_does() -> None:
    for name in ("ruff", "mypy", "radon"):
        found = resolve_tool(name, [], python=None)
        assert found is not None, name
        assert found.identity.origin == OWN_ORIGIN
        assert found.identity.version
        assert resolve_tool(name, [], python=None, fallback=False) is None
    assert resolve_tool("pytest", [], python=None) is None


def test_a_pytest_of_another_interpreter_does_not_stand_in(tmp_path: Path, make_venv: MakeVenv) -> None:
    site = make_venv(tmp_path / "env")
    elsewhere = tmp_path / "bin" / "pytest"
    elsewhere.parent.mkdir()
    elsewhere.write_text("#!/bin/sh\nexit 0\n")
    elsewhere.chmod(0o755)
    assert resolve_tool("pytest", [str(elsewhere.parent)], python=python_of(site)) is None
    assert resolve_tool("pytest", [str(elsewhere.parent)], python=None) is not None


def test_a_console_script_is_identified_by_its_distribution(
    tmp_path: Path, make_venv: MakeVenv, install: Callable[..., None]
) -> None:
    site = make_venv(tmp_path / "env")
    install(site, "spelling", script="spell", version="3.2")
    script = Path(python_of(site)).parent / "spell"
    script.write_text(f"#!/bin/sh\n'''exec' {python_of(site)} \"$0\" \"$@\"\n' '''\n")
    script.chmod(0o755)
    assert interpreter_of(script) == python_of(site)
    found = resolve_tool("spell", [str(script.parent)])
    assert found is not None and found.identity.version == "3.2"
    (site / "spelling" / "__init__.py").write_text("def main(): return 0")
    again = resolve_tool("spell", [str(script.parent)])
    assert again is not None and again.identity.digest != found.identity.digest


def test_a_plain_program_is_its_bytes_and_what_is_not_executable_is_no_tool(tmp_path: Path) -> None:
    program = tmp_path / "lint"
    program.write_text("#!/bin/sh\n")
    assert resolve_tool("lint", [str(tmp_path)]) is None
    program.chmod(0o755)
    first = resolve_tool("lint", [str(tmp_path / "absent"), str(tmp_path)])
    program.write_text("#!/bin/sh\nexit 0\n")
    second = resolve_tool(str(program), [])
    assert first is not None and second is not None
    assert first.identity.digest != second.identity.digest


def test_a_node_tool_is_its_package_with_its_dependencies(tmp_path: Path) -> None:
    modules = tmp_path / "node_modules"
    for name, extra in (("tool", ', "dependencies": {"@s/dep": "1"}'), ("@s/dep", "")):
        (modules / name).mkdir(parents=True)
        (modules / name / "package.json").write_text(f'{{"name": "{name}", "version": "2.0"{extra}}}')
        (modules / name / "index.js").write_text("1")
    (modules / "tool" / "cli.js").write_text("#!/usr/bin/env node\n")
    (modules / "tool" / "cli.js").chmod(0o755)
    (modules / ".bin").mkdir()
    (modules / ".bin" / "tool").symlink_to("../tool/cli.js")
    first = resolve_tool("tool", [str(modules / ".bin")])
    assert first is not None and (first.identity.version, first.identity.origin) == ("2.0", "the environment")
    (modules / "@s" / "dep" / "index.js").write_text("2")
    second = resolve_tool("tool", [str(modules / ".bin")])
    assert second is not None and second.identity.digest != first.identity.digest
