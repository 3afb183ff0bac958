"""The Celery application: the broker only nudges, the outbox in the database is the truth."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "eurocluster_portal.settings")

app = Celery("eurocluster_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
