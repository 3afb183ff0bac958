"""The worker's side of the outbox."""

import os
import threading
import time
from datetime import datetime
from typing import Any

from celery import shared_task
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from notifications import mail
from notifications.nudging import nudge
from notifications.registry import job_handler
from notifications.relay import run_due_jobs
from notifications.states import Priority

TIME_LIMIT = 2 * settings.OUTBOX_JOB_SECONDS


@shared_task(time_limit=TIME_LIMIT)
def relay_outbox() -> int:
    """Carry out what is due until nothing is, or hand over after a while.

    A job that hangs is ended with its process when the time limit is over. No job has less than half of that.
    """
    tried, ends = 0, time.monotonic() + settings.OUTBOX_JOB_SECONDS
    last_resort = threading.Timer(TIME_LIMIT + 2, os._exit, [1])  # now and then Celery misses its own limit
    last_resort.daemon = True
    last_resort.start()
    try:
        while run_due_jobs(at=timezone.now(), limit=1):
            tried += 1
            if time.monotonic() > ends:
                nudge()
                break
    finally:
        last_resort.cancel()
    return tried


@shared_task(time_limit=TIME_LIMIT)
def sweep_outbox() -> int:
    """Carry out what a lost nudge or a pause left behind."""
    return relay_outbox()


@job_handler("notifications.deliver_message", title=_("Notification by e-mail"), priority=Priority.BULK)
def deliver_message(payload: dict[str, Any], *, at: datetime) -> None:
    mail.deliver_message(payload["message"], at=at)


@job_handler("notifications.deliver_mail", title=_("E-mail about an account"), priority=Priority.AWAITED)
def deliver_mail(payload: dict[str, Any], *, at: datetime) -> None:
    mail.deliver_mail(payload, at=at)
