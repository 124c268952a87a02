"""Files that stand in for tools, lead out of the tree, hide code, or hold secrets; and all that only look a little
like it.
"""

import pytest

from gatekeeper.integrity.contract import Diff, FileChange
from gatekeeper.integrity.files import DETECTOR, LARGE_BYTES
from gatekeeper.integrity.roles import role_of
from tests.integrity.python_cases import Text, change, hits

NAMES = (
    "README.md",
    "src/app/__init__.py",
    "src/app/core.py",
    "tests/test_a.py",
    "gen/api_pb2.py",
    "uv.lock",
    "pyproject.toml",
)
Change = tuple[str, Text, Text]
# Written apart, so that no scanner takes this file for the leak.
AWS = "AKIA" + "Q3EGRZ7T5KWJ6VXH"
GITHUB = "ghp_" + "a8Kd03LmQz7Rt51XvYb2Nc9Ws4Ue6Hg0Jf7P"
SLACK = "xoxb" + "-2314567890-2398765412-kd8Fh3Jd9sLq2Nv7"
KEY_BODY = "MIIEpAIBAAKCAQEA7bq1mO4tXz9Yw2Lk8Vn3Rc5Df6Gh1Jp0Qs"
PRIVATE = "-----BEGIN RSA " + f"PRIVATE KEY-----\n{KEY_BODY}\n-----END"


def found(*changes: Change, head: tuple[str, ...] = ()) -> list[str]:
    made = (change(*one) for one in changes)
    return sorted({hit.rule for hit in hits(DETECTOR, *made, base=NAMES, head=(*NAMES, *head))})


def with_mode(path: str, mode: str, new: bytes | None, old: bytes | None = None) -> list[str]:
    one = FileChange(path, "A" if old is None else "M", old, new, new_mode=mode, role=role_of(path))
    diff = Diff((one,), frozenset(NAMES), frozenset({*NAMES, path}))
    return [hit.rule for hit in DETECTOR.detect(one, diff)]


@pytest.mark.parametrize(
    "path",
    [
        "pytest.py",
        "src/pytest.py",
        "tests/unittest.py",
        "pytest/__init__.py",
        "_pytest/config.py",
        "mypy.py",
        "src/ruff.py",
        "sitecustomize.py",
        "tests/usercustomize.py",
        "lib/coverage/__init__.py",
        "hook.pth",
        "src/x.pth",
        "pluggy.py",
        "xdist/__init__.py",
    ],
)
def test_modules_that_stand_in_for_a_runner(path: str) -> None:
    assert found((path, None, "import os\n")) == ["runner-shadowed"]


@pytest.mark.parametrize(
    "path",
    [
        "src/app/pytest.py",
        "src/app/coverage.py",
        "tests/test_pytest.py",
        "docs/pytest.md",
        "pytest.ini",
        "src/app/plugins/mypy.pyi.txt",
        "conftest.py",
        "tests/pytest_plugin.py",
    ],
)
def test_names_that_only_look_like_one(path: str) -> None:
    assert found((path, None, "[pytest]\n")) == []


def test_names_of_tools_in_folders_that_are_on_no_path() -> None:
    assert found(("typing-examples/mypy.py", None, "x = 1\n")) == ["module-name-taken"]
    assert found(("vendor/coverage/__init__.py", None, "x = 1\n")) == ["module-name-taken"]
    assert found(("qa/pytest.py", None, "x = 1\n"), head=("qa/test_all.py",)) == ["runner-shadowed"]


def test_a_runners_own_project_may_move_to_src() -> None:
    moved = change("src/pluggy/__init__.py", None, "x = 1\n")
    assert hits(DETECTOR, moved, base=["pluggy/__init__.py"], head=["src/pluggy/__init__.py"]) == []
    assert [hit.rule for hit in hits(DETECTOR, moved, base=["pluggy/index.html"])] == ["runner-shadowed"]


def test_a_runners_own_project_may_grow() -> None:
    one = change("src/_pytest/new.py", None, "x = 1\n")
    assert hits(DETECTOR, one, base=["src/_pytest/__init__.py"], head=["src/_pytest/__init__.py"]) == []
    assert (
        hits(DETECTOR, change("mypy/new.py", None, "x = 1\n"), base=["mypy/__init__.py"], head=["mypy/__init__.py"])
        == []
    )
    assert found(("model.pth", None, b"\x80\x02}\x00weights")) == []


def test_modules_of_the_standard_library() -> None:
    assert found(("random.py", None, "x = 1\n")) == ["module-name-taken"]
    assert found(("tests/subprocess.py", None, "x = 1\n")) == ["module-name-taken"]
    assert found(("src/json/__init__.py", None, "x = 1\n"), head=("src/json/__init__.py",)) == ["module-name-taken"]
    for path in ("src/app/types.py", "scripts/calendar.py", "test.py", "tests/helpers.py", "src/app/json/__init__.py"):
        assert found((path, None, "x = 1\n")) == []


def test_programs_with_the_name_of_a_tool() -> None:
    for path in ("pytest", "bin/mypy", "tools/git", ".venv2/bin/python"):
        assert with_mode(path, "100755", b"#!/bin/sh\nexit 0\n") == ["tool-impersonated"]
    assert with_mode("bin/npm.cmd", "100644", b"@exit 0\n") == ["tool-impersonated"]
    for path, mode in (
        ("bin/run-tests", "100755"),
        ("pytest", "100644"),
        ("tests/bin/git", "100755"),
        ("bin/mypy-wrapper", "100755"),
        ("gradlew", "100755"),
    ):
        assert with_mode(path, mode, b"#!/bin/sh\n") == []
    assert with_mode("bin/mypy", "100755", b"#!/bin/sh\nnew\n", b"#!/bin/sh\nold\n") == []


def test_installed_trees_are_said_once() -> None:
    many = [(f"node_modules/left-pad/{name}", None, "x\n") for name in ("package.json", "index.js", "README.md")]
    named = hits(DETECTOR, *(change(*one) for one in many), base=NAMES)
    assert [(hit.rule, hit.symbol) for hit in named] == [("dependencies-committed", "node_modules")]
    assert named[0].message.startswith("3 files")
    assert found(("app/.venv/lib/x.py", None, "x\n")) == ["dependencies-committed"]
    assert found(("lib/site-packages/x.py", None, "x\n")) == ["dependencies-committed"]
    assert found(("tests/fixtures/node_modules/x.js", None, "x\n")) == []
    assert found(("src/node_modules.py", None, "x\n")) == []
    assert found(("node_modules/a.js", "x\n", "y\n")) == []


def test_environments() -> None:
    assert found((".env", None, "PYTHONPATH=stubs\n")) == ["environment-steered"]
    assert found((".envrc", "use nix\n", "use nix\nexport PATH=$PWD/bin:$PATH\n")) == ["environment-steered"]
    assert found((".npmrc", "", "script-shell=./sh\n")) == ["environment-steered"]
    assert found((".env.example", None, "DATABASE_URL=postgres://localhost\n")) == []
    assert found((".env", "PYTHONPATH=src\nA=1\n", "A=2\nPYTHONPATH=src\n")) == []
    assert found((".envrc", "", "# PYTHONPATH=x\n")) == []
    assert found(("src/app/env.py", None, "PYTHONPATH = 1\n")) == []


def test_links_and_submodules() -> None:
    assert with_mode("link", "120000", b"../outside") == ["link-escapes"]
    assert with_mode("a/b/link", "120000", b"../../../etc/passwd") == ["link-escapes"]
    assert with_mode("a/link", "120000", b"/etc/passwd") == ["link-escapes"]
    for target in (b"../src/app", b"core.py", b"./x/../y"):
        assert with_mode("a/link", "120000", target) == []
    assert with_mode("a/link", "120000", None) == []
    assert with_mode("vendor/lib", "160000", None) == ["gitlink-added"]
    gone = FileChange("vendor/lib", "D", None, None, old_mode="160000", new_mode="160000")
    assert list(DETECTOR.detect(gone, Diff((gone,)))) == []


@pytest.mark.parametrize(
    "line",
    [
        "*.py -diff",
        "src/** linguist-generated",
        "*.py binary",
        "src/app/*.py merge=ours",
        "* filter=evil",
        "tests/* linguist-generated=true -diff",
        "*.py working-tree-encoding=UTF-16",
    ],
)
def test_attributes_that_hide_code(line: str) -> None:
    assert found((".gitattributes", "* text=auto\n", f"* text=auto\n{line}\n")) == ["attributes-hide-code"]


@pytest.mark.parametrize(
    "line",
    [
        "*.py text eol=lf",
        "*.png binary",
        "uv.lock -diff linguist-generated",
        "*_pb2.py linguist-generated",
        "*.psd filter=lfs diff=lfs merge=lfs -text",
        "CHANGELOG.md merge=union",
        "docs/** linguist-documentation",
        "*.py diff=python",
        "tests export-ignore",
        "# *.py -diff",
        "*.py linguist-generated=false",
        "gen/** -diff",
    ],
)
def test_attributes_that_hide_nothing(line: str) -> None:
    names = ("gen/__init__.txt",)
    assert found((".gitattributes", "", f"{line}\n"), head=names) == []
    assert found((".gitattributes", f"{line}\n", f"{line}\n*.txt text\n")) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", "[attr]hidden -diff\n*.py hidden\n"),
        ("", "*.py hidden\n[attr]hidden text -diff\n"),
        ("[attr]hidden -diff\n*.min.js hidden\n", "[attr]hidden -diff\n*.min.js hidden\n*.py hidden\n"),
        ("[attr]source text\n*.py source\n", "[attr]source text -diff\n*.py source\n"),
        ("", "[attr]a b\n[attr]b a linguist-generated\nsrc/** a\n"),
    ],
)
def test_macros_that_hide_code(old: str, new: str) -> None:
    assert found((".gitattributes", old, new)) == ["attributes-hide-code"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", "[attr]hidden -diff\n*.png hidden\n"),
        ("", "[attr]source text eol=lf\n*.py source\n"),
        ("", "[attr]hidden -diff\n*.py -hidden\n"),
        ("", "[attr]\n[attr]a b\n[attr]b a\n*.py a\n"),
        ("[attr]hidden -diff\n*.py hidden\n", "[attr]quiet -diff\n*.py   quiet  text\n"),
    ],
)
def test_macros_that_hide_nothing_more(old: str, new: str) -> None:
    assert found((".gitattributes", old, new)) == []


def test_what_a_macro_means_is_said() -> None:
    new = "[attr]hidden -diff\n*.py hidden\n"
    (hit,) = hits(DETECTOR, change(".gitattributes", "", new), base=NAMES, head=NAMES)
    assert (hit.line, hit.message) == (2, "hidden (-diff): hides changes of src/app/__init__.py")


def test_characters_that_reorder_or_hide() -> None:
    assert found(("src/a.py", "", "x = 'a\u202e b'\n")) == ["bidirectional-text"]
    assert found(("src/a.ts", None, "/* \u2066 */ x\n")) == ["bidirectional-text"]
    assert found((".github/workflows/ci.yml", "", "run: a\u202db\n")) == ["bidirectional-text"]
    assert found(("src/a.js", "", "const \u3164 = 1\n")) == ["invisible-letters"]
    assert found(("src/a.py", "", "x = '\U000e0041'\n")) == ["invisible-letters"]
    assert found(("src/a.py", "", "x = 'a\u200bb'\n")) == ["invisible-characters"]
    assert found(("pyproject.toml", "", "x = 'a\u2060b'\n")) == ["invisible-characters"]


def test_characters_that_are_welcome() -> None:
    assert found(("docs/he.md", "", "a\u202e\n")) == []
    assert found(("locale/fa.po", "", "\u200c\u202b\n")) == []
    for text in (
        "x = '👨\u200d👩\u200d👧'\n",
        "x = 'naïve — “quoted” …'\n",
        "x = 'שלום'\n",
        "\ufeffx = 1\n",
        "x = '🏴\U000e0067\U000e0062'\n",
    ):
        assert found(("src/a.py", "", text)) == [], text
    line = "x = 'a\u202e b'\n"
    assert found(("src/a.py", line, line + "y = 1\n")) == []
    assert found(("src/a.py", line, ""), ("src/b.py", None, line)) == []
    assert found(("src/a.py", "", b"x\x00\xe2\x80\xae")) == []


@pytest.mark.parametrize(
    "secret", [AWS, GITHUB, SLACK, PRIVATE, "glpat-" + "Zx81kQp02Lm4Rt77Yv3B", "sk_live_" + "9aZx81kQp02Lm4Rt77Yv3BcD"]
)
def test_secrets(secret: str) -> None:
    text = f"value = '''{secret}'''\n"
    assert found(("src/app/conf.py", "", text)) == ["secret-added"]
    assert found((".github/workflows/ci.yml", None, f"env:\n  T: {secret.splitlines()[0]}\n{KEY_BODY}")) == [
        "secret-added"
    ]
    assert found(("tests/test_a.py", "", text)) == ["secret-in-tests"]
    assert found(("docs/use.md", "", text)) == ["secret-in-tests"]


def test_what_is_no_secret() -> None:
    for text in (
        "AKIA" + "IOSFODNN7EXAMPLE",
        "ghp_" + "x" * 36,
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "AKIA",
        "password = 'hunter2'",
        "ghp_${TOKEN}",
        "if 'BEGIN PRIVATE " + "KEY' in line:",
    ):
        assert found(("src/app/conf.py", "", f"v = '''{text}'''\n")) == [], text
    text = f"value = '{AWS}'\n"
    assert found(("src/a.py", text, text + "x = 1\n")) == []
    assert found(("src/a.py", text, None), ("src/b.py", None, "import os\n" + text)) == []


def test_no_hit_holds_the_secret() -> None:
    (hit,) = hits(DETECTOR, change("src/a.py", "", f"a = 1\nvalue = '{AWS}'\n"))
    assert AWS not in repr(hit)
    assert AWS[4:12] not in repr(hit)
    assert hit.line == 2


def test_many_secrets_are_bounded() -> None:
    text = "".join(f"k{n} = 'AKIA{n:04d}Q3EGRZ7T5KWJ'\n" for n in range(100, 300))
    assert len(hits(DETECTOR, change("src/a.py", "", text))) == 50


def test_large_binaries() -> None:
    large = b"\0" * (LARGE_BYTES + 1)
    assert found(("data/a.bin", None, large)) == ["large-binary"]
    assert found(("data/a.bin", b"\0small", large)) == ["large-binary"]
    assert found(("data/a.bin", large + b"\0", large)) == []
    assert found(("data/a.bin", None, b"\0" * LARGE_BYTES)) == []
    assert found(("data/a.csv", None, b"1,2\n" * (LARGE_BYTES // 2))) == []


def test_lock_files() -> None:
    lock = ("uv.lock", "a\n", "b\n")
    assert found(lock) == ["lock-without-manifest"]
    assert found(("app/package-lock.json", "{}", "{ }")) == ["lock-without-manifest"]
    assert found(lock, ("docs/pyproject.txt", "", "x\n")) == ["lock-without-manifest"]
    assert found(lock, ("pyproject.toml", "", "[project]\n")) == []
    assert found(("yarn.lock", "a\n", "b\n"), ("packages/one/package.json", "{}", "{ }")) == []
    assert found(("uv.lock", None, "a\n")) == []
    assert found(("uv.lock", "a\n", None)) == []


def test_snapshots() -> None:
    many = [(f"tests/__snapshots__/test_{n}.ambr", "old\n", "new\n") for n in range(10)]
    code = ("src/app/core.py", "a\n", "b\n")
    named = hits(DETECTOR, *(change(*one) for one in (*many, code)))
    assert [hit.rule for hit in named] == ["snapshots-rewritten"]
    assert named[0].symbol == "10"
    assert found(*many) == []
    assert found(*many[:9], code) == []
    assert found(*((path, None, new) for path, _, new in many), code) == []


def test_code_that_nobody_reads() -> None:
    assert found(("src/app/data.js", None, "x" * 60_000)) == ["opaque-code"]
    assert found(("src/app/table.py", None, "x = 1\n" * 20_001)) == ["opaque-code"]
    assert found(("src/app/data.js", "x", "x" * 60_000)) == []
    assert found(("tests/data.js", None, "x" * 60_000)) == []
    assert found(("src/app/big.py", None, "x = 1  # a line of ordinary length, as people write them\n" * 2_000)) == []
    assert found(("src/app/small.js", None, "x" * 4_000)) == []


def test_stubs() -> None:
    assert found(("src/app/core.pyi", None, "x: int\n")) == ["stub-hides-module"]
    assert found(("src/app/native.pyi", None, "x: int\n")) == []
    assert found(("src/app/core.pyi", "x: int\n", "x: str\n")) == []
    new = [("src/app/new.py", None, "x = 1\n"), ("src/app/new.pyi", None, "x: int\n")]
    assert found(*new, head=("src/app/new.py",)) == ["stub-hides-module"]
    stubs = ("src/app/other.py", "src/app/other.pyi")
    made = [change(*one) for one in new]
    assert [hit.rule for hit in hits(DETECTOR, *made, base=(*NAMES, *stubs), head=(*NAMES, *stubs, new[0][0]))] == []
    harder = [hit.harder for hit in hits(DETECTOR, *made, base=NAMES, head=(*NAMES, new[0][0]))]
    assert harder == [True]


@pytest.mark.parametrize(("flags", "rules"), [(1, ["bytecode-committed"]), (3, []), (0, [])])
def test_bytecode_that_is_run_without_a_look_at_its_source(flags: int, rules: list[str]) -> None:
    content = b"\xa7\r\r\n" + flags.to_bytes(4, "little") + b"\0" * 8 + b"code"
    assert with_mode("src/app/__pycache__/core.cpython-311.pyc", "100644", content) == rules
    assert with_mode("src/app/__pycache__/core.cpython-311.pyc", "100644", content, content) == []
    assert with_mode("src/app/core.bin", "100644", content) == []


def test_ordinary_changes() -> None:
    assert (
        found(("src/app/core.py", "a = 1\n", "a = 2\n"), ("README.md", "a", "b"), ("logo.png", None, b"\x89PNG\0"))
        == []
    )
    assert found(("src/app/core.py", "a = 1\n", None)) == []
