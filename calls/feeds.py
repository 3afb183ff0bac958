"""A public call as machines read it: calendar file, Atom feed, open data, schema.org, and the text for the EU portal.

Everything here is public and the same for every reader: texts stand in the portal's own language, instants in UTC with the
Brussels wall time beside them. Nothing reads the clock; the calls come from `with_revision(Call.objects.public())`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from calls import texts
from calls.coherence import rows_of
from calls.country_lists import allowed_countries
from calls.phases import BRUSSELS, Phase
from calls.states import CallStatus

if TYPE_CHECKING:
    from calls.models import Call

LICENCE, LICENCE_URL = "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"
FUNDER = {"@type": "Organization", "name": "European Union", "url": "https://european-union.europa.eu/"}
#: Before the first call is published a feed still needs an instant of its last change, and the clock would never rest.
BEFORE_ALL = datetime(2023, 1, 1, tzinfo=UTC)
ASK_AGAIN_AFTER = timedelta(hours=6)


# --- Addresses, names and times ---------------------------------------------------------------


def address(path: str) -> str:
    """The full address of a page, the same for every reader and every host name."""
    return settings.PORTAL_URL.rstrip("/") + path


def address_of(call: Call) -> str:
    return address(call.get_absolute_url())


def host() -> str:
    return urlsplit(settings.PORTAL_URL).hostname or "portal"


def tag_of(call: Call) -> str:
    """A name that stays when title and deadline change (RFC 4151); the code of a public call never changes."""
    assert call.published_at
    return f"tag:{host()},{call.published_at.astimezone(UTC):%Y-%m-%d}:calls/{call.code}"


def in_utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def in_all_eur(call: Call) -> Decimal:
    """What the call can spend: all awards at their largest, or the whole budget line."""
    return call.support_max_eur * call.awards_max if call.awards_max else call.budget_line.allocated_eur


def latest_change(calls: Iterable[Call], at: datetime) -> datetime:
    """The last instant up to `at` at which what is public changed, be it only because a window opened or closed."""
    found = [(call.opens_at, call.closes_at, call.changed_at) for call in calls]  # type: ignore[attr-defined]
    instants = (instant for row in found for instant in row if instant <= at)
    return max(instants, default=BEFORE_ALL)


# --- Calendar (RFC 5545) ----------------------------------------------------------------------


def calendar(calls: Iterable[Call], name: str) -> bytes:
    made = Calendar()
    made.add("prodid", f"-//{settings.PORTAL_NAME}//{host()}//EN")
    made.add("version", "2.0")
    made.add("name", name)
    made.add("x-wr-calname", name)
    made.add("refresh-interval", ASK_AGAIN_AFTER, parameters={"VALUE": "DURATION"})
    for call in calls:
        opens = _("Opens: %(title)s") % {"title": call.title}
        closes = _("Deadline: %(title)s") % {"title": call.title}
        made.add_component(_moment(call, "opens", call.opens_at, opens))
        for number, cut_off in enumerate(call.cut_offs.all(), start=1):
            words = _("Cut-off %(number)s: %(title)s") % {"number": number, "title": call.title}
            made.add_component(_moment(call, f"cut-off-{number}", cut_off.closes_at, words))
        made.add_component(_moment(call, "closes", call.closes_at, closes))
    return made.to_ical()


def _moment(call: Call, which: str, instant: datetime, summary: str) -> Event:
    """One instant of a call as an event without duration; UID and SEQUENCE let a calendar replace what it has."""
    made = Event()
    made.add("uid", f"{call.code}.{which}@{host()}")
    made.add("sequence", call.revision)  # type: ignore[attr-defined]
    made.add("dtstamp", call.changed_at.astimezone(UTC))  # type: ignore[attr-defined]
    made.add("last-modified", call.changed_at.astimezone(UTC))  # type: ignore[attr-defined]
    made.add("dtstart", instant.astimezone(UTC))
    made.add("summary", summary)
    made.add("description", "\n\n".join([texts.in_brussels(instant), call.summary, address_of(call)]))
    made.add("url", address_of(call))
    made.add("categories", [call.eurocluster.name])
    made.add("status", "CANCELLED" if call.status == CallStatus.CANCELLED else "CONFIRMED")
    made.add("transp", "TRANSPARENT")
    return made


# --- Atom (RFC 4287) --------------------------------------------------------------------------


class CallFeed(Atom1Feed):
    """An Atom feed whose last change is that of its calls, not the moment of asking when there are none."""

    def latest_post_date(self) -> datetime:
        return max((item["updateddate"] for item in self.items), default=BEFORE_ALL)


def atom(calls: Iterable[Call]) -> bytes:
    feed = CallFeed(
        title=_("Calls – %(portal)s") % {"portal": settings.PORTAL_NAME},
        link=address(reverse("call_list")),
        description=None,
        subtitle=_("Calls of the Euroclusters, the latest published first."),
        feed_url=address(reverse("calls_feed")),
        feed_guid=f"tag:{host()},2023-01-01:calls",
        author_name=settings.PORTAL_NAME,
        language=settings.LANGUAGE_CODE,
        feed_copyright=f"{LICENCE}, {LICENCE_URL}",
    )
    for call in calls:
        feed.add_item(
            title=_("Cancelled: %(title)s") % {"title": call.title} if _is_cancelled(call) else call.title,
            link=address_of(call),
            description=_entry_text(call),
            unique_id=tag_of(call),
            pubdate=call.published_at,
            updateddate=call.changed_at,  # type: ignore[attr-defined]
            author_name=call.eurocluster.name,
            categories=[call.eurocluster.name, str(call.get_strand_display())],
        )
    return feed.writeString("utf-8").encode()


def _is_cancelled(call: Call) -> bool:
    return call.status == CallStatus.CANCELLED


def _entry_text(call: Call) -> str:
    words = [_("Opens %(time)s.") % {"time": texts.in_brussels(call.opens_at)}]
    words.append(_("Deadline %(time)s.") % {"time": texts.in_brussels(call.closes_at)})
    return " ".join([call.summary, *words])


# --- Open data --------------------------------------------------------------------------------


def open_data(calls: Iterable[Call], at: datetime) -> bytes:
    """The open and upcoming calls as JSON; docs/open-data.md describes every field."""
    content = {
        "version": 1,
        "title": _("Open calls – %(portal)s") % {"portal": settings.PORTAL_NAME},
        "url": address(reverse("call_list")),
        "licence": LICENCE,
        "licence_url": LICENCE_URL,
        "calls": [_call_data(call, at) for call in calls],
    }
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def _call_data(call: Call, at: datetime) -> dict[str, Any]:
    phase = call.phase_at(at)
    return {
        "code": call.code,
        "title": call.title,
        "summary": call.summary,
        "url": address_of(call),
        "calendar_url": address(reverse("call_calendar", args=[call.code])),
        "eurocluster": {
            "slug": call.eurocluster.slug,
            "name": call.eurocluster.name,
            "full_name": call.eurocluster.full_name,
            "url": address(call.eurocluster.get_absolute_url()),
            "contact_email": call.eurocluster.contact_email or None,
        },
        "strand": call.strand,
        "phase": phase.value,
        "takes_applications": phase is Phase.OPEN and call.frozen_at is None,
        "opens_at": in_utc(call.opens_at),
        "closes_at": in_utc(call.closes_at),
        "closes_at_brussels": call.closes_at.astimezone(BRUSSELS).isoformat(),
        "selection": call.selection,
        "cut_offs": [in_utc(cut_off.closes_at) for cut_off in call.cut_offs.all()],
        "published_at": in_utc(call.published_at),  # type: ignore[arg-type]
        "changed_at": in_utc(call.changed_at),  # type: ignore[attr-defined]
        "support": _support_data(call),
        "eligibility": _eligibility_data(call),
    }


def _support_data(call: Call) -> dict[str, Any]:
    """Amounts are texts with two decimals, so that no reader rounds them."""
    return {
        "kind": call.support_kind,
        "currency": "EUR",
        "min_eur": _amount(call.support_min_eur),
        "max_eur": _amount(call.support_max_eur),
        "funding_rate": _rate(call.funding_rate),
        "max_per_partner_eur": _amount(call.support_max_per_partner_eur),
        "subcontracting_max_rate": _rate(call.subcontracting_max_rate),
        "sme_ceiling_eur": _amount(call.sme_ceiling_eur),
        "is_de_minimis": call.is_de_minimis,
        "awards_max": call.awards_max,
        "in_all_eur": _amount(in_all_eur(call)),
    }


def _amount(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.2f}"


def _rate(value: Decimal | None) -> str | None:
    return None if value is None else f"{value.normalize():f}"


def _eligibility_data(call: Call) -> dict[str, Any]:
    sectors, rows = list(call.sectors.all()), rows_of(call)
    plain = (
        "partners_min", "partners_max", "is_sme_only", "others_join_unpaid", "proposals_per_sme",
        "sectors_min_distinct", "countries_min_distinct", "countries_allowed", "countries_one_of",
        "nace_allowed", "firm_age_months_min", "role_combinations", "excludes_consortium", "intervention_fields_min",
        "activity_types_min", "duration_min_months", "duration_max_months", "trl_rise_min",
    )  # fmt: skip
    return {
        **{name: getattr(call, name) for name in plain},
        "sectors": [{"code": sector.code, "name": sector.name} for sector in sectors],
        "countries": sorted(allowed_countries(call) or []),
        "roles": list(rows.project_roles),
        "topics": list(rows.topics),
        "stages": list(rows.stages),
        "in_words": texts.who_can_apply(call, [sector.name for sector in sectors], call.eurocluster.name, rows),
    }


# --- schema.org -------------------------------------------------------------------------------


def linked_data(call: Call) -> dict[str, Any]:
    """The call as a grant, and the window in which to apply for it as an online event, since a grant knows no deadline."""
    url = address_of(call)
    sponsor = {"@type": "Organization", "name": call.eurocluster.name, "alternateName": call.eurocluster.full_name}
    grant = {
        "@type": "MonetaryGrant",
        "@id": f"{url}#grant",
        "identifier": call.code,
        "name": call.title,
        "description": call.summary,
        "url": url,
        "funder": FUNDER,
        "sponsor": sponsor,
        "amount": _monetary_amount(call),
    }
    window: dict[str, Any] = {
        "@type": "Event",
        "@id": f"{url}#window",
        "name": call.title,
        "description": call.summary,
        "url": url,
        "startDate": call.opens_at.astimezone(BRUSSELS).isoformat(),
        "endDate": call.closes_at.astimezone(BRUSSELS).isoformat(),
        "eventAttendanceMode": "https://schema.org/OnlineEventAttendanceMode",
        "eventStatus": f"https://schema.org/Event{'Cancelled' if _is_cancelled(call) else 'Scheduled'}",
        "location": {"@type": "VirtualLocation", "url": url},
        "organizer": sponsor,
        "about": {"@id": f"{url}#grant"},
    }
    if cut_offs := [row.closes_at.astimezone(BRUSSELS).isoformat() for row in call.cut_offs.all()]:
        window["subEvent"] = [
            {"@type": "Event", "name": call.title, "startDate": at, "endDate": at, "location": window["location"]}
            for at in cut_offs
        ]
    return {"@context": "https://schema.org", "@graph": [grant, window]}


def _monetary_amount(call: Call) -> dict[str, Any]:
    bounds = {"minValue": _amount(call.support_min_eur), "maxValue": _amount(call.support_max_eur)}
    return {"@type": "MonetaryAmount", "currency": "EUR"} | {name: value for name, value in bounds.items() if value}


#: What could end the script element or begin another, as in django.utils.html.json_script.
IN_SCRIPT = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


def for_script(data: dict[str, Any]) -> SafeString:
    """JSON that may stand in a script element: no character of it can end the element."""
    return mark_safe(json.dumps(data, ensure_ascii=False).translate(IN_SCRIPT))  # noqa: S308 — escaped in this line


# --- Text for the Funding & Tenders Portal ----------------------------------------------------


def announcement(call: Call, sectors: Sequence[str]) -> str:
    """The call as plain text, in the order in which the Funding & Tenders Portal asks for it."""
    eurocluster, url, rows = call.eurocluster, address_of(call), rows_of(call)
    heads = {
        _("Call title"): call.title,
        _("Project"): f"{eurocluster.name} – {eurocluster.full_name}",
        _("Opening date"): texts.in_brussels(call.opens_at),
        _("Deadline"): texts.in_brussels(call.closes_at),
        _("Expected duration of participation"): texts.duration(call) or _("not limited"),
        _("Total funding available"): texts.euros(in_all_eur(call)),
    }
    criteria = list(call.criteria.all())
    parts = {
        _("Summary"): call.summary,
        _("Who can apply"): _list(texts.who_can_apply(call, sectors, eurocluster.name, rows)),
        _("How much"): _list(how_much(call)),
        _("How it is decided"): _list(texts.how_it_is_decided(call, criteria, rows)),
        _("How to apply"): _("Apply online before %(time)s: %(url)s")
        % {"time": texts.in_brussels(call.closes_at), "url": url},
        _("Further information"): _further(call, url),
    }
    top = "\n".join(f"{name}: {value}" for name, value in heads.items())
    return "\n\n".join([top, *(f"{name.upper()}\n{text}" for name, text in parts.items())]) + "\n"


def _list(sentences: Iterable[str]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences)


def _further(call: Call, url: str) -> str:
    lines = [_("Guidelines, questions and answers: %(url)s") % {"url": url}]
    if call.eurocluster.contact_email:
        lines.append(_("Contact: %(email)s") % {"email": call.eurocluster.contact_email})
    return "\n".join(lines)


def how_much(call: Call) -> list[str]:
    rates = [
        (texts.percent(rule.rate), str(rule.get_trigger_display()).lower()) for rule in call.instalment_rules.all()
    ]
    if not rates:
        return texts.how_much(call)
    paid = ", ".join(f"{rate} ({trigger})" for rate, trigger in rates)
    return [*texts.how_much(call), _("Paid in instalments: %(paid)s.") % {"paid": paid}]
