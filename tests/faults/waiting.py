"""Holding what another connection needs, until it waits for it."""

from __future__ import annotations

import time

from django.db import connection


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # inside a transaction the first answer is kept
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def wait_until_somebody_waits() -> None:
    until = time.monotonic() + 10
    while not somebody_waits_for_a_lock():
        assert time.monotonic() < until, "nobody waits"
        time.sleep(0.02)
