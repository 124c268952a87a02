import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gatekeeper.environment.contract import Environment
from gatekeeper.environment.layer import make_layer
from gatekeeper.environment.origin import foreign, import_origins_argv, top_level_packages


def ask(python: str, slot: Path) -> str:
    argv = import_origins_argv(python, top_level_packages(slot), slot)
    return subprocess.run(argv, cwd=slot, capture_output=True, text=True, check=True).stdout


def test_packages_are_found_in_the_root_and_in_src(make_slot: Callable[..., Any]) -> None:
    files = ["pkg/__init__.py", "single.py", "src/other/__init__.py", "src/space/inner/x.py", "tests/__init__.py"]
    files += ["docs/conf.py", "setup.py", "data/readme.txt", "not-a-name/__init__.py", "src/notes/a.txt", "json.py"]
    assert top_level_packages(make_slot(dict.fromkeys(files, "")).path) == ("other", "pkg", "single", "space")


def test_an_editable_install_of_another_checkout_is_foreign(
    tmp_path: Path, make_slot: Callable[..., Any], make_venv: Callable[[Path], Path]
) -> None:
    """The false green: the venv of the main checkout imports the main checkout's code, whatever the branch says."""
    main, slot = make_slot({"src/shop/__init__.py": ""}, "main"), make_slot({"src/shop/__init__.py": "broken("}, "slot")
    site = make_venv(tmp_path / "venv")
    (site / "shop.pth").write_text(f"{main.path}/src\n")
    (sentence,) = foreign(ask(str(tmp_path / "venv/bin/python"), slot.path), slot.path)
    assert "shop is imported from" in sentence and str(main.path) in sentence


def test_a_layer_turns_that_install_to_the_slot(
    tmp_path: Path, make_slot: Callable[..., Any], make_venv: Callable[[Path], Path]
) -> None:
    main, slot = make_slot({"src/shop/__init__.py": ""}, "main"), make_slot({"src/shop/__init__.py": ""}, "slot")
    site = make_venv(main.path / ".venv")
    (site / "helper.py").write_text("")
    (site / "shop.pth").write_text(f"{main.path}/src\n")
    (site / "__editable___shop_finder.py").write_text(f"MAPPING = {{'shop': '{main.path}/src/shop'}}\n")
    (site / "__editable__.shop.pth").write_text("import __editable___shop_finder; raise SystemExit(3)\n")
    shared = Environment(
        "test", "0", python=str(main.path / ".venv/bin/python"), bin_dirs=(), caller_root=str(main.path)
    )
    python, notes = make_layer(shared, slot.path, tmp_path / "layer")
    output = ask(python, slot.path)
    assert foreign(output, slot.path) == () and str(slot.path / "src/shop") in output
    assert any("turned to the judged tree" in note for note in notes)
    assert any("left out" in note for note in notes)
    subprocess.run([python, "-c", "import helper"], check=True)


def test_a_package_that_is_not_importable_at_all_is_not_foreign(make_slot: Callable[..., Any]) -> None:
    slot = make_slot({"src/nowhere_installed/__init__.py": ""})
    assert foreign(ask(sys.executable, slot.path), slot.path) == ()


def test_a_link_out_of_the_slot_is_foreign(tmp_path: Path, make_slot: Callable[..., Any]) -> None:
    slot = make_slot({})
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "__init__.py").write_text("")
    (slot.path / "linked").symlink_to(tmp_path / "elsewhere")
    assert len(foreign(ask(sys.executable, slot.path), slot.path)) == 1


def test_a_tree_cannot_answer_for_the_probe_and_nothing_of_it_runs(make_slot: Callable[..., Any]) -> None:
    slot = make_slot({"json.py": "raise SystemExit(9)", "pkg/__init__.py": "raise SystemExit(9)"})
    assert foreign(ask(sys.executable, slot.path), slot.path) == ()


def test_no_answer_is_not_a_good_answer(tmp_path: Path) -> None:
    for output in ("", "gate-origins:{", "gate-origins:[1]", 'gate-origins:{"a": 1}'):
        assert "could not be found out" in foreign(output, tmp_path)[0]
