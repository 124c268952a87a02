"""A GitHub to talk to."""

from collections.abc import Iterator

import pytest

from tests.support.github_fake import FakeGitHub, fake_github


@pytest.fixture
def hub() -> Iterator[FakeGitHub]:
    with fake_github() as fake:
        yield fake
