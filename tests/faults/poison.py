"""Jobs for a real worker of the tests: one that kills or holds the process which carries it out, and one that makes a file.

The worker imports this beside the portal's own tasks (`celery worker --include`).
"""

import os
import signal
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from notifications.registry import job_handler
from notifications.states import Priority

POISON, GOOD = "tests.poison", "tests.good"


@job_handler(POISON, priority=Priority.AWAITED)
def die(payload: dict[str, Any], *, at: datetime) -> None:
    with Path(payload["log"]).open("a") as log:
        log.write("taken\n")
    if payload["how"] == "hang":
        time.sleep(3600)
    if payload["how"] == "exit":
        os._exit(1)
    os.kill(os.getpid(), signal.SIGKILL)


@job_handler(GOOD, priority=Priority.BULK)
def note(payload: dict[str, Any], *, at: datetime) -> None:
    with Path(payload["log"]).open("a") as log:
        log.write("done\n")
