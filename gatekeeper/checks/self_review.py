"""self-review: is there one, bound to this head, well formed?"""

from gatekeeper.checks.contract import Context, FactsPlan, Inapplicable, Plan
from gatekeeper.evidence.claims import FOLDER, file_for, merge, parse_file, parse_trailers
from gatekeeper.git.pruned import tree_without
from gatekeeper.git.trailers import trailers
from gatekeeper.model.claim import SelfReview as Review
from gatekeeper.model.finding import Finding
from gatekeeper.model.observation import Observation
from gatekeeper.model.vocabulary import CheckId, Severity

ID = CheckId("self-review")


class SelfReview:
    id = ID
    title = "the worker's own review, bound to this head"
    cost = 7

    def plan(self, context: Context) -> Plan:
        if context.subject.whole:
            return Inapplicable("the whole tree is judged: no worker reviews it")
        review = read(context)
        if review is None and not context.settings.required:
            return Inapplicable("there is none, and the policy does not require one")
        return FactsPlan(lambda: observe(review, context))


def read(context: Context) -> Review | None:
    """The claims of the head, from every carrier; None when there are none."""
    subject = context.subject
    tree = tree_without(context.store, subject.head_tree, FOLDER)
    found = [parse_trailers(trailers(context.store, subject.head), tree)]
    if subject.branch:
        path = file_for(subject.branch)
        content = context.store.read(subject.head, path)
        if content is not None:
            found.append(parse_file(content, path, tree))
    return merge([review for review in found if review is not None])


def observe(review: Review | None, context: Context) -> Observation:
    tree = context.subject.head_tree
    if review is None:
        missing = Finding(
            check=ID,
            rule="self-review-missing",
            message="the policy requires a self-review: add `Gate-Claim: tests=local; pytest -q; 214 passed` trailers "
            f"to the head commit, or {FOLDER}/<branch>.toml",
            symbol="missing",
        )
        return Observation(check=ID, tree=tree, findings=(missing,), counts={"claims": 0})
    findings = [_problem(problem) for problem in review.problems]
    if not review.bound:
        expected = tree_without(context.store, context.subject.head_tree, FOLDER)
        message = f"the self-review is bound to another tree; review again and bind it to {expected}"
        findings.append(Finding(check=ID, rule="self-review-unbound", message=message, symbol="unbound"))
    findings += [_unknown(claim.subject) for claim in review.claims if claim.subject not in context.policy.checks]
    return Observation(check=ID, tree=tree, findings=tuple(findings), counts={"claims": len(review.claims)})


def _problem(problem: str) -> Finding:
    return Finding(check=ID, rule="self-review-malformed", message=problem, symbol=problem)


def _unknown(subject: str) -> Finding:
    message = f"claims something about {subject!r}, which is no check of the policy"
    return Finding(check=ID, rule="claim-unknown", message=message, severity=Severity.WARNING, symbol=subject)
