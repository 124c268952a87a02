"""`.gitattributes` that hide changes of code from those who look, or rewrite files on checkout. Pure."""

from collections.abc import Iterator
from posixpath import basename, dirname

from pathspec import GitIgnoreSpec

from gatekeeper.integrity.contract import Diff, FileChange, Hit
from gatekeeper.integrity.roles import CODE_ENDS

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
    """Hits for lines that the branch added and that match a file of code, not only generated ones."""
    if basename(change.path) != ".gitattributes" or change.new is None:
        return
    before = {" ".join(line.split()) for line in _text(change.old).splitlines()}
    for number, line in enumerate(_text(change.new).splitlines(), 1):
        clean = " ".join(line.split())
        if clean not in before and not clean.startswith("#"):
            yield from _of_line(clean, number, change.path, diff)


def _of_line(line: str, number: int, path: str, diff: Diff) -> Iterator[Hit]:
    """Hits for the attributes that one line gives to its pattern."""
    pattern, *attributes = line.split(" ")
    for attribute in attributes:
        says = _harm(attribute)
        victim = _code_matched(pattern, path, diff) if says else ""
        if victim:
            message = f"{attribute}: {says} of {victim}"
            yield Hit("attributes-hide-code", path, message, line=number, symbol=pattern, context=line)


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
