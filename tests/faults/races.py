"""Doing the same many times at the same instant."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connections


def at_once(work: Callable[[int], str], numbers: list[int]) -> Counter[str]:
    """Run the same work for every number at the same instant, each on a connection of its own."""
    start = threading.Barrier(len(numbers))

    def run(number: int) -> str:
        start.wait(timeout=30)
        try:
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(numbers)) as pool:
        return Counter(pool.map(run, numbers))
