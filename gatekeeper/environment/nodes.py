"""Node packages: which one a `node_modules/.bin` script belongs to, and its contents with its dependencies'."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from gatekeeper.environment.digests import files_below
from gatekeeper.environment.installed import Closure

_MANIFEST_LIMIT = 4 * 1024 * 1024


def node_closure(script: Path) -> Closure | None:
    """The package of a `.bin` script and what it depends on. None when the script belongs to no package."""
    first = _package_of(script.resolve())
    if first is None:
        return None
    waiting, members, files = [first], dict[str, str](), set[str]()
    while waiting:
        package = waiting.pop()
        if str(package) in members:
            continue
        manifest = read_manifest(package / "package.json")
        members[str(package)] = f"{manifest.get('name', '?')} {manifest.get('version', '?')}"
        # A dependency's own nested packages are reached through its manifest, not by walking into them.
        files.update(files_below(package, skip=frozenset({"node_modules"})))
        waiting.extend(_dependencies(package, manifest))
    manifest = read_manifest(first / "package.json")
    rows = tuple(sorted(members.values()))
    roots = tuple(sorted({member.rpartition("/node_modules/")[0] for member in members}, key=len, reverse=True))
    version = str(manifest.get("version", ""))
    return Closure(str(manifest.get("name", script.name)), version, rows, tuple(sorted(files)), roots)


def read_manifest(path: Path) -> Mapping[str, object]:
    """A package.json as a mapping; empty when absent, oversized or malformed."""
    try:
        if path.stat().st_size > _MANIFEST_LIMIT:
            return {}
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _package_of(file: Path) -> Path | None:
    for folder in file.parents:
        if (folder / "package.json").is_file() and (
            folder.parent.name == "node_modules" or folder.parent.parent.name == "node_modules"
        ):
            return folder
    return None


def _dependencies(package: Path, manifest: Mapping[str, object]) -> Iterator[Path]:
    for kind in ("dependencies", "optionalDependencies", "peerDependencies"):
        wanted = manifest.get(kind)
        for name in wanted if isinstance(wanted, dict) else ():
            found = _locate(str(name), package)
            if found is not None:
                yield found


def _locate(name: str, start: Path) -> Path | None:
    """Node's own search: `node_modules/NAME` beside the package or above it."""
    for folder in (start, *start.parents):
        candidate = folder / "node_modules" / name
        if folder.name != "node_modules" and (candidate / "package.json").is_file():
            return candidate.resolve()
    return None
