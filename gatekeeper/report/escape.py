"""Everything that came from the branch is escaped for where it is shown.

File names, messages of tools, commit subjects and branch names are chosen by the worker. None of them may move the
cursor, reorder the line, open a workflow command in a CI log, or become markup.
"""

import unicodedata

_ELLIPSIS = "…"

# Runner commands: the old form works anywhere in a line, the new one only at its start (after blanks).
_COMMANDS_ANYWHERE = ("##[", "##vso[")
_COMMAND_AT_START = "::"

# ASCII punctuation that Markdown or GitHub could read as markup; an entity never is structural (CommonMark 2.5).
_MARKDOWN = {ord(mark): f"&#{ord(mark)};" for mark in "\\`*_{}[]<>()#+!|~@:&^$=\"'"}


def terminal(text: str) -> str:
    """Text of several lines, safe in a terminal and in a CI log. Tabs and newlines stay."""
    return "\n".join(_line(line, keep="\t") for line in text.split("\n"))


def single_line(text: str, limit: int = 0) -> str:
    """The same on exactly one line; `limit` (characters, 0 for none) cuts the end off."""
    line = _line(text, keep="")
    if limit and len(line) > limit:
        return line[: max(limit - 1, 0)] + _ELLIPSIS
    return line


def markdown(text: str, limit: int = 0) -> str:
    """One line as an HTML code element: in it GitHub links no mentions, issues or addresses."""
    line = preformatted(single_line(text, limit))
    return f"<code>{line}</code>" if line else ""


def preformatted(text: str) -> str:
    """One line inside a `<pre>` element of Markdown: its blanks stay, and it is never markup."""
    return single_line(text).translate(_MARKDOWN).replace("www.", "www&#46;")


def xml(text: str) -> str:
    """Only characters that XML 1.0 allows (section 2.2). Markup is left to the XML writer."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(character if _legal_in_xml(ord(character)) else _visible(character) for character in text)


def html_text(text: str) -> str:
    """For element content and quoted attributes of HTML."""
    import html  # noqa: PLC0415 - a large table of entities, which text for terminals does without

    return html.escape(single_line(text), quote=True)


def unicode_only(text: str) -> str:
    """Lone surrogates (undecodable bytes of file names) made visible, so that the text can be encoded as UTF-8."""
    return text if text.isascii() else "".join(_visible(c) if 0xD800 <= ord(c) <= 0xDFFF else c for c in text)


def _line(text: str, keep: str) -> str:
    if not text.isprintable():
        text = "".join(character if _harmless(character, keep) else _visible(character) for character in text)
    for command in _COMMANDS_ANYWHERE:
        text = text.replace(command, "\\x23" + command[1:])
    bare = text.lstrip()
    if bare.startswith(_COMMAND_AT_START):
        indent = text[: len(text) - len(bare)]
        text = f"{indent}\\x3a{bare[1:]}"
    return text


def _harmless(character: str, keep: str) -> bool:
    # isprintable() is False for controls, formats (bidi, zero width, tags), surrogates, separators and unassigned ones.
    return character.isprintable() or character in keep or unicodedata.category(character) == "Zs"


def _visible(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"  # surrogateescape: the byte that was no UTF-8
    if code <= 0xFF:
        return {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(character, f"\\x{code:02x}")
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _legal_in_xml(code: int) -> bool:
    return code in (0x9, 0xA, 0xD) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
