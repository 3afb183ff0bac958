"""Public calls as machines read them: one worked call, open ones, and what is told of them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from calls.models import Call
from tests.factories.calls import CallFactory, EuroclusterFactory

DAY = timedelta(days=1)
ATOM = {"a": "http://www.w3.org/2005/Atom"}
FEEDS = ("/calls.json", "/calls/calendar.ics", "/calls/feed.atom")
NOW = timezone.now().replace(microsecond=0)
WORKED = {
    "code": "recentre-2023",
    "title": "Furniture, IT & energy <together>",
    "summary": "Up to 52,000 EUR for projects of two SMEs.",
    "opens_at": datetime(2023, 3, 26, 22, 0, tzinfo=UTC),
    "closes_at": datetime(2023, 6, 27, 15, 0, tzinfo=UTC),
    "published_at": datetime(2023, 3, 20, 9, 0, tzinfo=UTC),
    "awards_max": 20,
}


def worked_call(**changes: Any) -> Call:
    eurocluster = EuroclusterFactory(slug="recentre", name="RE-CENTRE", contact_email="desk@recentre.example")
    return CallFactory(**{"eurocluster": eurocluster, **WORKED, **changes})


def open_call(**changes: Any) -> Call:
    window = {"opens_at": NOW - 30 * DAY, "closes_at": NOW + 40 * DAY, "published_at": NOW - 37 * DAY}
    return CallFactory(**{**window, **changes})


def linked_data_of(page: str) -> dict[str, Any]:
    (script,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    return json.loads(script)


def answers(client: Client) -> list[tuple[bytes, dict[str, str]]]:
    found = [client.get(address) for address in FEEDS]
    volatile = {"X-Request-Id"}
    return [
        (answer.content, {name: value for name, value in answer.items() if name not in volatile}) for answer in found
    ]
