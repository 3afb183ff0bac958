"""Whom a manager can ask to evaluate an application, and the form that asks them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.models import Application, Participation
from applications.states import PartnerRole
from calls.countries import country_name
from calls.models import Call
from evaluation.forms import AssignForm
from evaluation.models import Assignment, Expert
from evaluation.states import LIVE, AssignmentStatus

DUE_DAYS = 21


@dataclass(frozen=True, slots=True)
class Askable:
    """An expert who could be asked, and how a list of choices describes them."""

    pk: int
    country: str
    words: str


def askable_for(call: Call) -> list[Askable]:
    """The pool of the call, the least loaded first; described once, because every form of the page offers them."""
    pool = Expert.objects.in_pool_of(call.eurocluster_id).with_load().select_related("user")
    by_load = sorted(pool, key=lambda one: one.open_count)  # type: ignore[attr-defined]
    return [Askable(pk=one.pk, country=one.country, words=_words_for(one)) for one in by_load]


def assign_form(
    application: Application,
    partners: Iterable[Participation],
    assignments: Iterable[Assignment],
    experts: Iterable[Askable],
    today: date,
    data: object = None,
) -> AssignForm:
    return AssignForm(
        data,
        experts=expert_choices(partners, assignments, experts, barred=application.call.experts_from_elsewhere),
        today=today,
        initial={"due_on": today + timedelta(days=DUE_DAYS)},
        auto_id=f"id_{application.pk}_%s",
    )


def expert_choices(
    partners: Iterable[Participation],
    assignments: Iterable[Assignment],
    experts: Iterable[Askable],
    *,
    barred: bool = False,
) -> list[tuple[str, list[tuple[int, str]]]]:
    """Experts not asked yet, in their order; those from the lead's country stand apart, flagged.

    Where the call has `barred` experts from the country of any partner, these stand apart.
    """
    taken = {one.expert_id for one in assignments if one.status in LIVE}
    refused = {one.expert_id for one in assignments if one.status == AssignmentStatus.CONFLICT}
    free = [one for one in experts if one.pk not in taken | refused]
    countries, words = _set_apart(partners, barred)
    names = ", ".join(country_name(country) for country in sorted(countries))
    groups = [
        (_("Experts from other countries"), [(one.pk, one.words) for one in free if one.country not in countries]),
        (words % {"country": names}, [(one.pk, one.words) for one in free if one.country in countries]),
    ]
    return [(title, choices) for title, choices in groups if choices]


def _set_apart(partners: Iterable[Participation], barred: bool) -> tuple[set[str], str]:
    """The countries whose experts stand apart, and the words above them."""
    if barred:
        words = _("Cannot be asked: same country as a partner (%(country)s)")
        return {one.organisation.country for one in partners}, words
    lead = lead_of(partners)
    return {lead.organisation.country} if lead else set(), _("Same country as the lead (%(country)s)")


def _words_for(expert: Any) -> str:
    """Of an expert with the load counted."""
    load = ngettext("%(count)s open task", "%(count)s open tasks", expert.open_count) % {"count": expert.open_count}
    facts = [expert.user.full_name, country_name(expert.country), ", ".join(expert.expertise), load]
    return " · ".join(fact for fact in facts if fact)


def lead_of(partners: Iterable[Participation]) -> Participation | None:
    return next((one for one in partners if one.role == PartnerRole.LEAD), None)
