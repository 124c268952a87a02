"""Python files are read as Python reads them, once, and nothing that a branch brings makes it raise."""

import ast
import codecs
import io
import json
import tokenize
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.integrity.contract import Diff
from gatekeeper.integrity.parsed import KEPT_CHARACTERS, ParsedPython, parsed, shape
from gatekeeper.integrity.scan import comments
from gatekeeper.integrity.source import MAX_BYTES, read


def of(text: str | bytes, path: str = "tests/test_a.py") -> ParsedPython:
    return parsed(Diff(()), text.encode() if isinstance(text, str) else text, path)


def notebook(*cells: str, language: str = "python") -> bytes:
    made = [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    text = {"cell_type": "markdown", "source": ["not = [code"]}
    about = {"language_info": {"name": language}}
    return json.dumps({"cells": [text, *made], "metadata": about, "nbformat": 4}).encode()


@pytest.mark.parametrize(
    "raw",
    [
        "# -*- coding: latin-1 -*-\nname = 'caf\xe9'\n".encode("latin-1"),
        codecs.BOM_UTF8 + "name = 'café'\n".encode(),
        "name = 'café'\r\n".encode(),
        "#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\nname = 'café'\n".encode("cp1252"),
    ],
)
def test_text_is_decoded_as_python_does(raw: bytes) -> None:
    found = of(raw)
    assert "name = 'café'\n" in found.text
    assert found.problem == ""


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"name = '\xff'\n", "not text"),
        (b"# coding: nonsense\n", "not text"),
        (b"# coding: zlib_codec\n", "not text"),
        (b"# coding: punycode\n" + b"#" * 20_000, "not text"),
        (b"print 'two'\n", "not valid Python"),
        (b"def {{ name }}():\n", "not valid Python"),
        (b"x = 1\0\n", "not valid Python"),
        (b"x = " + b"-" * 200_000 + b"1\n", "not valid Python"),
        (b"x = " + b"(" * 5_000 + b")" * 5_000, "not valid Python"),
        (b"x = 1\n" * 400_000, "larger than 2 MB"),
        (b"#" * (MAX_BYTES + 1), "larger than 20 MB"),
    ],
)
def test_what_cannot_be_read_says_why(raw: bytes, problem: str) -> None:
    found = of(raw)
    assert problem in found.problem
    assert found.tree is None
    assert not found.functions
    assert not found.tests


def test_generated_and_broken_files_still_have_comments() -> None:
    assert [comment.text for comment in of(b"x = 1\n" * 400_000 + b"y = 2  # noqa\n").comments] == ["# noqa"]
    assert [comment.line for comment in of("print 'two'  # a\nexec 'x' # b\n").comments] == [1, 2]


def test_a_hash_in_a_string_is_no_comment() -> None:
    found = of("a = '# no'\nb = '''\n# no\n'''  # yes\nc = f\"{'#no'}\"\nd = r'\\'  # yes'\n")
    assert [(comment.line, comment.text, comment.code) for comment in found.comments] == [(4, "# yes", "'''")]


def test_comments_are_those_of_tokenize() -> None:
    for source in sorted(Path(ast.__file__).parent.glob("t*.py")):
        text = source.read_text()
        tokens = tokenize.generate_tokens(io.StringIO(text).readline)
        expected = [(token.start[0], token.string.rstrip()) for token in tokens if token.type == tokenize.COMMENT]
        assert [(comment.line, comment.text) for comment in comments(text)] == expected, source


def test_functions_have_qualified_names() -> None:
    found = of(
        "def a(): pass\nclass C:\n    @x\n    def m(self):\n        def inner(): pass\n"
        "if y:\n    async def a(): return 2\ntry:\n    pass\nexcept E:\n    def late(): pass\n"
    )
    assert set(found.functions) == {"a", "C.m", "C.m.<locals>.inner", "late"}
    assert found.functions["a"].line == 7, "the last of two with one name, as at run time"
    assert found.functions["C.m"].line == 3
    assert found.functions["C.m"].decorators == ("x",)
    assert found.functions["C.m"].owner is not None


def test_the_hash_of_a_body_sees_what_it_does_only() -> None:
    first = of("def test_a(x):\n    '''One.'''\n    assert f(x,\n             1) == 'two'\n").functions["test_a"]
    moved = of('class T:\n    @mark\n    def test_b(x):\n\n        # why\n        assert f(x, 1) == "two"\n')
    assert moved.functions["T.test_b"].body_hash == first.body_hash
    for other in ("f(x, 2) == 'two'", "f(x, 1) == b'two'", "f(x, 1) != 'two'", "f(x, 1.0) == 'two'"):
        assert of(f"def test_a(x):\n    assert {other}\n").functions["test_a"].body_hash != first.body_hash
    nested = of("def a():\n    if x:\n        pass\n    y()\n").functions["a"]
    flat = of("def a():\n    if x:\n        pass\n        y()\n").functions["a"]
    assert nested.body_hash != flat.body_hash


def test_tests_are_what_a_runner_would_collect() -> None:
    found = of(
        "import unittest\n"
        "def test_a(): pass\n"
        "def helper():\n    def test_no(): pass\n"
        "@pytest.fixture\ndef test_data(): pass\n"
        "class TestB:\n    def test_b(self): pass\n    def other(self): pass\n"
        "class TestInit:\n    def __init__(self): pass\n    def test_no(self): pass\n"
        "class TestOff:\n    __test__ = False\n    def test_no(self): pass\n"
        "class Checks(unittest.TestCase):\n    def test_c(self): pass\n"
        "class Plain:\n    def test_no(self): pass\n"
        "if x:\n    async def test_d(): pass\n"
    )
    assert set(found.tests) == {"test_a", "TestB.test_b", "Checks.test_c", "test_d"}
    assert not of("__test__ = False\ndef test_a(): pass\n").tests


def test_code_cells_of_notebooks_are_python() -> None:
    book = notebook(
        "%matplotlib inline\n!pip install x\nfiles = !ls\nx = 5 % 3\n", "%%bash\nrm -rf\n", "def test_a(): 1\n"
    )
    found = of(book, "n.ipynb")
    assert found.problem == ""
    assert set(found.tests) == {"test_a"}
    assert "x = 5 % 3" in found.text
    assert "rm" not in found.text
    assert found.place(3) is None
    assert of("x = 1").place(1) == 1
    assert of(notebook("x <- 1", language="R"), "n.ipynb").text == ""
    assert "notebook" in of(b"{", "n.ipynb").problem
    assert "notebook" in of(b"[1]", "n.ipynb").problem


def test_a_content_is_parsed_once_and_few_are_kept() -> None:
    diff = Diff(())
    first = parsed(diff, b"x = 1", "a.py")
    assert parsed(diff, b"x = 1", "b.py") is first
    for number in range(12):
        parsed(diff, b"#" * (KEPT_CHARACTERS // 4) + b"%d" % number, "a.py")
    assert parsed(diff, b"x = 1", "a.py") is not first
    assert parsed(diff, None, "a.py").text == ""
    assert parsed(diff, b"x = 1", "a.md").text == ""


@given(st.binary(max_size=300))
def test_no_bytes_make_it_raise(raw: bytes) -> None:
    for path in ("a.py", "a.ipynb"):
        found = ParsedPython(raw, path)
        assert isinstance(found.problem, str)
        assert found.tests.keys() <= found.functions.keys()
        assert len(found.comments) >= 0


KEYS = st.sampled_from(["cells", "source", "metadata", "cell_type", "worksheets", "language_info", "name"])
LEAVES = st.none() | st.integers() | st.text()


@given(st.recursive(LEAVES, lambda inside: st.lists(inside) | st.dictionaries(KEYS, inside)))
def test_no_json_makes_a_notebook_raise(value: object) -> None:
    assert isinstance(read(json.dumps(value).encode(), "a.ipynb").text, str)


def test_a_shape_is_that_of_nodes_not_of_their_text() -> None:
    assert shape(ast.parse("a  = [1]")) == shape(ast.parse("a = [ 1 ] # x"))
    assert shape(ast.parse("f(a)(b)")) != shape(ast.parse("f(a, b)"))
