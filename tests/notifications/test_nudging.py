"""The broker may refuse or hang: whoever saves something waits about a second at most, and not again for a while."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.conf import settings as django_settings

NUDGES = """
import json, time
import django
django.setup()
from notifications import nudging
from notifications.tasks import relay_outbox
def seconds():
    began = time.monotonic()
    nudging.nudge()
    return time.monotonic() - began

asking, quiet = [], []
for _ in range(3):
    nudging._quiet_until = 0
    asking.append(seconds())
    quiet.append(seconds())
print(json.dumps([asking, quiet]))
"""


@pytest.fixture
def hung_port() -> Iterator[int]:
    """A server that takes connections and never says a word, as a stopped process does."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(16)
        yield server.getsockname()[1]


@pytest.fixture
def refusing_port() -> int:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def seconds_per_nudge(port: int) -> tuple[list[float], list[float]]:
    """How long nudges took, the least first: those that ask the broker, and those in the pause after its failure."""
    environment = os.environ | {
        "REDIS_URL": f"redis://127.0.0.1:{port}/0",
        "DJANGO_SETTINGS_MODULE": "eurocluster_portal.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", NUDGES], env=environment, cwd=django_settings.BASE_DIR, capture_output=True, check=True
    )
    asking, quiet = json.loads(done.stdout)
    return sorted(asking), sorted(quiet)


def test_hung_broker_costs_a_second_and_then_nothing_for_a_while(hung_port: int) -> None:
    asking, quiet = seconds_per_nudge(hung_port)

    assert 0.5 < asking[0] < 2.0, "the broker did not hang, or nobody stopped waiting for it"
    assert asking[1] < 2.5
    assert quiet[0] < 0.01


def test_refusing_broker_costs_nothing(refusing_port: int) -> None:
    asking, quiet = seconds_per_nudge(refusing_port)

    assert asking[0] < 0.2
    assert asking[1] < 1.0
    assert quiet[0] < 0.01
