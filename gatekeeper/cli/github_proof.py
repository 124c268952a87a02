"""What is proven about the head of a pull request: by a run here, or by stamps, verified by the policy at its base."""

import argparse

from msgspec.structs import replace

from gatekeeper.checks.self_review import bound_tree
from gatekeeper.cli.believed import believed, policy_at
from gatekeeper.cli.verify import contracts_of
from gatekeeper.errors import GateError
from gatekeeper.forge.proof import Proof, of_run, of_stamps, why
from gatekeeper.forge.pull import Pull
from gatekeeper.git.command import Git
from gatekeeper.git.facts import Tips
from gatekeeper.git.objects import Objects
from gatekeeper.git.store import Store
from gatekeeper.model.result import Report
from gatekeeper.model.subject import Base, Repository
from gatekeeper.model.vocabulary import CommitId, TreeId
from gatekeeper.process.home import Home
from gatekeeper.stamp.layout import is_commit

_FETCH = "git fetch origin {0} pull/{1}/head gate-log:gate-log"


def of_own(run: Report, home: Home, repository: Repository) -> Proof:
    """A run of this machine. A branch without a self-review was not told what one of its pull request is bound to."""
    proof = of_run(run)
    if proof.facts is None or proof.facts.tree:
        return proof
    tree = bound_tree(Store.open(home, repository), proof.tree)
    return replace(proof, facts=replace(proof.facts, tree=tree))


def of_others(pull: Pull, home: Home, repository: Repository) -> tuple[Proof | None, str]:
    """The proof, or None and why there is none, in words. Nothing is fetched: what is not here is named."""
    head, base = pull.head, pull.base_tip
    if base is None or not (is_commit(head) and is_commit(base)):
        return None, ""
    with Objects(Git(git_dir=repository.git_dir)) as objects:
        absent = [one[:12] for one in (head, base) if objects.info(one) is None]
        if absent:
            return None, f"{' and '.join(absent)} is not here: {_FETCH.format(pull.base_name, pull.number)}"
        try:
            return _verified(pull, Base(pull.base_name, "the pull request", CommitId(base)), home, repository, objects)
        except GateError as error:
            return None, error.what


def _verified(pull: Pull, base: Base, home: Home, repository: Repository, objects: Objects) -> tuple[Proof | None, str]:
    head = CommitId(pull.head)
    found = Tips(None if pull.fork else pull.head_name, head, base)
    asked = argparse.Namespace(rev=head, require=[], trust=[], forget_log=False)
    answer = believed(asked, home, repository, found, objects, contracts_of(home, repository))
    store, tree = Store.open(home, repository), TreeId(objects.tree_of(head))
    store.fetch([head])
    policy = policy_at(home, repository, base, objects)
    return of_stamps(answer, policy, base.tip, tree, bound_tree(store, tree)), why(answer)
