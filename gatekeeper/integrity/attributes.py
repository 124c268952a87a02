"""`.gitattributes` that hide changes of code from those who look, or rewrite files on checkout. Pure."""

from collections.abc import Iterator, Mapping
from posixpath import basename, dirname

from msgspec import Struct
from pathspec import GitIgnoreSpec

from gatekeeper.integrity.contract import Diff, FileChange, Hit
from gatekeeper.integrity.roles import CODE_ENDS

_MACRO = "[attr]"
_KNOWN_FILTERS = frozenset({"lfs", "nbstripout", "git-crypt", "jupyternotebook"})
_GENERATED = (
    ".min.js",
    ".min.css",
    "_pb2.py",
    "_pb2.pyi",
    "_pb2_grpc.py",
    ".pb.go",
    ".g.dart",
    ".generated.ts",
    ".snap",
    ".lock",
)
_GENERATED_PARTS = frozenset(
    {"generated", "gen", "vendor", "third_party", "_vendor", "dist", "__generated__", "__snapshots__", "node_modules"}
)
_HARMFUL = {"-diff": "hides changes", "binary": "hides changes", "-merge": "decides conflicts silently"}


def hidden_by_attributes(change: FileChange, diff: Diff) -> Iterator[Hit]:
    """Hits for attributes that the branch gives to a file of code, not only to generated ones; also by a macro."""
    if basename(change.path) != ".gitattributes" or change.new is None:
        return
    before = {(one.pattern, one.means) for one in _given(_text(change.old))}
    for one in _given(_text(change.new)):
        if (one.pattern, one.means) not in before and (says := _harm(one.means)):
            victim = _code_matched(one.pattern, change.path, diff)
            if victim:
                yield _hit(one, f"{says} of {victim}", change.path)


class _Given(Struct, frozen=True):
    """One attribute that one line gives to a pattern. `means` is `written`, or what that macro stands for."""

    pattern: str
    written: str
    means: str
    line: int
    text: str


def _hit(given: _Given, says: str, path: str) -> Hit:
    name = given.written if given.written == given.means else f"{given.written} ({given.means})"
    message = f"{name}: {says}"
    return Hit("attributes-hide-code", path, message, line=given.line, symbol=given.pattern, context=given.text)


def _given(text: str) -> Iterator[_Given]:
    """Every attribute of every line, macros written out: git takes them from anywhere in the file."""
    rows = [(number, " ".join(line.split())) for number, line in enumerate(text.splitlines(), 1)]
    macros = {
        name: tuple(means)
        for _, line in rows
        if line.startswith(_MACRO)
        for name, *means in [line.removeprefix(_MACRO).split() or [""]]
    }
    for number, line in rows:
        if line.startswith(("#", _MACRO)):
            continue
        pattern, *attributes = line.split(" ")
        for written in attributes:
            for means in _written_out(written, macros):
                yield _Given(pattern, written, means, number, line)


def _written_out(attribute: str, macros: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """The attribute itself and all that it sets as a macro; each once, for macros may name each other in a circle."""
    seen: set[str] = set()
    waiting = [attribute]
    while waiting:
        here = waiting.pop()
        if here not in seen:
            seen.add(here)
            yield here
            waiting.extend(macros.get(here, ()))


def _text(raw: bytes | None) -> str:
    return (raw or b"").decode("utf-8", "replace")


def _harm(attribute: str) -> str:
    """What an attribute does to a file of code; "" when nothing that matters (eol, text, linguist-language …)."""
    match attribute.partition("=")[::2]:
        case "linguist-generated" | "linguist-vendored" | "gitlab-generated", "" | "true":
            return "folds away the changes"
        case "merge", "ours" | "union":
            return "decides conflicts silently"
        case "filter", value if value and value not in _KNOWN_FILTERS:
            return "rewrites the contents on checkout"
        case "working-tree-encoding", _:
            return "changes how the bytes are shown"
        case _:
            return _HARMFUL.get(attribute, "")


def _code_matched(pattern: str, path: str, diff: Diff) -> str:
    """The first file of code, not a generated one, that the pattern matches."""
    folder = dirname(path)
    prefix = folder + "/" if folder else ""
    inside = [
        name
        for name in diff.head_names
        if name.endswith(CODE_ENDS) and name.startswith(prefix) and not _is_generated(name)
    ]
    try:
        spec = GitIgnoreSpec.from_lines([pattern])
        return min((name for name in inside if spec.match_file(name[len(prefix) :])), default="")
    except ValueError:
        return ""


def _is_generated(name: str) -> bool:
    return name.endswith(_GENERATED) or bool(_GENERATED_PARTS & set(name.split("/")[:-1]))
