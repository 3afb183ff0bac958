"""What is known of the organisations of a proposal besides what it says: awards, other proposals, ties to the consortium."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet, Value
from django.utils.translation import gettext as _

from applications.de_minimis import Grant, counted_eur
from applications.exclusion import Known, Verdict, judge
from applications.models import DeMinimisAid, Membership, Participation
from applications.states import ApplicationStatus
from applications.undertakings import undertakings_of
from calls.country_lists import brussels_day

if TYPE_CHECKING:
    from applications.models import Application
    from calls.models import Call


Undertakings = Mapping[int, Mapping[int, Known]]
ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Support:
    """What the undertaking of an organisation received. `number` is the same for all organisations of it.

    `awarded` are the awards over all calls of the Eurocluster, by the names of the organisations; the de minimis aid is that
    of three years in the organisation's Member State: awarded by this portal, and listed by the organisations (`None`:
    nothing). Amounts in EUR. What the call does not ask for stays empty.
    """

    number: int | None = None
    awarded: Mapping[str, Decimal] = field(default_factory=dict)
    de_minimis_eur: Decimal = ZERO
    listed_eur: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """All by the number of the organisation."""

    support: dict[int, Support] = field(default_factory=dict)
    elsewhere: dict[int, list[str]] = field(default_factory=dict)
    verdicts: dict[int, Verdict] = field(default_factory=dict)


def circumstances_of(call: Call, application: Application, organisations: Sequence[tuple[int, Known]]) -> Circumstances:
    """What counts at the closing of the call; de minimis aid looks back from that day."""
    undertakings = undertakings_of(dict(organisations))
    others = list(_other_participations(call, undertakings).exclude(application=application))
    found = Circumstances(
        support=_support(call, undertakings, others, brussels_day(call.closes_at)),
        verdicts=_verdicts(call, organisations) if call.excludes_consortium else {},
    )
    for row in others:
        if row.is_exclusive and row.call_id == call.pk and row.organisation_id in undertakings:
            found.elsewhere.setdefault(row.organisation_id, []).append(str(row.application.reference))
    return found


def support_of(call: Call, organisations: Mapping[int, Known], on: date) -> dict[int, Support]:
    """What the undertaking of each organisation received by the day `on`."""
    undertakings = undertakings_of(organisations)
    return _support(call, undertakings, list(_other_participations(call, undertakings)), on)


def _other_participations(call: Call, undertakings: Undertakings) -> QuerySet[Participation]:
    awarded = Q(application__status=ApplicationStatus.AWARDED)
    concerned = awarded & Q(call__eurocluster=call.eurocluster_id) | Q(call=call, is_exclusive=True)
    if call.is_de_minimis:
        concerned |= awarded & Q(call__is_de_minimis=True)
    rows = Participation.objects.filter(concerned, organisation__in=_everybody(undertakings)).order_by("pk")
    return rows.select_related("application", "call").only(
        "organisation",
        "is_exclusive",
        "awarded_eur",
        "confirmed_at",
        "application__reference",
        "application__status",
        "application__decided_at",
        "call__eurocluster",
        "call__is_de_minimis",
    )


def _everybody(undertakings: Undertakings) -> list[int]:
    return sorted({pk for together in undertakings.values() for pk in together})


def _support(call: Call, undertakings: Undertakings, others: Sequence[Participation], on: date) -> dict[int, Support]:
    awards = [row for row in others if row.application.status == ApplicationStatus.AWARDED and row.awarded_eur]
    listed = _listed_aid(undertakings) if call.is_de_minimis else []
    return {
        pk: Support(
            number=min(together),
            awarded=_by_name(call, together, awards),
            de_minimis_eur=_aid_awarded(call, pk, together, awards, on),
            listed_eur=_aid_listed(pk, together, listed, on),
        )
        for pk, together in undertakings.items()
    }


def _by_name(call: Call, together: Mapping[int, Known], awards: Iterable[Participation]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for row in awards:
        if row.organisation_id in together and row.call.eurocluster_id == call.eurocluster_id:
            name = together[row.organisation_id].name
            found[name] = found.get(name, ZERO) + (row.awarded_eur or ZERO)
    return found


def _aid_awarded(
    call: Call, organisation: int, together: Mapping[int, Known], awards: Iterable[Participation], on: date
) -> Decimal:
    """The Member State that grants an award is that of the organisation that gets it."""
    if not call.is_de_minimis:
        return ZERO
    state = together[organisation].country
    same = {pk for pk, known in together.items() if known.country == state}
    return counted_eur((_grant(row) for row in awards if row.call.is_de_minimis and row.organisation_id in same), on)


def _grant(row: Participation) -> Grant:
    """The legal right to an award is conferred by the decision."""
    return Grant(brussels_day(row.application.decided_at or row.confirmed_at), row.awarded_eur or ZERO)


def _listed_aid(undertakings: Undertakings) -> list[DeMinimisAid]:
    return list(DeMinimisAid.objects.filter(organisation__in=_everybody(undertakings)).order_by("pk"))


def _aid_listed(
    organisation: int, together: Mapping[int, Known], listed: Iterable[DeMinimisAid], on: date
) -> Decimal | None:
    """What the organisations list for the Member State; what others of the group list for another one is theirs."""
    state = together[organisation].country
    rows = [row for row in listed if row.organisation_id in together and row.member_state == state]
    return counted_eur((Grant(row.granted_on, row.amount_eur) for row in rows), on) if rows else None


def _verdicts(call: Call, organisations: Sequence[tuple[int, Known]]) -> dict[int, Verdict]:
    consortium, staff = _ties(call, [pk for pk, _known in organisations])
    return {pk: judge(known, consortium, is_staff=pk in staff) for pk, known in organisations}


def _ties(call: Call, organisations: Collection[int]) -> tuple[list[Known], set[int]]:
    """The consortium with its affiliates, and the organisations whose people work in its team; one query."""
    partners = call.eurocluster.partners.order_by().values_list(
        Value("partner"), "name", "country", "vat_number", Value(""), Value(0)
    )
    affiliates = call.eurocluster.affiliates.order_by().values_list(
        Value("affiliate"), "name", "country", "vat_number", "relation", Value(0)
    )
    staff = _people_of_team(call, organisations).values_list(
        Value("staff"), Value(""), Value(""), Value(""), Value(""), "organisation"
    )
    known, working = [], set()
    for kind, name, country, vat_number, relation, organisation in partners.union(affiliates, staff):
        if kind == "staff":
            working.add(organisation)
        else:
            known.append(Known(name, country, vat_number, _tie(kind, relation)))
    return known, working


def _tie(kind: str, relation: str) -> str:
    if kind == "partner":
        return _("partner of the Eurocluster")
    return _("tied to a partner of the Eurocluster: %(relation)s") % {"relation": relation}


def _people_of_team(call: Call, organisations: Collection[int]) -> QuerySet[Membership]:
    """Those who act for one of the organisations and hold a role in the team of the Eurocluster, both now."""
    return Membership.objects.filter(
        organisation__in=organisations,
        left_at__isnull=True,
        user__team_roles__eurocluster=call.eurocluster_id,
        user__team_roles__ended_at__isnull=True,
    ).order_by()
