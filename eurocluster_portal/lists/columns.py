"""The columns of a list of applications: what each is called, what it tells of a row, and by what it sorts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from applications.states import PartnerRole

if TYPE_CHECKING:
    from applications.models import Application, Participation

Kind = Literal["link", "text", "lines", "call", "eur", "figure", "instant", "status", "agreement"]
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Reviews:
    """What the experts of the present stage gave so far; `totals` are sums of marks."""

    needed: int
    totals: Sequence[Decimal] = ()

    @property
    def mean(self) -> Decimal | None:
        if not self.totals:
            return None
        return (sum(self.totals, Decimal(0)) / len(self.totals)).quantize(CENT, rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Row:
    """One application with what its columns need; `since` is when it came into its present state."""

    application: Application
    at: datetime
    partners: Sequence[Participation] = ()
    reviews: Reviews | None = None
    since: datetime | None = None

    @property
    def lead(self) -> str:
        return next((one.organisation.legal_name for one in self.partners if one.role == PartnerRole.LEAD), "")

    @property
    def days(self) -> int | None:
        """Whole days in the present state."""
        return (self.at - self.since).days if self.since else None


@dataclass(frozen=True, slots=True)
class Column:
    """`sort` names a field or an annotation of eurocluster_portal.lists.application_list; empty: no order by it."""

    key: str
    title: str | Promise
    value: Callable[[Row], Any]
    kind: Kind = "text"
    sort: str = ""
    needs: frozenset[str] = field(default=frozenset())

    @property
    def is_figure(self) -> bool:
        return self.kind in {"eur", "figure"}


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
    return _("%(done)s of %(needed)s") % {"done": len(row.reviews.totals), "needed": row.reviews.needed}


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
    Column("call", gettext_lazy("Call"), lambda row: row.application.call.title, "call", "call__title"),
    Column("lead", gettext_lazy("Lead"), lambda row: row.lead, sort="lead_name", needs=PARTNERS),
    Column("organisations", gettext_lazy("Partners"), _organisations, "lines", needs=PARTNERS),
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
    Column("awarded", gettext_lazy("Awarded EUR"), lambda row: row.application.awarded_eur, "eur", "awarded_eur"),
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
        lambda row: row.reviews.mean if row.reviews else None,
        "figure",
        "mean_score",
        needs=REVIEWS,
    ),
    Column("reviews", gettext_lazy("Reviews"), _reviews, sort="review_count", needs=REVIEWS),
    Column("eligibility", gettext_lazy("Eligibility check"), _eligibility, sort="is_eligible"),
    Column("agreement", gettext_lazy("Grant agreement"), _agreement, "agreement", "agreement__status"),
    Column("status", gettext_lazy("Status"), lambda row: row.application.get_status_display(), "status", "status"),
    Column("days", gettext_lazy("Days in this state"), lambda row: row.days, "figure", "days", needs=SINCE),
)
BY_KEY = {column.key: column for column in COLUMNS}
DEFAULT = ("reference", "acronym", "title", "organisations", "requested", "submitted", "status")
DEFAULT_OF_ALL_CALLS = ("reference", "acronym", "title", "call", "lead", "requested", "submitted", "status")


def columns_of(keys: Sequence[str]) -> list[Column]:
    """The columns in the order of the table, whatever the order of the keys; the reference is always among them."""
    return [column for column in COLUMNS if column.key in keys or column.key == "reference"]
