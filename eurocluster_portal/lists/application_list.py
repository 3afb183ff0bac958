"""The lists of submitted applications: of a call, or of all calls of a Eurocluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext

from applications.models import Application, Participation
from applications.querysets import ApplicationQuerySet
from calls.models import Call, CutOff, Eurocluster, Sector
from eurocluster_portal.lists.columns import (
    COLUMNS,
    DEFAULT,
    DEFAULT_OF_ALL_CALLS,
    PARTNERS,
    REVIEWS,
    SINCE,
    Reviews,
    Row,
)
from eurocluster_portal.lists.filtering import WORKED_OUT, filtered, since
from eurocluster_portal.lists.forms import ListForm, Offered
from eurocluster_portal.lists.listing import Listing
from evaluation.models import Assignment, Expert
from evaluation.progress import EVALUATED, Asked, standing_of


@dataclass
class ApplicationList(Listing):
    """`call` is None for the list of all calls of the Eurocluster. `params` is the query string, `at` the present."""

    table = COLUMNS
    newest_first = "-submitted"
    worked_out = WORKED_OUT
    noun = gettext_lazy("Applications")

    user: Any
    eurocluster: Eurocluster
    call: Call | None
    params: Any
    at: datetime
    form: ListForm = field(init=False)

    def __post_init__(self) -> None:
        self.form = ListForm(self.params, offered(self.eurocluster, self.call, self.params))

    @property
    def usual(self) -> Sequence[str]:
        return DEFAULT if self.call else DEFAULT_OF_ALL_CALLS

    @property
    def filename(self) -> str:
        return f"{self.call.code if self.call else self.eurocluster.slug}-applications"

    @property
    def scope(self) -> ApplicationQuerySet:
        """All that the person may see here. Drafts are never among it."""
        rows = Application.objects.of_team(self.user).filter(submitted_at__isnull=False)
        return rows.filter(call=self.call) if self.call else rows.filter(call__eurocluster=self.eurocluster)

    @property
    def found(self) -> ApplicationQuerySet:
        return filtered(self.scope, self.chosen, self.at)

    def with_related(self, rows: Any) -> ApplicationQuerySet:
        rows = rows.select_related("call", *(["cut_off"] if self._shows("round") else []))
        if self._shows("eligibility"):
            rows = rows.select_related("eligibility_check")
        if self._shows("agreement"):
            rows = rows.select_related("agreement")
        if self.needs >= SINCE:
            rows = rows.annotate(since=since())
        # A join is much quicker than a look for each row.
        return rows.with_lead() if self.sort.endswith("lead") else rows

    @staticmethod
    def words_for(number: int) -> str:
        return ngettext("%(n)s application", "%(n)s applications", number) % {"n": number}

    def _shows(self, key: str) -> bool:
        return any(column.key == key for column in self.columns)

    def rows_of(self, applications: Sequence[Application]) -> list[Row]:
        partners = partners_of(applications) if self.needs >= PARTNERS else {}
        reviews = reviews_of(applications, self.at) if self.needs >= REVIEWS else {}
        return [
            Row(one, self.at, partners.get(one.pk, ()), reviews.get(one.pk), getattr(one, "since", None))
            for one in applications
        ]


# --- What may be chosen -------------------------------------------------------------------------


def offered(eurocluster: Eurocluster, call: Call | None, params: Any) -> Offered:
    """The filters of a list. Experts are those whom the Eurocluster may ask; its whole team knows them."""
    experts = Expert.objects.in_pool_of(eurocluster.pk).order_by("user__full_name")
    calls = [] if call else list(eurocluster.calls.order_by("-closes_at").values_list("code", "title"))
    return Offered(
        calls=calls,
        rounds=_rounds(eurocluster, call, params),
        sectors=list(Sector.objects.order_by("name").values_list("code", "name")),
        experts=[(str(pk), name) for pk, name in experts.values_list("pk", "user__full_name")],
    )


def _rounds(eurocluster: Eurocluster, call: Call | None, params: Any) -> list[CutOff]:
    """Rounds are those of one call: of this page, or chosen."""
    if call:
        return list(call.cut_offs.all())
    if code := params.get("call"):
        return list(CutOff.objects.filter(call__code=code, call__eurocluster=eurocluster))
    return []


# --- What belongs to the rows shown --------------------------------------------------------------


def partners_of(applications: Sequence[Application]) -> dict[int, list[Participation]]:
    rows = Participation.objects.filter(application__in=[one.pk for one in applications])
    found: dict[int, list[Participation]] = {}
    for row in rows.select_related("organisation", "sector").order_by("application_id", "role", "pk"):
        found.setdefault(row.application_id, []).append(row)
    return found


def reviews_of(applications: Sequence[Application], at: datetime) -> dict[int, Reviews]:
    """Of the applications that are, or were, before the experts."""
    evaluated = [one for one in applications if one.status in EVALUATED]
    live = Assignment.objects.filter(application__in=[one.pk for one in evaluated], stage=F("application__stage"))
    asked: dict[int, list[Asked]] = {}
    facts = live.counted().values_list("application_id", "status", "due_on", "review__total")
    for pk, status, due_on, total in facts:
        asked.setdefault(pk, []).append(Asked(status, due_on, total))
    today = timezone.localdate(at)
    return {one.pk: _reviews(one, asked.get(one.pk, []), today) for one in evaluated}


def _reviews(application: Application, asked: list[Asked], today: date) -> Reviews:
    standing = standing_of(application.call, application.pk, application.reference or "", asked, today)
    return Reviews(max(standing.needed, standing.done), standing.done)
