"""What is known of the organisations of a proposal besides what it says: awards, other proposals, ties to the consortium."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet, Sum, Value
from django.utils.translation import gettext as _

from applications.de_minimis import Grant, counted_eur
from applications.exclusion import Known, Verdict, judge
from applications.models import Membership, Participation
from applications.states import ApplicationStatus
from calls.country_lists import brussels_day

if TYPE_CHECKING:
    from applications.models import Application
    from calls.models import Call


ZERO = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Circumstances:
    """All by the number of the organisation; amounts in EUR. What the call does not ask for stays empty."""

    awarded: dict[int, Decimal] = field(default_factory=dict)
    elsewhere: dict[int, list[str]] = field(default_factory=dict)
    de_minimis: dict[int, Decimal] = field(default_factory=dict)
    verdicts: dict[int, Verdict] = field(default_factory=dict)


def circumstances_of(call: Call, application: Application, organisations: Sequence[tuple[int, Known]]) -> Circumstances:
    others = _other_participations(call, [pk for pk, _known in organisations]).exclude(application=application)
    found = Circumstances(verdicts=_verdicts(call, organisations) if call.excludes_consortium else {})
    grants: dict[int, list[Grant]] = {}
    for row in others:
        if row.is_exclusive and row.call_id == call.pk:
            found.elsewhere.setdefault(row.organisation_id, []).append(str(row.application.reference))
        if row.application.status != ApplicationStatus.AWARDED or row.awarded_eur is None:
            continue
        if row.call.eurocluster_id == call.eurocluster_id:
            found.awarded[row.organisation_id] = found.awarded.get(row.organisation_id, ZERO) + row.awarded_eur
        if call.is_de_minimis and row.call.is_de_minimis:
            grants.setdefault(row.organisation_id, []).append(_grant(row))
    on = brussels_day(call.closes_at)
    found.de_minimis.update({organisation: counted_eur(given, on) for organisation, given in grants.items()})
    return found


def _other_participations(call: Call, organisations: Collection[int]) -> QuerySet[Participation]:
    awarded = Q(application__status=ApplicationStatus.AWARDED)
    concerned = awarded & Q(call__eurocluster=call.eurocluster_id) | Q(call=call, is_exclusive=True)
    if call.is_de_minimis:
        concerned |= awarded & Q(call__is_de_minimis=True)
    rows = Participation.objects.filter(concerned, organisation__in=organisations).order_by("pk")
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


def _grant(row: Participation) -> Grant:
    """The legal right to an award is conferred by the decision."""
    return Grant(brussels_day(row.application.decided_at or row.confirmed_at), row.awarded_eur or ZERO)


def awarded_before(eurocluster: int, organisations: Collection[int]) -> dict[int, Decimal]:
    """What each organisation was awarded over all calls of the Eurocluster."""
    rows = Participation.objects.filter(
        organisation__in=organisations,
        call__eurocluster=eurocluster,
        application__status=ApplicationStatus.AWARDED,
    )
    return dict(rows.order_by().values_list("organisation").annotate(total=Sum("awarded_eur")))


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
