"""Organisations, and the applications they build together."""

from __future__ import annotations

import uuid
from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MinLengthValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from applications.querysets import ApplicationQuerySet, OrganisationQuerySet
from applications.states import ApplicationStatus, MemberRole, PartnerRole, SizeCategory
from calls.models import Call, CallForm, CutOff, ProjectRole, Sector, country_field, eur_field
from documents.models import Document

person = settings.AUTH_USER_MODEL


class Organisation(models.Model):
    """A legal entity, described once and reused for every call."""

    legal_name = models.CharField(_("legal name"), max_length=200)
    country = country_field()
    vat_number = models.CharField(_("VAT number"), max_length=20, blank=True)
    registration_number = models.CharField(_("registration number"), max_length=40, blank=True)
    street = models.CharField(_("street and number"), max_length=150)
    postcode = models.CharField(_("postcode"), max_length=16)
    city = models.CharField(_("town"), max_length=80)
    website = models.URLField(_("website"), blank=True)
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
    created_at = models.DateTimeField(_("created at"))

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


class Application(models.Model):
    """One proposal to one call. While it is not submitted it is a draft that only its authors read."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="applications")
    form = models.ForeignKey(CallForm, on_delete=models.PROTECT, related_name="applications")
    reference = models.CharField(_("reference"), max_length=30, unique=True, null=True)  # noqa: DJ001 — null until it has its number
    status = models.CharField(
        _("status"), max_length=12, choices=ApplicationStatus, default=ApplicationStatus.DRAFT, db_index=True
    )
    title = models.CharField(_("title"), max_length=200, blank=True)
    acronym = models.CharField(_("acronym"), max_length=30, blank=True)
    requested_eur = eur_field(_("requested"), default=Decimal("0.00"))
    awarded_eur = eur_field(_("awarded"), null=True, blank=True)
    created_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("created at"))
    changed_at = models.DateTimeField(_("changed at"))
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    submitted_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    cut_off = models.ForeignKey(
        CutOff,
        verbose_name=_("cut-off date before which it was submitted"),
        on_delete=models.PROTECT,
        related_name="applications",
        null=True,
        blank=True,
        help_text=_("Empty: the closing of the call."),
    )
    stage = models.PositiveSmallIntegerField(_("stage of the call that it reached"), default=1)
    replaced_by = models.ForeignKey(
        "self",
        verbose_name=_("later application of the same organisation that counts instead"),
        on_delete=models.PROTECT,
        related_name="replaced",
        null=True,
        blank=True,
    )

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("application")
        indexes = [
            models.Index(fields=["call", "status", "-submitted_at"], name="application_by_call"),
            models.Index(
                fields=["call", "-submitted_at", "id"],
                condition=Q(submitted_at__isnull=False),
                name="application_of_call_by_arrival",
            ),
            models.Index(
                fields=["-submitted_at", "id"], condition=Q(submitted_at__isnull=False), name="application_by_arrival"
            ),
            GinIndex(
                *(OpClass(Upper(name), "gin_trgm_ops") for name in ("reference", "title", "acronym")),
                name="application_by_words",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status=ApplicationStatus.DRAFT)
                | (Q(submitted_at__isnull=False) & Q(submitted_by__isnull=False)),
                name="application_submitted_names_when_and_by_whom",
            ),
            models.CheckConstraint(
                # A CHECK also passes when its answer is NULL, so the amount must be asked for by name.
                condition=~Q(status=ApplicationStatus.AWARDED) | Q(awarded_eur__isnull=False, awarded_eur__gt=0),
                name="application_awarded_names_the_amount",
            ),
            models.CheckConstraint(condition=Q(requested_eur__gte=0), name="application_asks_for_no_negative_amount"),
            models.CheckConstraint(
                condition=Q(replaced_by__isnull=True) | Q(status=ApplicationStatus.WITHDRAWN),
                name="an_application_that_was_replaced_is_withdrawn",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.acronym or self.title}".strip()

    def get_absolute_url(self) -> str:
        return reverse("application_detail", args=[self.pk])

    @property
    def has_unsubmitted_changes(self) -> bool:
        return (
            self.status == ApplicationStatus.SUBMITTED
            and self.submitted_at is not None
            and self.changed_at > self.submitted_at
        )


class Participation(models.Model):
    """One organisation in one application, with what it asks for and is awarded."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="participations")
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="participations")
    role = models.CharField(_("role"), max_length=10, choices=PartnerRole)
    sector = models.ForeignKey(Sector, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    project_role = models.ForeignKey(
        ProjectRole,
        verbose_name=_("role in the project"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
    )
    requested_eur = eur_field(_("requested"), default=Decimal("0.00"))
    awarded_eur = eur_field(_("awarded"), null=True, blank=True)
    confirmed_at = models.DateTimeField(_("confirmed at"))
    confirmed_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+")
    is_exclusive = models.BooleanField(
        _("holds the organisation's only place in the call"),
        default=False,
        help_text=_("Set while the application is submitted and the call takes one proposal per SME."),
    )

    class Meta:
        ordering = ["application", "role", "pk"]
        verbose_name = _("participation")
        constraints = [
            models.UniqueConstraint(
                fields=["application", "organisation"], name="an_organisation_is_in_an_application_once"
            ),
            models.UniqueConstraint(
                fields=["application"], condition=Q(role=PartnerRole.LEAD), name="an_application_has_one_lead"
            ),
            models.UniqueConstraint(
                fields=["call", "organisation"],
                condition=Q(is_exclusive=True),
                name="an_organisation_is_in_one_submitted_proposal_of_the_call",
            ),
            models.CheckConstraint(condition=Q(requested_eur__gte=0), name="a_partner_asks_for_no_negative_amount"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} in {self.application_id}"


class PartnerInvitation(models.Model):
    """A request to a person to bring their organisation into an application."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="invitations")
    token = models.UUIDField(_("token"), default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("e-mail address"))
    organisation_name = models.CharField(_("organisation"), max_length=200)
    invited_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField(_("invited at"))
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    declined_at = models.DateTimeField(_("declined at"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    participation = models.OneToOneField(
        Participation, on_delete=models.SET_NULL, related_name="invitation", null=True, blank=True
    )

    class Meta:
        ordering = ["-invited_at"]
        verbose_name = _("partner invitation")
        constraints = [
            models.UniqueConstraint(
                fields=["application", "email"],
                condition=Q(accepted_at__isnull=True, declined_at__isnull=True, cancelled_at__isnull=True),
                name="a_person_is_invited_to_an_application_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.application_id}"

    @property
    def is_pending(self) -> bool:
        return not (self.accepted_at or self.declined_at or self.cancelled_at)


class SectionAnswers(models.Model):
    """The answers to one section, of the whole application or of one partner. `version` counts the savings."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="answers")
    section_code = models.CharField(_("section"), max_length=40)
    participation = models.ForeignKey(
        Participation, on_delete=models.CASCADE, related_name="answers", null=True, blank=True
    )
    answers = models.JSONField(_("answers"), default=dict)
    is_complete = models.BooleanField(_("complete"), default=False)
    version = models.PositiveIntegerField(_("version"), default=1)
    saved_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(_("saved at"))

    class Meta:
        verbose_name = _("section answers")
        verbose_name_plural = _("section answers")
        constraints = [
            models.UniqueConstraint(
                fields=["application", "section_code", "participation"],
                nulls_distinct=False,
                name="a_section_is_answered_once_per_partner",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id}/{self.section_code} v{self.version}"


class Attachment(models.Model):
    """A file that answers a question. A removed one stays in the versions that were submitted with it."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="attachments")
    section_code = models.CharField(_("section"), max_length=50)
    question_code = models.CharField(_("question"), max_length=50)
    participation = models.ForeignKey(
        Participation, on_delete=models.SET_NULL, related_name="attachments", null=True, blank=True
    )
    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="+")
    uploaded_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(_("uploaded at"))
    removed_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)

    class Meta:
        ordering = ["application", "uploaded_at", "pk"]
        verbose_name = _("attachment")
        constraints = [
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, removed_by__isnull=True)
                | Q(removed_at__isnull=False, removed_by__isnull=False),
                name="an_attachment_is_removed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id}/{self.section_code}/{self.question_code}"


class Submission(models.Model):
    """One sealed version of an application: what was handed in, when, by whom. Never changes."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="submissions")
    number = models.PositiveIntegerField(_("version"))
    submitted_at = models.DateTimeField(_("submitted at"))
    submitted_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+")
    content = models.JSONField(_("content"))
    canonical = models.TextField(_("canonical JSON, the bytes that were hashed"))
    sha256 = models.CharField(_("SHA-256"), max_length=64, validators=[MinLengthValidator(64)])

    class Meta:
        ordering = ["application", "-number"]
        verbose_name = _("submission")
        constraints = [
            models.UniqueConstraint(fields=["application", "number"], name="a_submission_has_its_own_number"),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} v{self.number}"


class EligibilityCheck(models.Model):
    """The formal check of a submitted application: what every rule said and what the manager decided."""

    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="eligibility_check")
    results = models.JSONField(_("results of the rules"))
    is_eligible = models.BooleanField(_("eligible"))
    note = models.TextField(_("reason"), blank=True)
    checked_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField(_("checked at"))

    class Meta:
        verbose_name = _("eligibility check")
        constraints = [
            models.CheckConstraint(
                condition=Q(is_eligible=True) | ~Q(note=""), name="a_refusal_of_eligibility_gives_its_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id}: {self.is_eligible}"
