"""Benches: slots made ready for tools (tree, environment, project).

Readers share one; a check that writes has its own.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from gatekeeper.checks.isolation import NOT_ISOLATED, Isolation
from gatekeeper.dispatch.leases import Leases, Unleased
from gatekeeper.environment.contract import NO_ENVIRONMENT, NO_OVERLAY, Environment, Overlay, ResolvedTool
from gatekeeper.environment.digests import FileDigests
from gatekeeper.environment.names import calls_for_environment
from gatekeeper.environment.resolve import resolve_tool
from gatekeeper.environment.witness import Witness, look_at
from gatekeeper.git.slots import Slot, Slots
from gatekeeper.model.policy import EnvironmentSettings
from gatekeeper.model.vocabulary import TreeId
from gatekeeper.process.environment import scrubbed
from gatekeeper.process.home import Home
from gatekeeper.process.remove import Broom

_GENERATED = ("*.egg-info", "src/*.egg-info")
"""What an editable installation by setuptools leaves in the tree."""

PRIVATE = "private"
"""Folder below a slot's scratch: what single commands have for themselves, and what is left of it."""


class Bench(Struct):
    """One slot with its environment. `users` counts the checks that are at work in it; `exclusive` when one owns it."""

    slot: Slot
    environment: Environment
    overlay: Overlay
    env: Mapping[str, str]
    search: tuple[str, ...]
    digests: FileDigests
    looking: threading.Lock
    """Held while a tool is looked up: the digests have one user at a time."""
    builder: Callable[[], Environment]
    """Makes the environment in which the project is built without network."""
    broom: Broom
    """Takes away what commands leave in folders of their own."""
    isolation: Isolation = NOT_ISOLATED
    users: int = 0
    exclusive: bool = False
    once: bool = False
    """Its tree is looked at once: the slot may be switched to another one, and this bench is history then."""
    _contents: tuple[str, tuple[Witness, ...]] = ("", ())
    _tools: dict[tuple[str, bool], ResolvedTool | None] = field(default_factory=dict)

    @property
    def problems(self) -> tuple[str, ...]:
        """Why nothing that needs the environment can be run here."""
        return (*self.environment.problems, *self.overlay.problems)

    def tool(self, name: str, *, fallback: bool) -> ResolvedTool | None:
        """The tool that answers to a name here; looked up once."""
        key = (name, fallback)
        with self.looking:
            if key not in self._tools:
                self._tools[key] = resolve_tool(
                    name,
                    self.search,
                    python=self.overlay.python,
                    fallback=fallback,
                    digests=self.digests,
                    inside=(*self.overlay.bin_dirs, *self.environment.bin_dirs),
                )
            return self._tools[key]

    def tool_of(self, environment: Environment, name: str) -> ResolvedTool | None:
        """A tool of another environment than the bench's own; looked up once."""
        key = (f"{name} of {environment.digest}", False)
        with self.looking:
            if key not in self._tools:
                self._tools[key] = resolve_tool(
                    name,
                    environment.bin_dirs,
                    python=environment.python,
                    fallback=False,
                    digests=self.digests,
                    inside=environment.bin_dirs,
                )
            return self._tools[key]

    @property
    def contents(self) -> str:
        """sha256 of what is installed in an environment that the gate did not build; "" where its digest says it."""
        if self.environment.contents is not None:
            with self.looking:
                self._contents = self.environment.contents.look()
        return self._contents[0]

    def witnesses(self) -> tuple[Witness, ...]:
        """Files whose change would change a result: of every tool that was used, and the folders that were searched."""
        tools = (witness for tool in self._tools.values() if tool for witness in tool.witnesses)
        seen = look_at((*self.search, *self.isolation.walls.visible))
        return (*tools, *self.environment.witnesses, *self._contents[1], *seen)


class Benches(Struct):
    """Hands out benches and keeps them until the run ends."""

    home: Home
    slots: Slots
    settings: EnvironmentSettings
    caller_env: Mapping[str, str]
    main_worktree: str | None
    logs: Path
    cancelled: threading.Event
    say: Callable[[str], None]
    broom: Broom
    isolation: Isolation = NOT_ISOLATED
    leases: Leases = field(default_factory=Unleased)
    _held: list[Bench] = field(default_factory=list)
    _stack: ExitStack = field(default_factory=ExitStack)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _making: threading.Lock = field(default_factory=threading.Lock)
    _looking: threading.Lock = field(default_factory=threading.Lock)
    _digests: FileDigests | None = None

    @contextmanager
    def borrow(self, tree: TreeId, *, exclusive: bool, once: bool = False) -> Iterator[Bench]:
        """A bench on `tree`, for as long as the block lasts. `once`: nobody else will want that tree."""
        bench = self._take(tree, exclusive=exclusive, once=once)
        try:
            yield bench
        finally:
            with self._lock:
                bench.users -= 1
                bench.exclusive = False

    def close(self) -> None:
        """Give every slot back, and keep the digests of tools for the next run."""
        self._stack.close()
        if self._digests is not None:
            self._digests.close()

    def witnesses(self) -> tuple[Witness, ...]:
        return tuple({witness for bench in self._held for witness in bench.witnesses()})

    def environments(self) -> tuple[tuple[str, str], ...]:
        """(digest, origin in words) of every environment that was used."""
        return tuple(dict.fromkeys((one.environment.digest, one.environment.origin) for one in self._held))

    def notes(self) -> tuple[str, ...]:
        """Where the tools came from, in words, each once."""
        notes: dict[str, None] = {}
        for bench in self._held:
            notes[f"environment: {bench.environment.origin}"] = None
            notes.update(dict.fromkeys((*bench.environment.notes, *bench.overlay.notes)))
        notes.update(dict.fromkeys(self.isolation.notes() if self._held else ()))
        return tuple(notes)

    def _take(self, tree: TreeId, *, exclusive: bool, once: bool) -> Bench:
        # One at a time: two checks that want the same new bench must not make two.
        with self._making:
            found = self._free(tree, exclusive=exclusive)
            return found or self._make(tree, exclusive=exclusive, once=once)

    def _free(self, tree: TreeId, *, exclusive: bool) -> Bench | None:
        with self._lock:
            for bench in self._held:
                if bench.slot.tree == tree and not bench.exclusive and (not exclusive or bench.users == 0):
                    bench.users += 1
                    bench.exclusive = exclusive
                    return bench
        return None

    def _make(self, tree: TreeId, *, exclusive: bool, once: bool) -> Bench:
        slot = self._switched(tree) if once else None
        if slot is None:
            # From run to run the readers shall meet the slot with their caches, also when a check that writes is first.
            slot = self._stack.enter_context(
                self.slots.acquire(tree, cancelled=self.cancelled, keep=self._kept(), apart=exclusive)
            )
        environment, overlay = self._furnished(slot)
        environment = self._looked_at(environment)
        if any(next(slot.path.glob(pattern), None) for pattern in _GENERATED) and slot.changes():
            slot.restore()  # the installation wrote into metadata that the project has committed
        bench = self._bench(slot, environment, overlay)
        bench.users, bench.exclusive, bench.once = 1, exclusive, once
        with self._lock:
            self._held.append(bench)
        return bench

    def _switched(self, tree: TreeId) -> Slot | None:
        """The slot of an earlier tree that was looked at once, on `tree` now: the project is installed there."""
        with self._lock:
            idle = next((bench for bench in self._held if bench.once and bench.users == 0), None)
            if idle is None:
                return None
            # Nobody borrows it again: what it knows belongs to the other tree.
            idle.once, idle.exclusive, idle.users = False, True, 1
        idle.slot.switch(tree, self._kept())
        return idle.slot

    def _furnished(self, slot: Slot) -> tuple[Environment, Overlay]:
        """The environment of the slot's tree, and how the slot sees it."""
        if not self.settings.setup and not calls_for_environment(slot.path):
            return NO_ENVIRONMENT, NO_OVERLAY
        # Here and not above: what builds environments takes longer to load than most trees without one to judge.
        from gatekeeper.environment.build import prepare  # noqa: PLC0415
        from gatekeeper.environment.overlay import install_project  # noqa: PLC0415

        log = self.logs / f"environment-{len(self._held) + 1}"
        environment = prepare(
            self.settings,
            slot=slot.path,
            home=self.home,
            main_worktree=self.main_worktree,
            base_env=self.caller_env,
            log=log,
            on_progress=self.say,
            cancelled=self.cancelled,
            digests=self._known_digests(),
            walls=self.isolation.walls,
            leases=self.leases,
        )
        overlay = install_project(
            environment,
            slot,
            home=self.home,
            base_env=self.caller_env,
            log=log,
            cancelled=self.cancelled,
            walls=self.isolation.walls,
            leases=self.leases,
        )
        return environment, overlay

    def _looked_at(self, environment: Environment) -> Environment:
        """With what another slot knows of the same interpreter: everything installed for it is thousands of files."""
        alike = (one.environment.contents for one in self._held if one.environment.python == environment.python)
        known = next(filter(None, alike), None)
        return environment if environment.contents is None or known is None else replace(environment, contents=known)

    def _kept(self) -> tuple[str, ...]:
        """Names in a slot that are the gate's: they stay when the tree is switched."""
        return (*(self.settings.provides or (".venv", "node_modules")), *_GENERATED)

    def _bench(self, slot: Slot, environment: Environment, overlay: Overlay) -> Bench:
        folders = (*overlay.bin_dirs, *environment.bin_dirs)
        empty = slot.scratch / "home"
        empty.mkdir(parents=True, exist_ok=True)
        for left in (slot.scratch / PRIVATE).glob("*"):
            self.broom.remove(left)  # of a gate that was killed
        env = scrubbed(
            self.caller_env,
            path=folders,
            home=empty,
            extra={**environment.env, **overlay.env},
            allow=self.settings.pass_env,
        )
        search = tuple(env["PATH"].split(":"))
        builder = partial(self._build_environment, slot, overlay)
        return Bench(
            slot, environment, overlay, env, search, self._known_digests(), self._looking, builder, self.broom,
            self.isolation,
        )  # fmt: skip

    def _build_environment(self, slot: Slot, overlay: Overlay) -> Environment:
        # As above: only for a project that is built without network.
        from gatekeeper.environment.backend import build_environment  # noqa: PLC0415
        from gatekeeper.environment.kitchen import Kitchen  # noqa: PLC0415

        kitchen = Kitchen(
            self.home, dict(self.caller_env), self.logs / "environment-build", self.settings.timeout_s, self.say,
            self.cancelled, self.isolation.walls, self.leases,
        )  # fmt: skip
        return build_environment(slot.path, overlay.python, kitchen)

    def _known_digests(self) -> FileDigests:
        if self._digests is None:
            self._digests = FileDigests(self.home.cache / "digests.sqlite3")
        return self._digests
