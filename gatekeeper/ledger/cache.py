"""The ledger as the cache of observations of one run."""

import threading

from gatekeeper.ledger.record import Ledger
from gatekeeper.model.observation import Observation, Past
from gatekeeper.model.vocabulary import CheckId, RunId


class LedgerCache:
    """One connection, one user at a time."""

    def __init__(self, ledger: Ledger, run: RunId, repository: str = "") -> None:
        self._ledger = ledger
        self._run = run
        self._repository = repository
        self._lock = threading.Lock()

    def find(self, key: str) -> Observation | None:
        with self._lock:
            return self._ledger.observation(key)

    def keep(self, key: str, observation: Observation) -> None:
        with self._lock:
            self._ledger.keep_observation(key, observation, self._run)

    def past(self, check: CheckId) -> tuple[Past, ...]:
        """What a check did in earlier runs of the repository."""
        with self._lock:
            return self._ledger.past(self._repository, check)
