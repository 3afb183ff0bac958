"""The columns of a list of applications."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from applications.states import PartnerRole
from eurocluster_portal.lists.table import Column
from eurocluster_portal.templatetags.portal import pill_of

if TYPE_CHECKING:
    from applications.models import Application, Participation


@dataclass(frozen=True, slots=True)
class Reviews:
    """How many reviews of the present stage there should be, and are."""

    needed: int
    done: int


@dataclass(frozen=True, slots=True)
class Row:
    """One application with what its columns need; `since` is when it came into its present state."""

    application: Application
    at: datetime
    partners: Sequence[Participation] = ()
    reviews: Reviews | None = None
    since: datetime | None = None

    @property
    def url(self) -> str:
        return reverse("eligibility_check", args=[self.application.pk])

    @property
    def lead(self) -> str:
        return next((one.organisation.legal_name for one in self.partners if one.role == PartnerRole.LEAD), "")

    @property
    def days(self) -> int | None:
        """Whole days in the present state."""
        return (self.at - self.since).days if self.since else None


def _organisations(row: Row) -> str:
    return "; ".join(f"{one.organisation.legal_name} ({one.organisation.country})" for one in row.partners)


def _countries(row: Row) -> str:
    return ", ".join(sorted({one.organisation.country for one in row.partners}))


def _sectors(row: Row) -> str:
    return "; ".join(sorted({one.sector.name for one in row.partners if one.sector}))


def _round(row: Row) -> datetime:
    cut_off = row.application.cut_off
    return cut_off.closes_at if cut_off else row.application.call.closes_at


def _reviews(row: Row) -> str:
    if row.reviews is None:
        return ""
    return _("%(done)s of %(needed)s") % {"done": row.reviews.done, "needed": row.reviews.needed}


def _eligibility(row: Row) -> str:
    check = getattr(row.application, "eligibility_check", None)
    if check is None:
        return ""
    failed = sum(result["outcome"] != "pass" for result in check.results)
    decided = _("Eligible") if check.is_eligible else _("Not eligible")
    if not failed:
        return decided
    return f"{decided}, " + ngettext("%(n)s rule not passed", "%(n)s rules not passed", failed) % {"n": failed}


def _agreement(row: Row) -> str:
    agreement = getattr(row.application, "agreement", None)
    return agreement.get_status_display() if agreement else ""


PARTNERS, REVIEWS, SINCE = frozenset({"partners"}), frozenset({"reviews"}), frozenset({"since"})

COLUMNS: tuple[Column, ...] = (
    Column("reference", gettext_lazy("Reference"), lambda row: row.application.reference, "link", "reference"),
    Column("acronym", gettext_lazy("Acronym"), lambda row: row.application.acronym, sort="acronym"),
    Column("title", gettext_lazy("Title"), lambda row: row.application.title, sort="title"),
    Column("call", gettext_lazy("Call"), lambda row: row.application.call.title, sort="call__title"),
    Column("lead", gettext_lazy("Lead"), lambda row: row.lead, sort="lead_name", needs=PARTNERS),
    Column("organisations", gettext_lazy("Partners"), _organisations, needs=PARTNERS),
    Column(
        "partners",
        gettext_lazy("Number of partners"),
        lambda row: len(row.partners),
        "figure",
        "partner_count",
        needs=PARTNERS,
    ),
    Column("countries", gettext_lazy("Countries"), _countries, needs=PARTNERS),
    Column("sector", gettext_lazy("Sectors"), _sectors, needs=PARTNERS),
    Column(
        "requested", gettext_lazy("Requested EUR"), lambda row: row.application.requested_eur, "eur", "requested_eur"
    ),
    Column(
        "awarded",
        gettext_lazy("Awarded EUR"),
        lambda row: row.application.awarded_eur,
        "eur",
        "awarded_eur",
        may_lack=True,
    ),
    Column(
        "submitted",
        gettext_lazy("Submitted (Brussels time)"),
        lambda row: row.application.submitted_at,
        "instant",
        "submitted_at",
    ),
    Column("round", gettext_lazy("Round closes (Brussels time)"), _round, "instant", "round_closes_at"),
    Column("stage", gettext_lazy("Stage"), lambda row: row.application.stage, "figure", "stage"),
    Column(
        "score",
        gettext_lazy("Mean score"),
        lambda row: row.application.mean_score,
        "figure",
        "mean_score",
        may_lack=True,
    ),
    Column("reviews", gettext_lazy("Reviews"), _reviews, sort="review_count", needs=REVIEWS),
    Column(
        "eligibility",
        gettext_lazy("Eligibility check"),
        _eligibility,
        sort="eligibility_check__is_eligible",
        may_lack=True,
    ),
    Column(
        "agreement",
        gettext_lazy("Grant agreement"),
        _agreement,
        "pill",
        "agreement__status",
        may_lack=True,
        shown=lambda row: pill_of(row.application.agreement),
    ),
    Column(
        "status",
        gettext_lazy("Status"),
        lambda row: row.application.get_status_display(),
        "pill",
        "status",
        shown=lambda row: pill_of(row.application),
    ),
    Column(
        "days", gettext_lazy("Days in this state"), lambda row: row.days, "figure", "days", needs=SINCE, may_lack=True
    ),
)
DEFAULT = ("reference", "acronym", "title", "organisations", "requested", "submitted", "status")
DEFAULT_OF_ALL_CALLS = ("reference", "acronym", "title", "call", "lead", "requested", "submitted", "status")
