"""What is kept from the commands of one run, where bubblewrap works: home, keys, worktrees, the gate's own things."""

import os
import pwd
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from gatekeeper.process.home import Home
from gatekeeper.process.private import NOTHING_PRIVATE, Private, contains

if TYPE_CHECKING:
    from gatekeeper.process.sandbox import Sandbox


class Walls(Struct, frozen=True, eq=False):
    """`up` is False where commands run without a sandbox. `visible` are real paths that the policy adds.

    `masked` files can never be opened, wherever they lie.
    """

    up: bool = False
    private: Private = NOTHING_PRIVATE
    visible: tuple[str, ...] = ()
    masked: tuple[str, ...] = ()
    _looked_up: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)

    def around(
        self,
        *,
        search: Sequence[str],
        programs: Iterable[str] = (),
        visible: Iterable[str] = (),
        writable: Iterable[tuple[str, str]] = (),
        network: bool,
    ) -> "Sandbox | None":
        """The sandbox for a command; None where there is none.

        It sees the system, the installations of the `search` folders (a PATH) and of `programs`, and `visible`. It
        writes in `writable` only: pairs of a folder of the machine and its place inside.
        """
        # Lazy, as in raise_walls: a run without isolation does without.
        from gatekeeper.process.mounts import View  # noqa: PLC0415
        from gatekeeper.process.sandbox import ability, sandbox  # noqa: PLC0415

        found = ability()
        if not self.up or not found.program:
            return None
        view = View(
            visible=(*self._needed(tuple(search), ()), *self._needed((), tuple(programs)), *visible, *self.visible),
            writable=tuple(writable),
            hidden=(*self.private.homes, *self.private.folders),
            masked=self.masked,
        )
        return sandbox(found, view, network=network)

    def _needed(self, search: tuple[str, ...], programs: tuple[str, ...]) -> tuple[str, ...]:
        """Looked up once per run: it is the same for every check."""
        key = (*search, "", *programs)
        if key not in self._looked_up:
            from gatekeeper.process.installations import needed_by  # noqa: PLC0415 - as above

            self._looked_up[key] = needed_by(search, programs, self.private)
        return self._looked_up[key]


NO_WALLS = Walls()


def raise_walls(
    home: Home, env: Mapping[str, str], *, hidden: Iterable[str] = (), visible: Iterable[str] = ()
) -> Walls:
    """Walls around the gate's own folders, the caller's home folder and `hidden` (worktrees, the repository).

    A path of `visible` may begin with `~/`; what lies in the gate's own folders is never shown.
    """
    gate = _real((str(home.cache), str(home.state)))
    return Walls(
        up=True,
        private=Private(
            homes=tuple(one for one in _real((env.get("HOME", ""), _recorded_home())) if one != "/"),
            folders=_real((*gate, *hidden)),
        ),
        visible=tuple(
            path
            for path in _real(_expanded(path, env) for path in visible)
            if not any(contains(folder, (path,)) for folder in gate)
        ),
        # The signing key may lie anywhere.
        masked=_real((_expanded(env.get("GATE_KEY", ""), env),)),
    )


def _expanded(path: str, env: Mapping[str, str]) -> str:
    return env.get("HOME", "") + path[1:] if path.startswith("~/") else path


def default_walls(home: Home, env: Mapping[str, str], given: Walls | None) -> Walls:
    """Those that were given, else walls around the gate and the user."""
    return raise_walls(home, env) if given is None else given


def _real(paths: Iterable[str]) -> tuple[str, ...]:
    """The real paths of those that are absolute, each once."""
    return tuple(dict.fromkeys(os.path.realpath(path) for path in paths if path.startswith("/")))


def _recorded_home() -> str:
    """The home folder that the system knows, whatever HOME says."""
    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return ""


def same(*folders: Path) -> tuple[tuple[str, str], ...]:
    """Writable folders that keep their place."""
    return tuple((str(folder), str(folder)) for folder in folders)
