"""build: can the project be built, and does the build make what the policy names?"""

import os
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from pathspec import GitIgnoreSpec

from gatekeeper.checks.contract import CommandPlan, Context, Inapplicable, Plan, Step
from gatekeeper.checks.own import own_step
from gatekeeper.model.vocabulary import CheckId
from gatekeeper.tools.build import Build as BuildTool


class Build:
    id = CheckId("build")
    title = "the project builds"
    cost = 60

    def plan(self, context: Context) -> Plan:
        settings = context.settings
        after = partial(missing_artefacts, settings.artefacts)
        if settings.command:
            return CommandPlan((own_step(settings),), writes=True, after=after if settings.artefacts else None)
        if "python" not in settings.languages or not context.detected.builds:
            return Inapplicable("the base declares no build system; name a command in [check.build] to have one run")
        step = Step("build", BuildTool(), python=True, fallback=True)
        return CommandPlan((step,), writes=True, after=after if settings.artefacts else None)


def missing_artefacts(globs: tuple[str, ...], folders: Mapping[str, Path], started: float) -> tuple[str, ...]:
    """A reason for every glob that matches no file written since `started` (Unix seconds).

    `folders` are where files were made, by the prefix that their names have in the tree.
    """
    made = [(prefix + name, fresh) for prefix, root in folders.items() for name, fresh in _files(root, started)]
    reasons = []
    for glob in globs:
        matched = {fresh for name, fresh in made if GitIgnoreSpec.from_lines([glob]).match_file(name)}
        if True not in matched:
            reasons.append(f"the build left {glob} {'as it was before (stale)' if matched else 'missing'}")
    return tuple(reasons)


def _files(root: Path, started: float) -> Iterator[tuple[str, bool]]:
    """(name below `root`, was it written since `started`?)."""
    for folder, _, files in os.walk(root):
        for file in files:
            path = Path(folder, file)
            yield path.relative_to(root).as_posix(), path.lstat().st_mtime >= started
