"""What many tests of a module look at, built once and rolled back after the last of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import connection, transaction
from pytest_django.plugin import DjangoDbBlocker

Built = TypeVar("Built")


@contextmanager
def held(build: Callable[[], Built], blocker: DjangoDbBlocker) -> Iterator[Built]:
    """For tests marked django_db: each of them runs, and is rolled back, inside the transaction that holds what was built."""
    with blocker.unblock():
        outer = transaction.atomic()
        outer.__enter__()
        try:
            built = build()
            connection.check_constraints()  # what waits for a commit happens now, once
        except BaseException:
            transaction.set_rollback(True)
            outer.__exit__(None, None, None)
            raise
    yield built
    with blocker.unblock():
        transaction.set_rollback(True)
        outer.__exit__(None, None, None)
