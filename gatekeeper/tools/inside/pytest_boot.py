"""Starts pytest so that nothing of the judged tree can stand in for it: `python -P -S BOOT ARGUMENTS`.

`-S` leaves out sitecustomize, usercustomize and `.pth` lines: in a slot they can be the branch's. The real pytest is
imported first, with nothing but the standard library and the environment's own site folders on the path. Then the
interpreter is set up as always. Until pytest has loaded its plugins the environment stays in front of the tree on the
path, then the order is that of `python -m pytest`. GATE_PYTEST holds the settings; it is taken out of the variables
before anybody else can read it.

With `--worker SETTINGS … -c LINE` the same is done for a worker of pytest-xdist, which then executes LINE. With
`--compile` only the byte code of modules is made (`gate_bytecode.py`), and nothing of the tree is run.
"""

from __future__ import annotations

import sys

if sys.path and sys.path[0] == __file__.rpartition("/")[0]:
    del sys.path[0]  # Python before 3.11 knows no -P

import importlib.util
import json
import os
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, Dict, List, Sequence

Settings = Dict[str, Any]
"""`judged` folders of the branch, `sites` of the environment, `own` folder, `root` of the tree, `plugins` and `points`
that base loads, `boot` and `flags` by which this process was started, `bytecode` the folder of compiled modules."""

EXIT_NOT_OUTSIDE = 94
"""pytest is not there outside of the judged tree."""
_NEEDED = ("pytest", "_pytest.config", "_pytest.python", "_pytest.unittest", "_pytest.junitxml", "pluggy")


def main() -> None:
    arguments = sys.argv[1:]
    worker = arguments[:1] == ["--worker"]
    settings = _settings(arguments[1] if worker else os.environ.pop("GATE_PYTEST"))
    channel = int(os.environ.pop("GATE_CHANNEL", "-1"))
    if channel >= 0:
        os.set_inheritable(channel, False)
    library = _library(settings)
    sys.path[:] = [*library, *settings["sites"], settings["own"]]
    _import_runner(settings, ("execnet.gateway_base",) if worker else ())
    if settings["bytecode"]:
        bytecode = importlib.import_module("gate_bytecode")
        bytecode.use(settings["bytecode"], settings["root"])
    observer = importlib.import_module("gate_pytest_observer")
    natural = _set_up(library, settings)
    if worker:
        sys.path[:] = natural
        observer.begin(-1, settings, natural)
        _execute(arguments[-1])
    else:
        # Something of that name in the environment would hide the tree's: `-p tests.plugin`, and a package `tests`.
        refused = _refused_plugins(natural, settings)
        early = natural if _clash(settings) else _environment_first(natural, library, settings)
        sys.path[:] = early
        observer.begin(channel, settings, natural)
        if refused:
            observer.refuse(refused)
        _be_pytest(observer, [word for name in refused for word in ("-p", "no:" + name)] + arguments)


def _settings(text: str) -> Settings:
    settings: Settings = json.loads(text)
    settings.setdefault("root", os.getcwd())
    return settings


def make_bytecode() -> None:
    """In a process that never sees more than the standard library and the environment."""
    settings = _settings(os.environ.pop("GATE_PYTEST"))
    sys.path[:] = [*_library(settings), *settings["sites"], settings["own"]]
    _import_runner(settings, ())
    importlib.import_module("gate_bytecode").make(settings["bytecode"], settings["root"])


def _library(settings: Settings) -> List[str]:
    """What the interpreter itself put on the path: the standard library."""
    added = {os.path.abspath(entry) for entry in _stated_path()}
    return [
        entry
        for entry in sys.path
        if entry and os.path.abspath(entry) not in added and not _inside(entry, settings["judged"])
    ]


def _stated_path() -> List[str]:
    return [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]


def _inside(place: str, folders: Sequence[str]) -> bool:
    real = os.path.realpath(place)
    return any(real == folder or real.startswith(folder.rstrip("/") + "/") for folder in folders)


def _import_runner(settings: Settings, more: Sequence[str]) -> None:
    try:
        for name in (*_NEEDED, *more):
            importlib.import_module(name)
    except ImportError as error:
        _refuse("pytest cannot be imported from outside of the judged tree: %s" % error)
    for name in ("pytest", "_pytest", "pluggy"):
        if _inside(sys.modules[name].__file__ or "/", settings["judged"]):
            _refuse("%s comes from the judged tree" % name)


def _refuse(why: str) -> None:
    sys.stderr.write("gate: %s\n" % why)
    sys.exit(EXIT_NOT_OUTSIDE)


def _set_up(library: List[str], settings: Settings) -> List[str]:
    """What Python does at its start, with the customisations of the environment and not those of the tree.

    Gives the path as `python -m pytest` would have it.
    """
    import site

    sys.path[:] = library
    vars(site).update(execsitecustomize=lambda: None, execusercustomize=lambda: None)
    site.main()
    outside = [entry for entry in sys.path if not _inside(entry, settings["judged"])]
    _customise(PathFinder.find_spec("sitecustomize", outside))
    _forget_flags()
    path = [*_stated_path(), *sys.path]
    return [settings["root"], *(entry for entry in path if entry != settings["root"])]


def _customise(spec: ModuleSpec | None) -> None:
    """sitecustomize of the environment or the system, as Python would have imported it."""
    if spec is None or spec.loader is None or "sitecustomize" in sys.modules:
        return
    module = importlib.util.module_from_spec(spec)
    sys.modules["sitecustomize"] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        sys.modules.pop("sitecustomize", None)
        sys.stderr.write("gate: sitecustomize failed: %r\n" % error)


def _forget_flags() -> None:
    """Processes that tests start with the flags of this one (multiprocessing) are to be set up as always."""
    import subprocess

    flags: Any = getattr(subprocess, "_args_from_interpreter_flags", None)

    def kept() -> List[str]:
        return [flag for flag in flags() if flag not in ("-S", "-P")]

    if flags is not None:
        vars(subprocess).update(_args_from_interpreter_flags=kept)


def _refused_plugins(natural: List[str], settings: Settings) -> List[str]:
    """Names of plugins that the judged tree offers to pytest, and base did not."""
    if settings["points"] is None:
        return []
    from importlib import metadata

    found: List[str] = []
    for one in metadata.distributions(path=[entry for entry in natural if _inside(entry, settings["judged"])]):
        found += [entry.name for entry in one.entry_points if entry.group == "pytest11"]
    return sorted(set(found) - set(settings["points"]))


def _clash(settings: Settings) -> bool:
    """Is a plugin of the tree hidden by something of the same name in the environment?"""
    for name in settings["plugins"]:
        top = name.partition(".")[0]
        if PathFinder.find_spec(top, [settings["root"]]) and PathFinder.find_spec(top, settings["sites"]):
            return True
    return False


def _environment_first(natural: List[str], library: List[str], settings: Settings) -> List[str]:
    front = [*library, *settings["sites"]]
    rest = [entry for entry in natural if entry not in front]
    return [*front, *rest[1:], rest[0]]


def _be_pytest(observer: ModuleType, arguments: List[str]) -> None:
    import pytest

    # As for `python -m pytest`: what starts workers by the name of the main module finds pytest's.
    spec = importlib.util.find_spec("pytest.__main__")
    assert spec is not None and spec.origin is not None
    _main_module(__spec__=spec, __file__=spec.origin)
    sys.argv = [spec.origin, *arguments]
    run, end, flush, leave = pytest.main, observer.end, sys.stdout.flush, sys.exit
    code = int(run(["-p", observer.__name__, *arguments], plugins=[observer]))
    end(code)
    flush()
    leave(code)


def _execute(line: str) -> None:
    module = _main_module()
    sys.argv = ["-c"]
    exec(line, module.__dict__)


def _main_module(**values: object) -> ModuleType:
    module = type(sys)("__main__")
    module.__dict__.update(values, __builtins__=__builtins__)
    sys.modules["__main__"] = module
    return module


if __name__ == "__main__":
    make_bytecode() if sys.argv[1:] == ["--compile"] else main()
