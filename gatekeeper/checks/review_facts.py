"""What git says about the things that a self-review speaks of: removed tests, changed rules, and proof in prose."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from gatekeeper.checks.self_review import bound_tree
from gatekeeper.evidence.claims import TRAILERS
from gatekeeper.evidence.prose import Prose, unverified
from gatekeeper.evidence.removed import changed_words, gate_part, is_gate_file, is_test_file, removed_tests
from gatekeeper.git.changes import PathChange, changed_paths
from gatekeeper.git.messages import messages
from gatekeeper.git.store import Store
from gatekeeper.model.claim import GateChange, ReviewFacts, SelfReview, Sentence
from gatekeeper.model.policy import CheckSettings
from gatekeeper.model.subject import Subject
from gatekeeper.model.vocabulary import CheckId

MAX_TEXT = 64 * 1024
"""Characters of one message or statement that are read for prose."""
MAX_TEXTS = 1 << 20
"""Of all of them together."""
MAX_SENTENCES = 100
"""That are listed; the rest is counted."""
Detector = Callable[[str], Iterable[Prose]]


def review_facts(
    store: Store,
    subject: Subject,
    checks: Mapping[CheckId, CheckSettings],
    review: SelfReview | None,
    detect: Detector = unverified,
) -> ReviewFacts:
    """The facts for `hold`. With the whole tree there is no branch to speak of: none.

    Without a review nobody had to disclose anything; what the messages of the commits say is read all the same.
    """
    if subject.whole or subject.merge_base is None:
        return ReviewFacts()
    prose, unread = _prose(_texts(store, subject, review), detect)
    surfaces = {str(name): one.target.surface if one.target else "" for name, one in checks.items()}
    if review is None:
        return ReviewFacts(subjects=surfaces, prose=prose, unread=unread)
    changes = changed_paths(store, subject.base_tree, subject.head_tree)
    sides = _Sides(store, subject, changes)
    return ReviewFacts(
        tree=bound_tree(store, subject.head_tree),
        subjects=surfaces,
        tests_removed=removed_tests(sides.before(is_test_file), sides.after(is_test_file)),
        gate_changes=tuple(_gate_changes(sides.before(is_gate_file), sides.after(is_gate_file))),
        prose=prose,
        unread=unread,
    )


def _matters(one: PathChange) -> bool:
    return is_test_file(one.path) or is_gate_file(one.path) or bool(_old(one))


def _blobs_before(store: Store, subject: Subject, paths: set[str]) -> dict[str, str]:
    """Blob by path at the merge base, for those of the paths that are files there."""
    before = store.list_tree(subject.base_tree) if paths else {}
    return {path: before[path][1] for path in paths if path in before and _is_file(before[path][0])}


class _Sides:
    """Texts of changed files, as they were at the merge base and as they are at the head; read in one go."""

    def __init__(self, store: Store, subject: Subject, changes: Iterable[PathChange]) -> None:
        wanted = [one for one in changes if _matters(one)]
        self._old = _blobs_before(store, subject, {one.old_path for one in wanted if one.old_path})
        self._new = {one.path: one.new_oid for one in wanted if one.status != "D" and _is_file(one.new_mode)}
        self._blobs = store.blobs(sorted({*self._old.values(), *self._new.values()})) if wanted else {}

    def before(self, wanted: Callable[[str], bool]) -> dict[str, str]:
        return {path: self._text(oid) for path, oid in self._old.items() if wanted(path)}

    def after(self, wanted: Callable[[str], bool]) -> dict[str, str]:
        return {path: self._text(oid) for path, oid in self._new.items() if wanted(path)}

    def _text(self, oid: str) -> str:
        return self._blobs.get(oid, b"").decode("utf-8", "replace")


def _old(change: PathChange) -> bool:
    return change.old_path is not None and (is_test_file(change.old_path) or is_gate_file(change.old_path))


def _is_file(mode: str) -> bool:
    """Links count: their target is their text, and a rule file may be replaced by one."""
    return mode[:3] in {"100", "120"}


def _gate_changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[GateChange]:
    for path in sorted({*before, *after}):
        old, new = gate_part(path, before.get(path, "")), gate_part(path, after.get(path, ""))
        if old != new or (path in before) != (path in after):
            yield GateChange(path, changed_words(old, new))


def _texts(store: Store, subject: Subject, review: SelfReview | None) -> Iterator[Sentence]:
    """Everything that may hold prose, as sentences that are still whole texts; `line` is that of their beginning."""
    assert subject.merge_base is not None  # noqa: S101 - the caller has looked
    for commit, message in messages(store, subject.merge_base, subject.head):
        yield Sentence(f"commit {commit[:12]}", 1, _without_trailers(message))
    for claim in review.claims if review else ():
        path = claim.carrier if claim.carrier.startswith(".gate/") else None
        where = f"the claim about {claim.subject} ({claim.carrier})"
        yield Sentence(where, 1, claim.statement, path)
    entries = (*review.known_failures, *review.tests_removed, *review.gate_changes) if review else ()
    yield from (Sentence("a disclosure", 1, entry) for entry in entries)


def _without_trailers(message: str) -> str:
    """The gate's own trailers are read as claims; the lines stay, so that numbers of lines do too."""
    lines = message.split("\n")
    ours, inside = [], False
    for line in lines:
        inside = line.partition(":")[0].strip().lower() in TRAILERS or (inside and line[:1] in {" ", "\t"})
        ours.append("" if inside else line)
    return "\n".join(ours)


def _prose(texts: Iterable[Sentence], detect: Detector) -> tuple[tuple[Sentence, ...], tuple[str, ...]]:
    """Sentences that sound like proof, and what was too long to be read to its end."""
    found: dict[Sentence, None] = {}
    unread: list[str] = []
    room = MAX_TEXTS
    for one in texts:
        text = one.text[: min(MAX_TEXT, room)]
        room -= len(text)
        unread += [one.where] if len(text) < len(one.text) else []
        for prose in detect(text):
            found[Sentence(one.where, one.line + prose.line - 1, prose.sentence, one.path)] = None
    if len(found) > MAX_SENTENCES:
        unread.append(f"the list of {len(found)} sentences")
    return tuple(found)[:MAX_SENTENCES], tuple(unread)
