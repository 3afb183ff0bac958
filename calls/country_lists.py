"""Which countries stand on a dated list, e.g. the Member States of the Union on the day a call closes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING

from calls.phases import BRUSSELS

if TYPE_CHECKING:
    from calls.models import Call, CountryList, CountryListMember


def countries_of(country_list: CountryList, on: date) -> frozenset[str]:
    """The countries on the list on a day; who leaves on that day has left."""
    return members_on(country_list.members.all(), on)


def members_on(members: Iterable[CountryListMember], on: date) -> frozenset[str]:
    return frozenset(one.country for one in members if is_member(one, on))


def is_member(member: CountryListMember, on: date) -> bool:
    return member.since_on <= on and (member.until_on is None or on < member.until_on)


def allowed_countries(call: Call) -> frozenset[str] | None:
    """The countries whose organisations may apply: those named, and those on the list on the closing day in Brussels.

    `None`: from everywhere.
    """
    named = frozenset(call.countries_allowed)
    if call.country_list is None:
        return named or None
    return named | countries_of(call.country_list, brussels_day(call.closes_at))


def brussels_day(instant: datetime) -> date:
    return instant.astimezone(BRUSSELS).date()
