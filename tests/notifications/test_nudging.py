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
times = []
for pause in (True, True, False):
    if not pause:
        nudging._quiet_until = 0
    began = time.monotonic()
    nudging.nudge()
    times.append(time.monotonic() - began)
print(json.dumps(times))
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


def seconds_per_nudge(port: int) -> list[float]:
    """How long three nudges took, the third with the pause after a failure ended."""
    environment = os.environ | {
        "REDIS_URL": f"redis://127.0.0.1:{port}/0",
        "DJANGO_SETTINGS_MODULE": "eurocluster_portal.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", NUDGES], env=environment, cwd=django_settings.BASE_DIR, capture_output=True, check=True
    )
    return json.loads(done.stdout)


def test_hung_broker_costs_a_second_and_then_nothing_for_a_while(hung_port: int) -> None:
    first, second, after_the_pause = seconds_per_nudge(hung_port)

    assert 0.5 < first < 2.5, "the broker did not hang, or nobody stopped waiting for it"
    assert second < 0.01
    assert after_the_pause < 2.0


def test_refusing_broker_costs_nothing(refusing_port: int) -> None:
    first, second, after_the_pause = seconds_per_nudge(refusing_port)

    assert first < 1.0
    assert second < 0.01
    assert after_the_pause < 0.2
