"""What a test process says it had to compile is only a list of modules to look at: nothing outside of the tree."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.checks.bytecode import said, size_of

WORDS = st.recursive(
    st.none() | st.integers() | st.text(max_size=20), lambda inner: st.lists(inner, max_size=4), max_leaves=12
)


@given(WORDS)
def test_whatever_is_said_only_modules_below_the_tree_are_wanted(words: object) -> None:
    line = json.dumps({"n": words}).encode().replace(b'{"n": ', b'{"n":', 1)
    for kind, path, _ in said(line):
        assert kind in {"plain", "rewritten"}
        assert path.endswith(".py")
        assert Path("/tree", path).is_relative_to("/tree")
        assert ".." not in Path(path).parts


@pytest.mark.parametrize(
    "path",
    ["../a.py", "/etc/a.py", "a/../../b.py", "a.txt", "a\0.py"],
    ids=["up", "absolute", "through", "text", "nul"],
)
def test_paths_that_lead_elsewhere_are_passed_over(path: str) -> None:
    rows = [["plain", path, "0" * 64], ["plain", "pkg/good.py", "0" * 64], ["other", "pkg/good.py", "0" * 64]]
    channel = b'{"t":"x"}\n{"n": oops\n' + json.dumps({"n": rows}).encode() + b"\n"
    assert list(said(channel)) == [("plain", "pkg/good.py", "0" * 64)]


def test_only_a_module_with_the_source_that_was_missed_counts(tmp_path: Path) -> None:
    root = tmp_path.resolve()
    source = b"x = 1\n"
    (root / "good.py").write_bytes(source)
    (root / "link.py").symlink_to(root / "good.py")
    digest = hashlib.sha256(source).hexdigest()
    assert size_of(root, ("plain", "good.py", digest)) == len(source)
    assert size_of(root, ("plain", "good.py", "0" * 64)) == -1
    assert size_of(root, ("plain", "link.py", digest)) == -1
    (root / "round.py").symlink_to("round.py")
    for name in ("gone.py", "round.py", "\ud800.py", "good.py/inner.py", "x" * 4000 + ".py"):
        assert size_of(root, ("plain", name, digest)) == -1
