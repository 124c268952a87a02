"""`gate policy test`, `gate policy mutate` and `gate policy diff`: a policy is tested like code."""

import argparse
import os
from pathlib import Path

from msgspec import Struct

from gatekeeper.cli import exits
from gatekeeper.cli.output import emit
from gatekeeper.errors import UsageError
from gatekeeper.fixtures.mutate import EQUIVALENT_FILE, equivalents, mutate
from gatekeeper.fixtures.policies import policy_of, shipped_policy, working_policy
from gatekeeper.fixtures.run import run as run_suite
from gatekeeper.fixtures.suite import Fixture, read_suite
from gatekeeper.fixtures.what_if import unobserved, what_if
from gatekeeper.git.facts import find_repository
from gatekeeper.ledger.record import Ledger
from gatekeeper.model.policy import Policy
from gatekeeper.policy.load import load_policy
from gatekeeper.policy.shipped import LANGUAGE_POLICIES, NAMES, policies_folder
from gatekeeper.process.home import find_home
from gatekeeper.report.escape import single_line
from gatekeeper.tools.cel import evaluate

_PLACE = Path(".gate/fixtures")


def add_arguments(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The three verbs below `gate policy`."""
    for name, text in (
        ("test", "replay the cases of a policy: a shipped NAME, a FILE, or the working copy"),
        ("mutate", "loosen and tighten a policy in every place: do its fixtures notice?"),
    ):
        verb = verbs.add_parser(name, help=text)
        verb.add_argument("policy", nargs="?", metavar="NAME|FILE")
        verb.add_argument("--repo", default=".", metavar="DIR", help="a folder of the repository (default: here)")
        verb.add_argument("--dir", metavar="DIR", help=f"the fixtures (default: {_PLACE}, or cases beside the policy)")
    diff = verbs.add_parser("diff", help="which recorded runs would change their verdict under another policy?")
    diff.add_argument("one", metavar="A", help="a shipped NAME, or a FILE")
    diff.add_argument("other", metavar="B", help="a shipped NAME, or a FILE")
    diff.add_argument("--repo", default=".", metavar="DIR", help="a folder of the repository (default: here)")
    diff.add_argument(
        "--runs", type=int, default=200, metavar="N", help="newest runs of this repository (default: 200)"
    )


class _Asked(Struct, frozen=True):
    """A policy with its fixtures. `policy` is None when every fixture names its own."""

    name: str
    policy: Policy
    suite: tuple[Fixture, ...]
    equivalent: Path


def run(args: argparse.Namespace) -> int:
    """Prints; 0, or 1 when a case does not hold, a mutant survives."""
    return {"test": _test, "mutate": _mutate, "diff": _diff}[args.policy_verb](args)


def _asked(args: argparse.Namespace) -> _Asked:
    name = args.policy
    if name in NAMES:
        folder = policies_folder() / name
        place = Path(args.dir) if args.dir else folder / "cases"
        return _Asked(name, shipped_with_project(name), read_suite(place), folder / EQUIVALENT_FILE)
    if name is not None:
        file = Path(name)
        place = Path(args.dir) if args.dir else _beside(file)
        return _Asked(name, policy_in(file), read_suite(place), file.parent / EQUIVALENT_FILE)
    root = Path(find_repository(args.repo).root)
    place = Path(args.dir) if args.dir else root / _PLACE
    return _Asked("the working copy", working_policy(root), read_suite(place), root / ".gate" / EQUIVALENT_FILE)


def with_language(name: str) -> tuple[str, ...]:
    """A shipped policy as it is used: stances judge something, here Python."""
    return (name,) if name == "default" or name in LANGUAGE_POLICIES else ("python", name)


def shipped_with_project(name: str) -> Policy:
    """A shipped policy, and what the project that its cases are about adds to it (project.toml beside the policy)."""
    project = policies_folder() / name / "project.toml"
    return shipped_policy(with_language(name), project.read_text(encoding="utf-8") if project.is_file() else "")


def policy_in(file: Path, root: Path | None = None) -> Policy:
    """The policy of a file for the project in `root`, by default that around it. UsageError when it cannot be read."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        hint = f"a shipped policy ({', '.join(NAMES)}), or a TOML file"
        raise UsageError(f"the policy {file} cannot be read: {error.strerror}", hint) from error
    project = root or file.resolve().parent

    def read(path: str) -> bytes | None:
        return (project / path).read_bytes() if (project / path).is_file() else None

    from gatekeeper.fixtures.policies import names_of  # lazy: a policy of own checks needs no names

    return load_policy(read, names=lambda: names_of(project), where=str(file), document=(str(file), raw))


def _beside(file: Path) -> Path:
    cases = file.resolve().parent / "cases"
    return cases if cases.is_dir() else file.resolve().parent / _PLACE


def _test(args: argparse.Namespace) -> int:
    asked = _asked(args)
    ran = run_suite(asked.suite, lambda case: policy_of(case, asked.policy), evaluate)
    wrong = [one for one in ran if one.differences]
    for one in wrong:
        emit(f"✗ {one.fixture.case.id}  {single_line(one.fixture.case.origin.story, 120)}\n")
        emit("".join(f"    {single_line(line, 400)}\n" for line in one.differences))
    emit(f"{single_line(asked.name, 120)}: {len(ran) - len(wrong)} of {len(ran)} cases hold\n")
    return exits.REJECTED if wrong else exits.ACCEPTED


def _mutate(args: argparse.Namespace) -> int:
    asked = _asked(args)
    own = tuple(one for one in asked.suite if not one.case.policy)
    _must_hold(own, asked.policy)
    found = mutate(asked.policy, own, evaluate, equivalents(asked.equivalent))
    survivors = [one for one in found if one.survived]
    for one in survivors:
        emit(f"survived: {single_line(one.mutant.id, 200)}\n    missing: {single_line(one.mutant.needs, 200)}\n")
    waived = sum(bool(one.waived) for one in found)
    counted = len(found) - waived
    killed = counted - len(survivors)
    score = f"{100 * killed / counted:.1f} %" if counted else "no mutants"
    emit(f"{single_line(asked.name, 120)}: {killed} of {counted} mutants killed ({score}), {waived} equivalent\n")
    return exits.REJECTED if survivors else exits.ACCEPTED


def _must_hold(suite: tuple[Fixture, ...], policy: Policy) -> None:
    """A fixture that fails without any mutant would seem to kill every one."""
    wrong = [one.fixture.case.id for one in run_suite(suite, lambda _: policy, evaluate) if one.differences]
    if wrong:
        raise UsageError(f"fixtures that do not hold as it is: {', '.join(wrong[:3])}", "mend that: gate policy test")


def _diff(args: argparse.Namespace) -> int:
    repository = find_repository(args.repo)
    one, other = (_named(name, Path(repository.root)) for name in (args.one, args.other))
    path = find_home(os.environ).ledger
    if not path.exists():
        raise UsageError("there are no runs yet", "gate check makes the first.")
    ledger = Ledger(path)
    reports = [ledger.find(row.run) for row in ledger.runs(repository.common_dir, args.runs)]
    changed = what_if(reports, one, other, evaluate)
    for row in changed:
        emit(single_line(f"{row.run}  {row.branch}  {row.before} → {row.after}", 200) + "\n")
        emit("".join(f"    + {single_line(rule, 120)}\n" for rule in row.fires))
        emit("".join(f"    - {single_line(rule, 120)}\n" for rule in row.silent))
    emit(f"{len(changed)} of {len(reports)} runs would change their verdict\n")
    for check, number in unobserved(reports, other).items():
        emit(f"{single_line(check, 120)} was not asked in {number} of them: what it would have said is not known\n")
    return 0


def _named(name: str, root: Path) -> Policy:
    return shipped_policy(with_language(name)) if name in NAMES else policy_in(Path(name), root)
