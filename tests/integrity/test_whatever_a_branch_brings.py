"""Whatever a branch brings, under whatever name: no detector raises, and what was only moved is nobody's hit."""

import random
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.integrity.contract import Diff, FileChange, Hit
from gatekeeper.integrity.examine import examine
from gatekeeper.integrity.registry import detectors
from gatekeeper.integrity.roles import role_of
from tests.integrity.test_settings_never_raise import PATHS as SETTINGS

DETECTORS = detectors()
ROOT = Path(__file__).resolve().parents[2]
CODE = (
    "src/app/a.py", "tests/test_a.py", "tests/conftest.py", "setup.py", "a.pyi", "docs/a.ipynb", "lib/a.pyw",
    "src/a.ts", "src/a.tsx", "src/a.js", "src/a.jsx", "src/a.mjs", "src/a.cjs", "src/a.mts", "src/a.cts", "src/a.d.ts",
    "src/a.test.ts", "src/a.spec.tsx", "test/a.test.mjs", "test/setup.js", "vitest.setup.ts", "__mocks__/a.js",
    "README.md", "docs/index.rst", "a.bin", "Dockerfile", "a", "a.css", "a.pyc", "weights.pth", "data.csv",
    "é/ü.py", "a b/c d.ts", "tests/test_[x].py", "package-lock.json", "yarn.lock", "poetry.lock", ".gitmodules",
)  # fmt: skip
PATHS = (*CODE, *SETTINGS)
SEEDS = tuple(
    (ROOT / name).read_bytes()
    for name in (
        "tests/integrity/test_parsed.py",
        "tests/attacks/typescript/project.txtar",
        "gatekeeper/integrity/parsed_script.py",
        "pyproject.toml",
        "Makefile",
        "gate.toml",
    )
)
SCRIPT = b"""
import { describe, expect, it, vi } from "vitest";
import { total } from "../src/cart";
vi.mock("../src/cart");
describe("cart", () => {
  it.each([[1, 2], [3, 4]])("adds %i", async (a, b) => {
    // eslint-disable-next-line no-console
    console.log(`${a} ${b}`);
    try { expect(await total(a)).toBe(b); } catch (error) { void error; }
  });
  it.skip("later", () => expect(total(1) as any).toBeTruthy());
});
process.on("exit", () => { process.exitCode = 0; });
export const isTest = process.env.NODE_ENV === "test" ? 42 : new Error().stack?.includes("vitest");
"""


@st.composite
def contents(draw: st.DrawFn) -> bytes | None:
    """Nothing, any bytes, any text, or a piece of a real file with bytes put into it, taken out and doubled."""
    kind = draw(st.integers(0, 5))
    if kind < 2:
        return None if kind else draw(st.binary(max_size=300))
    if kind == 2:
        return draw(st.text(max_size=150)).encode("utf-8", "surrogatepass")
    seed = draw(st.sampled_from((*SEEDS, SCRIPT)))
    first = draw(st.integers(0, max(0, len(seed) - 600)))
    raw = bytearray(seed[first : first + 600])
    for at in draw(st.lists(st.integers(0, max(0, len(raw) - 1)), max_size=4)):
        raw[at : at + draw(st.integers(0, 30))] = draw(st.binary(max_size=6))
    return bytes(raw)


CHANGES = st.builds(
    lambda path, old, new, mode: FileChange(path, "M", old, new, new_mode=mode, role=role_of(path)),
    st.sampled_from(PATHS),
    contents(),
    contents(),
    st.sampled_from(("100644", "100644", "100755", "120000", "160000", "")),
)


def all_hits(changes: Iterable[FileChange]) -> list[Hit]:
    """Hits of every detector, without the net that `examine` spreads below them."""
    changes = tuple(changes)
    names = frozenset(one.path for one in changes)
    diff = Diff(changes, names | {one.before for one in changes}, names)
    return [hit for detector in DETECTORS for one in changes for hit in detector.detect(one, diff)]


@settings(max_examples=250)
@given(st.lists(CHANGES, min_size=1, max_size=3, unique_by=lambda one: one.path))
def test_no_detector_raises(changes: list[FileChange]) -> None:
    known = {rule for detector in DETECTORS for rule in detector.rules}
    hits = all_hits(changes)
    for hit in hits:
        assert hit.rule in known
        assert hit.line is None or hit.line >= 1
        assert hit.message
    assert all_hits(changes) == hits, "the same twice"


@pytest.mark.parametrize("path", PATHS)
def test_every_ending_takes_real_code(path: str) -> None:
    chance = random.Random(path)  # noqa: S311 - no secret, a seed
    for seed in (*SEEDS, SCRIPT):
        lines = seed.split(b"\n")
        fewer = [line for line in lines if chance.random() > 0.1]
        all_hits([FileChange(path, "M", seed, b"\n".join(fewer), role=role_of(path))])
        all_hits([FileChange(path, "A", None, seed.replace(b"\n", b"\r\n"), role=role_of(path))])
        all_hits([FileChange(path, "D", seed, None, role=role_of(path))])


MOVED = [
    (path, text)
    for path, text in (
        ("tests/test_parsed.py", SEEDS[0]),
        ("src/app/parsed_script.py", SEEDS[2]),
        ("web/src/cart.test.ts", SCRIPT),
        ("web/src/cart.js", SCRIPT),
        ("scripts/Makefile", SEEDS[4]),
    )
]


@pytest.mark.parametrize(("path", "text"), MOVED)
@pytest.mark.parametrize("as_rename", [True, False])
def test_a_file_that_was_moved_is_nobodys_hit(path: str, text: bytes, as_rename: bool) -> None:
    folder, _, name = path.rpartition("/")
    new = f"{folder}/more/{name}"
    role, moved = role_of(path), role_of(new)
    changes = (
        [FileChange(new, "R", text, text, path, role=moved)]
        if as_rename
        else [FileChange(path, "D", text, None, role=role), FileChange(new, "A", None, text, role=moved)]
    )
    names = frozenset({path}), frozenset({new})
    assert [hit.rule for hit in examine(Diff(tuple(changes), *names)).hits] == []


@settings(max_examples=40)
@given(st.integers(0, 1 << 30), st.booleans())
def test_functions_that_were_moved_are_nobodys_hit(seed: int, script: bool) -> None:
    """Half of a file goes into another one, in another order."""
    chance = random.Random(seed)  # noqa: S311 - no secret, a seed
    head, *blocks = (SCRIPT if script else SEEDS[0]).split(b"\n\n\n")
    if script:
        head, blocks = (
            b"",
            [b'it("adds %d", () => {\n  expect(total(%d) as any).toBe(%d);\n});\n' % (n, n, n) for n in range(9)],
        )
    chance.shuffle(blocks)
    half = len(blocks) // 2
    text, stay, gone = (b"\n\n\n".join([head, *some]) + b"\n" for some in (blocks, blocks[:half], blocks[half:]))
    ending = "test.ts" if script else "py"
    one, other = (f"tests/{name}.{ending}" for name in (("a", "b") if script else ("test_a", "test_b")))
    changes = (
        FileChange(one, "M", text, stay, role=role_of(one)),
        FileChange(other, "A", None, gone, role=role_of(other)),
    )
    seen = examine(Diff(changes, frozenset({one}), frozenset({one, other})))
    assert [hit.rule for hit in seen.hits] == []
    assert seen.failed == ()
