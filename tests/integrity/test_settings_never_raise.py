"""Whatever a branch puts into a file, the detectors of settings, commands and files say something or nothing; they do
not raise.
"""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.integrity import ci, files, relaxed, thresholds
from gatekeeper.integrity.contract import Diff, FileChange, Hit
from gatekeeper.integrity.reading.data import UNKNOWN
from gatekeeper.integrity.reading.formats import read_document
from gatekeeper.integrity.reading.script_data import read_json
from gatekeeper.integrity.roles import role_of

DETECTORS = (thresholds.DETECTOR, relaxed.DETECTOR, ci.DETECTOR, files.DETECTOR)
PATHS = (
    "pyproject.toml",
    "setup.cfg",
    "tox.ini",
    "pytest.ini",
    "mypy.ini",
    ".flake8",
    ".coveragerc",
    ".pylintrc",
    "ruff.toml",
    "gate.toml",
    "package.json",
    "tsconfig.json",
    "pyrightconfig.json",
    ".eslintrc",
    "eslint.config.js",
    "vitest.config.ts",
    "jest.config.cjs",
    ".nycrc",
    "codecov.yml",
    ".pre-commit-config.yaml",
    ".github/workflows/ci.yml",
    ".gitlab-ci.yml",
    "Makefile",
    "justfile",
    "noxfile.py",
    "scripts/test.sh",
    ".ci/run",
    "conftest.py",
    ".gitattributes",
    ".env",
    "uv.lock",
    "mypy-baseline.txt",
    "eslint-suppressions.json",
    "a.ratchet.json",
    "action.yml",
    "src/a.py",
    "pytest.py",
    "__snapshots__/a.snap",
    ".size-limit.json",
    "playwright.config.mts",
)
SEEDS = (
    (
        b"[tool.coverage.report]\nfail_under = 90\n[tool.pytest.ini_options]\naddopts = ['-k', 'x']\n[tool.mypy]\n"
        b"overrides = [{module = 'a'}]\n"
    ),
    (
        b"[flake8]\nmax-complexity = 10\nper-file-ignores =\n    a: b\n[tool:pytest]\naddopts = -k 'x\n[testenv]\n"
        b"commands = pytest\n"
    ),
    (
        b"on: [push]\njobs:\n  a:\n    if: false\n    steps:\n      - run: |\n          pytest || true\n        "
        b"continue-on-error: true\n"
    ),
    (
        b'{"compilerOptions": {"strict": true}, "jest": {"coverageThreshold": {"global": {"lines": 9}}}, '
        b'"scripts": {"test": "a || b"}}'
    ),
    b"export default defineConfig({ test: { coverage: { thresholds: { lines: 90 } }, include: ['{a,b}'] } })",
    b"test:\n\t-pytest $(X) || true\nX = $(X)\n",
    b"collect_ignore = ['a']\n",
    b"* -diff\n",
    b"PYTHONPATH=\xe2\x80\xae\n",
)

contents = st.one_of(
    st.none(),
    st.sampled_from(SEEDS),
    st.binary(max_size=200),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.tuples(st.sampled_from(SEEDS), st.integers(0, 120), st.binary(max_size=6)).map(
        lambda cut: cut[0][: cut[1]] + cut[2] + cut[0][cut[1] :]
    ),
    st.tuples(st.sampled_from(SEEDS), st.integers(0, 120)).map(lambda cut: cut[0][: cut[1]]),
)
modes = st.sampled_from(("100644", "100755", "120000", "160000", ""))


def run(*changes: FileChange) -> list[Hit]:
    names = frozenset(change.path for change in changes)
    diff = Diff(changes, names, names)
    return [hit for change in changes for detector in DETECTORS for hit in detector.detect(change, diff)]


@settings(max_examples=400)
@given(st.lists(st.tuples(st.sampled_from(PATHS), contents, contents, modes), min_size=1, max_size=3))
def test_no_contents_make_a_detector_raise(given_files: list[tuple[str, bytes | None, bytes | None, str]]) -> None:
    changes = tuple(
        FileChange(path, "M", old, new, new_mode=mode, role=role_of(path)) for path, old, new, mode in given_files
    )
    known = {rule for detector in DETECTORS for rule in detector.rules}
    for hit in run(*changes):
        assert hit.rule in known
        assert hit.line is None or hit.line > 0


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_file_that_did_not_change_is_never_a_hit(path: str, seed: bytes) -> None:
    unchanged = FileChange(path, "M", seed, seed, role=role_of(path))
    assert run(unchanged) == []


@pytest.mark.parametrize(
    "bomb",
    [
        b"[" * 200_000,
        b"{" * 200_000,
        b"- " * 100_000,
        b"a: " * 60_000,
        b"(" * 60_000,
        b"a: &a [*a, *a]\n",
        b"a." * 5_000 + b"b = 1\n",
        b"x" * 300_000,
        b"a: &a [x,x,x,x,x,x,x,x,x]\n"
        + b"".join(b"%c: &%c [%s]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 9)) for n in range(20)),
        b"on: push\njobs: {a: {steps: [{run: '" + b"pytest;" * 3_000 + b"'}]}}\n",
        b"test:\n" + b"\tpytest\n" * 3_000,
        b"if true; then " * 9_000,
        b"\xff\xfe\x00" * 10_000,
        b"pytest || true\r\n" * 100,
        b"\0" * 100_000,
    ],
    ids=lambda bomb: repr(bomb[:12]),
)
def test_bombs_cost_little(bomb: bytes) -> None:
    """Generous: the machine may be busy. Without the bounds they take minutes, or all memory."""
    started = time.monotonic()
    for path in PATHS:
        run(
            FileChange(path, "M", bomb, bomb[:-1], role=role_of(path)),
            FileChange("sub/" + path, "A", None, bomb, role=role_of(path)),
        )
    assert time.monotonic() - started < 30


def test_data_is_read_as_it_is_written() -> None:
    flow = read_document("a.yml", b"on: [push]\nx: &x {y: 1}\nz: *x\nk:\n  <<: *x\n  q: no\nrun: |\n  one\n  two\n")
    assert flow is not None
    assert flow.data == {"on": ["push"], "x": {"y": 1}, "z": {"y": 1}, "k": {"y": 1, "q": "no"}, "run": "one\ntwo\n"}
    assert flow.line_of("k", "q") == 6
    assert read_json(b'{ // c\n "a": [1, -2.5,], /* x */ b: {"c": true, d: null},}') == {
        "a": [1, -2.5],
        "b": {"c": True, "d": None},
    }
    assert read_json(b"") is UNKNOWN
    config = read_document(
        "vitest.config.ts",
        b"const n = 9 as const\nexport default defineConfig(() => ({ a: n, ...{ b: `x` }, c: f() }))",
    )
    assert config is not None
    assert config.data == {"a": 9, "b": "x", "c": UNKNOWN}
    assert read_document("setup.cfg", b"no section\n") is None
    assert read_document("a.txt", b"") is None
