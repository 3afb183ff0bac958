"""Which function carries out which kind of outbox job."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol


class JobHandler(Protocol):
    def __call__(self, payload: dict[str, Any], *, at: datetime) -> None: ...


class UnknownJob(Exception):
    """No room has registered a handler for this kind of job."""


HANDLERS: dict[str, JobHandler] = {}


def job_handler(kind: str) -> Callable[[JobHandler], JobHandler]:
    """Register an idempotent handler in a room's `tasks.py`; `kind` is `room.verb_noun`."""

    def register(handler: JobHandler) -> JobHandler:
        known = HANDLERS.setdefault(kind, handler)
        if known is not handler:
            raise ValueError(f"two handlers for {kind}")
        return handler

    return register


def handler_for(kind: str) -> JobHandler:
    try:
        return HANDLERS[kind]
    except KeyError:
        raise UnknownJob(kind) from None
