"""The list of all calls of a Eurocluster, drafts included, for its team."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from applications.fields import NumberField
from applications.models import Application
from applications.states import HANDED_IN, ApplicationStatus
from calls.models import Call, Eurocluster
from calls.money import ZERO
from calls.phases import PAST_CLOSING, PUBLISHED, Phase
from calls.states import Selection, Strand
from eurocluster_portal.lists.filtering import within_days
from eurocluster_portal.lists.listing import Listing
from eurocluster_portal.lists.shape import AmongChoices, OneOfField, ShapeForm
from eurocluster_portal.lists.table import Column
from eurocluster_portal.templatetags.portal import pill

COUNTED = frozenset({"counted"})
PHASES = [(phase.value, capfirst(phase.label)) for phase in Phase]


@dataclass(frozen=True, slots=True)
class CallRow:
    """`counts` are its submitted applications by state, `asked_eur` and `awarded_eur` what they ask for and got."""

    call: Call
    phase: Phase
    counts: Counter[str] = field(default_factory=Counter)
    asked_eur: Decimal = ZERO
    awarded_eur: Decimal = ZERO

    @property
    def url(self) -> str:
        return reverse("call_manage", args=[self.call.code])

    @property
    def submitted(self) -> int:
        return self.counts.total()


def _submitted() -> Coalesce:
    rows = Application.objects.filter(call=OuterRef("pk"), status__in=HANDED_IN).order_by().values("call")
    number = rows.annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(number, output_field=IntegerField()), 0)


COLUMNS: tuple[Column, ...] = (
    Column("title", _("Call"), lambda row: row.call.title, "name", "title"),
    Column("code", _("Code"), lambda row: row.call.code, sort="code"),
    Column("strand", _("Strand"), lambda row: row.call.get_strand_display(), sort="strand"),
    Column("line", _("Budget line"), lambda row: row.call.budget_line.title, sort="budget_line__title"),
    Column("selection", _("When it is decided"), lambda row: row.call.get_selection_display(), sort="selection"),
    Column("opens", _("Opens (Brussels time)"), lambda row: row.call.opens_at, "instant", "opens_at"),
    Column("closes", _("Closes (Brussels time)"), lambda row: row.call.closes_at, "instant", "closes_at"),
    Column("support", _("Support up to EUR"), lambda row: row.call.support_max_eur, "eur", "support_max_eur"),
    Column("submitted", _("Applications"), lambda row: row.submitted, "figure", "submitted", COUNTED),
    Column(
        "to_check",
        _("To check"),
        lambda row: row.counts[ApplicationStatus.SUBMITTED],
        "figure",
        needs=COUNTED,
    ),
    Column("eligible", _("To decide"), lambda row: row.counts[ApplicationStatus.ELIGIBLE], "figure", needs=COUNTED),
    Column("awarded", _("Funded"), lambda row: row.counts[ApplicationStatus.AWARDED], "figure", needs=COUNTED),
    Column("asked_eur", _("Requested EUR"), lambda row: row.asked_eur, "eur", needs=COUNTED),
    Column("awarded_eur", _("Awarded EUR"), lambda row: row.awarded_eur, "eur", needs=COUNTED),
    Column(
        "phase",
        _("Phase"),
        lambda row: capfirst(row.phase.label),
        "pill",
        "status",
        shown=lambda row: pill("call", row.phase, capfirst(row.phase.label)),
    ),
)


class CallForm(ShapeForm):
    first_names = ("q", "strand")
    days = (_("Closes from"), _("Closes to"))

    status = AmongChoices(label=_("Phase"), required=False, choices=PHASES)
    strand = OneOfField(label=_("Strand"), required=False)
    selection = OneOfField(label=_("When it is decided"), required=False)
    eur_min = NumberField(label=_("Support up to EUR, at least"), required=False, max_digits=14, decimal_places=2)
    eur_max = NumberField(label=_("Support up to EUR, at most"), required=False, max_digits=14, decimal_places=2)


def in_phase(phase: str, at: datetime) -> Q:
    """Calls that stand in a phase at an instant, as calls.phases.phase_of says it of one."""
    is_announced = Q(status=PUBLISHED) | Q(status__in=sorted(PAST_CLOSING), closes_at__gt=at)
    has_opened, is_past = is_announced & Q(opens_at__lte=at), Q(closes_at__lte=at)
    by_the_clock = {
        Phase.UPCOMING: is_announced & Q(opens_at__gt=at),
        Phase.OPEN: has_opened & ~is_past & (Q(frozen_at=None) | Q(frozen_at__gt=at)),
        Phase.FROZEN: has_opened & ~is_past & Q(frozen_at__lte=at),
        Phase.CLOSED: has_opened & is_past,
    }
    return by_the_clock.get(Phase(phase), Q(status=phase) & ~is_announced)


@dataclass
class TeamCallList(Listing):
    table = COLUMNS
    newest_first = "-closes"
    noun = _("Calls")
    worked_out = {"submitted": _submitted}
    usual = ("title", "strand", "closes", "support", "submitted", "to_check", "awarded", "phase")

    user: Any
    params: Any
    at: datetime
    eurocluster: Eurocluster
    form: CallForm = field(init=False)

    def __post_init__(self) -> None:
        self.form = CallForm(self.params, self.table, {"strand": Strand.choices, "selection": Selection.choices})

    @property
    def filename(self) -> str:
        return f"{self.eurocluster.slug}-calls"

    @staticmethod
    def words_for(number: int) -> str:
        return ngettext("%(n)s call", "%(n)s calls", number) % {"n": number}

    @property
    def scope(self) -> QuerySet[Call]:
        return Call.objects.run_by(self.user).filter(eurocluster=self.eurocluster)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many stand in each phase."""
        found = {phase.value: Count("pk", filter=in_phase(phase, self.at)) for phase in Phase}
        return {phase: number for phase, number in self.scope.order_by().aggregate(**found).items() if number}

    @property
    def found(self) -> QuerySet[Call]:
        rows, chosen = self.scope.filter(within_days(self.chosen, "closes_at")), self.chosen
        if "status" in chosen:
            wanted = Q(pk__in=[])
            for phase in chosen["status"]:
                wanted |= in_phase(phase, self.at)
            rows = rows.filter(wanted)
        if "q" in chosen:
            words = chosen["q"]
            rows = rows.filter(Q(code__icontains=words) | Q(title__icontains=words) | Q(summary__icontains=words))
        fields = {"strand": "strand", "selection": "selection", "support_max_eur__gte": "eur_min"}
        fields |= {"support_max_eur__lte": "eur_max"}
        return rows.filter(**{path: chosen[name] for path, name in fields.items() if name in chosen})

    def with_related(self, rows: QuerySet[Call]) -> QuerySet[Call]:
        return rows.select_related("budget_line").defer("summary", "description")

    def rows_of(self, calls: Sequence[Call]) -> list[CallRow]:
        found = {one.pk: CallRow(one, one.phase_at(self.at)) for one in calls}
        if self.needs >= COUNTED:
            found |= _counted(found)
        return list(found.values())


def _counted(rows: dict[int, CallRow]) -> dict[int, CallRow]:
    applications = Application.objects.filter(call__in=rows, status__in=HANDED_IN).order_by()
    facts = applications.values_list("call", "status").annotate(Count("pk"), Sum("requested_eur"), Sum("awarded_eur"))
    found: dict[int, list[Any]] = {pk: [Counter(), ZERO, ZERO] for pk in rows}
    for pk, status, number, asked, awarded in facts:
        found[pk][0][status] = number
        found[pk][1] += asked or ZERO
        found[pk][2] += awarded or ZERO
    return {pk: CallRow(row.call, row.phase, *found[pk]) for pk, row in rows.items()}
