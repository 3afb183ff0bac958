"""Agreements, vouchers, claims and payments, to look at only: money moves through the services alone."""

from django.contrib import admin

from audit.read_only import ReadOnlyAdmin
from vouchers.models import (
    BankAccount,
    Claim,
    GrantAgreement,
    Instalment,
    Payment,
    PaymentBatch,
    Recovery,
    Signature,
    Voucher,
)


@admin.register(GrantAgreement)
class GrantAgreementAdmin(ReadOnlyAdmin):
    list_display = ("number", "status", "amount_eur", "prepared_at", "signed_at")
    list_filter = ("status",)
    search_fields = ("number", "application__title")


@admin.register(Signature)
class SignatureAdmin(ReadOnlyAdmin):
    list_display = ("agreement", "side", "organisation", "signatory_name", "signed_at", "ip_address")
    list_select_related = ("agreement", "organisation")
    search_fields = ("agreement__number", "signatory_name")


@admin.register(Voucher)
class VoucherAdmin(ReadOnlyAdmin):
    list_display = ("number", "organisation", "status", "amount_eur", "issued_at")
    list_select_related = ("organisation",)
    list_filter = ("status",)
    search_fields = ("number", "organisation__legal_name")


@admin.register(Instalment)
class InstalmentAdmin(ReadOnlyAdmin):
    list_display = ("voucher", "position", "trigger", "amount_eur", "due_at")
    list_select_related = ("voucher",)


@admin.register(Claim)
class ClaimAdmin(ReadOnlyAdmin):
    list_display = ("number", "status", "amount_eur", "submitted_at", "approved_at")
    list_filter = ("status",)
    search_fields = ("number",)


@admin.register(PaymentBatch)
class PaymentBatchAdmin(ReadOnlyAdmin):
    list_display = ("number", "eurocluster", "status", "total_eur", "execution_on", "prepared_by", "released_by")
    list_select_related = ("eurocluster", "prepared_by", "released_by")
    list_filter = ("status", "eurocluster")


@admin.register(Payment)
class PaymentAdmin(ReadOnlyAdmin):
    list_display = ("end_to_end_id", "batch", "creditor_name", "amount_eur", "is_live")
    list_select_related = ("batch",)
    search_fields = ("end_to_end_id", "creditor_name")


@admin.register(BankAccount)
class BankAccountAdmin(ReadOnlyAdmin):
    list_display = ("organisation", "holder", "masked_iban", "added_at", "is_current")
    list_select_related = ("organisation",)
    exclude = ("iban",)
    search_fields = ("organisation__legal_name", "holder")


@admin.register(Recovery)
class RecoveryAdmin(ReadOnlyAdmin):
    list_display = ("voucher", "amount_eur", "status", "asked_at", "received_on")
    list_select_related = ("voucher",)
    list_filter = ("status",)
