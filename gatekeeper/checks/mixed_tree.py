"""Head's code with base's tests, in one tree: which files come from where, and how pytest is configured there."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct, field

from gatekeeper.checks.tree_files import TreeFiles
from gatekeeper.git.store import Store
from gatekeeper.git.synthetic import Entry, compose
from gatekeeper.integrity.harness import asserts_for_tests, harness
from gatekeeper.model.vocabulary import TreeId
from gatekeeper.policy.globs import Globs
from gatekeeper.tools.pytest_config import config_name, options

_STAND_IN = ".gate-pytest-base"
_NODE_TEST_KEYS = ("jest", "vitest", "mocha", "ava", "nyc", "c8")
_CODE = (".py", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".ini", ".toml", ".cfg")


class Sides(Struct, frozen=True, eq=False):
    """Base and head of one comparison. `touched` are the paths in which they differ."""

    store: Store
    old: TreeFiles
    new: TreeFiles
    new_tree: TreeId
    old_tree: TreeId
    touched: tuple[str, ...]
    is_harness: Callable[[str], bool]

    @property
    def harness_touched(self) -> tuple[str, ...]:
        return tuple(path for path in self.touched if self.is_harness(path))

    @property
    def configured_anew(self) -> bool:
        """Does a file that configures more than tests say something else about them?"""
        return any(path in self.touched for path in ("pyproject.toml", "setup.cfg", "package.json")) and bool(
            _own_config(self) is not None or _package(self)
        )


class Mixed(Struct, frozen=True):
    """A tree made of two. `config` is the file of it that configures pytest, "" where pytest finds it itself."""

    tree: TreeId
    config: str = ""
    files: Mapping[str, Entry] = field(default_factory=dict)


def harness_of(
    names: Iterable[str], read: Callable[[str], bytes | None], stated: tuple[str, ...]
) -> Callable[[str], bool]:
    """What belongs to the tests, by base's names and configuration and the policy's globs."""
    return harness(names, testpaths(read), stated_harness(stated))


def testpaths(read: Callable[[str], bytes | None]) -> tuple[str, ...]:
    """Where the configuration of pytest says that the tests are."""
    found = options(name, read(name)) if (name := config_name(read)) else None
    paths = (found or {}).get("testpaths", ())
    listed = paths.split() if isinstance(paths, str) else paths if isinstance(paths, list) else ()
    return tuple(path for path in listed if isinstance(path, str))


def stated_harness(stated: tuple[str, ...]) -> Callable[[str], bool | None]:
    """What the policy's globs say of a path: it belongs to the tests, it does not, or nothing."""
    wanted = Globs(tuple(glob for glob in stated if not glob.startswith("!")))
    unwanted = Globs(tuple(glob[1:] for glob in stated if glob.startswith("!")))

    def policy(path: str) -> bool | None:
        if not stated:
            return None
        return True if wanted.match(path) else False if unwanted.match(path) else None

    return policy


def mix(sides: Sides) -> Mixed:
    """Head's tree with everything of the tests as it is at base."""
    gone = [
        path
        for path in sides.new.entries
        if sides.is_harness(path) and sides.new.entries[path] != sides.old.entries.get(path)
    ]
    back = {
        path: entry
        for path, entry in sides.old.entries.items()
        if sides.is_harness(path) and sides.new.entries.get(path) != entry
    }
    written = dict(_package(sides))
    own = _own_config(sides)
    config = ""
    if own is not None:
        config, content = own
        written.update({config: content} if content is not None else {})
    tree = compose(sides.store, sides.new_tree, remove=gone, put=back, write=written)
    return Mixed(tree, config)


def with_head(sides: Sides, mixed: Mixed, wanted: Callable[[str], bool]) -> Mixed:
    """The mixed tree with those files of the tests as they are at head."""
    paths = [path for path in sides.harness_touched if wanted(path)]
    remove = [path for path in paths if path not in sides.new.entries]
    put = {path: sides.new.entries[path] for path in paths if path in sides.new.entries}
    return Mixed(compose(sides.store, mixed.tree, remove=remove, put=put), mixed.config)


def with_base(sides: Sides, mixed: Mixed, paths: Iterable[str]) -> Mixed:
    """The mixed tree with these files of the product as they are at base."""
    put = {path: sides.old.entries[path] for path in paths if path in sides.old.entries}
    return Mixed(compose(sides.store, mixed.tree, put=put), mixed.config)


def helpers(sides: Sides) -> tuple[str, ...]:
    """Files of the product in which base had functions that assert, for tests to call."""
    product = [path for path in sides.touched if path.endswith(".py") and not sides.is_harness(path)]
    sides.old.load(product)
    return tuple(path for path in product if asserts_for_tests(sides.old.read(path), path))


def written_over(sides: Sides, mixed: Mixed, contents: Mapping[str, bytes]) -> Mixed:
    """The mixed tree with other contents of some files."""
    return Mixed(compose(sides.store, mixed.tree, write=contents), mixed.config)


def reversed_mix(sides: Sides) -> Mixed:
    """Base's tree with everything of the tests as it is at head."""
    other = Sides(sides.store, sides.new, sides.old, sides.old_tree, sides.new_tree, sides.touched, sides.is_harness)
    return mix(other)


def is_code(path: str) -> bool:
    """Something that is run, or configures what is."""
    return path.endswith(_CODE)


def is_data(path: str) -> bool:
    """Something that tests read, and no code or configuration of theirs."""
    return not path.endswith(_CODE)


def _own_config(sides: Sides) -> tuple[str, bytes | None] | None:
    """(file, its content where it has to be written) by which pytest is configured as at base; None: as it finds it."""
    before, after = config_name(sides.old.read), config_name(sides.new.read)
    old, new = options(before, sides.old.read(before)), options(after, sides.new.read(after))
    if (before, old) == (after, new):
        return None
    if before and sides.is_harness(before):
        return before, None
    if not before:
        # Without a section of its own head's file must not count either.
        return f"{_STAND_IN}.ini", b"[pytest]\n"
    content = sides.old.read(before)
    return f"{_STAND_IN}.{before.rpartition('.')[2]}", content


def _package(sides: Sides) -> Iterator[tuple[str, bytes]]:
    """package.json with what base says about its test runner."""
    before, after = (_json(side.read("package.json")) for side in (sides.old, sides.new))
    if before is None or after is None:
        return
    wanted = _of_runner(before)
    if wanted != _of_runner(after):
        kept = {key: value for key, value in after.items() if key not in _NODE_TEST_KEYS}
        yield "package.json", json.dumps({**kept, **wanted}, indent=2).encode()


def _of_runner(package: Mapping[str, object]) -> dict[str, object]:
    return {key: package[key] for key in _NODE_TEST_KEYS if key in package}


def _json(content: bytes | None) -> dict[str, object] | None:
    try:
        found = json.loads(content) if content else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
