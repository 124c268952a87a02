"""Get ready what will be needed while something else is waited for.

Every module here is imported where it is used as well. To load one takes as long as to run a quick tool, and a thread
that waits for git or for a tool has nothing else to do.
"""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar, cast

from gatekeeper.checks.isolation import ability
from gatekeeper.checks.progress import Progress
from gatekeeper.model.policy import Policy
from gatekeeper.model.vocabulary import CheckId

T = TypeVar("T")

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


class Ahead(Generic[T]):
    """An answer that is worked out beside everything else; asking for it waits, and raises what went wrong."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._answer: T | None = None
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="ahead", daemon=True)
        self._thread.start()

    def get(self) -> T:
        """The answer."""
        self._thread.join()
        if self._failure is not None:
            raise self._failure
        return cast(T, self._answer)

    def _run(self) -> None:
        try:
            self._answer = self._work()
        except BaseException as failure:  # noqa: BLE001 - raised again where the answer is asked for
            self._failure = failure


def load_what_follows(policy: Policy) -> None:
    """What comes after the checks of a policy."""
    review = policy.checks.get(_SELF_REVIEW)
    if review is not None and review.enabled:
        from gatekeeper.checks import review_facts, self_review  # noqa: F401, PLC0415
        from gatekeeper.decision import hold  # noqa: F401, PLC0415
    if policy.stamp.enabled and not policy.trial:
        from gatekeeper.stamp import seal  # noqa: F401, PLC0415
