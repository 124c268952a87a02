"""Law that real tools are asked about: a base, a patch, and the recording of the run that judged it."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from gatekeeper.fixtures.case import Origin, case_text
from gatekeeper.fixtures.make import Wanted, make
from gatekeeper.fixtures.observations import digest_of
from gatekeeper.fixtures.policies import shipped_policy
from gatekeeper.fixtures.record import record, scrub_of
from gatekeeper.fixtures.scratch import Scratch
from gatekeeper.fixtures.suite import BASE, CASE_FILE, PATCH
from gatekeeper.model.vocabulary import Verdict
from gatekeeper.process.home import find_home
from gatekeeper.stamp.circumstances import circumstances
from gatekeeper.tools.cel import evaluate
from tests.lawbook.dsl import NOW

_GATE = """[stamp]
enabled = false
[check.tests]
enabled = false
[check.build]
enabled = false
[check.unit]
command = "python -m unittest discover -s tests -t ."
"""
_BASE = {
    "gate.toml": f'extends = ["python"]\n{_GATE}',
    "pyproject.toml": "[tool.mypy]\nstrict = true\n[tool.ruff]\nline-length = 100\n",
    "app.py": 'def answer() -> int:\n    """The answer."""\n    return 42\n',
    "tests/__init__.py": "",
    "tests/test_app.py": (
        "import unittest\n\nfrom app import answer\n\n\nclass Answers(unittest.TestCase):\n"
        "    def test_answer(self) -> None:\n        self.assertEqual(answer(), 42)\n"
    ),
}
_BRANCHES = "\n".join(f"    if number == {n}:\n        return {n + 1}" for n in range(16))


class Played(Struct, frozen=True, dict=True):
    """What a branch does to the base, and what the gate must say of it."""

    id: str
    story: str
    verdict: str
    change: Mapping[str, str]


PLAYED = (
    Played("played-type-error", "A real type error, found by mypy in a slot.", "rejected",
           {"more.py": 'def more() -> int:\n    """One more."""\n    return "43"\n'}),
    Played("played-lint-error", "A real unused import, found by ruff in a slot.", "rejected",
           {"more.py": 'import os\n\n\ndef more() -> int:\n    """One more."""\n    return 43\n'}),
    Played("played-too-complex", "A function of seventeen ways, measured by radon in a slot.", "rejected",
           {"more.py": f'def more(number: int) -> int:\n    """One more."""\n{_BRANCHES}\n    return 0\n'}),
    Played("played-failing-test", "A real failing test, run by unittest in a slot.", "rejected",
           {"app.py": 'def answer() -> int:\n    """The answer."""\n    return 41\n'}),
    Played("played-policy-edit", "The branch edits its own policy.", "rejected",
           {"gate.toml": f'extends = ["python"]\n{_GATE}[check.types]\nenabled = false\n'}),
    Played("played-honest-change", "An honest change, judged by all real tools.", "accepted",
           {"more.py": 'def more() -> int:\n    """One more."""\n    return 43\n'}),
)  # fmt: skip


def play(one: Played) -> Iterator[tuple[str, bytes]]:
    """Path below the fixture → content. AssertionError when the gate does not say what it must."""
    base = {name: text.encode() for name, text in _BASE.items()}
    home = find_home(os.environ)
    with Scratch(home, os.environ) as scratch:
        scratch.begin(base)
        scratch.commit(f"fix: {one.id}", {name: text.encode() for name, text in one.change.items()})
        patch = scratch.git("diff", "--no-ext-diff", "--no-color", "main", "work").encode() + b"\n"
        report = scratch.judged()
        about = circumstances(report.subject, report.policy, home, os.environ)
        original = record(report, scrub_of(about.places, about.hidden))
    policy = shipped_policy(("python",), _GATE)
    origin = Origin(one.story, made="2026-11-01T00:00:00+00:00", made_by="gatekeeper", approved_by="review")
    wanted = Wanted(one.id, Verdict(one.verdict), origin, NOW, policy=("python",))
    made = make(original, wanted, policy, evaluate, ())
    assert made.case.expect.verdict == one.verdict, report.decision
    files = {f"{BASE}/{name}": raw for name, raw in base.items()} | {PATCH: patch}
    files |= {name: raw for name, raw in made.files.items() if name != CASE_FILE}
    recorded = replace(made.case.recorded, digest=digest_of(files))
    case = replace(made.case, gate=_GATE, end_to_end=True, recorded=recorded)
    yield from ({**files, CASE_FILE: case_text(case).encode()}).items()


def write(root: Path) -> int:
    """Record all of them anew, with the tools that are installed."""
    written = 0
    for one in PLAYED:
        for name, raw in play(one):
            path = root / "fixtures" / one.id / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(raw)
            written += 1
    return written
