"""The Celery application: the broker only nudges, the outbox in the database is the truth."""

import contextlib
import gc
import os
from pathlib import Path

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eurocluster_portal.settings")

app = Celery("eurocluster_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.worker_init.connect
def load_before_forking(**_: object) -> None:
    """Load what every child needs once, in the parent, and keep the collector off those pages: children share them."""
    import documents.pdf  # noqa: F401

    gc.collect()
    gc.freeze()
    step_back()


def step_back(by: int = 5) -> None:
    """Let web processes on the same machine go first: a receipt may come a little later, a submission may not.

    Linux weighs sessions (autogroups) before it weighs the processes in them, so a niceness alone would do nothing
    where each process of the portal has a session of its own, as under `make run`.
    """
    os.nice(by)
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(by))
