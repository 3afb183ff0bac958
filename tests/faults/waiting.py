"""Holding what another connection needs, until it waits for it."""

from __future__ import annotations

from django.db import connection

from tests.live import wait_until


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # inside a transaction the first answer is kept
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


def wait_until_somebody_waits() -> None:
    wait_until(somebody_waits_for_a_lock, timeout=60, what="waiting for a lock", pause=0.02)
