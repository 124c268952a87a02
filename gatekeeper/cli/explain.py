"""`gate explain WORD`: what a check, a rule, an outcome, a label or a verdict means, why it exists, how to fix it."""

import argparse
import textwrap

from gatekeeper.cli.explain_rule import explain_rule
from gatekeeper.cli.output import emit
from gatekeeper.errors import UsageError
from gatekeeper.report.escape import single_line
from gatekeeper.report.explanations import EXPLANATIONS, Explanation, explain, near

HELP = "explain a check, a rule, an outcome or a label"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The word; without it all words are listed."""
    parser.add_argument("word", nargs="?", metavar="WORD", help="for example: tests, F401, forbidden-path, local")


def run(args: argparse.Namespace) -> int:
    """Prints every meaning of the word. Raises UsageError with near words when it has none."""
    if args.word is None:
        emit(_index())
        return 0
    found = explain(args.word)
    if not found:
        from gatekeeper.cli.policy_rules import explained  # lazy: reads the policy of the base

        found = explained(args.word)
    if found:
        emit("\n".join(_entry(entry) for entry in found))
        return 0
    text = explain_rule(args.word)
    if text is None:
        close = ", ".join(near(args.word))
        hint = f"Near: {close}." if close else "gate explain lists the words."
        raise UsageError(f"{single_line(args.word, 80)} is no check, rule, outcome or label", hint)
    emit(text)
    return 0


def _entry(entry: Explanation) -> str:
    parts = [f"{entry.word} ({entry.kind})", _paragraph("what", entry.meaning)]
    parts += [_paragraph("why", entry.why), _paragraph("fix", entry.fix)]
    parts += [f"  {'examples' if number == 0 else '':<8} {line}" for number, line in enumerate(entry.examples)]
    return "\n".join(parts) + "\n"


def _paragraph(word: str, text: str) -> str:
    indent = " " * 11
    return textwrap.fill(
        text, width=100, initial_indent=f"  {word:<9}", subsequent_indent=indent, break_on_hyphens=False
    )


def _index() -> str:
    kinds: dict[str, list[str]] = {}
    for entries in EXPLANATIONS.values():
        for entry in entries:
            kinds.setdefault(entry.kind, []).append(entry.word)
    lines = [_paragraph(kind, ", ".join(words)) for kind, words in kinds.items()]
    return "\n".join(lines) + "\nRules of ruff, mypy, eslint and tsc are known too: gate explain F401\n"
