"""pytest through the gate's boot file: which interpreter, which settings, which configuration."""

import json
import os
import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from gatekeeper.checks.bench import Bench
from gatekeeper.checks.bytecode import folder_of
from gatekeeper.checks.contract import Boot
from gatekeeper.checks.start import Start
from gatekeeper.environment.contract import ResolvedTool
from gatekeeper.environment.installed import site_folders
from gatekeeper.environment.resolve import interpreter_of
from gatekeeper.tools import inside
from gatekeeper.tools.pytest_config import added_options, config_name, options, plugins, without_plugins

SETTINGS = "GATE_PYTEST"
OLDEST = (3, 8)
_INSIDE = Path(next(iter(inside.__path__)))
_VERSION = re.compile(r"python3\.(\d+)")
_MAX_BYTES = 4 << 20
_SAFE_PATH = (3, 11)
"""First Python that knows `-P`."""
_VALUED = frozenset({"-k", "-m", "-p", "-o", "-n", "-W", "-r", "--junitxml", "--junit-xml", "--tb", "--dist", "--cov"})
_PLACED = ("-c", "--config-file", "--rootdir")


def interpreter(bench: Bench, tool: ResolvedTool) -> str | None:
    """The Python that pytest is installed for; None when it cannot be told, or is too old for the boot file."""
    found = bench.overlay.python or interpreter_of(Path(tool.executable[0]))
    version = _version(found) if found else None
    return None if found is None or (version is not None and version < OLDEST) else found


def unobserved(executable: tuple[str, ...]) -> Start:
    """pytest as it is, where its interpreter cannot be told."""
    return Start(executable, notes=("tests ran without the gate's observer: the Python behind pytest is not known",))


def start(boot: Boot, python: str, bench: Bench, version: str, words: Sequence[str]) -> Start:
    """How pytest is called. `words` are its arguments, `version` is pytest's."""
    root = bench.slot.path
    judged = [str(root.resolve()), str((bench.slot.scratch / "overlay").resolve())]
    sites = [site for site in site_folders(python) if not _inside(site, judged)]
    known = _version(python)
    flags = ["-S"] if known is None or known < _SAFE_PATH else ["-P", "-S"]
    config = boot.config or _config(root, words, version)
    stated = added_options(options(config, _read(root, config))) if config else ()
    kept, notes = _kept(boot, root, stated)
    bytecode = _bytecode(bench)
    settings: dict[str, object] = {
        "judged": judged,
        "bytecode": bytecode,
        "sites": sites,
        "own": str(_INSIDE),
        "boot": str(_INSIDE / "pytest_boot.py"),
        "flags": flags,
        "plugins": [*plugins(kept), *plugins(words)],
        "points": None if boot.points is None else list(boot.points),
    }
    more = (*(("-c", config) if config else ()), *(("-o", f"addopts={shlex.join(kept)}") if kept != stated else ()))
    begin = (python, *flags, str(settings["boot"]))
    visible = tuple(filter(None, (str(_INSIDE), bytecode)))
    variables = {SETTINGS: json.dumps(settings)}
    return Start((*begin, *more), variables, visible, notes, observed=True, words=len(begin))


def _bytecode(bench: Bench) -> str:
    """The folder of byte code, which is there; "" where the bench has none."""
    folder = folder_of(bench)
    if folder is None:
        return ""
    folder.mkdir(exist_ok=True)
    return str(folder)


def _kept(boot: Boot, root: Path, stated: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """`addopts` without plugins of the tree that base does not load, and what is said about them."""
    if boot.plugins is None:
        return stated, ()
    new = frozenset(name for name in plugins(stated) if name not in boot.plugins and _of_tree(root, name))
    notes = (f"plugin {name!r} of the branch (-p) was not loaded: base does not load it" for name in sorted(new))
    return without_plugins(stated, new), tuple(notes)


def _of_tree(root: Path, module: str) -> bool:
    """Is there a module of that name in the tree, at its root or in src?"""
    path = module.replace(".", "/")
    return any((root / start / f"{path}{end}").exists() for start in ("", "src") for end in (".py", "/__init__.py"))


def _config(root: Path, words: Sequence[str], version: str) -> str:
    """The project's own configuration, relative to the root; "" when there is none, or the command names it."""
    if any(word.startswith(_PLACED) for word in words):
        return ""
    for folder in _folders(root, words):
        found = config_name(lambda name, at=folder: _read(root, f"{at}{name}"), version)  # type: ignore[misc]
        if found:
            return f"{folder}{found}"
    return ""


def _folders(root: Path, words: Sequence[str]) -> Iterator[str]:
    """Where pytest looks: the folder that all paths in its arguments have in common, then upwards to the root."""
    named = [os.path.normpath(path) for path in paths_in(root, words)]
    common = os.path.commonpath(named) if named else "."
    folder = common if (root / common).is_dir() else os.path.dirname(common)  # noqa: PTH120 - relative to the root
    parts = [part for part in folder.split("/") if part not in {"", "."}]
    for depth in range(len(parts), -1, -1):
        yield "".join(f"{part}/" for part in parts[:depth])


def paths_in(root: Path, words: Sequence[str]) -> tuple[str, ...]:
    """Paths of the tree among the arguments, without `::test`."""
    found = []
    for before, word in zip(("", *words), words, strict=False):
        path = word.partition("::")[0]
        outside = path.startswith(("-", "/")) or ".." in path.split("/") or before in _VALUED
        if path and not outside and (root / path).exists():
            found.append(path)
    return tuple(found)


def _read(root: Path, name: str) -> bytes | None:
    path = root / name
    if path.is_symlink() or not path.is_file() or path.stat().st_size > _MAX_BYTES:
        return None
    return path.read_bytes()


def _inside(place: str, folders: Sequence[str]) -> bool:
    real = os.path.realpath(place)
    return any(real == folder or real.startswith(f"{folder}/") for folder in folders)


def _version(python: str) -> tuple[int, int] | None:
    """From where its packages lie: the interpreter itself is not asked, that would cost its start."""
    for text in (*site_folders(python), os.path.realpath(python)):
        found = _VERSION.search(text)
        if found:
            return 3, int(found[1])
    return None
