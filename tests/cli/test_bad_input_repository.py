"""Bad input, end to end: what the branch holds, and what the worker's repository is configured to start."""

from pathlib import Path

import pytest

from tests.support.gate_command import ACCEPTED, REJECTED, SIGNED_CHECK, gate, project
from tests.support.repo import Repo

pytestmark = pytest.mark.usefixtures("gate_home")

_POINTER = (
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
    "size 12345\n"
)


@pytest.mark.parametrize("name", ["--help", "-rf", "with space", ":(top)x", "*"])
def test_file_names(tmp_path: Path, name: str) -> None:
    """Judged like any other, and never taken for an option or a pattern."""
    repo = project(tmp_path / "p", 'test -f probe.sh && test "$(ls -A | wc -l)" -ge 4\n', files={name: "1\n"})
    gate(repo).expect(ACCEPTED)


@pytest.mark.parametrize(
    ("name", "shown"), [("a\nb.txt", "a\\nb.txt"), ("\x1b[31mred", "\\x1b[31mred"), ("caf\udce9", "caf\\xe9")]
)
def test_names_that_could_deceive_are_rejected(tmp_path: Path, name: str, shown: str) -> None:
    repo = project(tmp_path / "p", 'test "$(ls -A | wc -l)" -ge 4\n', files={name: "1\n"})
    gate(repo).expect(REJECTED, "suspicious-name", shown)


def test_a_forbidden_file_with_a_hostile_name_is_shown_escaped(tmp_path: Path) -> None:
    policy = '[check.paths]\nforbidden = ["bad/"]\n'
    repo = project(tmp_path / "p", policy=policy, files={"bad/\x1b[2J\n::error::": "1\n", "bad/--help": "1\n"})
    said = gate(repo).expect(REJECTED, "bad/--help")
    assert "\n::error::" not in said.text


def test_a_branch_with_the_name_of_an_option(tmp_path: Path) -> None:
    repo = project(tmp_path / "p")
    repo.git("update-ref", "refs/heads/--help", "work")
    gate(repo, "refs/heads/--help").expect(ACCEPTED)


@pytest.mark.slow
def test_a_file_of_200_mb(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", "test $(wc -c < big.bin) -eq 209715200\n")
    with (repo.path / "big.bin").open("wb") as file:
        file.truncate(200 << 20)
    repo.commit("big")
    gate(repo).expect(ACCEPTED)


def test_submodule(tmp_path: Path) -> None:
    """An empty folder in the checkout: nothing is fetched from where the branch points."""
    inner = Repo.create(tmp_path / "inner")
    inner.commit("inner", {"inner.txt": "1\n"})
    repo = project(tmp_path / "p", 'test -d vendored && test -z "$(ls -A vendored)"\n')
    repo.git("submodule", "--quiet", "add", inner.path.as_uri(), "vendored")
    repo.commit("with a submodule")
    said = gate(repo, "--verbose").expect(REJECTED, "submodule-changed", "vendored")
    assert "passed          x " in said.out, "the folder is not empty in the checkout"


def test_lfs_pointer(tmp_path: Path) -> None:
    """The pointer stays a pointer, in the checkout as in the commit."""
    files = {".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n", "big.bin": _POINTER}
    repo = project(tmp_path / "p", "grep -q git-lfs.github.com big.bin\n", files=files)
    repo.write("big.bin", "the content that git-lfs put there")
    gate(repo, "--only", "x,paths,sync", "--skip", "worktree", "--verbose").expect(3, "worktree")
    repo.write("big.bin", _POINTER)
    gate(repo).expect(ACCEPTED)


def test_attributes_of_the_branch_do_nothing(tmp_path: Path) -> None:
    """What is judged is what is committed, byte for byte: nothing left out, nothing rewritten."""
    attributes = (
        "secret.txt export-ignore\n*.crlf text eol=crlf\n*.id ident\n*.u16 working-tree-encoding=UTF-16\n"
        "README.md filter=evil diff=evil merge=evil\n"
    )
    probe = "\n".join(
        (
            "set -e", "test -f secret.txt", 'test "$(wc -c < lines.crlf)" -eq 4', "grep -q '[$]Id[$]' my.id",
            'test "$(wc -c < wide.u16)" -eq 3', 'test "$(cat README.md)" = "# q"', "",
        )
    )  # fmt: skip
    repo = project(tmp_path / "p", probe)
    marker = tmp_path / "filter-ran"
    repo.commit("files", {
        "secret.txt": "1\n", "lines.crlf": "a\nb\n", "my.id": "$Id$\n", "wide.u16": "ab\n", "README.md": "# q\n",
    })  # fmt: skip
    blob = repo.git("hash-object", "-w", "--stdin", stdin=attributes.encode())
    repo.git("update-index", "--add", "--cacheinfo", f"100644,{blob},.gitattributes")
    repo.git("commit", "--quiet", "--no-verify", "-m", "attributes")
    (repo.path / ".gitattributes").write_text(attributes)
    for verb in ("clean", "smudge", "process"):
        repo.config(f"filter.evil.{verb}", f"touch {marker}; cat")
    repo.config("diff.evil.textconv", f"touch {marker}; cat")
    repo.config("diff.evil.command", f"touch {marker}")
    repo.config("merge.evil.driver", f"touch {marker}")
    gate(repo).expect(ACCEPTED)
    assert not marker.exists()


def test_hooks_and_fsmonitor_do_not_run(tmp_path: Path) -> None:
    repo = project(tmp_path / "p")
    marker = tmp_path / "ran"
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    script = f"#!/bin/sh\ntouch {marker}\n"
    for folder in (hooks, repo.path / ".git" / "hooks"):
        folder.mkdir(exist_ok=True)
        for name in (
            "post-checkout", "post-index-change", "pre-commit", "reference-transaction", "post-merge", "pre-auto-gc",
            "fsmonitor-watchman", "upload-pack",
        ):  # fmt: skip
            file = folder / name
            file.write_text(script)
            file.chmod(0o755)
    monitor = str(hooks / "fsmonitor-watchman")
    for key, value in (
        ("core.hooksPath", str(hooks)), ("core.fsmonitor", monitor), ("core.sshCommand", monitor),
        ("core.pager", monitor), ("core.editor", monitor), ("uploadpack.packObjectsHook", monitor),
        ("diff.external", monitor), ("gpg.program", monitor), ("core.askPass", monitor),
        ("alias.status", f"!{monitor}"),
        ("core.alternateRefsCommand", monitor), ("credential.helper", monitor),
    ):  # fmt: skip
        repo.config(key, value)
    repo.write("untracked.txt", "1\n")
    gate(repo).expect(REJECTED, "worktree", "untracked.txt")
    (repo.path / "untracked.txt").unlink()
    gate(repo, "work").expect(ACCEPTED)
    gate(repo, "--no-cache", "--whole")
    assert not marker.exists()


def test_the_variables_of_the_caller_do_not_reach_a_check(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", 'test -z "$MY_SECRET$GIT_DIR$GATE_HOME$PYTHONPATH"\n')
    gate(repo, env={"MY_SECRET": "1", "PYTHONPATH": ""}).expect(ACCEPTED)
    gate(repo, "--no-cache", env={"GIT_DIR": "/nowhere", "GIT_INDEX_FILE": "/nowhere/index"}).expect(ACCEPTED)


def test_nothing_is_written_into_the_workers_repository(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", "echo changed > README.md\n")
    before = _everything(repo.path)
    gate(repo).expect(REJECTED, "tree-changed")
    assert _everything(repo.path) == before


def test_a_stamp_adds_objects_and_its_two_references_and_touches_nothing_else(tmp_path: Path) -> None:
    repo = project(tmp_path / "p", "echo changed > README.md\n", policy=SIGNED_CHECK)
    before = _everything(repo.path)
    gate(repo).expect(REJECTED, "tree-changed")
    after = _everything(repo.path)
    assert {name: after.get(name) for name in before} == before
    added = {name for name in after.keys() - before.keys() if not name.startswith(".git/objects/")}
    references = {".git/refs/heads/gate-log", ".git/refs/notes/gate"}
    assert references <= added <= references | {f".git/logs/{name.removeprefix('.git/')}" for name in references}


def _everything(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(file.relative_to(folder)): (file.stat().st_mtime_ns, file.read_bytes())
        for file in folder.rglob("*")
        if file.is_file()
    }
