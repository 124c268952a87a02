"""Fixtures for the tests of the command."""

import pytest


@pytest.fixture(autouse=True)
def _not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Coverage is that of the tests without the command: to measure its many processes would double their time."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
