"""The lists of payment batches and of money asked back, of one Eurocluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from eurocluster_portal.lists.facts import FactsForm, FactsList, Paths
from eurocluster_portal.lists.shape import AmongChoices
from eurocluster_portal.lists.table import Column, place_in, status_column
from vouchers.models import Payment, PaymentBatch, Recovery, Voucher
from vouchers.states import BatchStatus, RecoveryStatus

# --- Batches --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BatchRow:
    batch: PaymentBatch
    payment_count: int

    @property
    def url(self) -> str:
        return self.batch.get_absolute_url()


def _name(person: Any) -> str:
    return str(person) if person else ""


BATCH_COLUMNS: tuple[Column, ...] = (
    Column("number", _("Batch"), lambda row: row.batch.number, "link", "number"),
    Column("execution", _("Execution"), lambda row: row.batch.execution_on, "day", "execution_on"),
    Column("payments", _("Payments"), lambda row: row.payment_count, "figure", "payment_count"),
    Column("total", _("Total EUR"), lambda row: row.batch.total_eur, "eur", "total_eur"),
    Column("prepared_by", _("Prepared by"), lambda row: _name(row.batch.prepared_by), sort="prepared_by__full_name"),
    Column("prepared", _("Prepared (Brussels time)"), lambda row: row.batch.prepared_at, "instant", "prepared_at"),
    Column(
        "released_by",
        _("Released by"),
        lambda row: _name(row.batch.released_by),
        sort="released_by__full_name",
        may_lack=True,
    ),
    Column(
        "released",
        _("Released (Brussels time)"),
        lambda row: row.batch.released_at,
        "instant",
        "released_at",
        may_lack=True,
    ),
    Column("paid", _("Paid (Brussels time)"), lambda row: row.batch.paid_at, "instant", "paid_at", may_lack=True),
    status_column("batch"),
)


class BatchForm(FactsForm):
    days = (_("Prepared from"), _("Prepared to"))

    status = AmongChoices(label=_("Status"), required=False, choices=BatchStatus.choices)


def _payment_count() -> Subquery:
    rows = Payment.objects.filter(batch=OuterRef("pk")).order_by().values("batch")
    return Subquery(rows.annotate(number=Count("pk")).values("number"), output_field=IntegerField())


class BatchList(FactsList):
    table = BATCH_COLUMNS
    newest_first = "-prepared"
    usual_columns = ("number", "execution", "payments", "total", "prepared_by", "released_by", "status")
    noun = _("Payment batches")
    form_class = BatchForm
    worked_out = {"status": place_in(BatchStatus), "payment_count": _payment_count}
    paths = Paths(
        amount="total_eur",
        instant="prepared_at",
        words=("number", "payments__creditor_name", "payments__claim__number"),
    )

    @property
    def filename(self) -> str:
        return f"{self.eurocluster.slug if self.eurocluster else ''}-batches"

    @staticmethod
    def words_for(number: int) -> str:
        return ngettext("%(n)s batch", "%(n)s batches", number) % {"n": number}

    @property
    def scope(self) -> QuerySet[PaymentBatch]:
        return PaymentBatch.objects.visible_to(self.user).filter(eurocluster=self.eurocluster)

    def with_related(self, rows: QuerySet[PaymentBatch]) -> QuerySet[PaymentBatch]:
        return rows.select_related("prepared_by", "released_by")

    def rows_of(self, batches: Sequence[PaymentBatch]) -> list[BatchRow]:
        payments = Payment.objects.filter(batch__in=[one.pk for one in batches]).order_by()
        numbers = dict(payments.values_list("batch").annotate(Count("pk")))
        return [BatchRow(one, numbers.get(one.pk, 0)) for one in batches]


# --- Recoveries -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RecoveryRow:
    """It stands on the page of its voucher."""

    recovery: Recovery

    @property
    def url(self) -> str:
        return self.recovery.voucher.get_absolute_url()


RECOVERY_COLUMNS: tuple[Column, ...] = (
    Column("voucher", _("Voucher"), lambda row: row.recovery.voucher.number, "link", "voucher__number"),
    Column(
        "beneficiary",
        _("Beneficiary"),
        lambda row: row.recovery.voucher.organisation.legal_name,
        sort="voucher__organisation__legal_name",
    ),
    Column(
        "country",
        _("Country"),
        lambda row: row.recovery.voucher.organisation.country,
        sort="voucher__organisation__country",
    ),
    Column(
        "call",
        _("Call"),
        lambda row: row.recovery.voucher.agreement.application.call.title,
        sort="voucher__agreement__application__call__title",
    ),
    Column("amount", _("Amount EUR"), lambda row: row.recovery.amount_eur, "eur", "amount_eur"),
    Column("reason", _("Reason"), lambda row: row.recovery.reason),
    Column("asked_by", _("Asked by"), lambda row: _name(row.recovery.asked_by), sort="asked_by__full_name"),
    Column("asked", _("Asked (Brussels time)"), lambda row: row.recovery.asked_at, "instant", "asked_at"),
    Column("due", _("Due on"), lambda row: row.recovery.due_on, "day", "due_on"),
    Column("received", _("Received on"), lambda row: row.recovery.received_on, "day", "received_on", may_lack=True),
    status_column("recovery"),
)


class RecoveryForm(FactsForm):
    days = (_("Asked from"), _("Asked to"))

    status = AmongChoices(label=_("Status"), required=False, choices=RecoveryStatus.choices)


class RecoveryList(FactsList):
    table = RECOVERY_COLUMNS
    newest_first = "-asked"
    usual_columns = ("voucher", "beneficiary", "call", "amount", "asked", "due", "status")
    noun = _("Recoveries")
    form_class = RecoveryForm
    worked_out = {"status": place_in(RecoveryStatus)}
    paths = Paths(
        call="voucher__agreement__application__call",
        country="voucher__organisation__country",
        amount="amount_eur",
        instant="asked_at",
        words=("voucher__number", "voucher__organisation__legal_name", "reason"),
    )

    @property
    def filename(self) -> str:
        return f"{self.eurocluster.slug if self.eurocluster else ''}-recoveries"

    @staticmethod
    def words_for(number: int) -> str:
        return ngettext("%(n)s recovery", "%(n)s recoveries", number) % {"n": number}

    @property
    def scope(self) -> QuerySet[Recovery]:
        vouchers = Voucher.objects.visible_to(self.user)
        return Recovery.objects.filter(
            voucher__in=vouchers, voucher__agreement__application__call__eurocluster=self.eurocluster
        )

    def with_related(self, rows: QuerySet[Recovery]) -> QuerySet[Recovery]:
        return rows.select_related("voucher__organisation", "voucher__agreement__application__call", "asked_by")

    def rows_of(self, recoveries: Sequence[Recovery]) -> list[RecoveryRow]:
        return [RecoveryRow(one) for one in recoveries]
