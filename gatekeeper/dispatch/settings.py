"""How the broker of this machine is set up: built-in values, a machine settings file, variables; the last one wins."""

import os
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from gatekeeper.dispatch.cores import default_jobs
from gatekeeper.dispatch.job import GIB, MIB, Machine
from gatekeeper.dispatch.pressure import Kernel, Reading
from gatekeeper.errors import ConfigurationError
from gatekeeper.process.folders import folders

_LEAST_FLOOR = 512 * MIB
_SMALLEST = 16 * MIB
"""A budget below this cannot run anything."""
OVERSIZE = ("alone", "fail", "remote")
"""What becomes of a job that is larger than the budget."""
SYSTEM_FILE = "/etc/gatekeeper/machine.toml"


class Settings(Struct, frozen=True, eq=False):
    """Sizes in bytes. `budget` None: from the machine."""

    folder: str
    budget: int | None = None
    floor: int | None = None
    guess: int = 512 * MIB
    """The estimate of a command of which nothing is known."""
    cores: int = field(default_factory=default_jobs)
    memory_pressure: float = 10.0
    io_pressure: float = 60.0
    oversize: str = "alone"
    shared: bool = False
    """The folder belongs to several users: its owner is not asked for."""
    notes: tuple[str, ...] = ()


def load_settings(env: Mapping[str, str], system_file: str = SYSTEM_FILE) -> Settings:
    """The settings of this machine for this user. Raises ConfigurationError that names file or variable and key."""
    state = folders(env)[1]
    settings = Settings(folder=f"{state}/broker/{_machine_name()}")
    for path in (system_file, _own_file(state, env)):
        if os.path.isfile(path):  # noqa: PTH113 - mostly it is not there
            settings = _from_file(settings, path)
    if env.get("GATE_BROKER_DIR"):
        settings = replace(settings, folder=os.path.abspath(env["GATE_BROKER_DIR"]))  # noqa: PTH100
    if env.get("GATE_MEMORY_BUDGET"):
        size = _size("GATE_MEMORY_BUDGET", env["GATE_MEMORY_BUDGET"])
        settings = replace(settings, budget=_usable("GATE_MEMORY_BUDGET", size))
    return settings


def machine_of(settings: Settings, kernel: Kernel, reading: Reading) -> Machine:
    """What admission is told about the machine now."""
    total = kernel.total()
    floor = _floor(settings, total)
    return Machine(
        budget=budget_of(settings, total)[0],
        cores=settings.cores,
        floor=floor,
        available=reading.available,
        memory_pressure=reading.memory_pressure,
        io_pressure=reading.io_pressure,
        memory_limit=settings.memory_pressure,
        io_limit=settings.io_pressure,
    )


def budget_of(settings: Settings, total: int | None) -> tuple[int, str]:
    """(bytes, where it comes from). A budget above what the machine has is cut down to what it has."""
    floor = _floor(settings, total)
    if settings.budget is None:
        if total is None:
            return 2 * GIB, "2 GiB assumed, since this machine does not say how much memory it has"
        return max(_SMALLEST, total - floor), "the machine's memory less what is kept free"
    if total is not None and settings.budget > total:
        return max(_SMALLEST, total - floor), "the machine's memory less what is kept free; the budget set is larger"
    return settings.budget, "set"


def backstop_of(settings: Settings, total: int | None) -> int | None:
    """What no single job may hold, in bytes, enforced by the kernel where it can; None where the memory is not known.

    Above the budget, so that the broker comes first: half of what is kept free for the rest of the machine is left.
    """
    if total is None:
        return None
    return max(budget_of(settings, total)[0], total - _floor(settings, total) // 2)


def _floor(settings: Settings, total: int | None) -> int:
    """What the rest of the machine keeps: a tenth, at least 512 MiB, never more than half."""
    if settings.floor is not None:
        return settings.floor
    return 0 if total is None else min(total // 2, max(_LEAST_FLOOR, total // 10))


def _machine_name() -> str:
    """Homes may be shared over a network; memory is not."""
    try:
        with open("/etc/machine-id", encoding="ascii", errors="replace") as file:  # noqa: PTH123 - on a hot path
            name = file.read().strip()[:12]
    except OSError:
        name = ""
    return "".join(letter for letter in f"{os.uname().nodename}-{name}" if letter.isalnum() or letter in "-._")


def _own_file(state: str, env: Mapping[str, str]) -> str:
    if env.get("GATE_HOME"):
        return f"{os.path.dirname(state)}/machine.toml"  # noqa: PTH120
    chosen = env.get("XDG_CONFIG_HOME", "")
    folder = chosen if chosen.startswith("/") else f"{env.get('HOME') or os.path.expanduser('~')}/.config"  # noqa: PTH111
    return f"{folder}/gatekeeper/machine.toml"


def _from_file(settings: Settings, path: str) -> Settings:
    import tomllib  # noqa: PLC0415 - most machines have no such file

    try:
        with open(path, "rb") as file:  # noqa: PTH123
            table = tomllib.load(file)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}", "correct the file or remove it") from error
    changes: dict[str, Any] = {}
    for key, value in table.items():
        if key not in _KEYS:
            raise ConfigurationError(f"{path}: there is no setting {key!r}", f"the settings are: {', '.join(_KEYS)}")
        changes[_KEYS[key][0]] = _value(path, key, value)
    return replace(settings, **changes)


def _value(path: str, key: str, value: object) -> object:
    where, kind = f"{path}: {key}", _KEYS[key][1]
    if kind == "size":
        size = _size(where, value)
        return _usable(where, size) if key == "budget" else size
    if not _FITS[kind](value):
        raise ConfigurationError(f"{where} = {value!r} is not a {kind}", "see the reference of the machine settings")
    return value


def _number(value: object, most: int) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= most


_FITS: Mapping[str, Callable[[object], bool]] = {
    "per cent": lambda value: _number(value, 100),
    "count": lambda value: isinstance(value, int) and _number(value, 4096),
    "folder": lambda value: isinstance(value, str) and value.startswith("/"),
    "switch": lambda value: isinstance(value, bool),
    "choice of alone, fail or remote": lambda value: value in OVERSIZE,
}
_KEYS = {
    "budget": ("budget", "size"),
    "floor": ("floor", "size"),
    "guess": ("guess", "size"),
    "cores": ("cores", "count"),
    "memory-pressure": ("memory_pressure", "per cent"),
    "io-pressure": ("io_pressure", "per cent"),
    "oversize": ("oversize", "choice of alone, fail or remote"),
    "folder": ("folder", "folder"),
    "shared": ("shared", "switch"),
}


def _size(where: str, value: object) -> int:
    from gatekeeper.policy.values import parse_size  # noqa: PLC0415 - its patterns cost more than all the rest here

    text = int(value) if isinstance(value, str) and value.strip().isdecimal() else value
    try:
        return parse_size(text)
    except ValueError as error:
        raise ConfigurationError(f"{where}: {value!r} is not {error}", f"for example {where}=6GiB") from error


def _usable(where: str, size: int) -> int:
    if size < _SMALLEST:
        raise ConfigurationError(f"{where}: {size} bytes are too few to run anything", "name at least 16MiB")
    return size
