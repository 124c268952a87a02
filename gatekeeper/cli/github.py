"""`gate github`: pull requests on GitHub."""

import argparse
import importlib
from typing import cast

from gatekeeper.cli.verbs import Verb

HELP = "post verdicts to GitHub, and ask whether a pull request is done"
_VERBS = {
    "post": "put a run on GitHub: a check run or status of its commit, and one comment on the pull request",
    "pr": "is a pull request done? Each item is observed",
    "watch": "a server of one's own: receive webhooks, judge what is pushed, post what came of it",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Sub-verbs of `gate github`; each brings its own arguments."""
    verbs = parser.add_subparsers(dest="github_verb", required=True, metavar="VERB")
    for name, text in _VERBS.items():
        sub = verbs.add_parser(name, help=text, description=text[:1].upper() + text[1:])
        sub.add_argument("--repo", default=".", metavar="DIR", help="a folder of the repository (default: here)")
        sub.add_argument(
            "--repository", metavar="OWNER/NAME", help="on GitHub (default: $GITHUB_REPOSITORY, else that of origin)"
        )
        _module(name).add_arguments(sub)


def run(args: argparse.Namespace) -> int:
    """The exit status of the sub-verb."""
    return _module(args.github_verb).run(args)


def _module(name: str) -> Verb:
    # Lazy: nothing of GitHub is imported for other verbs.
    return cast(Verb, importlib.import_module(f"gatekeeper.cli.github_{name}"))
