"""Applications while they are written: partners, answers, files, comments, and who is there."""

from __future__ import annotations

import uuid
from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from applications.models.organisations import Organisation
from applications.querysets import ApplicationQuerySet
from applications.states import ApplicationStatus, AsideReason, PartnerRole
from calls.models import Call, CallForm, CutOff, ProjectRole, Sector, eur_field
from documents.models import Document

person = settings.AUTH_USER_MODEL


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
    mean_score = models.DecimalField(
        _("mean of the experts' totals at this stage"), max_digits=7, decimal_places=2, null=True, blank=True
    )
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
            models.Index(fields=["title", "id"], condition=Q(submitted_at__isnull=False), name="application_by_title"),
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
    agreed_at = models.DateTimeField(
        _("costs and declarations confirmed at"),
        null=True,
        blank=True,
        help_text=_("By a partner, of what `agreed_sha256` tells of its own sections; changing them takes it back."),
    )
    agreed_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    agreed_sha256 = models.CharField(_("what was confirmed"), max_length=64, blank=True)
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
    respondent = models.ForeignKey(
        person,
        verbose_name=_("answered by"),
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        help_text=_("Empty where somebody declined who was not signed in."),
    )
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

    @property
    def is_answered_by_another(self) -> bool:
        """By an account with another address than the one it was sent to."""
        return self.respondent is not None and self.respondent.email.lower() != self.email.lower()


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
    saved_from = models.CharField(
        _("page from which it was saved"),
        max_length=32,
        blank=True,
        help_text=_("Each time a section is opened its page has another mark."),
    )
    saved_turn = models.PositiveIntegerField(_("saving of that page, counted by it"), default=0)
    found_version = models.PositiveIntegerField(
        _("version that the page found"),
        default=0,
        help_text=_("All versions since are savings of this one page, so it overwrites nobody else's."),
    )

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


class Comment(models.Model):
    """What co-applicants tell each other about a section; it is never submitted."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="comments")
    section_code = models.CharField(_("section"), max_length=50)
    participation = models.ForeignKey(
        Participation, on_delete=models.CASCADE, related_name="comments", null=True, blank=True
    )
    text = models.TextField(_("comment"), max_length=2000)
    written_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(_("written at"))
    settled_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)

    class Meta:
        ordering = ["application", "written_at", "pk"]
        verbose_name = _("comment")

    def __str__(self) -> str:
        return self.text[:60]


class Presence(models.Model):
    """Where in a draft a person was last seen; it is told for a minute and means nothing afterwards."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="presences")
    user = models.ForeignKey(person, on_delete=models.CASCADE, related_name="+")
    section_code = models.CharField(_("section"), max_length=50, blank=True)
    seen_at = models.DateTimeField(_("seen at"))

    class Meta:
        verbose_name = _("presence")
        constraints = [
            models.UniqueConstraint(fields=["application", "user"], name="a_person_is_in_a_draft_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.application_id}"


class SetAside(models.Model):
    """Words that no longer have a place in a draft, kept for its authors until they throw them away. Never submitted.

    `texts` is a list of pairs: the words of the question at that time, and what was written under it.
    """

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="set_aside")
    section_code = models.CharField(_("section"), max_length=50)
    section_title = models.CharField(_("title of the section at that time"), max_length=200)
    partner_name = models.CharField(_("partner"), max_length=200, blank=True)
    reason = models.CharField(_("reason"), max_length=12, choices=AsideReason)
    texts = models.JSONField(_("texts"))
    written_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(_("written at"))

    class Meta:
        ordering = ["application", "-written_at", "-pk"]
        verbose_name = _("texts set aside")
        verbose_name_plural = _("texts set aside")

    def __str__(self) -> str:
        return f"{self.application_id}/{self.section_code}: {self.reason}"
