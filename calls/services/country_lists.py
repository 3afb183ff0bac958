"""Who joins and leaves a list of countries, and when. What once stood there stays as history."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction

from audit import services as audit
from calls.models import CountryList, CountryListMember

if TYPE_CHECKING:
    from accounts.models import User


class AlreadyOnList(Exception):
    """The country stands on the list on that day or later."""


class NotAMember(Exception):
    """The membership ended before, or would end before it began."""


def _lock_list(country_list_id: int) -> CountryList:
    return CountryList.objects.select_for_update(of=("self",), no_key=True).get(pk=country_list_id)


@transaction.atomic
def add_country(
    *, country_list_id: int, country: str, since_on: date, by: User | None, at: datetime
) -> CountryListMember:
    """Put a country on a list from a day on, without an end.

    Raises:
        AlreadyOnList: it is a member on that day or joins later.
    """
    country_list = _lock_list(country_list_id)
    known = country_list.members.filter(country=country)
    if any(one.until_on is None or since_on < one.until_on for one in known):
        raise AlreadyOnList(country)
    member = CountryListMember.objects.create(country_list=country_list, country=country, since_on=since_on)
    audit.record(
        "country_list.country_added", subject=country_list, actor=by, at=at, country=country, since_on=since_on
    )
    return member


@transaction.atomic
def end_membership(*, member_id: int, until_on: date, by: User | None, at: datetime) -> CountryListMember:
    """Let a country leave its list; on the day `until_on` it no longer stands there.

    Raises:
        NotAMember: the membership has an end already, or begins on that day or later.
    """
    country_list = _lock_list(CountryListMember.objects.values_list("country_list", flat=True).get(pk=member_id))
    member = country_list.members.get(pk=member_id)
    if member.until_on is not None or until_on <= member.since_on:
        raise NotAMember(member.country)
    member.until_on = until_on
    member.save(update_fields=["until_on"])
    audit.record(
        "country_list.country_left", subject=country_list, actor=by, at=at, country=member.country, until_on=until_on
    )
    return member
