"""Where does the tested package come from? With an editable install pytest happily tests another checkout.

The probe runs isolated (`-I`) and puts the slot first only after its own imports, so that a `json.py` in the tree
cannot answer in its place; `find_spec` of a top-level name locates a module without executing it.
"""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

_TESTS = {"test", "tests", "testing", "conftest"}
_AROUND = {"doc", "docs", "example", "examples", "benchmark", "benchmarks", "script", "scripts", "tools", "tasks"}
_BUILDING = {"build", "dist", "setup", "noxfile", "fabfile", "node_modules", "venv", "env"}
_NOT_PRODUCTS = frozenset(_TESTS | _AROUND | _BUILDING)

_PROBE = """\
import importlib.util, json, sys
names = json.loads(sys.argv[1])
sys.path.insert(0, sys.argv[2])
found = {}
for name in names:
    try:
        spec = importlib.util.find_spec(name)
    except Exception as error:
        found[name] = {"error": type(error).__name__}
        continue
    if spec is None:
        found[name] = {"missing": True}
    else:
        places = list(spec.submodule_search_locations or ())
        found[name] = {"places": [spec.origin] if spec.has_location and spec.origin else places}
print("gate-origins:" + json.dumps(found))
"""


def top_level_packages(slot: Path) -> tuple[str, ...]:
    """Names that the project makes importable, found by listing the slot and its `src` folder. Nothing is executed."""
    names = _importable(slot, namespaces=False)
    source = slot / "src"
    if source.is_dir() and not (source / "__init__.py").exists():
        names |= _importable(source, namespaces=True)
        names.discard("src")
    return tuple(sorted(names - _NOT_PRODUCTS - sys.stdlib_module_names))


def import_origins_argv(python: str, packages: Sequence[str], slot: Path) -> tuple[str, ...]:
    """The command that prints where each package would be imported from; to be run in the slot, like the tests."""
    return (python, "-I", "-c", _PROBE, json.dumps(list(packages)), str(slot))


def foreign(output: str, slot: Path) -> tuple[str, ...]:
    """Sentences, one for each package that comes from outside the slot. Unreadable output is a sentence too."""
    line = next((text for text in output.splitlines() if text.startswith("gate-origins:")), "")
    try:
        found = json.loads(line.removeprefix("gate-origins:"))
        return tuple(
            f"{name} is imported from {place}, outside the judged tree"
            for name, answer in sorted(found.items())
            for place in answer.get("places", ())
            if not _inside(place, slot)
        )
    except (ValueError, AttributeError, TypeError):
        return ("where the tested packages are imported from could not be found out: the interpreter gave no answer",)


def _importable(folder: Path, *, namespaces: bool) -> set[str]:
    names = set()
    for entry in os.scandir(folder):
        stem, dot, suffix = entry.name.partition(".")
        if not stem.isidentifier():
            continue
        module = dot and suffix == "py" and entry.is_file()
        if module or (not dot and entry.is_dir() and _is_package(Path(entry.path), namespaces=namespaces)):
            names.add(stem)
    return names


def _is_package(folder: Path, *, namespaces: bool) -> bool:
    if (folder / "__init__.py").is_file():
        return True
    return namespaces and next(folder.rglob("*.py"), None) is not None


def _inside(place: str, slot: Path) -> bool:
    return Path(place).resolve().is_relative_to(slot.resolve())
