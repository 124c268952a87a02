"""A finding is told with the text of its line, in whichever order they come, and never with what a link leads to."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from gatekeeper.checks.lines import with_lines
from gatekeeper.model.finding import Finding
from gatekeeper.model.vocabulary import CheckId


def finding(path: str | None, line: int | None, context: str = "") -> Finding:
    return Finding(check=CheckId("lint"), rule="R1", message="…", path=path, line=line, context=context)


def texts(root: Path, *asked: Finding) -> list[str]:
    return [found.context for found in with_lines(asked, root)]


def test_each_finding_gets_its_own_line(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("  first\nsecond\n\nfourth")
    (tmp_path / "b.py").write_bytes(b"\xff\xfe broken \n" + b"x" * 5000)
    asked = [finding("a.py", 4), finding("b.py", 1), finding("a.py", 1), finding("a.py", 3), finding("a.py", 4)]
    assert texts(tmp_path, *asked) == ["fourth", "�� broken", "first", "", "fourth"]
    assert texts(tmp_path, finding("b.py", 2)) == ["x" * 2000]


def test_what_has_no_line_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("first\n")
    (tmp_path / "link.py").symlink_to("a.py")
    asked = [
        finding("a.py", 1, "known"), finding("a.py", 2), finding("a.py", 0), finding("a.py", None), finding(None, 1),
        finding("link.py", 1), finding("gone.py", 1), finding(".", 1),
    ]  # fmt: skip
    assert list(with_lines(asked, tmp_path)) == asked


def test_a_folder_that_leads_out_of_the_tree_shows_nothing(tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text("PASSWORD = 1\n")
    tree = tmp_path / "tree"
    (tree / "inner").mkdir(parents=True)
    (tree / "inner" / "a.py").write_text("first\n")
    (tree / "out").symlink_to(tmp_path)
    (tree / "in").symlink_to("inner")
    asked = [finding("out/secret.py", 1), finding("../secret.py", 1), finding("in/a.py", 1)]
    assert texts(tree, *asked) == ["", "", "first"]


@given(st.lists(st.integers(-1, 12), max_size=20))
def test_the_same_as_one_by_one(tmp_path_factory: object, numbers: list[int]) -> None:
    root = Path(tmp_path_factory.getbasetemp())  # type: ignore[attr-defined]
    (root / "many.py").write_text("".join(f"line {number}\n" for number in range(1, 9)))
    expected = [f"line {number}" if 1 <= number <= 8 else "" for number in numbers]
    assert texts(root, *(finding("many.py", number) for number in numbers)) == expected
