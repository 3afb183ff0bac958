"""The lists of vouchers and of the claims on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import DecimalField, OuterRef, Prefetch, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from calls.money import ZERO
from eurocluster_portal.lists.facts import FactsForm, FactsList, Paths
from eurocluster_portal.lists.shape import AmongChoices
from eurocluster_portal.lists.table import Column, place_in, status_column
from vouchers.models import Claim, Payment, PaymentBatch, Voucher
from vouchers.states import ClaimStatus, VoucherStatus

# --- Vouchers -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VoucherRow:
    voucher: Voucher
    paid_eur: Decimal

    @property
    def url(self) -> str:
        return self.voucher.get_absolute_url()

    @property
    def left_eur(self) -> Decimal:
        return self.voucher.amount_eur - self.paid_eur


VOUCHER_COLUMNS: tuple[Column, ...] = (
    Column("number", _("Voucher"), lambda row: row.voucher.number, "link", "number"),
    Column(
        "beneficiary",
        _("Beneficiary"),
        lambda row: row.voucher.organisation.legal_name,
        sort="organisation__legal_name",
    ),
    Column("country", _("Country"), lambda row: row.voucher.organisation.country, sort="organisation__country"),
    Column(
        "reference",
        _("Application"),
        lambda row: row.voucher.agreement.application.reference,
        sort="agreement__application__reference",
    ),
    Column(
        "acronym",
        _("Acronym"),
        lambda row: row.voucher.agreement.application.acronym,
        sort="agreement__application__acronym",
    ),
    Column(
        "title",
        _("Project"),
        lambda row: row.voucher.agreement.application.title,
        sort="agreement__application__title",
    ),
    Column(
        "call",
        _("Call"),
        lambda row: row.voucher.agreement.application.call.title,
        sort="agreement__application__call__title",
    ),
    Column("amount", _("Worth EUR"), lambda row: row.voucher.amount_eur, "eur", "amount_eur"),
    Column("paid", _("Paid EUR"), lambda row: row.paid_eur, "eur", "paid"),
    Column("left", _("Left EUR"), lambda row: row.left_eur, "eur"),
    Column("issued", _("Issued (Brussels time)"), lambda row: row.voucher.issued_at, "instant", "issued_at"),
    status_column("voucher"),
)


class VoucherForm(FactsForm):
    days = (_("Issued from"), _("Issued to"))

    status = AmongChoices(label=_("Status"), required=False, choices=VoucherStatus.choices)


def _paid() -> Coalesce:
    claims = Claim.objects.filter(instalment__voucher=OuterRef("pk"), status=ClaimStatus.PAID).order_by()
    paid = claims.values("instalment__voucher").annotate(eur=Sum("amount_eur")).values("eur")
    return Coalesce(Subquery(paid, output_field=DecimalField(max_digits=14, decimal_places=2)), ZERO)


class VoucherList(FactsList):
    table = VOUCHER_COLUMNS
    newest_first = "-issued"
    usual_columns = ("number", "beneficiary", "title", "call", "amount", "paid", "status")
    noun = _("Vouchers")
    form_class = VoucherForm
    worked_out = {"status": place_in(VoucherStatus), "paid": _paid}
    paths = Paths(
        call="agreement__application__call",
        country="organisation__country",
        amount="amount_eur",
        instant="issued_at",
        words=(
            "number",
            "organisation__legal_name",
            "agreement__application__reference",
            "agreement__application__title",
            "agreement__application__acronym",
        ),
    )

    @property
    def filename(self) -> str:
        return "vouchers"

    @staticmethod
    def words_for(number: int) -> str:
        return ngettext("%(n)s voucher", "%(n)s vouchers", number) % {"n": number}

    @property
    def scope(self) -> QuerySet[Voucher]:
        return Voucher.objects.visible_to(self.user)

    def with_related(self, rows: QuerySet[Voucher]) -> QuerySet[Voucher]:
        return rows.select_related("organisation", "agreement__application__call")

    def rows_of(self, vouchers: Sequence[Voucher]) -> list[VoucherRow]:
        claims = Claim.objects.filter(instalment__voucher__in=[one.pk for one in vouchers], status=ClaimStatus.PAID)
        paid = dict(claims.order_by().values_list("instalment__voucher").annotate(Sum("amount_eur")))
        return [VoucherRow(one, paid.get(one.pk, ZERO)) for one in vouchers]


# --- Claims ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ClaimRow:
    claim: Claim

    @property
    def url(self) -> str:
        return self.claim.get_absolute_url()

    @property
    def batch(self) -> PaymentBatch | None:
        """The one that pays it, or is to."""
        return next((one.batch for one in self.claim.payments.all()), None)

    @property
    def paid_at(self) -> datetime | None:
        return self.batch.paid_at if self.batch else None

    @property
    def instalment(self) -> str:
        instalment = self.claim.instalment
        return f"{instalment.position} · {instalment.get_trigger_display()}"


ACCOUNT, BATCH = frozenset({"account"}), frozenset({"batch"})
OF_VOUCHER = "instalment__voucher__"
OF_APPLICATION = f"{OF_VOUCHER}agreement__application__"

CLAIM_COLUMNS: tuple[Column, ...] = (
    Column("number", _("Claim"), lambda row: row.claim.number, "link", "number"),
    Column(
        "beneficiary",
        _("Beneficiary"),
        lambda row: row.claim.instalment.voucher.organisation.legal_name,
        sort=f"{OF_VOUCHER}organisation__legal_name",
    ),
    Column(
        "country",
        _("Country"),
        lambda row: row.claim.instalment.voucher.organisation.country,
        sort=f"{OF_VOUCHER}organisation__country",
    ),
    Column("voucher", _("Voucher"), lambda row: row.claim.instalment.voucher.number, sort=f"{OF_VOUCHER}number"),
    Column("instalment", _("Instalment"), lambda row: row.instalment, sort="instalment__position"),
    Column(
        "reference",
        _("Application"),
        lambda row: row.claim.instalment.voucher.agreement.application.reference,
        sort=f"{OF_APPLICATION}reference",
    ),
    Column(
        "title",
        _("Project"),
        lambda row: row.claim.instalment.voucher.agreement.application.title,
        sort=f"{OF_APPLICATION}title",
    ),
    Column(
        "call",
        _("Call"),
        lambda row: row.claim.instalment.voucher.agreement.application.call.title,
        sort=f"{OF_APPLICATION}call__title",
    ),
    Column("amount", _("Amount EUR"), lambda row: row.claim.amount_eur, "eur", "amount_eur"),
    Column("account", _("Account"), lambda row: row.claim.bank_account.masked_iban, needs=ACCOUNT),
    Column("submitted", _("Submitted (Brussels time)"), lambda row: row.claim.submitted_at, "instant", "submitted_at"),
    Column(
        "approved",
        _("Approved (Brussels time)"),
        lambda row: row.claim.approved_at,
        "instant",
        "approved_at",
        may_lack=True,
    ),
    Column("batch", _("Payment batch"), lambda row: row.batch.number if row.batch else "", needs=BATCH),
    Column("paid", _("Paid (Brussels time)"), lambda row: row.paid_at, "instant", needs=BATCH),
    status_column("claim"),
)


class ClaimForm(FactsForm):
    days = (_("Submitted from"), _("Submitted to"))

    status = AmongChoices(label=_("Status"), required=False, choices=ClaimStatus.choices)


class ClaimList(FactsList):
    table = CLAIM_COLUMNS
    newest_first = "-submitted"
    usual_columns = ("number", "beneficiary", "instalment", "call", "amount", "submitted", "status")
    noun = _("Claims")
    form_class = ClaimForm
    worked_out = {"status": place_in(ClaimStatus)}
    paths = Paths(
        call=f"{OF_APPLICATION}call",
        country=f"{OF_VOUCHER}organisation__country",
        amount="amount_eur",
        instant="submitted_at",
        words=("number", f"{OF_VOUCHER}organisation__legal_name", f"{OF_APPLICATION}title", f"{OF_APPLICATION}acronym"),
    )

    @property
    def filename(self) -> str:
        return "claims"

    @staticmethod
    def words_for(number: int) -> str:
        return ngettext("%(n)s claim", "%(n)s claims", number) % {"n": number}

    @property
    def scope(self) -> QuerySet[Claim]:
        return Claim.objects.visible_to(self.user)

    def with_related(self, rows: QuerySet[Claim]) -> QuerySet[Claim]:
        """Up to eight tables the database finds the best order of joining; the ninth is read only where it is shown."""
        rows = rows.select_related(f"{OF_VOUCHER}organisation", f"{OF_VOUCHER}agreement__application__call")
        if self.needs >= ACCOUNT:
            rows = rows.select_related("bank_account")
        if self.needs >= BATCH:
            paying = Payment.objects.filter(is_live=True).select_related("batch")
            rows = rows.prefetch_related(Prefetch("payments", paying))
        return rows

    def rows_of(self, claims: Sequence[Claim]) -> list[ClaimRow]:
        return [ClaimRow(one) for one in claims]
