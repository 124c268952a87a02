"""[isolation] of one run: what this machine can do, what the policy asks for, and what is said about it."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from gatekeeper.model.policy import CheckSettings, IsolationSettings
from gatekeeper.process.home import Home
from gatekeeper.process.walls import NO_WALLS, Walls, raise_walls

if TYPE_CHECKING:
    from gatekeeper.process.sandbox import Ability

NONE, FILES, FILES_AND_NETWORK = "none", "files", "files+network"
"""`Observation.isolation`, weakest first."""
_INSTALL = "install bubblewrap (apt install bubblewrap, dnf install bubblewrap, …)"
_ALLOW = "let it create user namespaces (Ubuntu: sysctl kernel.apparmor_restrict_unprivileged_userns=0)"


def ability() -> "Ability":
    """What bubblewrap can do here; tried once per process."""
    from gatekeeper.process import sandbox  # noqa: PLC0415 - a run without isolation does without

    return sandbox.ability()


class Isolation(Struct, frozen=True):
    """How commands of this run are kept from the rest of the machine. `use` as in the policy."""

    use: str = "off"
    walls: Walls = NO_WALLS

    @property
    def apart(self) -> bool:
        """Are commands kept from the files of the machine?"""
        return self.use != "off" and bool(ability().program)

    def level(self, settings: CheckSettings) -> str:
        """The level at which the check's command will run."""
        if not self.apart:
            return NONE
        return FILES if settings.network or not ability().network else FILES_AND_NETWORK

    def gap(self, settings: CheckSettings) -> str:
        """Why the check must not run here, when the policy requires isolation; else ""."""
        if self.use != "require":
            return ""
        level = self.level(settings)
        if level == NONE:
            step = _ALLOW if "not work" in ability().reason else _INSTALL
            return f"the policy requires isolation, and {ability().reason}: {step}"
        if level == FILES and not settings.network:
            return f"the policy requires isolation, and the network cannot be kept away here ({ability().reason})"
        return ""

    def notes(self) -> tuple[str, ...]:
        """Said once per run where isolation was wanted and is not, or only half, there."""
        if self.use == "off":
            return ("isolation: off (policy): commands of checks see files and network of this machine",)
        if not ability().program:
            return (f"isolation: none, {ability().reason}: commands of checks see files and network of this machine",)
        if not ability().network:
            return (f"isolation: files only, the network cannot be kept away here ({ability().reason})",)
        return ()


NOT_ISOLATED = Isolation()


def isolate(settings: IsolationSettings, home: Home, env: Mapping[str, str], hidden: Iterable[str]) -> Isolation:
    """The isolation of a run. `hidden` are folders that only the gate may read: the repository and its worktrees."""
    if settings.use == "off":
        return Isolation("off")
    return Isolation(settings.use, raise_walls(home, env, hidden=hidden, visible=settings.visible))
