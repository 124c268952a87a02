"""Get ready what will be needed while something else is waited for.

Every module here is imported where it is used as well. To load one takes as long as to run a quick tool, and a thread
that waits for git or for a tool has nothing else to do.
"""

import threading

from gatekeeper.checks.isolation import ability
from gatekeeper.checks.progress import Progress
from gatekeeper.model.policy import Policy
from gatekeeper.model.vocabulary import CheckId

_SELF_REVIEW = CheckId("self-review")


def fetching(progress: Progress, message: str) -> None:
    """Said when git begins to bring commits. A run on new commits is one with tools to run: load what runs them."""
    progress.message(message)
    threading.Thread(target=_load_usual, name="loading", daemon=True).start()


def _load_usual() -> None:
    from importlib import metadata  # noqa: F401, PLC0415

    from gatekeeper.checks import (  # noqa: F401, PLC0415
        complexity,
        integrity,
        lint,
        paths,
        self_review,
        tests,
        types,
        worktree,
    )  # fmt: skip
    from gatekeeper.environment import build, overlay  # noqa: F401, PLC0415


def try_isolation(policy: Policy) -> None:
    """What this machine can isolate is tried while checks are planned; whoever asks meanwhile waits for the answer."""
    if policy.isolation.use != "off":
        threading.Thread(target=ability, name="isolation", daemon=True).start()


def load_what_follows(policy: Policy) -> None:
    """What comes after the checks of a policy."""
    review = policy.checks.get(_SELF_REVIEW)
    if review is not None and review.enabled:
        from gatekeeper.checks import review_facts, self_review  # noqa: F401, PLC0415
        from gatekeeper.decision import hold  # noqa: F401, PLC0415
    if policy.stamp.enabled and not policy.trial:
        from gatekeeper.stamp import seal  # noqa: F401, PLC0415
