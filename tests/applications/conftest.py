from types import SimpleNamespace

import pytest

from eurocluster_portal import middleware
from tests.factories.calls import AT


class At:
    """Lets requests arrive at a chosen instant: the middleware alone reads the clock."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch

    def __call__(self, instant: object) -> None:
        self.monkeypatch.setattr(middleware, "timezone", SimpleNamespace(now=lambda: instant))


@pytest.fixture
def arrive_at(monkeypatch: pytest.MonkeyPatch) -> At:
    return At(monkeypatch)


@pytest.fixture
def during_the_call(arrive_at: At) -> None:
    arrive_at(AT)
