"""From the bytes of a Python file or notebook to its text, as Python itself would read it. Pure; nothing raises."""

import codecs
import io
import json
import re
import tokenize
from collections.abc import Iterator

from msgspec import Struct

ENDINGS = (".py", ".pyi", ".pyw", ".ipynb")
MAX_BYTES = 20_000_000
"""Larger files are not looked at."""
# Encoders whose time grows with the square of the text; nobody writes programs in them.
_SLOW = frozenset({"punycode", "idna"})
_SLOW_BYTES = 16_384
# Cell magics whose rest is Python all the same.
_PYTHON_MAGICS = ("%%time", "%%timeit", "%%capture", "%%prun", "%%memit")
_MAGIC = re.compile(r"^(\s*)(?:[%!?].*|[\w.,\s]+=\s*[%!].*|[\w.]+\?{1,2}\s*)$")


class Source(Struct, frozen=True):
    """`text` has "\\n" line ends and no byte order mark. `problem` says why there is none, as "it is …"."""

    text: str
    problem: str = ""
    notebook: bool = False


def is_python(path: str) -> bool:
    """Is this file read as Python, by its name?"""
    return path.endswith(ENDINGS)


def read(contents: bytes, path: str) -> Source:
    """Text of a file; of a notebook the code cells one after another."""
    if len(contents) > MAX_BYTES:
        return Source("", f"larger than {MAX_BYTES // 1_000_000} MB")
    if path.endswith(".ipynb"):
        return _notebook(contents)
    text = decode(contents)
    return Source("", "not text in the encoding that it declares") if text is None else Source(text)


def decode(contents: bytes) -> str | None:
    """Text by byte order mark, PEP 263 declaration or UTF-8; None when it is in none of them."""
    try:
        encoding = "utf-8"
        if b"coding" in contents[:4096] or contents.startswith(codecs.BOM_UTF8):
            encoding, _ = tokenize.detect_encoding(io.BytesIO(contents[:4096]).readline)
        if codecs.lookup(encoding).name in _SLOW and len(contents) > _SLOW_BYTES:
            return None
        text = contents.decode(encoding)
    except Exception:  # noqa: BLE001 - a declaration may name any codec of Python, with errors of its own
        return None
    text = text.removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _notebook(contents: bytes) -> Source:
    try:
        book = json.loads(contents)
        cells = [_cell_text(cell) for cell in _cells(book)] if _speaks_python(book) else []
    except (ValueError, RecursionError, TypeError, AttributeError):
        return Source("", "a notebook that cannot be read", notebook=True)
    return Source("\n".join(cell for cell in cells if cell), notebook=True)


def _speaks_python(book: dict[str, dict[str, dict[str, str]]]) -> bool:
    about = book.get("metadata") or {}
    language = (about.get("language_info") or {}).get("name") or (about.get("kernelspec") or {}).get("language")
    return str(language or "python").lower() in ("python", "ipython", "python2", "python3")


def _cells(book: dict[str, list[dict[str, object]]]) -> Iterator[dict[str, object]]:
    """Code cells of format 4, and of format 3 with its worksheets."""
    sheets = [book, *book.get("worksheets", [])]
    for sheet in sheets:
        for cell in sheet.get("cells", []):  # type: ignore[attr-defined]
            if cell.get("cell_type") == "code":
                yield cell


def _cell_text(cell: dict[str, object]) -> str:
    """Code of a cell; what only IPython understands becomes `pass`, a cell in another language nothing."""
    written = cell.get("source", cell.get("input", ""))
    text = "".join(str(part) for part in written) if isinstance(written, list) else str(written)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    first = lines[0].strip()
    if first.startswith("%%") and not first.startswith(_PYTHON_MAGICS):
        return ""
    return "\n".join(_MAGIC.sub(r"\1pass", line) for line in lines) + "\n"
