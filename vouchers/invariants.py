"""What must hold in this room at any moment, recomputed from the rows. Each function names every violation it finds."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from django.db.models import Count, DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from calls.models import BudgetLine, LedgerEntry
from calls.states import Bucket
from vouchers.models import Claim, GrantAgreement, Instalment, Payment, PaymentBatch, Recovery, Signature, Voucher
from vouchers.states import AgreementStatus, BatchStatus, ClaimStatus, RecoveryStatus

ZERO = Decimal("0.00")
CAME_BACK = Q(source=Bucket.PAID, target=Bucket.RECOVERED)
IN_FORCE = (AgreementStatus.SIGNED, AgreementStatus.CLOSED)


def violations() -> list[str]:
    """Every broken promise of this room, in words; empty when all is well."""
    return [problem for check in CHECKS for problem in check()]


def _total(rows: QuerySet, by: str, amount: str = "amount_eur") -> Coalesce:
    """The sum of `amount` over the rows whose `by` is the outer row, as a subquery of its own (joins would multiply)."""
    summed = rows.filter(**{by: OuterRef("pk")}).order_by().values(by).annotate(total=Sum(amount)).values("total")
    money = DecimalField(max_digits=14, decimal_places=2)
    return Coalesce(Subquery(summed, output_field=money), Value(ZERO), output_field=money)


def vouchers_add_up_to_their_agreement() -> list[str]:
    rows = GrantAgreement.objects.filter(status__in=IN_FORCE)
    rows = rows.annotate(total=_total(Voucher.objects.all(), "agreement")).exclude(total=F("amount_eur"))
    return [f"agreement {row}: vouchers are worth {row.total}, the agreement {row.amount_eur} EUR" for row in rows]


def instalments_add_up_to_their_voucher() -> list[str]:
    rows = Voucher.objects.annotate(total=_total(Instalment.objects.all(), "voucher")).exclude(total=F("amount_eur"))
    return [f"voucher {row}: instalments are {row.total}, the voucher {row.amount_eur} EUR" for row in rows]


def claims_ask_for_their_instalment() -> list[str]:
    rows = Claim.objects.exclude(amount_eur=F("instalment__amount_eur"))
    return [f"claim {row}: asks for {row.amount_eur} EUR, not for its instalment" for row in rows]


def payments_add_up_to_their_batch() -> list[str]:
    rows = PaymentBatch.objects.annotate(total=_total(Payment.objects.all(), "batch")).exclude(total=F("total_eur"))
    return [f"batch {row}: payments are {row.total}, the batch {row.total_eur} EUR" for row in rows]


def payments_pay_their_claim() -> list[str]:
    rows = Payment.objects.exclude(amount_eur=F("claim__amount_eur"))
    return [f"payment {row}: {row.amount_eur} EUR is not the amount of its claim" for row in rows]


def batched_and_paid_claims_have_one_live_payment() -> list[str]:
    rows = Claim.objects.filter(status__in=[ClaimStatus.BATCHED, ClaimStatus.PAID])
    rows = rows.annotate(live=Count("payments", filter=Q(payments__is_live=True))).exclude(live=1)
    return [f"claim {row}: is {row.status} with {row.live} live payments" for row in rows]


def paid_claims_are_those_of_paid_batches() -> list[str]:
    in_paid_batch = Q(is_live=True, batch__status=BatchStatus.PAID)
    unpaid = Payment.objects.filter(in_paid_batch).exclude(claim__status=ClaimStatus.PAID)
    early = Payment.objects.filter(is_live=True, claim__status=ClaimStatus.PAID).exclude(batch__status=BatchStatus.PAID)
    return [f"payment {row}: claim and batch disagree on whether it is paid" for row in [*unpaid, *early]]


def lines_hold_what_agreements_promise() -> list[str]:
    """Committed and paid money of a line is what its signed agreements promise, less what was given back."""
    signed = GrantAgreement.objects.filter(status__in=IN_FORCE)
    returned = LedgerEntry.objects.filter(source=Bucket.COMMITTED, target=Bucket.AVAILABLE)
    rows = BudgetLine.objects.annotate(
        promised=_total(signed, "application__call__budget_line"),
        returned=_total(returned, "line"),
        back=_total(LedgerEntry.objects.filter(CAME_BACK), "line"),
    ).exclude(promised=F("committed_eur") + F("paid_eur") + F("returned") + F("back"))
    return [
        f"line {row.code}: agreements promise {row.promised} EUR, committed, paid and returned are "
        f"{row.committed_eur + row.paid_eur + row.returned + row.back} EUR"
        for row in rows
    ]


def lines_paid_what_batches_paid() -> list[str]:
    paid = Payment.objects.filter(is_live=True, batch__status=BatchStatus.PAID)
    by = "claim__instalment__voucher__agreement__application__call__budget_line"
    rows = BudgetLine.objects.annotate(
        sent=_total(paid, by), back=_total(LedgerEntry.objects.filter(CAME_BACK), "line")
    )
    return [
        f"line {row.code}: batches paid {row.sent} EUR, the line says {row.paid_eur + row.back} EUR"
        for row in rows.exclude(sent=F("paid_eur") + F("back"))
    ]


def received_recoveries_are_in_the_ledger() -> list[str]:
    """Every recovery that was received has its movement, and every movement its recovery."""
    received = Recovery.objects.filter(status=RecoveryStatus.RECEIVED)
    told = {f"recovery:{pk}": amount for pk, amount in received.values_list("pk", "amount_eur")}
    moved = dict(LedgerEntry.objects.filter(CAME_BACK).values_list("key", "amount_eur"))
    return [
        f"{key}: {told.get(key, 0)} EUR received, the ledger says {moved.get(key, 0)} EUR"
        for key in sorted(told.keys() | moved.keys())
        if told.get(key) != moved.get(key)
    ]


def signatures_are_over_their_document() -> list[str]:
    rows = Signature.objects.exclude(document_sha256=F("agreement__document__sha256")).select_related("agreement")
    return [f"agreement {row.agreement}: a signature is over another document" for row in rows]


def agreements_in_force_are_signed_by_all() -> list[str]:
    rows = GrantAgreement.objects.filter(status__in=IN_FORCE).annotate(
        given=Count("signatures", distinct=True), parties=Count("application__participations", distinct=True) + 1
    )
    return [f"agreement {row}: {row.given} of {row.parties} signatures" for row in rows.exclude(given=F("parties"))]


def money_saw_two_people() -> list[str]:
    acted = Q(released_by=F("payments__claim__approved_by")) | Q(released_by=F("payments__claim__submitted_by"))
    rows = PaymentBatch.objects.filter(acted).distinct()
    return [f"batch {row}: released by somebody who claimed or approved one of its payments" for row in rows]


CHECKS: tuple[Callable[[], list[str]], ...] = (
    vouchers_add_up_to_their_agreement,
    instalments_add_up_to_their_voucher,
    claims_ask_for_their_instalment,
    payments_add_up_to_their_batch,
    payments_pay_their_claim,
    batched_and_paid_claims_have_one_live_payment,
    paid_claims_are_those_of_paid_batches,
    lines_hold_what_agreements_promise,
    lines_paid_what_batches_paid,
    received_recoveries_are_in_the_ledger,
    signatures_are_over_their_document,
    agreements_in_force_are_signed_by_all,
    money_saw_two_people,
)
