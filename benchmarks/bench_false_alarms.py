"""What `integrity` says about honest work: ten release steps of eight projects, every one judged as a branch.

Each source distribution becomes a commit, each step from one release to the next a branch that is judged against the
one before. Nobody cheated there, so every hit that rejects is a false alarm, or a change that a person should look at:
all of them are printed. Limit: at most 5 in 1,000 changed files.
"""

import json
import subprocess
import sys
import tarfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from harness import BENCH_HOME, GATE, JUDGED, command, fresh, peers

MOST_PER_THOUSAND = 5.0
RELEASES = {
    "flask": "2.3.3 3.0.0 3.0.1 3.0.2 3.0.3 3.1.0 3.1.1 3.1.2 3.1.3",
    "click": "8.1.5 8.1.6 8.1.7 8.1.8 8.2.0 8.2.1 8.3.0 8.3.1 8.3.2 8.3.3 8.4.0",
    "werkzeug": "3.0.5 3.0.6 3.1.0 3.1.1 3.1.2 3.1.3 3.1.4 3.1.5 3.1.6 3.1.7 3.1.8",
    "jinja2": "3.0.0 3.0.1 3.0.2 3.0.3 3.1.0 3.1.1 3.1.2 3.1.3 3.1.4 3.1.5 3.1.6",
    "attrs": "21.4.0 22.1.0 22.2.0 23.1.0 23.2.0 24.1.0 24.2.0 24.3.0 25.1.0 25.3.0 25.4.0",
    "requests": "2.28.2 2.29.0 2.30.0 2.31.0 2.32.2 2.32.3 2.32.4 2.32.5 2.33.0 2.33.1 2.34.0",
    "packaging": "22.0 23.0 23.1 23.2 24.0 24.1 24.2 25.0 26.0 26.1 26.2",
    "pluggy": "0.9.0 0.10.0 0.11.0 0.12.0 0.13.0 0.13.1 1.0.0 1.2.0 1.3.0 1.4.0 1.5.0",
}
GATE_TOML = 'extends = ["default"]\n[isolation]\nuse = "off"\n[stamp]\nenabled = false\n[environment]\nsetup = []\n'


@dataclass(frozen=True, slots=True)
class Step:
    """One release to the next: how many files it changed, and what was found."""

    name: str
    files: int
    findings: tuple[dict[str, object], ...]

    @property
    def rejecting(self) -> tuple[dict[str, object], ...]:
        return tuple(found for found in self.findings if found["rejects"])


def main() -> int:
    folder = fresh("false-alarms")
    steps = [step for name in RELEASES for step in judged(name, folder)]
    tell(steps)
    rate = 1000 * sum(len(step.rejecting) for step in steps) / sum(step.files for step in steps)
    kept = rate <= MOST_PER_THOUSAND
    print(f"\n{'within' if kept else 'OVER'}: {rate:.2f} rejecting in 1,000 changed files, limit {MOST_PER_THOUSAND:g}")
    return 0 if kept else 1


def tell(steps: list[Step]) -> None:
    """The table, and every finding that rejects."""
    print(f"\n### Release steps judged by integrity\n\n{len(RELEASES)} projects, {len(steps)} steps\n")
    print("| | steps | changed files | notes | warnings | rejecting |\n|---|---:|---:|---:|---:|---:|")
    for name in RELEASES:
        print(row(name, [step for step in steps if step.name.startswith(f"{name} ")]))
    print(row("all", steps))
    print("\nWarnings by rule: " + by_rule(steps) + "\n")
    for step in steps:
        for found in step.rejecting:
            print(f"- {step.name}: {found['rule']} {found['path']}:{found['line'] or ''} {str(found['message'])[:160]}")


def row(name: str, steps: list[Step]) -> str:
    levels = Counter("rejecting" if found["rejects"] else str(found["severity"])
                     for step in steps for found in step.findings)  # fmt: skip
    figures = (len(steps), sum(step.files for step in steps), levels["note"], levels["warning"], levels["rejecting"])
    return f"| {name} | " + " | ".join(map(str, figures)) + " |"


def by_rule(steps: list[Step]) -> str:
    found = Counter(str(one["rule"]) for step in steps for one in step.findings if one["severity"] == "warning")
    return ", ".join(f"{rule} {number}" for rule, number in found.most_common())


def judged(name: str, folder: Path) -> Iterator[Step]:
    tree = folder / name
    tree.mkdir()
    command("git", "init", "--quiet", "--initial-branch=main", cwd=tree)
    versions = RELEASES[name].split()
    for version in versions:
        lay(tree, unpacked(name, version))
        command("git", "add", "--all", "--force", cwd=tree)
        command("git", "commit", "--quiet", "--allow-empty", "--message", f"{name} {version}", cwd=tree)
        command("git", "branch", "--force", f"v{version}", cwd=tree)
    for older, newer in pairwise(versions):
        report = check(tree, folder / "home", f"v{newer}", f"v{older}")
        result = next(check for check in report["checks"] if check["id"] == "integrity")
        yield Step(f"{name} {older}..{newer}", result["observation"]["counts"]["files"], tuple(result["findings"]))


def check(tree: Path, home: Path, head: str, base: str) -> dict[str, object]:
    """The JSON report of the `integrity` check alone."""
    argv = (GATE, "check", head, "--base", base, "--only", "integrity", "--format", "json")
    return json.loads(command(*argv, cwd=tree, env={"GATE_HOME": str(home)}, ok=JUDGED).stdout)  # type: ignore[no-any-return]


def lay(tree: Path, source: Path) -> None:
    """The files of a release in place of those of the one before; what a build wrote is left out."""
    command("git", "rm", "-r", "--quiet", "--force", "--ignore-unmatch", ".", cwd=tree)
    command("cp", "-a", f"{source}/.", str(tree), cwd=tree)
    for left in (*tree.glob("PKG-INFO"), *tree.glob("**/*.egg-info")):
        command("rm", "-rf", str(left), cwd=tree)
    (tree / "gate.toml").write_text(GATE_TOML, encoding="utf-8")


def unpacked(name: str, version: str) -> Path:
    """The unpacked source distribution, downloaded once."""
    kept = BENCH_HOME / "sdists" / "steps" / f"{name}-{version}"
    if not kept.exists():
        downloads = BENCH_HOME / "downloads" / f"{name}-{version}"
        downloads.mkdir(parents=True, exist_ok=True)
        pip = (str(PEERS / "python"), "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:")
        command(*pip, "--dest", str(downloads), f"{name}=={version}", cwd=downloads)
        partial = kept.with_suffix(".partial")
        subprocess.run(["rm", "-rf", str(partial)], check=True)
        with tarfile.open(next(downloads.glob("*.tar.gz"))) as archive:
            archive.extractall(partial, filter="data")
        next(partial.iterdir()).rename(kept)
        partial.rmdir()
    return kept


PEERS = peers()

if __name__ == "__main__":
    sys.exit(main())
