"""What the rooms above know of a call and its public page should say: each registers a function, as jobs do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from calls.models import Call

    Notice = Callable[[Call, datetime], str]

_notices: list[Notice] = []


def call_notice(notice: Notice) -> Notice:
    """Register a function that gives one sentence for readers of a call at an instant, or nothing."""
    _notices.append(notice)
    return notice


def notices_of(call: Call, at: datetime) -> list[str]:
    return [words for notice in _notices if (words := notice(call, at))]
