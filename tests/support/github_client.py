"""A client of the fake GitHub whose waiting takes no time."""

from dataclasses import dataclass, field

from gatekeeper.forge.access import Access
from gatekeeper.forge.client import Client
from gatekeeper.forge.wire import PyGithubWire
from tests.support.github_fake import REPOSITORY, FakeGitHub

APP, PERSON = "ghs_app_0123456789", "ghp_person_0123456789"


@dataclass
class Clock:
    """Time passes only by waiting."""

    now: float = 1_000_000.0
    waits: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


def client(hub: FakeGitHub, token: str = APP, clock: Clock | None = None) -> Client:
    access, time = Access(hub.url, REPOSITORY, token), clock or Clock()
    return Client(access, PyGithubWire(access), clock=time, sleep=time.sleep)
