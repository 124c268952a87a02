"""Tests that pass at base and fail on the code of the branch: did it hide them, or rewrite them? Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cached_property

from msgspec import Struct, field

from gatekeeper.integrity.suite.asked import EXACT, weakened
from gatekeeper.integrity.suite.instead import computed, local, stood_in, unasked
from gatekeeper.integrity.suite.lessened import NOTHING_KNOWN, Lessened
from gatekeeper.integrity.suite.means import ALWAYS
from gatekeeper.integrity.suite.product import Product
from gatekeeper.integrity.suite.renames import Place, Renames
from gatekeeper.integrity.suite.suites import Suites
from gatekeeper.integrity.suite.written import CASES, Piece, Written, cases, function_of, split_id, test_id

PASSED, FAILING = "passed", frozenset({"failed", "error"})


class Kind(StrEnum):
    """What became of a test. UNEXPLAINED: nothing of it changed, and yet it passes at head and fails here."""

    HIDDEN = "hidden"
    REWRITTEN = "rewritten"
    UNEXPLAINED = "unexplained"


class Judgement(Struct, frozen=True):
    """About one test of base; `why` completes "it passes at base, fails on this branch's code, and …"."""

    test: str
    kind: Kind
    why: str


class Runs(Struct, frozen=True):
    """State by test id: base's tests on base's code, head's on head's, and base's tests on head's code (`mixed`)."""

    base: Mapping[str, str]
    head: Mapping[str, str]
    mixed: Mapping[str, str]
    skipped_by_product: frozenset[str] = frozenset()
    """Tests whose skip, or expected failure, was raised by the code that they test, in the mixed run."""
    uncollected: frozenset[str] = field(default_factory=frozenset)
    """Files of tests that could not be loaded in the mixed run."""

    def suspects(self) -> tuple[str, ...]:
        """Tests that pass at base and do not on the branch's code."""
        return tuple(test for test, state in self.base.items() if state == PASSED and self._fails(test))

    def _fails(self, test: str) -> bool:
        state = self.mixed.get(test)
        if state is None:
            return split_id(test)[0] in self.uncollected
        return state in FAILING or (state in {"skipped", "xfailed"} and test in self.skipped_by_product)


class Judge(Struct, frozen=True, eq=False, dict=True):
    """Holds the texts of both sides against each other."""

    runs: Runs
    old: Suites
    new: Suites
    renames: Renames
    product: Product
    lessened: Lessened = NOTHING_KNOWN

    def judge(self, test: str) -> Judgement | None:
        """None for a test that fails at head as well: head's own run says so."""
        path, name, parameters = split_id(test)
        place = self.renames.at_head(path, name)
        states = self._states(test, test_id(*place), parameters)
        if FAILING & set(states):
            return None
        before, after = self.old.written(test), self._after(test, place)
        if PASSED in states:
            return self._passes(test, before, after)
        word = self._word(states, after)
        return self._vanished(test, before, word)

    def _states(self, test: str, function: str, parameters: str) -> list[str]:
        """Of the same case at head; of all cases of the function where its cases are others, but not fewer."""
        same = self.runs.head.get(function + parameters) or self.runs.head.get(test)
        if same is not None:
            return [same]
        then, now = self._cases_of_base.get(function_of(test), []), self._cases_of_head.get(function, [])
        passing = sum(self.runs.head[one] == PASSED for one in now)
        enough = passing >= sum(self.runs.base[one] == PASSED for one in then)
        return [self.runs.head[one] for one in now] if now and enough else []

    def _after(self, test: str, place: Place) -> Written | None:
        path, name = place
        if path.endswith(".py"):
            return self.new.python.written(path, name)
        return self.new.written(f"{path}::{name}") or self.new.written(test)

    @cached_property
    def _cases_of_base(self) -> Mapping[str, list[str]]:
        return cases(self.runs.base)

    @cached_property
    def _cases_of_head(self) -> Mapping[str, list[str]]:
        return cases(self.runs.head)

    @staticmethod
    def _word(states: list[str], after: Written | None) -> str:
        if states:
            return "is skipped" if states[0] == "skipped" else "is expected to fail"
        return "is not executed any more" if after is not None else "is gone"

    def _vanished(self, test: str, before: Written | None, word: str) -> Judgement:
        if before is None:
            # Made by a generator that cannot be read: the file says whether the branch was at it.
            path = split_id(test)[0]
            same = self.old.files.read(path) == self.new.files.read(path) if path in self.new.files.names else False
            return Judgement(test, Kind.HIDDEN if same else Kind.REWRITTEN, f"{word} at head")
        gone = self.product.gone(before.words | before.subjects)
        if gone:
            named = ", ".join(sorted(gone)[:3])
            return Judgement(test, Kind.REWRITTEN, f"{word} at head, as is what it tests ({named})")
        other = self._replacement(before)
        if other:
            return Judgement(test, Kind.REWRITTEN, f"{word} at head; {other} tests the same")
        return Judgement(test, Kind.HIDDEN, f"{word} at head, and nothing replaces it")

    def _replacement(self, before: Written) -> str:
        """A test that the branch added and that passes, asks for as much, and uses everything of the product that the
        lost one uses."""
        wanted = before.subjects
        strongest = max((one.level for one in before.asked), default=0)
        for one in self._newcomers:
            level = max((asked.level for asked in one.asked), default=0)
            if wanted and wanted <= one.subjects and level >= strongest and (level == EXACT or strongest < EXACT):
                return one.name
        return ""

    @cached_property
    def _newcomers(self) -> tuple[Written, ...]:
        """New tests that were executed at head and passed."""
        passing = {function_of(test) for test, state in self.runs.head.items() if state == PASSED}
        return tuple(one for one in self.renames.new if test_id(one.path, one.name) in passing)

    def _passes(self, test: str, before: Written | None, after: Written | None) -> Judgement:
        if before is None or after is None:
            return self._unread(test)
        changed = [piece for piece in before.pieces if piece.shape not in after.shapes and not self._unforced(piece)]
        why = self._hidden(before, after, bool(changed)) or self._unasked(test, before, after)
        if why:
            return Judgement(test, Kind.HIDDEN, why)
        if not changed:
            return Judgement(test, Kind.UNEXPLAINED, "passes at head though neither it nor what it rests on changed")
        return Judgement(test, Kind.REWRITTEN, f"was changed with it ({', '.join(_told(changed))})")

    def _unread(self, test: str) -> Judgement:
        """A test that passes at head, and of which the text was not found on both sides."""
        path = split_id(test)[0]
        if path in self.new.files.names and self.old.files.read(path) == self.new.files.read(path):
            return Judgement(test, Kind.UNEXPLAINED, "neither it nor its file changed")
        return Judgement(test, Kind.REWRITTEN, "its file changed")

    def _hidden(self, before: Written, after: Written, changed: bool) -> str:
        """How the test at head avoids the question that it asked at base; "" when it does not, as far as one sees."""
        put = self._put_in_place(before, after) or self._stood_in(before, after)
        if put:
            return f"what it rests on now replaces {put}"
        turned = self._turned(before, after, changed)
        if turned:
            return f"imports something else at head, though {turned} is still there"
        answers = computed(before, after)
        if answers:
            return f"what it compares with is now made by {answers}, which it tests"
        if weakened(after.asked, before.asked):
            return "its assertions at head ask for less"
        less = self.lessened.of(after.path, after.name, after.pieces)
        return f"at head it asks for less ({less})" if less else ""

    def _unasked(self, test: str, before: Written, after: Written) -> str:
        parameters = split_id(test)[2]
        if parameters and test_id(after.path, after.name) + parameters in self.runs.head:
            return ""
        text = (self.new.files.read(after.path) or b"").decode("utf-8", "replace")
        case = unasked(before, after, parameters, text)
        return f"the case {case} is not asked any more" if case else ""

    def _stood_in(self, before: Written, after: Written) -> str:
        names = stood_in(before, after)
        return ", ".join(sorted(names - self.product.gone(names))[:3])

    def _turned(self, before: Written, after: Written, changed: bool) -> str:
        """What it imported at base and imports no more. Beside other changes only what is still defined there: what was
        moved leaves at most a forwarding address.
        """
        for piece in before.pieces:
            if piece.shape not in after.shapes and self._unforced(piece):
                dotted = piece.shape.partition(" ")[2]
                elsewhere = any(one.kind == "import" and local(one) == local(piece) for one in after.pieces)
                if not changed or (elsewhere and self.product.has_target(dotted, defined=True)):
                    return dotted
        return ""

    def _unforced(self, piece: Piece) -> bool:
        """An import that was turned elsewhere though its old target is still there explains no failure."""
        return piece.kind == "import" and "#" not in piece.shape and self._still_there(piece.shape.partition(" ")[2])

    def _still_there(self, dotted: str) -> bool:
        return self.product.has_target(dotted)

    def _put_in_place(self, before: Written, after: Written) -> str:
        """Something of what is tested that new text of the harness puts something else in the place of; or ""."""
        added = _ways(after, new=before) - (_ways(before) - _ways(after, kept=before))
        patches = {way.removeprefix("patch ") for way in added if way.startswith("patch ")}
        in_body = Counter(way for piece in after.pieces if piece.kind == "body" for way in piece.means)
        around = {name for name in patches if not in_body[f"patch {name}"]}
        hit = (patches & (before.words | before.modules)) | self.product.had(around)
        return ", ".join(sorted(hit | {way for way in added if way.startswith(ALWAYS)})[:3])


def _ways(one: Written, *, new: Written | None = None, kept: Written | None = None) -> Counter[str]:
    """Means in the pieces of a test: in all, or in those that another has not (`new`), or that it has (`kept`)."""
    pieces = one.pieces
    if new is not None:
        pieces = tuple(piece for piece in pieces if piece.shape not in new.shapes)
    if kept is not None:
        pieces = tuple(piece for piece in pieces if piece.shape in kept.shapes)
    return Counter(way for piece in pieces for way in piece.means)


def _told(changed: Iterable[Piece]) -> Iterator[str]:
    """Names of changed pieces for people, at most three."""
    names = dict.fromkeys(
        "its body" if one.kind == "body" else "its cases" if one.kind in CASES else f"{one.kind} {local(one)}"
        for one in changed
    )
    yield from list(names)[:3]
