"""What silences a tool is found once per code, in real comments only, and only where base did not have it."""

import pytest

from gatekeeper.integrity.suppressions import DETECTOR
from tests.integrity.python_cases import Text, change, hits, rules

PATH = "src/app/core.py"
BASE = "import os\n\nvalue = compute(1)\n"


def found(new: Text, old: Text = BASE, path: str = PATH) -> list[str]:
    return rules(DETECTOR, change(path, old, new))


def with_comment(comment: str) -> str:
    return f"import os\n\nvalue = compute(1)  {comment}\n"


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa: E501",
        "#noqa:E501,F401",
        "# NOQA : E501".replace(" :", ":"),
        "# why not  # noqa: BLE001 - because",
        "# type: ignore[arg-type]",
        "# type:ignore[arg-type, misc]  # later",
        "# pyright: ignore[reportCall]",
        "# ty: ignore[x]",
        "# pyre-fixme[7]: no",
        "# pytype: disable=attribute-error",
        "# pylint: disable=no-member",
        "# pylint: disable-next=no-member",
        "# nosec",
        "# nosec B101",
        "# nosemgrep: rules.x",
        "# NOSONAR",
    ],
)
def test_a_silenced_finding_is_listed(comment: str) -> None:
    assert found(with_comment(comment)) == ["suppression-added"]
    assert found(with_comment(comment), old=with_comment(comment)) == []


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa",
        "# noqa - because",
        "# type: ignore",
        "# type: ignore # x",
        "# pyright: ignore",
        "# pylint: disable=all",
    ],
)
def test_a_blanket_is_a_rule_of_its_own(comment: str) -> None:
    assert found(with_comment(comment)) == ["suppression-blanket"]


TWICE = """
    from typing import TYPE_CHECKING
    if TYPE_CHECKING:
        def price(net: int) -> int: ...
    else:
        def price(net):
            return "?"
    """


def test_code_that_no_type_checker_looks_into_is_listed() -> None:
    unchecked = "from typing import no_type_check\n\n@no_type_check\ndef f(): ...\n"
    assert found(unchecked) == ["suppression-blanket"]
    assert found(TWICE) == ["suppression-blanket"]
    for text in (unchecked, TWICE):
        assert found(text + "\nx = 1\n", old=text) == [], "base had it"
        assert found(text, path="tests/test_core.py") == [], "tests may"


@pytest.mark.parametrize(
    "text",
    [
        "from typing import cast\nx = cast(int, y)\n",
        "if TYPE_CHECKING:\n    from a import B\nelse:\n    B = object\n",
        "if TYPE_CHECKING:\n    def __getattr__(name: str) -> int: ...\n",
        "text = 'no_type_check'\n",
    ],
)
def test_other_words_about_types_are_not(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "comment",
    [
        "# ruff: noqa: E501",
        "# mypy: disable-error-code=attr-defined",
        "# mypy: allow-untyped-defs",
        "# pyright: basic",
        "# pyright: reportMissingImports=false",
        "# pylint: disable=no-member",
        "# type: ignore[import]",
    ],
)
def test_so_is_one_rule_for_a_file(comment: str) -> None:
    assert found(f"#!/usr/bin/python\n{comment}\n{BASE}") == ["suppression-blanket"]


@pytest.mark.parametrize(
    "comment",
    [
        "# ruff: noqa",
        "# flake8: noqa",
        "# mypy: ignore-errors",
        "# pylint: skip-file",
        "# pylint: disable=all",
        "# type: ignore",
        "# pyre-ignore-all-errors",
    ],
)
def test_a_file_that_is_no_longer_looked_at_weighs_more(comment: str) -> None:
    whole = f"#!/usr/bin/python\n{comment}\n{BASE}"
    assert found(whole) == ["suppression-blanket!"]
    assert found(whole, path="tests/test_a.py") == ["suppression-blanket"]
    assert found(whole, old=None) == ["suppression-blanket"], "a new file takes nothing away"


@pytest.mark.parametrize(
    "honest",
    [
        "text = '# noqa'\n",
        'text = """\nx = 1  # type: ignore\n# pylint: disable=all\n"""\n',
        "x = 1  # we never write noqa here\n",
        "x = 1  # noqa-like\n",
        "x = []  # type: list[int]\n",
        "# mypy: strict\n# mypy: disallow-untyped-defs\n# pyright: strict\nx = 1\n",
        "# pylint: enable=all\nx = 1\n",
        "# fmt: off\nx = 1\n# fmt: on\n",
        "from typing import Any, cast\nx = cast(Any, y)\n",
        "x: Any = 1  # pragmatic\n",
        "# isort: skip_file\n# -*- coding: utf-8 -*-\n",
        "x = 1  # secure, no sec\n",
    ],
)
def test_what_silences_nothing_is_none(honest: str) -> None:
    assert found(BASE + honest) == []
    assert found(honest) == []


def test_coverage_and_warnings_are_rules_of_their_own() -> None:
    assert found(with_comment("# pragma: no cover")) == ["coverage-excluded"]
    assert found(with_comment("#pragma:no cover")) == ["coverage-excluded"]
    assert found("import os\n\nif x:  # pragma: no branch\n    value = compute(1)\n") == ["coverage-excluded"]
    for call in (
        "filterwarnings('ignore')",
        "simplefilter('ignore', DeprecationWarning)",
        "filterwarnings('ig' + 'nore')",
    ):
        assert found(BASE + f"import warnings\nwarnings.{call}\n") == ["warnings-silenced"], call
        assert found(BASE + f"from warnings import *\nimport warnings as w\nif x:\n    w.{call}\n") != [], call


@pytest.mark.parametrize(
    "honest",
    [
        "import warnings\nwarnings.filterwarnings('error')\n",
        "import warnings\ndef f():\n    warnings.simplefilter('ignore')\n",
        "import warnings\nwith warnings.catch_warnings():\n    warnings.simplefilter('ignore')\n    import old\n",
        "import warnings\nlog.filterwarnings('ignore')\n",
    ],
)
def test_other_filters_are_none(honest: str) -> None:
    assert found(BASE + honest) == []


def test_the_same_comment_on_a_changed_line_is_not_new() -> None:
    old = with_comment("# noqa: E501")
    assert found(old.replace("(1)", "(2, more)"), old=old) == []
    assert found(f"x = 1\n\n\n{old}", old=old) == []
    assert found(old.replace("value =", "other ="), old=old) == ["suppression-added"]
    assert found(old + "other = 1  # noqa: E501\n", old=old) == ["suppression-added"]


def test_wider_is_new_and_narrower_is_not() -> None:
    narrow, two, wide = (with_comment(f"# noqa{codes}") for codes in (": E501", ": E501, F401", ""))
    assert found(two, old=narrow) == ["suppression-added"]
    assert found(wide, old=narrow) == ["suppression-blanket"]
    assert found(narrow, old=wide) == []
    assert found(narrow, old=two) == []
    ignored = with_comment("# type: ignore")
    assert found(with_comment("# type: ignore[misc]  # noqa: E501"), old=ignored) == ["suppression-added"]


def test_moved_lines_are_not_new() -> None:
    line = "value = compute(1)  # type: ignore[misc]\n"
    moved = change("src/a.py", f"import os\n{line}", "import os\n"), change("src/b.py", None, f"    {line}".lstrip())
    assert rules(DETECTOR, *moved) == []
    assert rules(DETECTOR, moved[1], moved[0]) == []
    assert rules(DETECTOR, change("src/new.py", line, line, before="src/old.py")) == []
    deleted = change("src/a.py", line, None), change("src/b.py", None, line + line)
    assert len(hits(DETECTOR, *deleted)) == 1, "one was moved, one is new"


def test_where_and_what() -> None:
    (first, second) = hits(DETECTOR, change(PATH, BASE, with_comment("# noqa: F401, E501")))
    assert (first.symbol, second.symbol) == ("noqa: E501", "noqa: F401")
    assert (first.line, first.context) == (3, "value = compute(1)  # noqa: F401, E501")
    assert first.message == "adds `noqa: E501` for a line"


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_broken_and_generated_files_are_looked_at_too(end: str) -> None:
    (hit,) = hits(DETECTOR, change(PATH, "print 'two'\n", f"print 'two'{end}exec 'x'  # noqa{end}".encode()))
    assert hit.line == 2
    generated = b"x = 1\n" * 500_000
    assert found(generated + b"y = 2  # noqa\n", old=generated) == ["suppression-blanket"]


def test_many_are_summed_up() -> None:
    many = hits(DETECTOR, change(PATH, BASE, "".join(f"x{i} = 1  # noqa: E501\n" for i in range(5000))))
    assert len(many) == 201
    assert many[-1].message == "and 4800 more in this file"


def test_notebooks_have_no_lines() -> None:
    book = '{"cells": [{"cell_type": "code", "source": ["x = 1  # noqa: E501\\n"]}]}'
    (hit,) = hits(DETECTOR, change("docs/a.ipynb", '{"cells": []}', book))
    assert (hit.line, hit.context) == (None, "x = 1  # noqa: E501")
