"""`gate approve REV --rule ID`: a person's signed word that findings of a rule may stand at this one commit."""

import argparse
import os
from collections.abc import Sequence
from datetime import UTC, datetime

from gatekeeper.cli.approve_text import approved, effect, last_run, withdrawn
from gatekeeper.cli.approvers import must_be_approver, must_be_rules
from gatekeeper.cli.bring import expiry, signing_key, take_any_order, words
from gatekeeper.cli.output import emit
from gatekeeper.cli.policy import policy_for
from gatekeeper.errors import UsageError
from gatekeeper.git.facts import find_repository, resolve
from gatekeeper.git.store import Store
from gatekeeper.ledger.agreement import Agreement
from gatekeeper.model.approval import Approval
from gatekeeper.model.policy import Policy
from gatekeeper.model.subject import Subject
from gatekeeper.policy.drafted import checked_globs
from gatekeeper.process.home import Home, find_home
from gatekeeper.report.escape import single_line
from gatekeeper.stamp.approval import MOST
from gatekeeper.stamp.approvals import approvals
from gatekeeper.stamp.approving import Word, approve
from gatekeeper.stamp.circumstances import is_same_user
from gatekeeper.stamp.envelope import digest_of
from gatekeeper.stamp.form import Chain, utc
from gatekeeper.stamp.keys import PrivateKey, chain_id
from gatekeeper.stamp.log import Log

HELP = "let findings of a rule stand at one commit, signed by a person whom the policy names"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of `gate approve`."""
    parser.add_argument(
        "rev", metavar="REV", help="branch or commit; the approval is bound to the commit that it is now"
    )
    parser.add_argument(
        "--rule", action="append", required=True, metavar="ID[,ID]", help="RULE or CHECK/RULE, as reports name it"
    )
    parser.add_argument("--path", action="append", default=[], metavar="GLOB", help="only in these files (repeatable)")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why this may stand")
    parser.add_argument("--expires", default="30d", metavar="DATE|DAYS", help="last day, or days as 30d (default: 30d)")
    parser.add_argument("--withdraw", action="store_true", help="take back what this key has approved")
    parser.add_argument("--key", metavar="FILE", help="an OpenSSH private key (default: the key of `gate key show`)")
    parser.add_argument("--base", metavar="REV", help="the base, whose policy names the signers (default: as check)")
    parser.add_argument("--repo", default=".", metavar="DIR", help="a folder of the repository (default: here)")
    take_any_order(parser)


def run(args: argparse.Namespace) -> int:
    """Signs, stores, says what it settles; 0. Raises UsageError when it is not for this key to say."""
    home, now = find_home(os.environ), datetime.now(UTC)
    rules, paths = _rules(args.rule), _paths(args.path)
    reason, ends = words(args.reason, "--reason"), expiry(args.expires, now)
    subject, policy = _judged(args, home)
    must_be_rules(rules, policy)
    key = signing_key(args.key, home, os.environ)
    name = must_be_approver(key, rules, policy)
    word = Word(
        rules=rules,
        paths=paths,
        reason=reason,
        expires=utc((now if args.withdraw else ends).isoformat()),
        same_user=is_same_user(subject.repository),
        withdrawn=args.withdraw,
    )
    if args.withdraw:
        _must_have_approved(word, key, _listed(subject, policy, home))
    line, chain = _stored(word, subject, key, home)
    said = withdrawn(word, name, key, subject) if args.withdraw else approved(word, name, key, subject)
    found = [one for one in _listed(subject, policy, home) if one.digest == digest_of(line)]
    told = () if args.withdraw else effect(found, last_run(subject, home), policy, subject)
    lines = (*said, f"  stored   {chain.sequence} in the chain of this key and machine", *told)
    emit("".join(single_line(line, 600) + "\n" for line in lines))
    return 0


def _rules(given: Sequence[str]) -> tuple[str, ...]:
    """Every rule once. Raises UsageError for what is no id of one rule."""
    rules = tuple(dict.fromkeys(rule.strip() for words in given for rule in words.split(",")))
    for rule in rules:
        if not rule or len(rule) > 200 or not rule.isprintable() or any(mark in rule for mark in " *"):
            raise UsageError(
                f"--rule {rule[:80]!r} is no id of a rule",
                "name the rules one by one, as the report does: --rule integrity/outcome-hook,regression-hidden",
            )
    if len(rules) > MOST:
        raise UsageError(f"more than {MOST} rules", "an approval is for what somebody has looked at")
    return rules


def _paths(given: Sequence[str]) -> tuple[str, ...]:
    globs = checked_globs(tuple(dict.fromkeys(given)), "--path")
    if len(globs) > MOST:
        raise UsageError(f"more than {MOST} paths", "an approval is for what somebody has looked at")
    return globs


def _judged(args: argparse.Namespace, home: Home) -> tuple[Subject, Policy]:
    """What `gate check REV` would judge, and by which policy."""
    repository = find_repository(args.repo)
    store, agreement = Store.open(home, repository), Agreement(home, repository)
    subject = resolve(repository, args.rev, args.base, False, store=store, agreed_base=agreement.base)
    return subject, policy_for(subject, store)


def _listed(subject: Subject, policy: Policy, home: Home) -> tuple[Approval, ...]:
    return approvals(subject.repository, subject.head, policy, home, datetime.now(UTC)).listed


def _must_have_approved(word: Word, key: PrivateKey, listed: Sequence[Approval]) -> None:
    """Taking back what was never said would look as if it had helped."""
    own = [one for one in listed if one.signer == key.id]
    same = {one.rule for one in own if word.paths in {(), one.paths}}
    missing = [rule for rule in word.rules if rule not in same]
    if missing:
        said = ", ".join(_named(one.rule, one.paths) for one in own) or "nothing"
        what = _named(missing[0], word.paths)
        raise UsageError(f"this key has approved no {what} at this commit", f"what it has approved here: {said}")


def _named(rule: str, paths: Sequence[str]) -> str:
    return f"{rule} in {', '.join(paths)}" if paths else rule


def _stored(word: Word, subject: Subject, key: PrivateKey, home: Home) -> tuple[bytes, Chain]:
    lines: list[bytes] = []

    def make(chain: Chain) -> bytes:
        lines.append(approve(word, subject, chain, key))
        return lines[-1]

    place_ = Log(subject.repository, home).append(subject.head, chain_id(key, home), make, signer=key.as_signer)
    return lines[-1], place_
