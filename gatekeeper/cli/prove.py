"""`gate prove`: plant a violation for every check, and see each of them turn red on this project."""

import argparse
import os
import sys

from gatekeeper.cli import exits
from gatekeeper.cli.live import make_progress
from gatekeeper.cli.output import emit
from gatekeeper.cli.policy import base_policy
from gatekeeper.errors import UsageError
from gatekeeper.fixtures.plants import Plant, plants
from gatekeeper.fixtures.prove import Proof, Prover, prove_all
from gatekeeper.git.facts import find_repository, resolve
from gatekeeper.git.store import Store
from gatekeeper.model.policy import Policy
from gatekeeper.process.home import find_home
from gatekeeper.report.escape import single_line

HELP = "plant a violation for every check: does each turn red here?"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `gate prove`."""
    parser.add_argument("--check", action="append", default=[], metavar="ID", help="only this check; repeatable")
    parser.add_argument("--base", metavar="REV", help="the base whose policy is proven (default: as gate check)")
    parser.add_argument("--repo", default=".", metavar="DIR", help="a folder of the repository (default: here)")


def run(args: argparse.Namespace) -> int:
    """Prints each plant and what became of it; 0 when all were noticed, 1 when a check stayed green, 3 when blocked."""
    home, repository = find_home(os.environ), find_repository(args.repo)
    policy = base_policy(args.repo, args.base)
    _must_be_known(args.check, policy)
    store = Store.open(home, repository)
    subject = resolve(repository, None, args.base, True, store=store)
    tip = subject.base.tip if subject.base else subject.head
    found = list(plants(policy, tuple(store.list_tree(tip)), lambda path: store.read(tip, path)))
    wanted = [one for one in found if not args.check or _check_of(one) in args.check]
    progress = make_progress(sys.stderr, os.environ, quiet=True)
    with progress, Prover(repository, tip, home, os.environ, progress) as prover:
        proofs = prove_all(prover, [one for one in wanted if isinstance(one, Plant)], _say)
    _unknown(wanted)
    return _verdict(proofs)


def _must_be_known(names: list[str], policy: Policy) -> None:
    for name in names:
        if name not in policy.checks:
            raise UsageError(f"there is no check {name!r} in the policy", f"there are: {', '.join(policy.checks)}")


def _unknown(found: list[Plant | str]) -> None:
    for name in found:
        if isinstance(name, str):
            emit(f"? {name:<12}  the gate knows no violation for it; break what it looks at, once, by hand\n")


def _check_of(one: Plant | str) -> str:
    return one if isinstance(one, str) else one.check


def _say(proof: Proof) -> None:
    plant = proof.plant
    mark = "✓" if proof.trusted else "✗"
    emit(single_line(f"{mark} {plant.check:<12}  {plant.what}: {proof.seen}", 200) + "\n")
    if not proof.trusted:
        emit(f"    {single_line(proof.reason, 400)}\n")


def _verdict(proofs: tuple[Proof, ...]) -> int:
    wrong = [one for one in proofs if not one.trusted]
    emit(f"{len(proofs) - len(wrong)} of {len(proofs)} plants were noticed\n")
    names = ", ".join(dict.fromkeys(one.plant.check for one in wrong))
    if any(one.seen != "blocked" for one in wrong):
        emit(f"not trustworthy on this project: {names}\n")
        return exits.REJECTED
    if wrong:
        emit(f"could not be shown: {names}\n")
        return exits.BLOCKED
    return exits.ACCEPTED
