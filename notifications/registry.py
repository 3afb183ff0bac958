"""Which function carries out which kind of outbox job, how soon, and what people call it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.utils.functional import Promise

from notifications.states import Priority


class JobHandler(Protocol):
    def __call__(self, payload: dict[str, Any], *, at: datetime) -> None: ...


class UnknownJob(Exception):
    """No room has registered a handler for this kind of job."""


@dataclass(frozen=True, slots=True)
class Kind:
    handler: JobHandler
    title: str | Promise
    priority: timedelta


KINDS: dict[str, Kind] = {}


def job_handler(
    kind: str, *, title: str | Promise = "", priority: timedelta = Priority.NORMAL
) -> Callable[[JobHandler], JobHandler]:
    """Register an idempotent handler in a room's `tasks.py`; `kind` is `room.verb_noun`, `title` its name for people."""

    def register(handler: JobHandler) -> JobHandler:
        known = KINDS.setdefault(kind, Kind(handler, title, priority))
        if known.handler is not handler:
            raise ValueError(f"two handlers for {kind}")
        return handler

    return register


def handler_for(kind: str) -> JobHandler:
    try:
        return KINDS[kind].handler
    except KeyError:
        raise UnknownJob(kind) from None


def priority_of(kind: str) -> timedelta:
    return KINDS[kind].priority if kind in KINDS else Priority.NORMAL


def title_of(kind: str) -> str:
    """What people call such a job; its kind where no room knows it (any more)."""
    return str(KINDS[kind].title) or kind if kind in KINDS else kind
