"""What an organisation still lacks before it applies, as a list of small tasks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from applications.models import Organisation, SmeDeclaration
from calls.country_lists import brussels_day

if TYPE_CHECKING:
    from applications.models import AccountingPeriod

#: A period that ended longer ago is not the one that closed last.
OLD = timedelta(days=18 * 31)
PERIODS = 3


@dataclass(frozen=True, slots=True)
class Task:
    """`hint` says why it is asked for."""

    name: str
    hint: str
    url: str
    is_done: bool
    is_begun: bool = False

    @property
    def state(self) -> str:
        if self.is_begun:
            return "in_progress"
        return "completed" if self.is_done else "not_started"

    @property
    def label(self) -> str:
        if self.is_begun:
            return _("Unfinished: go on")
        return _("Completed") if self.is_done else _("Missing")


def tasks_of(organisation: Organisation, periods: Sequence[AccountingPeriod], at: datetime) -> list[Task]:
    """`periods` of the organisation, the newest first."""
    edit, sizes = (reverse(name, args=[organisation.pk]) for name in ("organisation_edit", "organisation_periods"))
    return [*_said(organisation, edit), *_measured(periods, sizes, at), _declared(organisation)]


def _said(organisation: Organisation, url: str) -> Iterator[Task]:
    has_contact = bool(organisation.contact_name and organisation.contact_email)
    yield Task(_("Contact person"), _("Whom the Eurocluster writes to and calls."), url, has_contact)
    yield Task(_("Legal form"), _("The grant agreement names it."), url, bool(organisation.legal_form))
    hint = _("Calls for certain activities check it.")
    yield Task(_("Main activity (NACE code)"), hint, url, bool(organisation.nace))
    yield Task(_("What the organisation does"), _("Experts read it."), url, bool(organisation.description))


def _measured(periods: Sequence[AccountingPeriod], url: str, at: datetime) -> Iterator[Task]:
    is_recent = bool(periods) and brussels_day(at) - periods[0].ends_on <= OLD
    hint = _("Headcount, turnover and balance sheet of the period that closed last.")
    yield Task(_("Newest accounting period"), hint, url, is_recent)
    is_new = bool(periods) and periods[0].is_estimate
    hint = _("Three in all. A firm that has just grown over a ceiling keeps its size until it stays above for two.")
    yield Task(_("Earlier accounting periods"), hint, url, is_new or len(periods) >= PERIODS)


def _declared(organisation: Organisation) -> Task:
    url, hint = reverse("sme_overview", args=[organisation.pk]), _("Owners and holdings count towards the size.")
    declared = Exists(SmeDeclaration.objects.filter(organisation=OuterRef("pk")))
    row = Organisation.objects.filter(pk=organisation.pk).annotate(is_declared=declared)
    is_done, typed_by = row.values_list("is_declared", "sme_draft__saved_by__full_name").get()
    if typed_by is not None:
        hint = _("Unfinished; %(who)s typed last.") % {"who": typed_by}
    return Task(_("SME test with the group"), hint, url, is_done, is_begun=typed_by is not None)
