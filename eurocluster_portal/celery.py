"""The Celery application: the broker only nudges, the outbox in the database is the truth."""

import gc
import os

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
