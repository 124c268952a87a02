"""Write the shipped cases: fixtures/ (the law book) and policies/NAME/cases/."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from gatekeeper.cli.policy_cases import shipped_with_project
from gatekeeper.fixtures.policies import shipped_policy
from gatekeeper.policy.shipped import NAMES
from tests.lawbook.book import BOOK
from tests.lawbook.shipped import cases_of

ROOT = Path(__file__).parent.parent.parent


def everything() -> Iterator[tuple[Path, str]]:
    """Path below the root → text, of every file that is shipped."""
    for law in BOOK:
        for name, text in law.files(shipped_policy(law.policy, law.gate)).items():
            yield Path("fixtures") / law.id / name, text
    for policy in NAMES:
        for law in cases_of(policy):
            for name, text in law.files(shipped_with_project(policy)).items():
                yield Path("policies") / policy / "cases" / law.id / name, text


def write(root: Path = ROOT) -> int:
    """How many files were written. What was there before and is no case any more is removed."""
    files = dict(everything())
    for folder in ("fixtures", *(f"policies/{policy}/cases" for policy in NAMES)):
        for case in (root / folder).glob("*"):
            if not case.name.startswith("played-"):  # recorded by real tools, not written here
                shutil.rmtree(case, ignore_errors=True)
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return len(files)
