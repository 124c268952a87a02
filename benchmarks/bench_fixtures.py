"""Fixtures: a thousand replayed, every shipped policy mutated, and one command from a real run to a law.

Limits: 1,000 fixtures read and replayed in 1 s, where `python -c pass` takes 9 ms and in proportion elsewhere; all
mutants of all shipped policies in 60 s; `gate fixture add` in 2 s.
"""

import gc
import json
import shutil
import sys
from pathlib import Path

from harness import GATE, Contender, command, commit, fresh, gate_check, limit, race, repository, show
from msgspec.structs import replace

from gatekeeper.cli.policy_cases import shipped_with_project
from gatekeeper.decision.replay import no_expressions
from gatekeeper.fixtures.case import case_text
from gatekeeper.fixtures.mutate import EQUIVALENT_FILE, equivalents, mutate
from gatekeeper.fixtures.observations import digest_of
from gatekeeper.fixtures.policies import policy_of
from gatekeeper.fixtures.run import run
from gatekeeper.fixtures.suite import CASE_FILE, OBSERVATIONS, read_suite
from gatekeeper.policy.shipped import NAMES, policies_folder

BOOK = Path(__file__).parent.parent / "fixtures"
FIXTURES = 1000
USUAL = 1000 / 9
"""Limit of the replay in times of `python -c pass`."""
POLICY = 'extends = []\n[check.unit]\ncommand = ["sh", "-c", "exit $(cat status)"]\n[check.ok]\ncommand = "true"\n'


def main() -> int:
    gc.set_threshold(100_000, 20, 20)  # as the command does
    folder = fresh("fixtures")
    _multiplied(folder / "suite")
    kept = [_replay(folder / "suite"), _mutate(), _add(folder)]
    return 0 if all(kept) else 1


def _multiplied(into: Path) -> None:
    """The law book again and again, each time with another note, until there are enough."""
    laws = [one for one in read_suite(BOOK) if not one.case.end_to_end]
    for number in range(FIXTURES):
        law = laws[number % len(laws)]
        name = f"{law.case.id}-{number}"
        data = json.loads((law.folder / OBSERVATIONS).read_text(encoding="utf-8"))
        next(iter(data["heads"].values()))["notes"] = [f"number {number}"]
        text = json.dumps(data, indent=1) + "\n"
        recorded = replace(law.case.recorded, digest=digest_of({OBSERVATIONS: text.encode()}))
        (into / name).mkdir(parents=True)
        (into / name / OBSERVATIONS).write_text(text, encoding="utf-8")
        (into / name / CASE_FILE).write_text(case_text(replace(law.case, id=name, recorded=recorded)), encoding="utf-8")


def _replay(folder: Path) -> bool:
    def both() -> None:
        ran = run(read_suite(folder), lambda case: policy_of(case, None), no_expressions)
        assert len(ran) == FIXTURES and not any(one.differences for one in ran)

    suite = read_suite(folder)
    times = race(
        (
            Contender("read and replayed", both),
            Contender("python -c pass", lambda: command(sys.executable, "-c", "pass", cwd=folder)),
            Contender("replayed", lambda: run(suite, lambda case: policy_of(case, None), no_expressions)),
        )
    )
    show(f"{FIXTURES} fixtures", times)
    most = USUAL * times["python -c pass"].median
    return limit(f"{FIXTURES} fixtures, read and replayed", times["read and replayed"].median, most)


def _mutate() -> bool:
    def every() -> None:
        for name in NAMES:
            folder = policies_folder() / name
            known = equivalents(folder / EQUIVALENT_FILE)
            found = mutate(shipped_with_project(name), read_suite(folder / "cases"), no_expressions, known)
            survived = sum(one.survived for one in found)
            counted = len(found) - sum(bool(one.waived) for one in found)
            scores[name] = f"{counted - survived} of {counted}"

    scores: dict[str, str] = {}
    times = race((Contender("every shipped policy", every),), 2)
    show("gate policy mutate", times)
    print("\n".join(f"{name}: {score} mutants killed" for name, score in scores.items()))
    return limit("all mutants of all shipped policies", times["every shipped policy"].median, 60.0)


def _add(folder: Path) -> bool:
    home = folder / "home"
    tree = repository(folder / "project", None, {"gate.toml": POLICY, "status": "0\n"})
    command("git", "switch", "--quiet", "--create", "work", cwd=tree)
    commit(tree, "fix: break it", {"status": "1\n"})
    report = gate_check(tree, home)
    words = ("--expect", "rejected", "--why", "It was red.", "--name", "red")
    argv = (GATE, "fixture", "add", str(report["run"]), *words)

    def made() -> None:
        said = command(*argv, cwd=tree, env={"GATE_HOME": str(home)}).stdout
        assert "law (violation)" in said

    def gone() -> None:
        shutil.rmtree(tree / ".gate", ignore_errors=True)

    times = race((Contender("gate fixture add", made, gone),))
    show("From a signed run to a law", times)
    command(GATE, "fixture", "run", cwd=tree, env={"GATE_HOME": str(home)})
    return limit("gate fixture add", times["gate fixture add"].median, 2.0)


if __name__ == "__main__":
    sys.exit(main())
