"""From the award to the payment: agreement, vouchers, claims, payment batches."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from applications.models import Application, Organisation, Participation
from calls.bank_accounts import grouped, masked
from calls.models import Eurocluster, country_field, eur_field
from calls.states import InstalmentTrigger
from documents.models import Document
from vouchers.querysets import AgreementQuerySet, BatchQuerySet, ClaimQuerySet, VoucherQuerySet
from vouchers.states import AgreementStatus, BatchStatus, ClaimStatus, RecoveryStatus, Side, VoucherStatus

person = settings.AUTH_USER_MODEL


class GrantAgreement(models.Model):
    """The sub-grant agreement between a Eurocluster and the organisations behind an awarded application."""

    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="agreement")
    number = models.CharField(_("number"), max_length=40, unique=True)
    amount_eur = eur_field(_("amount"))
    status = models.CharField(_("status"), max_length=12, choices=AgreementStatus, default=AgreementStatus.DRAFT)
    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="+")
    prepared_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField(_("prepared at"))
    ready_at = models.DateTimeField(_("ready at"), null=True, blank=True)
    signed_at = models.DateTimeField(_("signed by all at"), null=True, blank=True)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        ordering = ["-prepared_at"]
        verbose_name = _("grant agreement")
        indexes = [models.Index(fields=["-prepared_at", "id"], name="agreement_by_preparation")]
        constraints = [
            models.CheckConstraint(condition=Q(amount_eur__gt=0), name="an_agreement_is_about_a_positive_amount"),
            models.CheckConstraint(
                condition=~Q(status__in=[AgreementStatus.SIGNED, AgreementStatus.CLOSED]) | Q(signed_at__isnull=False),
                name="a_signed_agreement_names_when",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("agreement_detail", args=[self.pk])


class Signature(models.Model):
    """A recorded click-signature: who, when, from which address, over which bytes."""

    agreement = models.ForeignKey(GrantAgreement, on_delete=models.PROTECT, related_name="signatures")
    side = models.CharField(_("side"), max_length=12, choices=Side)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    signed_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(_("signed at"))
    signatory_name = models.CharField(_("name typed by the signatory"), max_length=150)
    ip_address = models.GenericIPAddressField(_("address"))
    document_sha256 = models.CharField(_("SHA-256 of the signed document"), max_length=64)

    class Meta:
        ordering = ["signed_at"]
        verbose_name = _("signature")
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "side", "organisation"], nulls_distinct=False, name="each_party_signs_once"
            ),
            models.CheckConstraint(
                condition=Q(side=Side.FUNDER, organisation__isnull=True)
                | Q(side=Side.BENEFICIARY, organisation__isnull=False),
                name="a_beneficiary_signs_for_its_organisation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.side} of {self.agreement_id}"


class BankAccount(models.Model):
    """The account of a beneficiary, held by the organisation itself. A change is a new row."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="bank_accounts")
    holder = models.CharField(_("account holder"), max_length=70)
    iban = models.CharField(_("IBAN"), max_length=34)
    bic = models.CharField(_("BIC"), max_length=11, blank=True)
    added_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(_("added at"))
    is_current = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("bank account")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"], condition=Q(is_current=True), name="an_organisation_uses_one_account"
            ),
        ]

    def __str__(self) -> str:
        return self.masked_iban

    @property
    def masked_iban(self) -> str:
        return masked(self.iban)

    @property
    def grouped_iban(self) -> str:
        return grouped(self.iban)


class Voucher(models.Model):
    """One entitlement to one amount for one beneficiary."""

    agreement = models.ForeignKey(GrantAgreement, on_delete=models.PROTECT, related_name="vouchers")
    participation = models.OneToOneField(Participation, on_delete=models.PROTECT, related_name="voucher")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="vouchers")
    number = models.CharField(_("number"), max_length=40, unique=True)
    amount_eur = eur_field(_("amount"))
    status = models.CharField(_("status"), max_length=10, choices=VoucherStatus, default=VoucherStatus.ISSUED)
    issued_at = models.DateTimeField(_("issued at"))

    objects = VoucherQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        verbose_name = _("voucher")
        indexes = [models.Index(fields=["-issued_at", "id"], name="voucher_by_issue")]
        constraints = [
            models.CheckConstraint(condition=Q(amount_eur__gt=0), name="a_voucher_is_worth_a_positive_amount"),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("voucher_detail", args=[self.pk])


class Instalment(models.Model):
    """One part of a voucher; claimable once its trigger has happened."""

    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="instalments")
    position = models.PositiveSmallIntegerField(_("position"))
    trigger = models.CharField(_("due on"), max_length=20, choices=InstalmentTrigger)
    amount_eur = eur_field(_("amount"))
    due_at = models.DateTimeField(_("due since"), null=True, blank=True)

    class Meta:
        ordering = ["voucher", "position"]
        verbose_name = _("instalment")
        constraints = [
            models.UniqueConstraint(fields=["voucher", "position"], name="a_voucher_numbers_its_instalments"),
            models.CheckConstraint(condition=Q(amount_eur__gt=0), name="an_instalment_is_a_positive_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.voucher_id}/{self.position}"


class Claim(models.Model):
    """A request for the payment of one instalment."""

    instalment = models.ForeignKey(Instalment, on_delete=models.PROTECT, related_name="claims")
    bank_account = models.ForeignKey(BankAccount, on_delete=models.PROTECT, related_name="claims")
    number = models.CharField(_("number"), max_length=40, unique=True)
    amount_eur = eur_field(_("amount"))
    status = models.CharField(_("status"), max_length=10, choices=ClaimStatus, default=ClaimStatus.SUBMITTED)
    note = models.TextField(_("note"), blank=True)
    submitted_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(_("submitted at"))
    approved_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    rejected_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    rejected_at = models.DateTimeField(_("rejected at"), null=True, blank=True)
    reason = models.TextField(_("reason of the rejection"), blank=True)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        ordering = ["submitted_at"]
        verbose_name = _("claim")
        indexes = [models.Index(fields=["-submitted_at", "id"], name="claim_by_arrival")]
        constraints = [
            models.UniqueConstraint(
                fields=["instalment"],
                condition=~Q(status=ClaimStatus.REJECTED),
                name="an_instalment_is_claimed_once",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("submitted_by")),
                name="nobody_approves_their_own_claim",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[ClaimStatus.SUBMITTED, ClaimStatus.REJECTED])
                | (Q(approved_by__isnull=False) & Q(approved_at__isnull=False)),
                name="an_approved_claim_names_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("claim_detail", args=[self.pk])


class PaymentBatch(models.Model):
    """One bank file: prepared by one person, released by another."""

    eurocluster = models.ForeignKey(Eurocluster, on_delete=models.PROTECT, related_name="payment_batches")
    number = models.CharField(_("number"), max_length=40, unique=True)
    status = models.CharField(_("status"), max_length=10, choices=BatchStatus, default=BatchStatus.PREPARED)
    total_eur = eur_field(_("total"))
    execution_on = models.DateField(_("to be executed on"))
    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    prepared_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField(_("prepared at"))
    released_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)
    paid_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    paid_at = models.DateTimeField(_("paid at"), null=True, blank=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        ordering = ["-prepared_at"]
        verbose_name = _("payment batch")
        verbose_name_plural = _("payment batches")
        constraints = [
            models.CheckConstraint(
                condition=Q(released_by__isnull=True) | ~Q(released_by=F("prepared_by")),
                name="nobody_releases_their_own_batch",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[BatchStatus.PREPARED, BatchStatus.CANCELLED])
                | (Q(released_by__isnull=False) & Q(released_at__isnull=False) & Q(document__isnull=False)),
                name="a_released_batch_names_who_and_has_its_file",
            ),
            models.CheckConstraint(condition=Q(total_eur__gt=0), name="a_batch_pays_a_positive_total"),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("batch_detail", args=[self.pk])


class Payment(models.Model):
    """One credit transfer of a batch. What the bank will read is copied here when the batch is prepared."""

    batch = models.ForeignKey(PaymentBatch, on_delete=models.PROTECT, related_name="payments")
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="payments")
    amount_eur = eur_field(_("amount"))
    end_to_end_id = models.CharField(_("end-to-end identifier"), max_length=35, unique=True)
    creditor_name = models.CharField(_("payee"), max_length=70)
    creditor_iban = models.CharField(_("IBAN"), max_length=34)
    creditor_bic = models.CharField(_("BIC"), max_length=11, blank=True)
    creditor_country = country_field()
    creditor_town = models.CharField(_("town"), max_length=80)
    creditor_postcode = models.CharField(_("postcode"), max_length=16, blank=True)
    creditor_street = models.CharField(_("street and number"), max_length=150, blank=True)
    remittance = models.CharField(_("reference text"), max_length=140)
    is_live = models.BooleanField(_("counts"), default=True, help_text=_("Not in a cancelled batch."))

    class Meta:
        ordering = ["batch", "pk"]
        verbose_name = _("payment")
        constraints = [
            models.UniqueConstraint(fields=["claim"], condition=Q(is_live=True), name="a_claim_is_paid_once"),
        ]

    def __str__(self) -> str:
        return self.end_to_end_id

    @property
    def masked_iban(self) -> str:
        return masked(self.creditor_iban)

    @property
    def grouped_iban(self) -> str:
        return grouped(self.creditor_iban)


class Recovery(models.Model):
    """Money that a beneficiary has to pay back: asked for by one person, its receipt confirmed by another."""

    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="recoveries")
    amount_eur = eur_field(_("amount"))
    reason = models.TextField(_("reason"))
    status = models.CharField(_("status"), max_length=10, choices=RecoveryStatus, default=RecoveryStatus.ASKED)
    due_on = models.DateField(_("due on"))
    asked_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked at"))
    received_on = models.DateField(_("received on"), null=True, blank=True)
    closed_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    class Meta:
        ordering = ["-asked_at"]
        verbose_name = _("recovery")
        verbose_name_plural = _("recoveries")
        constraints = [
            models.CheckConstraint(condition=Q(amount_eur__gt=0), name="a_recovery_asks_for_a_positive_amount"),
            models.CheckConstraint(condition=~Q(reason=""), name="a_recovery_gives_its_reason"),
            models.CheckConstraint(
                condition=Q(status=RecoveryStatus.ASKED, closed_by__isnull=True, closed_at__isnull=True)
                | (~Q(status=RecoveryStatus.ASKED) & Q(closed_by__isnull=False, closed_at__isnull=False)),
                name="a_closed_recovery_names_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(status=RecoveryStatus.RECEIVED) | Q(received_on__isnull=False),
                name="a_received_recovery_names_the_day",
            ),
            models.CheckConstraint(
                condition=~Q(status=RecoveryStatus.RECEIVED) | ~Q(closed_by=F("asked_by")),
                name="nobody_confirms_the_recovery_they_asked_for",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount_eur} EUR of voucher {self.voucher_id}"
