import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.environment.build import Environment, merged, prepare
from gatekeeper.environment.overlay import install_project
from gatekeeper.errors import Interrupted
from gatekeeper.model.policy import EnvironmentSettings
from gatekeeper.process.home import Home
from gatekeeper.process.run import capture

MakeSlot = Callable[..., Any]
COUNT = "echo run >> {count}; mkdir -p .venv node_modules/x; cp lock .venv/lock; touch node_modules/x/package.json"


@pytest.fixture
def build(tmp_path: Path, home: Home, base_env: dict[str, str]) -> Callable[..., Environment]:
    def make(slot: Any, script: str = "", **also: Any) -> Environment:
        shell = ("sh", "-c", script or COUNT.format(count=home.cache / "packages" / "count"))
        settings = EnvironmentSettings(inputs=("lock",), setup=(shell,), timeout_s=also.pop("timeout_s", 60.0))
        arguments = {"main_worktree": None, "base_env": base_env, "log": tmp_path / "logs" / "setup", **also}
        return prepare(settings, slot=slot.path, home=home, **arguments)

    return make


def runs(home: Home) -> int:
    count = home.cache / "packages" / "count"
    return len(count.read_text().splitlines()) if count.exists() else 0


def test_built_once_per_digest_of_its_inputs(build: Any, make_slot: MakeSlot, home: Home) -> None:
    first, second = make_slot({"lock": "1", "a.py": "1"}, "a"), make_slot({"lock": "1", "a.py": "2"}, "b")
    one, two = build(first), build(second)
    assert runs(home) == 1 and one == two and one.problems == ()
    (first.path / "lock").write_text("2")
    three = build(first)
    assert runs(home) == 2 and three.digest != one.digest
    assert (Path(three.root) / "tree/.venv/lock").read_text() == "2"


def test_only_declared_inputs_reach_the_set_up(build: Any, make_slot: MakeSlot) -> None:
    made = build(make_slot({"lock": "1", "secret.py": ""}), "test ! -e secret.py && mkdir .venv node_modules")
    assert made.problems == ()


def test_it_is_read_only_afterwards(build: Any, make_slot: MakeSlot) -> None:
    made = build(make_slot({"lock": "1"}))
    inside = Path(made.root) / "tree"
    for path in (inside, *inside.rglob("*")):
        assert path.stat().st_mode & 0o222 == 0, path


def test_a_failing_set_up_is_a_problem_with_its_last_words_and_is_not_kept(
    build: Any, make_slot: MakeSlot, home: Home
) -> None:
    slot = make_slot({"lock": "1"})
    made = build(slot, "echo resolving; echo 'no such package: zzz' >&2; exit 4")
    (problem,) = made.problems
    assert "exited 4" in problem and "no such package: zzz" in problem and "setup.0.err" in problem
    assert made.python is None and made.links == ()
    assert not list(home.environments_dir.glob("*/complete"))
    assert "did not make" in build(slot, "exit 0").problems[0]


def test_a_hanging_set_up_is_a_problem(build: Any, make_slot: MakeSlot) -> None:
    made = build(make_slot({"lock": "1"}), "sleep 60", timeout_s=0.3)
    assert "ended" in made.problems[0]


def test_what_a_killed_gate_left_is_built_again(build: Any, make_slot: MakeSlot, home: Home) -> None:
    slot = make_slot({"lock": "1"})
    made = build(slot)
    (Path(made.root) / "complete").unlink()  # as after SIGKILL: it is written last
    (Path(made.root) / "tree").chmod(0o700)
    (Path(made.root) / "tree" / "half").mkdir(mode=0o500)
    again = build(slot)
    assert runs(home) == 2 and not (Path(again.root) / "tree" / "half").exists()


def test_two_gates_at_once_build_once(build: Any, make_slot: MakeSlot, home: Home, tmp_path: Path) -> None:
    slot = make_slot({"lock": "1"})
    together, made = threading.Barrier(3), []

    def one(number: int) -> None:
        together.wait()
        made.append(build(slot, log=tmp_path / "logs" / str(number)))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert runs(home) == 1 and len({environment.root for environment in made}) == 1


def test_cancelled_leaves_nothing(build: Any, make_slot: MakeSlot, home: Home) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Interrupted):
        build(make_slot({"lock": "1"}), "sleep 60", cancelled=stop)
    assert not [path for path in home.environments_dir.iterdir() if path.is_dir()]


def test_secrets_stay_out_and_the_registry_comes_in(
    build: Any, make_slot: MakeSlot, base_env: dict[str, str], tmp_path: Path
) -> None:
    env = {**base_env, "API_TOKEN": "hunter2", "GIT_DIR": "/x", "PIP_INDEX_URL": "https://me:hunter2@index.example/s"}
    made = build(make_slot({"lock": "1"}), "env > seen; ls -A $HOME >> seen; mkdir .venv node_modules", base_env=env)
    seen = (Path(made.root) / "tree" / "seen").read_text()
    assert "hunter2" not in seen and "GIT_DIR" not in seen
    assert "PIP_INDEX_URL=https://index.example/s" in seen


def test_a_link_out_of_the_tree_is_no_input(build: Any, make_slot: MakeSlot, tmp_path: Path) -> None:
    slot = make_slot({})
    (tmp_path / "private").write_text("hunter2")
    (slot.path / "lock").symlink_to(tmp_path / "private")
    assert build(slot, "test ! -e lock && mkdir .venv node_modules").problems == ()


def test_the_main_worktrees_venv_is_borrowed_and_its_contents_are_its_digest(
    home: Home, make_slot: MakeSlot, make_venv: Any, base_env: dict[str, str], tmp_path: Path
) -> None:
    main, slot = make_slot({"a.py": ""}, "main"), make_slot({"a.py": ""}, "slot")
    site = make_venv(main.path / ".venv")

    def look() -> Environment:
        arguments = {"home": home, "main_worktree": str(main.path), "base_env": base_env, "log": tmp_path / "l"}
        return prepare(EnvironmentSettings(), slot=slot.path, **arguments)

    before = look()
    assert before.python == str(main.path / ".venv/bin/python") and "main worktree" in before.origin
    (site / "late.py").write_text("")
    assert look().digest != before.digest


def test_nothing_to_go_by_is_the_callers_path(
    home: Home, make_slot: MakeSlot, base_env: dict[str, str], tmp_path: Path
) -> None:
    def look(files: dict[str, str], name: str, env: dict[str, str]) -> Environment:
        arguments = {"home": home, "main_worktree": None, "base_env": env, "log": tmp_path / "l"}
        return prepare(EnvironmentSettings(), slot=make_slot(files, name).path, **arguments)

    assert "PATH of the caller" in look({"a.txt": ""}, "none", base_env).origin
    assert look({"a.py": ""}, "none2", {**base_env, "PATH": str(tmp_path)}).problems == ("there is no Python on PATH",)


def test_python_and_node_are_one_environment_made_of_two() -> None:
    python = Environment("uv.lock", "1", python="/p", bin_dirs=("/b",), local_projects=(".",))
    node = Environment("package-lock.json", "2", links=(("node_modules", "/n"),), problems=("npm is missing",))
    both = merged([python, node])
    assert both.origin == "uv.lock and package-lock.json"
    assert (both.python, both.links, both.problems) == ("/p", (("node_modules", "/n"),), ("npm is missing",))
    assert both.digest not in {"1", "2"} and merged([]).problems == ()


INSTALLED = """
[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"
[project]
name = "shop"
version = "1.2"
dependencies = ["iniconfig"]
[project.optional-dependencies]
test = ["pytest"]
[project.scripts]
shop = "shop:main"
"""


@pytest.mark.slow
def test_a_real_package_is_installed_per_slot_from_the_package_index(
    home: Home, make_slot: MakeSlot, base_env: dict[str, str], tmp_path: Path
) -> None:
    files = {"pyproject.toml": INSTALLED, "tests/test_shop.py": "import shop\ndef test(): assert shop.PLACE == 'x'\n"}
    shop = "PLACE = '{}'\ndef main(): print(PLACE)\n"
    slots = [make_slot({**files, "src/shop/__init__.py": shop.format(place)}, place) for place in "xy"]
    arguments: dict[str, Any] = {"home": home, "base_env": base_env, "log": tmp_path / "log"}
    exits, said = [], []
    for slot in (*slots, slots[0]):
        made = prepare(EnvironmentSettings(), slot=slot.path, main_worktree=None, **arguments)
        over = install_project(made, slot, **arguments)
        assert (made.problems, over.problems) == ((), ())
        env = {**os.environ, **over.env, "PYTHONDONTWRITEBYTECODE": "1"}
        tests = capture((over.python, "-m", "pytest", "-q", "-p", "no:cacheprovider"), cwd=str(slot.path), env=env)
        exits.append(tests.exit)
        said.append(capture((f"{over.bin_dirs[0]}/shop",), cwd="/", env=env).stdout)
    assert exits == [0, 1, 0]
    assert said == [b"x\n", b"y\n", b"x\n"]
    assert len(list(home.environments_dir.glob("*/complete"))) == 1
