"""Telling the worker that something is due. A convenience: the sweeper finds whatever a lost nudge leaves behind."""

import logging
import time

from celery import current_app
from django.conf import settings
from django.db import connection, transaction

logger = logging.getLogger(__name__)

RELAY = "notifications.tasks.relay_outbox"
PAUSE_AFTER_FAILURE = 30.0  # seconds in which nobody waits for a broker that just failed
_quiet_until = 0.0


def nudge_at_commit() -> None:
    """Nudge the worker after the commit, once per transaction."""
    if settings.OUTBOX_NUDGE and not any(entry[1] is nudge for entry in connection.run_on_commit):
        transaction.on_commit(nudge, robust=True)


def nudge() -> None:
    """Ask the worker to look into the outbox; never raises, and costs about a second when the broker hangs."""
    global _quiet_until  # noqa: PLW0603 — one breaker per process
    if time.monotonic() < _quiet_until:
        return
    try:
        # By its name: the tasks know the mails, and the mails know the outbox.
        current_app.send_task(RELAY, retry=False, expires=60)
    except Exception as failure:  # noqa: BLE001 — whatever the broker does, the sweeper will find the job
        _quiet_until = time.monotonic() + PAUSE_AFTER_FAILURE
        logger.warning("the broker did not take a nudge, the sweeper will do: %s", failure)
