"""Ways to make a red run look green from inside: hooks that rewrite outcomes, ends of the process, a patched runner.

What base had already is none, nor what was moved. Code that runs as a program of its own (`if __name__ == "__main__"`,
the child of a fork) cannot end the run of the tests.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence

from gatekeeper.integrity.code.added import Found, added
from gatekeeper.integrity.code.bindings import head
from gatekeeper.integrity.code.collection import effects, load_tests_drops
from gatekeeper.integrity.code.dotted import Names
from gatekeeper.integrity.code.exits import Exits, of_tests
from gatekeeper.integrity.code.hooks import COLLECTING, DECIDING, SELECTING, bound_hooks, hook_of, rewritten
from gatekeeper.integrity.code.outcome_words import lines, worth
from gatekeeper.integrity.code.patches import gutted, patched
from gatekeeper.integrity.code.place import Place, Places
from gatekeeper.integrity.code.words import Lines
from gatekeeper.integrity.contract import Diff, Effect, FileChange, Hit, Role, Rule
from gatekeeper.integrity.parsed import FunctionNode, ParsedPython, shape, unparse


class OutcomeHooks:
    """Hooks, exits and patches that decide how a run ends."""

    rules: Mapping[str, Rule] = {
        "outcome-hook": Rule(Effect.BLOCK, "adds a pytest hook that decides which tests count or how the session ends"),
        "outcome-rewritten": Rule(Effect.BLOCK, "overwrites the outcome of a test or the status of the session"),
        "process-exit": Rule(Effect.BLOCK, "ends the test process in a way that can look green"),
        "exit-hook": Rule(Effect.BLOCK, "registers something that ends the process, or replaces an exception hook"),
        "runner-patched": Rule(Effect.BLOCK, "overwrites parts of the test runner"),
        "collection-narrowed": Rule(Effect.WARN, "adds code that drops or skips collected tests under a condition"),
        "exit-possible": Rule(Effect.WARN, "adds an end of the process that a run of the tests may come across"),
    }

    def detect(self, change: FileChange, diff: Diff) -> Iterator[Hit]:
        """Hits in one changed file; the whole diff is compared once, so that moved code is none."""
        for hit in added(diff, _find, worth).get(change.path, ()):
            if hit.rule != "runner-patched" or not _is_own(hit.symbol, diff):
                yield hit


DETECTOR = OutcomeHooks()


def _find(change: FileChange, side: ParsedPython) -> Iterator[Found]:
    if side.tree is None:
        return
    names = Names(side.tree)
    places = list(Places(side.tree, names, Lines(side.text, lines(names))))
    # A plugin that one test registers for a pytest of its own does not touch the run it is in.
    inner_counts = "pluginmanager" in side.text
    yield from _steering(places, names, change, inner_counts)
    yield from _exits(places, names, change)


def _steering(
    places: Sequence[tuple[ast.AST, Place]], names: Names, change: FileChange, inner_counts: bool
) -> Iterator[Found]:
    """Hooks, and what is written over outcomes and over the runner. `inner_counts`: functions in functions, too."""
    tests = of_tests(change)
    decides = _decides(change)
    for node, place in places:
        if isinstance(node, FunctionNode) and _takes_part(place, inner_counts):
            yield from _hook(node, names, change)
        if tests:
            yield from _bound(node)
        if decides:
            yield from _rewritten(node, place, names, change)
        for target in patched(node, names):
            yield _block("runner-patched", node, target, f"overwrites {target}")
        if tests and isinstance(node, ast.ClassDef):
            yield from _gutted(node, names)


def _decides(change: FileChange) -> bool:
    """Tests and what belongs to them, and a plugin: code that has outcomes in its hands."""
    return of_tests(change) or _is_plugin(change)


def _takes_part(place: Place, inner_counts: bool) -> bool:
    return place.function is None or inner_counts


def _bound(node: ast.AST) -> Iterator[Found]:
    return (_block("outcome-hook", node, hook, f"binds the hook {hook}") for hook in bound_hooks(node))


def _gutted(node: ast.ClassDef, names: Names) -> Iterator[Found]:
    for method in gutted(node, names):
        message = f"overrides {method.name} so that it cannot fail"
        yield _block("runner-patched", method, f"{node.name}.{method.name}", message)


def _hook(node: FunctionNode, names: Names, change: FileChange) -> Iterator[Found]:
    hook = hook_of(node, names)
    if hook in DECIDING:
        rule = "outcome-hook" if of_tests(change) or not _is_plugin(change) else "collection-narrowed"
        yield _found(rule, node, shape(node.args, *node.body), hook, f"adds the hook {hook}")
    elif hook == COLLECTING:
        yield _found("collection-narrowed", node, shape(node.args, *node.body), hook, f"adds the hook {hook}")
    elif hook == SELECTING:
        yield from _selecting(node, names)
    elif hook == "load_tests" and of_tests(change) and load_tests_drops(node, names):
        message = "adds a load_tests that hands back other tests than it was given"
        yield _found("collection-narrowed", node, shape(*node.body), hook, message)


def _selecting(node: FunctionNode, names: Names) -> Iterator[Found]:
    for effect in effects(node, names):
        done = "drops collected tests" if effect.drops else "marks collected tests as skipped"
        rule = "outcome-hook" if effect.always else "collection-narrowed"
        how = "whatever is asked for" if effect.always else "under a condition"
        same = f"{SELECTING} {effect.drops} {effect.always}"
        yield Found(rule, effect.text, effect.line, f"{SELECTING} {done} {how}", same, SELECTING)


def _rewritten(node: ast.AST, place: Place, names: Names, change: FileChange) -> Iterator[Found]:
    harness = change.role is not Role.TEST
    for target in rewritten(node, place, names, harness):
        yield _block(
            "outcome-rewritten", node, target, f"writes {target}" + (f" in {place.name}" if place.name else "")
        )


def _exits(places: Sequence[tuple[ast.AST, Place]], names: Names, change: FileChange) -> Iterator[Found]:
    for end in Exits(places, names, change):
        rule = "exit-hook" if end.registered else "process-exit" if end.certain else "exit-possible"
        done = "registers with" if end.registered else "ends the process by"
        what = f"{end.what} something that ends the process" if end.registered else end.what
        if end.what == "sys.excepthook":
            done, what = "replaces", "an exception hook"
        message = f"{done} {what} ({end.where})"
        same = f"{rule} {end.what} {end.where}"
        yield Found(rule, f"{same} {unparse(head(end.node))[:300]}", end.node.lineno, message, same, end.where)  # type: ignore[attr-defined]


def _is_plugin(change: FileChange) -> bool:
    """A product that is a plugin of pytest, by its name: its hooks are what it is for."""
    return change.role is Role.PRODUCT and "pytest" in change.path.lower()


def _is_own(patched_name: str, diff: Diff) -> bool:
    """Is what is patched a part of the project itself? pytest patches pytest."""
    root = patched_name.partition(".")[0]
    homes = (f"{root}/__init__.py", f"src/{root}/__init__.py", f"Lib/{root}/__init__.py", f"lib/{root}/__init__.py")
    return any(home in diff.base_names for home in homes)


def _block(rule: str, node: ast.AST, name: str, message: str) -> Found:
    return _found(rule, node, unparse(head(node))[:300], name, message)


def _found(rule: str, node: ast.AST, text: str, name: str, message: str) -> Found:
    return Found(rule, f"{rule} {name} {text}", node.lineno, message, f"{rule} {name}", name)  # type: ignore[attr-defined]
