"""The portal's WSGI application with a stopwatch: every answer says its time and its queries in `Server-Timing`.

The time is what the portal itself takes between the call of the WSGI application and its answer, all middleware
included. The web server and the network are outside. Queries are those that pass Django's database layer, so the health
check of a kept connection and BEGIN/COMMIT are in the time, not in the number.
"""

from collections.abc import Callable, Iterable
from time import perf_counter, thread_time
from typing import Any

from django.db import connection

from eurocluster_portal.wsgi import application as portal


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    asked: list[float] = []
    answer: list[Any] = []

    def note(execute: Callable[..., Any], *arguments: Any) -> Any:
        began = perf_counter()
        try:
            return execute(*arguments)
        finally:
            asked.append(perf_counter() - began)

    began, worked = perf_counter(), thread_time()
    with connection.execute_wrapper(note):
        body = portal(environ, lambda *given: answer.extend(given))
    took, worked = perf_counter() - began, thread_time() - worked
    status, headers, *rest = answer
    timing = f"app;dur={took * 1000:.3f}, cpu;dur={worked * 1000:.3f}, db;dur={sum(asked) * 1000:.3f}, queries;dur={len(asked)}"
    start_response(status, [*headers, ("Server-Timing", timing)], *rest)
    return body
