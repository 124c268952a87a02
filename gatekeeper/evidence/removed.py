"""What a worker is to disclose: tests that are gone, and files that decide what is asked of a branch. Pure."""

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from posixpath import basename

REVIEWS = ".gate/self-review/*"
# Files by whose name test runners find tests.
_TEST_FILE = re.compile(
    r"(?:^|/)(?:test_[^/]*\.py|[^/]*_test\.(?:py|go|rb|exs)|[^/]*_spec\.rb|[^/]*Tests?\.(?:java|kt|cs|php|swift)|"
    r"[^/]*\.(?:test|spec)\.[cm]?[jt]sx?)$|(?:^|/)__tests__/[^/]+\.[cm]?[jt]sx?$"
)
_NAMES = (
    (re.compile(r"\.py$"), re.compile(r"^[ \t]*(?:async[ \t]+)?def[ \t]+(test\w*)", re.MULTILINE)),
    (re.compile(r"\.[cm]?[jt]sx?$"), re.compile(r"""\b(?:it|test)(?:\.\w+)*\s*\(\s*(["'`])(.{1,300}?)\1""")),
    (re.compile(r"\.go$"), re.compile(r"^func[ \t]+(Test\w*|Benchmark\w*|Fuzz\w*)", re.MULTILINE)),
    (re.compile(r"\.rb$"), re.compile(r"""\bit\s+(["'])(.{1,300}?)\1""")),
)
_GATE_FILES = (
    "gate.toml", ".gate/*", ".github/workflows/*", ".github/actions/*", ".gitlab-ci.yml", ".circleci/*",
    "Jenkinsfile", "azure-pipelines.yml", ".pre-commit-config.yaml", "action.yml", ".gitattributes", "CODEOWNERS",
    ".github/CODEOWNERS",
)  # fmt: skip
_TOOL_FILES = (
    "ruff.toml", ".ruff.toml", "mypy.ini", ".mypy.ini", "pytest.ini", ".pytest.ini", "tox.ini", "noxfile.py",
    ".coveragerc", "setup.cfg", ".flake8", "pyrightconfig.json", "tsconfig*.json", "eslint.config.*", ".eslintrc*",
    ".eslintignore", ".prettierrc*", "vitest.config.*", "jest.config.*", "playwright.config.*", "biome.json*",
)  # fmt: skip
_TABLE = re.compile(r"^[ \t]*\[+[ \t]*([^\]\n]*)\]", re.MULTILINE)
_TOOL_TABLE = re.compile(r"tool\s*\.\s*(?:ruff|mypy|pytest|coverage|gate|pyright|pylint|flake8|tox|nox)\b")
_WORD = re.compile(r"[A-Za-z@][\w@/.-]{1,60}")


def is_test_file(path: str) -> bool:
    """Would a test runner look into this file, by its name?"""
    return _TEST_FILE.search(path) is not None


def named_tests(path: str, text: str) -> frozenset[str]:
    """Names of the tests in a file, as far as its text shows them."""
    found = (pattern for suffix, pattern in _NAMES if suffix.search(path))
    return frozenset(match[match.lastindex or 0] for pattern in found for match in pattern.finditer(text))


def removed_tests(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """Deleted test files, and `path::name` of tests that are gone. A test that was moved is not.

    Both map the paths of changed test files to their text, as they were and as they are.
    """
    kept = {name for path, text in after.items() for name in named_tests(path, text)}
    gone: list[str] = []
    for path, text in sorted(before.items()):
        there = named_tests(path, text)
        lost = sorted(there - kept)
        if path not in after and len(lost) == len(there):
            gone.append(path)
        else:
            gone += (f"{path}::{name}" for name in lost)
    return tuple(gone)


def is_gate_file(path: str) -> bool:
    """Does this file decide what is asked of a branch, or how the tools that ask are set?

    pyproject.toml does in some of its tables: see `gate_part`.
    """
    if fnmatchcase(path, REVIEWS):
        return False
    known = any(fnmatchcase(path, glob) for glob in _GATE_FILES)
    return known or path == "pyproject.toml" or any(fnmatchcase(basename(path), glob) for glob in _TOOL_FILES)


def gate_part(path: str, text: str) -> str:
    """The part of a gate file that counts: of pyproject.toml the tables of tools that judge, of others everything."""
    if path != "pyproject.toml":
        return text
    tables = [*_TABLE.finditer(text)]
    ends = [*(match.start() for match in tables[1:]), len(text)]
    return "".join(
        text[match.start() : end]
        for match, end in zip(tables, ends, strict=False)
        if _TOOL_TABLE.match(match[1].strip())
    )


def changed_words(before: str, after: str, limit: int = 400) -> tuple[str, ...]:
    """Words of the lines that only one of two texts has, sorted; at most `limit`. Rule ids are among them."""
    old, new = set(before.splitlines()), set(after.splitlines())
    return tuple(sorted({word for line in old ^ new for word in _WORD.findall(line)}))[:limit]
