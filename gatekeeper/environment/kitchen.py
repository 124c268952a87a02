"""Where environments are really made: the only part of this floor that runs set-up commands and uses the network."""

import contextlib
import fcntl
import json
import os
import re
import shutil
import stat
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct, field

from gatekeeper.dispatch.leases import Leases, Unleased, Wish
from gatekeeper.environment.programs import Programs
from gatekeeper.environment.recipe import Recipe
from gatekeeper.errors import Interrupted
from gatekeeper.model.vocabulary import Ended
from gatekeeper.process.environment import network_settings, scrubbed
from gatekeeper.process.home import Home
from gatekeeper.process.run import Command, Completed
from gatekeeper.process.walls import NO_WALLS, Walls, same

_LOCK_POLL_S = 0.2
_TAIL_BYTES = 4096
_KEPT_S = 30 * 24 * 3600
_ASK_BUILD = """import re, sys
from build import ProjectBuilder
builder, more = ProjectBuilder(sys.argv[1]), set()
for kind in ("sdist", "wheel"):
    more |= set(builder.get_requires_for_build(kind))
with open(sys.argv[2], "w") as file:
    file.writelines(f"{line}\\n" for line in sorted(more) if re.fullmatch(r"[A-Za-z0-9].*", line))
"""


class Kitchen(Struct, frozen=True):
    """Everything that a set-up needs beside its recipe. `timeout_s` is seconds per command."""

    home: Home
    base_env: Mapping[str, str]
    log: Path
    timeout_s: float
    tell: Callable[[str], None]
    cancelled: threading.Event | None
    walls: Walls = NO_WALLS
    leases: Leases = field(default_factory=Unleased)

    def build(self, recipe: Recipe, programs: Programs, tree: Path, folder: Path) -> str:
        """Make the environment in `folder` unless it is there. Returns why it could not be made; empty when it is."""
        if (folder / "complete").is_file():
            with contextlib.suppress(OSError):  # a read-only cache still serves
                os.utime(folder / "used")
            return ""
        with self.locked(folder):
            if (folder / "complete").is_file():
                return ""
            remove(folder)
            (folder / "tree").mkdir(parents=True)
            try:
                problem = self._fill(recipe, programs, tree, folder)
            except BaseException:
                remove(folder)
                raise
            if problem:
                remove(folder)
            else:
                self._forget_old(folder)
            return problem

    @contextlib.contextmanager
    def locked(self, folder: Path) -> Iterator[None]:
        """One gate at a time; the kernel gives the lock back when its holder dies."""
        with folder.with_name(f"{folder.name}.lock").open("w") as lock:
            told = False
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if not told:
                        self.tell("another gate is building this environment: waiting for it")
                    told = True
                    self._stop_when_cancelled()
                    time.sleep(_LOCK_POLL_S)
            yield

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        work: Path,
        name: str,
        writable: Sequence[Path] = (),
        visible: Sequence[str] = (),
    ) -> Completed:
        """One set-up command: network and registry settings of the caller, no secrets, an empty HOME.

        It may be code of the branch (a build backend, an install script), so it sees no more than a check does.
        """
        packages = self.home.cache / "packages"
        for path in (work / "home", work / "tmp", packages, self.home.cache / "programs"):
            path.mkdir(parents=True, exist_ok=True)
        settings = network_settings(self.base_env)
        env = scrubbed(self.base_env, home=work / "home", extra={**settings, **_own_settings(packages, work)})
        command = Command(
            argv=tuple(argv),
            cwd=str(cwd),
            env=env,
            timeout_s=self.timeout_s,
            log=self.log.with_name(f"{self.log.name}.{name}"),
            sandbox=self.walls.around(
                search=env["PATH"].split(":"),
                programs=(*argv, *visible),
                visible=(*visible, *_local_places(settings.values())),
                # TMPDIR says where temporary files go; what writes to /tmp all the same finds them there, too.
                writable=(
                    *same(cwd, work, packages, self.home.cache / "programs", *writable),
                    (str(work / "tmp"), "/tmp"),  # noqa: S108 - the place inside
                ),
                network=True,
            ),
        )
        wish = Wish(name=f"environment {Path(argv[0]).name}", key=f"environment\n{Path(argv[0]).name} {name}")
        # A set-up that was stopped half-way goes on from what is there: installers see to that.
        done = self.leases.run(command, wish, cancelled=self.cancelled, on_sample=_unseen, again=_once_more)
        if done.ended is Ended.INTERRUPTED:
            raise Interrupted("interrupted while the environment was being set up")
        return done

    def _fill(self, recipe: Recipe, programs: Programs, tree: Path, folder: Path) -> str:
        inside = folder / "tree"
        copy_inputs(recipe, tree, inside)
        commands = [*programs.before, *(_expand(command, programs) for command in recipe.commands)]
        started = time.monotonic()
        self.tell(f"setting up the environment from {recipe.origin} (once; it is kept)")
        for number, command in enumerate(commands):
            problem = self._ask(recipe, tree, folder) if number == len(commands) - 1 else ""
            problem = problem or self._step(command, inside, folder, str(number))
            if problem:
                return problem
        if not any((inside / name).exists() for name in recipe.provides):
            return f"the environment's set-up ran, but did not make {' or '.join(recipe.provides)}"
        self._finish(folder, recipe, time.monotonic() - started)
        return ""

    def _step(self, command: tuple[str, ...], inside: Path, folder: Path, name: str) -> str:
        self.tell("environment: " + " ".join(command))
        done = self.run(command, cwd=inside, work=folder, name=name)
        return "" if done.ended is Ended.EXITED and done.exit == 0 else failure(command, done)

    def _forget_old(self, built: Path) -> None:
        """Environments that nobody has used for a month make room when a new one was built."""
        for used in built.parent.glob("*/used"):
            if used.parent != built and time.time() - used.stat().st_mtime > _KEPT_S:
                (used.parent / "complete").unlink(missing_ok=True)
                remove(used.parent)

    def _ask(self, recipe: Recipe, tree: Path, folder: Path) -> str:
        """What only the build backend knows, before the last command. Returns why it could not be found out."""
        if recipe.build_of_tree:
            self._ask_build(tree, folder)
        return self._ask_backend(recipe, tree, folder) if recipe.metadata_of_tree else ""

    def _ask_build(self, tree: Path, folder: Path) -> None:
        """More build requirements, from the backend's hooks (PEP 517). When they fail, the build will say why."""
        source, more = folder / "source", folder / "more.txt"
        shutil.copytree(tree, source, symlinks=True, ignore=shutil.ignore_patterns("node_modules", ".git", ".venv"))
        argv = (str(folder / "tree" / ".venv" / "bin" / "python"), "-c", _ASK_BUILD, str(source), str(more))
        self.run(argv, cwd=folder, work=folder, name="build-needs")
        with contextlib.suppress(OSError), (folder / "tree" / ".gate-requirements.txt").open("a") as file:
            file.write(more.read_text())
        remove(source)

    def _ask_backend(self, recipe: Recipe, tree: Path, folder: Path) -> str:
        """Dependencies that only the project's build backend knows: its metadata is made in a copy of the tree."""
        source, report = folder / "source", folder / "report.json"
        shutil.copytree(tree, source, symlinks=True, ignore=shutil.ignore_patterns("node_modules", ".git"))
        wanted = f"./source[{','.join(recipe.extras)}]" if recipe.extras else "./source"
        options = ("install", "--dry-run", "--ignore-installed", "--quiet", "--report", str(report), wanted)
        argv = (str(folder / "tree" / ".venv" / "bin" / "python"), "-m", "pip", *options)
        done = self.run(argv, cwd=folder, work=folder, name="metadata")
        if done.ended is not Ended.EXITED or done.exit != 0:
            return failure(argv, done)
        items = json.loads(report.read_bytes())["install"]
        pins = [
            f"{item['metadata']['name']}=={item['metadata']['version']}\n" for item in items if not item["is_direct"]
        ]
        with (folder / "tree" / ".gate-requirements.txt").open("a") as file:
            file.writelines(pins)
        remove(source)
        return ""

    def _finish(self, folder: Path, recipe: Recipe, seconds: float) -> None:
        inside = folder / "tree"
        for name in ("home", "tmp", "source"):
            remove(folder / name)
        links = sorted(_node_folders(inside))
        links += [name for name in recipe.provides if name not in {".venv", *links} and (inside / name).exists()]
        freeze(inside)
        (folder / "used").touch()
        kept = {"origin": recipe.origin, "seconds": round(seconds, 3), "links": links}
        partial = folder / "complete.new"
        partial.write_text(json.dumps(kept))
        partial.rename(folder / "complete")

    def _stop_when_cancelled(self) -> None:
        if self.cancelled is not None and self.cancelled.is_set():
            raise Interrupted("interrupted while waiting for the environment")


def _own_settings(packages: Path, work: Path) -> dict[str, str]:
    return {
        "TMPDIR": str(work / "tmp"),
        "PIP_CACHE_DIR": str(packages / "pip"),
        "UV_CACHE_DIR": str(packages / "uv"),
        "UV_PYTHON_INSTALL_DIR": str(packages / "uv-python"),
        # Hard links would share files between environments: a check that writes into one would change all.
        "UV_LINK_MODE": "copy",
        "UV_COMPILE_BYTECODE": "1",
        "UV_NO_PROGRESS": "1",
        "POETRY_CACHE_DIR": str(packages / "poetry"),
        "POETRY_VIRTUALENVS_IN_PROJECT": "true",
        "npm_config_cache": str(packages / "npm"),
        "npm_config_store_dir": str(packages / "pnpm"),
        "npm_config_package_import_method": "copy",
    }


def _local_places(values: Iterable[str]) -> Iterator[str]:
    """Certificates and folders of packages that the caller's registry settings name."""
    for value in values:
        for word in value.split():
            path = word.removeprefix("file://")
            if path.startswith("/") and path.strip("/") and os.path.lexists(path):
                yield path


def copy_inputs(recipe: Recipe, tree: Path, target: Path) -> None:
    """The declared inputs, and the files that the gate writes itself. Links are not followed out of the tree."""
    for name in recipe.inputs:
        source = tree / name
        if source.is_file() and source.resolve().is_relative_to(tree.resolve()):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target / name)
    for name, text in recipe.files:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text(text, encoding="utf-8")


def failure(argv: Sequence[str], done: Completed) -> str:
    """One sentence: which command, how it ended, its last words, and where the rest is."""
    how = f"exited {done.exit}" if done.ended is Ended.EXITED else f"ended: {done.reason or done.ended}"
    shown = " ".join(argv)
    words = _telling(done.stderr) or _last_line(done.stderr) or _last_line(done.stdout) or "it printed nothing"
    return f"setting up the environment failed: `{shown[:200]}` {how}: {words} (log: {done.stderr})"


def _telling(path: Path) -> str:
    """The first sentence about an error: installers end with where their own log is."""
    with path.open("rb") as file:
        lines = file.read(64 << 10).decode(errors="replace").splitlines()
    troubles = [
        line.strip()
        for line in lines
        if re.match(r"\s*(?:npm |pip |\S{1,12} )?(?:error|ERR!?|fatal)\b", line, re.IGNORECASE)
    ]
    return next((line for line in troubles if len(line.split()) > 5), troubles[0] if troubles else "")[:300]


def freeze(folder: Path) -> None:
    """Nobody writes here any more."""
    for where, folders, files in os.walk(folder, topdown=False):
        for name in (*files, *folders):
            path = f"{where}/{name}"
            mode = os.lstat(path).st_mode
            if not stat.S_ISLNK(mode):
                os.chmod(path, mode & ~0o222)  # noqa: PTH101
    folder.chmod(folder.stat().st_mode & ~0o222)


def remove(folder: Path) -> None:
    """Delete a folder, also a frozen one."""
    if not folder.exists():
        return
    for where, folders, _ in os.walk(folder):
        for path in (where, *(f"{where}/{name}" for name in folders)):
            with contextlib.suppress(OSError):
                if not os.path.islink(path):  # noqa: PTH114
                    os.chmod(path, 0o700)  # noqa: PTH101
    shutil.rmtree(folder, ignore_errors=False)


def _expand(command: tuple[str, ...], programs: Programs) -> tuple[str, ...]:
    return (*programs.argv.get(command[0], (command[0],)), *command[1:])


def _node_folders(inside: Path) -> Iterator[str]:
    """`node_modules` of the root and of every workspace member, not those nested in one another."""
    for where, folders, _ in os.walk(inside):
        if "node_modules" in folders:
            yield os.path.relpath(f"{where}/node_modules", inside)
        folders[:] = [name for name in folders if name not in {"node_modules", ".venv"}]


def _last_line(path: Path) -> str:
    with contextlib.suppress(OSError), path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        lines = [line.strip() for line in file.read().decode(errors="replace").splitlines() if line.strip()]
        return lines[-1][:300] if lines else ""
    return ""


def _unseen(_: int) -> None:
    pass


def _once_more() -> None:
    pass
