"""Organisations, who acts for them, and what is known of their size."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from applications.querysets import JoinRequestQuerySet, OrganisationQuerySet
from applications.states import MemberRole, SizeCategory
from calls.models import Sector, country_field, eur_field
from documents.models import Document

person = settings.AUTH_USER_MODEL
INVITATION_LASTS = timedelta(days=14)


class Organisation(models.Model):
    """A legal entity, described once and reused for every call."""

    legal_name = models.CharField(_("legal name"), max_length=200)
    country = country_field()
    vat_number = models.CharField(_("VAT number"), max_length=20, blank=True)
    registration_number = models.CharField(_("registration number"), max_length=40, blank=True)
    legal_form = models.CharField(_("legal form"), max_length=80, blank=True)
    street = models.CharField(_("street and number"), max_length=150)
    postcode = models.CharField(_("postcode"), max_length=16)
    city = models.CharField(_("town"), max_length=80)
    website = models.URLField(_("website"), blank=True)
    contact_name = models.CharField(_("contact person"), max_length=150, blank=True)
    contact_email = models.EmailField(_("e-mail address of the contact"), blank=True)
    contact_phone = models.CharField(_("telephone of the contact"), max_length=30, blank=True)
    nace = models.CharField(
        _("NACE code"), max_length=7, blank=True, validators=[RegexValidator(r"^\d{2}(\.\d{1,2}){0,2}$")]
    )
    sectors = models.ManyToManyField(Sector, verbose_name=_("sectors"), related_name="organisations")
    founded_on = models.DateField(_("founded on"))
    headcount = models.DecimalField(
        _("headcount"), max_digits=9, decimal_places=2, help_text=_("Annual work units of the last closed period.")
    )
    turnover_eur = eur_field(_("turnover"))
    balance_sheet_eur = eur_field(_("balance sheet total"))
    size_category = models.CharField(_("size"), max_length=10, choices=SizeCategory)
    description = models.CharField(_("what it does"), max_length=600, blank=True)
    version = models.PositiveIntegerField(_("version of the description"), default=1)
    created_at = models.DateTimeField(_("created at"))
    author = models.ForeignKey(
        person, verbose_name=_("described first by"), on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    described_from = models.CharField(
        _("page from which it was described"),
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text=_("A page sent twice describes one organisation: see `applications.duplicates.mark_of`."),
    )

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["legal_name"]
        verbose_name = _("organisation")
        indexes = [
            GinIndex(OpClass(Upper("legal_name"), "gin_trgm_ops"), name="organisation_by_words"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["vat_number"], condition=~Q(vat_number=""), name="one_organisation_per_vat_number"
            ),
            models.UniqueConstraint(
                fields=["author", "described_from"],
                condition=~Q(described_from=""),
                name="a_page_describes_an_organisation_once",
            ),
            models.CheckConstraint(
                condition=Q(headcount__gte=0) & Q(turnover_eur__gte=0) & Q(balance_sheet_eur__gte=0),
                name="an_organisation_has_no_negative_size",
            ),
        ]

    def __str__(self) -> str:
        return self.legal_name

    def get_absolute_url(self) -> str:
        return reverse("organisation_detail", args=[self.pk])


class Membership(models.Model):
    """A person who acts for an organisation."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    user = models.ForeignKey(person, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=MemberRole)
    joined_at = models.DateTimeField(_("joined at"))
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)

    class Meta:
        verbose_name = _("membership")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "user"],
                condition=Q(left_at__isnull=True),
                name="a_person_is_in_an_organisation_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.organisation_id}"


class MemberInvitation(models.Model):
    """A request to a person, by e-mail, to act for an organisation."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="member_invitations")
    email = models.EmailField(_("e-mail address"))
    role = models.CharField(_("role"), max_length=10, choices=MemberRole, default=MemberRole.MEMBER)
    token = models.UUIDField(_("token"), default=uuid.uuid4, unique=True, editable=False)
    invited_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField(_("invited at"))
    accepted_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)

    class Meta:
        ordering = ["-invited_at"]
        verbose_name = _("invitation of a member")
        verbose_name_plural = _("invitations of members")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "email"],
                condition=Q(accepted_at__isnull=True, cancelled_at__isnull=True),
                name="a_person_is_invited_to_an_organisation_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.organisation_id}"

    @property
    def expires_at(self) -> datetime:
        return self.invited_at + INVITATION_LASTS

    def is_open_at(self, at: datetime) -> bool:
        return not (self.accepted_at or self.cancelled_at) and at < self.expires_at


class JoinRequest(models.Model):
    """A person who asks to act for an organisation that is described already."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="join_requests")
    asked_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="join_requests")
    asked_at = models.DateTimeField(_("asked at"))
    message = models.CharField(_("message"), max_length=500, blank=True)
    is_accepted = models.BooleanField(_("accepted"), null=True, blank=True)
    decided_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("taken back at"), null=True, blank=True)

    objects = JoinRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at"]
        verbose_name = _("request to join")
        verbose_name_plural = _("requests to join")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "asked_by"],
                condition=Q(decided_at__isnull=True, withdrawn_at__isnull=True),
                name="a_person_waits_to_join_an_organisation_once",
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True) | Q(withdrawn_at__isnull=True),
                name="a_request_to_join_is_decided_or_taken_back",
            ),
            models.CheckConstraint(
                condition=Q(is_accepted__isnull=True, decided_by__isnull=True, decided_at__isnull=True)
                | Q(is_accepted__isnull=False, decided_by__isnull=False, decided_at__isnull=False),
                name="a_decided_request_to_join_names_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asked_by_id} to {self.organisation_id}"


class OrganisationVersion(models.Model):
    """What an organisation said of itself from an instant on. Append-only, by trigger."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    content = models.JSONField(_("content"))
    changed_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    changed_at = models.DateTimeField(_("changed at"))

    class Meta:
        ordering = ["organisation", "-number"]
        verbose_name = _("version of an organisation")
        verbose_name_plural = _("versions of organisations")
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "number"], name="a_version_of_an_organisation_has_its_number"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} v{self.number}"


class AccountingPeriod(models.Model):
    """The size of an organisation on its own in one closed accounting period, or in good faith for a new one."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="periods")
    ends_on = models.DateField(_("end of the period"))
    headcount = models.DecimalField(_("headcount"), max_digits=9, decimal_places=2)
    turnover_eur = eur_field(_("turnover"))
    balance_sheet_eur = eur_field(_("balance sheet total"))
    is_estimate = models.BooleanField(_("estimated in good faith"), default=False)

    class Meta:
        ordering = ["organisation", "-ends_on"]
        verbose_name = _("accounting period")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "ends_on"], name="an_accounting_period_ends_once"),
            models.CheckConstraint(
                condition=Q(headcount__gte=0) & Q(turnover_eur__gte=0) & Q(balance_sheet_eur__gte=0),
                name="an_accounting_period_has_no_negative_size",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} to {self.ends_on}"


class SmeDeclaration(models.Model):
    """What an organisation declared of its group, and the size that follows. Append-only; the newest counts.

    `group` has the form of `applications.sme.reading`; `result` is the explained judgement as it was shown.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="sme_declarations")
    number = models.PositiveIntegerField(_("number"))
    group = models.JSONField(_("the group"))
    result = models.JSONField(_("the result"))
    category = models.CharField(_("size"), max_length=10, choices=SizeCategory)
    declared_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+")
    declared_at = models.DateTimeField(_("declared at"))
    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        ordering = ["organisation", "-number"]
        verbose_name = _("SME declaration")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="an_sme_declaration_has_its_number"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} declaration {self.number}"


class SmeDraft(models.Model):
    """What is answered and typed in the SME test of an organisation until it is declared. `version` counts the savings."""

    organisation = models.OneToOneField(Organisation, on_delete=models.CASCADE, related_name="sme_draft")
    typed = models.JSONField(_("what was typed"), default=dict)
    version = models.PositiveIntegerField(_("version"), default=1)
    saved_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(_("saved at"))

    class Meta:
        verbose_name = _("unfinished SME test")
        verbose_name_plural = _("unfinished SME tests")

    def __str__(self) -> str:
        return f"{self.organisation_id} unfinished v{self.version}"


class SmeDraftVersion(models.Model):
    """What one saving of an unfinished SME test made of it: what colleagues typed at once is put together from there."""

    draft = models.ForeignKey(SmeDraft, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("number"))
    typed = models.JSONField(_("what was typed"))
    saved_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(_("saved at"))

    class Meta:
        ordering = ["draft", "-number"]
        verbose_name = _("version of an unfinished SME test")
        verbose_name_plural = _("versions of unfinished SME tests")
        constraints = [
            models.UniqueConstraint(fields=["draft", "number"], name="a_version_of_an_sme_test_has_its_number"),
        ]

    def __str__(self) -> str:
        return f"{self.draft_id} v{self.number}"


class GroupMember(models.Model):
    """An enterprise around an organisation, as its newest declaration says; found again by its VAT number or name."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="group_members")
    name = models.CharField(_("name"), max_length=200)
    country = country_field(blank=True)
    vat_number = models.CharField(_("VAT number"), max_length=20, blank=True, db_index=True)
    is_linked = models.BooleanField(_("linked, so part of one single undertaking"))

    class Meta:
        ordering = ["organisation", "name"]
        verbose_name = _("member of a group")
        verbose_name_plural = _("members of groups")

    def __str__(self) -> str:
        return f"{self.name} around {self.organisation_id}"


class DeMinimisAid(models.Model):
    """De minimis aid that an organisation declares from elsewhere. Legal source: Regulation (EU) 2023/2831."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="de_minimis_aid")
    member_state = country_field()
    granted_on = models.DateField(_("granted on"))
    amount_eur = eur_field(_("amount"))
    grantor = models.CharField(_("granted by"), max_length=150)
    declared_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+")
    declared_at = models.DateTimeField(_("declared at"))

    class Meta:
        ordering = ["organisation", "-granted_on"]
        verbose_name = _("de minimis aid")
        verbose_name_plural = _("de minimis aid")
        constraints = [
            models.CheckConstraint(condition=Q(amount_eur__gt=0), name="de_minimis_aid_is_a_positive_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_eur} EUR to {self.organisation_id}"
