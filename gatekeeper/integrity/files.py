"""What kind of files a branch brings, and what their names and bytes do to those who run or read them."""

from collections.abc import Iterator, Mapping
from posixpath import basename, dirname, join, normpath

from gatekeeper.integrity.added import is_binary
from gatekeeper.integrity.attributes import hidden_by_attributes
from gatekeeper.integrity.contract import Diff, Effect, FileChange, Hit, Role, Rule
from gatekeeper.integrity.impostors import impostors
from gatekeeper.integrity.roles import CODE_ENDS
from gatekeeper.integrity.secret_lines import secrets
from gatekeeper.integrity.unseen import unseen_characters

LARGE_BYTES = 5 << 20
MANY_SNAPSHOTS = 10
"""Snapshot files that one branch may rewrite beside product code before it is said."""
_MANIFESTS = {
    "uv.lock": ("pyproject.toml", "uv.toml"), "poetry.lock": ("pyproject.toml",), "pdm.lock": ("pyproject.toml",),
    "pipfile.lock": ("Pipfile",),
    "package-lock.json": ("package.json",), "npm-shrinkwrap.json": ("package.json",), "yarn.lock": ("package.json",),
    "pnpm-lock.yaml": ("package.json", "pnpm-workspace.yaml"), "bun.lock": ("package.json",),
    "bun.lockb": ("package.json",),
}  # fmt: skip
_PYC_HEADER = 16
_SNAPSHOT_ENDS = (".snap", ".ambr", ".approved.txt", ".golden", ".snapshot")
_LONG_LINE, _MANY_LINES = 2000, 20_000
_OPAQUE_BYTES = 50_000
_LINK, _GITLINK = "120000", "160000"


class Files:
    """Rules about files as such. For a symbolic link `FileChange.new` is its target, where the caller has it."""

    rules: Mapping[str, Rule] = {
        "runner-shadowed": Rule(Effect.BLOCK, "brings a module that stands in for a test runner or runs before it"),
        "module-name-taken": Rule(Effect.WARN, "brings a module with the name of one of Python's own or of a tool"),
        "tool-impersonated": Rule(Effect.BLOCK, "brings a program with the name of a tool"),
        "dependencies-committed": Rule(Effect.BLOCK, "brings an installed tree of dependencies"),
        "environment-steered": Rule(Effect.WARN, "sets variables that change what tools find"),
        "link-escapes": Rule(Effect.BLOCK, "brings a symbolic link that leads out of the tree"),
        "gitlink-added": Rule(Effect.BLOCK, "adds or moves a submodule"),
        "attributes-hide-code": Rule(Effect.BLOCK, "hides or rewrites code by .gitattributes"),
        "bidirectional-text": Rule(Effect.BLOCK, "adds characters that reorder code on the screen"),
        "invisible-letters": Rule(Effect.BLOCK, "adds letters that nobody sees"),
        "invisible-characters": Rule(Effect.WARN, "adds characters that nobody sees"),
        "secret-added": Rule(Effect.BLOCK, "adds a secret"),
        "secret-in-tests": Rule(Effect.WARN, "adds what looks like a secret to tests or documentation"),
        "large-binary": Rule(Effect.WARN, "adds a large binary file"),
        "lock-without-manifest": Rule(Effect.WARN, "changes a lock file without its manifest"),
        "snapshots-rewritten": Rule(Effect.WARN, "rewrites many snapshots together with the code that they watch"),
        "stub-hides-module": Rule(Effect.WARN, "brings a stub beside the module, which type checkers read instead"),
        "bytecode-committed": Rule(Effect.BLOCK, "brings bytecode that is run in the place of its source"),
        "opaque-code": Rule(Effect.NOTE, "adds code that nobody can review"),
    }

    def detect(self, change: FileChange, diff: Diff) -> Iterator[Hit]:
        """Hits in one file."""
        yield from _links(change)
        yield from impostors(change, diff)
        if change.new is None or not change.new_mode.startswith("100"):
            return
        yield from hidden_by_attributes(change, diff)
        yield from unseen_characters(change, diff)
        yield from secrets(change, diff)
        yield from _large(change)
        yield from _lock(change, diff)
        yield from _snapshots(change, diff)
        yield from _opaque(change)
        yield from _stub(change, diff)
        yield from _bytecode(change)


def _links(change: FileChange) -> Iterator[Hit]:
    if change.new_mode == _GITLINK and change.status != "D":
        yield Hit("gitlink-added", change.path, "what it holds is not part of the commit and is not judged")
    if change.new_mode == _LINK and change.new is not None and change.status != "D":
        target = change.new.decode("utf-8", "replace").strip("\n")
        leads = normpath(join(dirname(change.path), target))
        if target.startswith("/") or leads.startswith("../") or leads == "..":
            yield Hit("link-escapes", change.path, f"it leads to {target[:200]}")


def _large(change: FileChange) -> Iterator[Hit]:
    new = change.new or b""
    if len(new) > LARGE_BYTES and is_binary(new) and (change.old is None or len(change.old) <= LARGE_BYTES):
        yield Hit("large-binary", change.path, f"{len(new) / (1 << 20):.1f} MiB that every clone will carry for ever")


def _lock(change: FileChange, diff: Diff) -> Iterator[Hit]:
    """The manifest next to the lock file or, in a workspace, one below it."""
    manifests = _MANIFESTS.get(basename(change.path).lower(), ())
    if not manifests or change.old is None or change.old == change.new:
        return
    folder = dirname(change.path)
    inside = folder + "/" if folder else ""
    touched = any(other.path.startswith(inside) and basename(other.path) in manifests for other in diff.changes)
    if not touched:
        yield Hit(
            "lock-without-manifest",
            change.path,
            f"{' or '.join(manifests)} did not change: other versions are installed for the same wishes",
        )


def _snapshots(change: FileChange, diff: Diff) -> Iterator[Hit]:
    """One hit, at the first snapshot of the branch."""
    if not _is_snapshot(change.path):
        return
    rewritten, product = _rewriting(diff)
    if len(rewritten) >= MANY_SNAPSHOTS and product and change.path == rewritten[0]:
        says = (
            f"{len(rewritten)} snapshot files are rewritten beside {product} files of code: they say what it says now"
        )
        yield Hit("snapshots-rewritten", change.path, says, symbol=str(len(rewritten)))


def _rewriting(diff: Diff) -> tuple[tuple[str, ...], int]:
    """The snapshots that the branch rewrites, and how many files of the product it changes. Cached in the diff."""
    if "snapshots" not in diff.cache:
        rewritten = tuple(
            other.path
            for other in diff.changes
            if _is_snapshot(other.path) and other.old is not None and other.new is not None
        )
        product = sum(1 for other in diff.changes if other.role is Role.PRODUCT and other.path.endswith(CODE_ENDS))
        diff.cache["snapshots"] = (rewritten, product)
    found = diff.cache["snapshots"]
    return found if isinstance(found, tuple) else ((), 0)


def _is_snapshot(path: str) -> bool:
    return path.endswith(_SNAPSHOT_ENDS) or "/__snapshots__/" in f"/{path}"


def _opaque(change: FileChange) -> Iterator[Hit]:
    """Minified or dumped code among sources, which a review passes over."""
    new = change.new or b""
    if (
        change.old is not None
        or len(new) < _OPAQUE_BYTES
        or not change.path.endswith(CODE_ENDS)
        or change.role is not Role.PRODUCT
    ):
        return
    lines = new.count(b"\n") + 1
    if len(new) / lines > _LONG_LINE or lines > _MANY_LINES:
        yield Hit("opaque-code", change.path, f"{len(new) // 1024} KiB in {lines} lines: nobody reads that")


def _stub(change: FileChange, diff: Diff) -> Iterator[Hit]:
    """Beside code that the same branch writes it weighs more: what is new there, no type checker has seen."""
    module = change.path.removesuffix("i")
    if not change.path.endswith(".pyi") or change.old is not None or module not in diff.head_names:
        return
    if module in diff.base_names or not _keeps_stubs(diff):
        message = f"type checkers read this file and not {module} any more"
        written = any(other.path == module for other in diff.changes)
        yield Hit("stub-hides-module", change.path, message, line=1, harder=written)


def _keeps_stubs(diff: Diff) -> bool:
    """Is it the way of this project to write stubs beside its modules?"""
    if _keeps_stubs not in diff.cache:
        stubs = (name for name in diff.base_names if name.endswith(".pyi"))
        diff.cache[_keeps_stubs] = any(name[:-1] in diff.base_names for name in stubs)
    return bool(diff.cache[_keeps_stubs])


def _bytecode(change: FileChange) -> Iterator[Hit]:
    """Bytecode of which PEP 552 says that Python loads it without a look at the source."""
    new = change.new or b""
    flags = int.from_bytes(new[4:8], "little")
    if change.path.endswith(".pyc") and new != change.old and len(new) > _PYC_HEADER and flags & 3 == 1:
        message = "Python runs this in the place of the source beside it, whatever the source says"
        yield Hit("bytecode-committed", change.path, message)


DETECTOR = Files()
