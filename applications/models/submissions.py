"""What was submitted, and what was found when it was checked."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from applications.models.drafts import Application
from applications.states import ClarificationStatus

person = settings.AUTH_USER_MODEL


class Submission(models.Model):
    """One sealed version of an application: what was submitted, when, by whom. Never changes."""

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


class EligibilityOverride(models.Model):
    """A rule that a manager decided otherwise than the portal, with the reason. The newest for a rule counts.

    Set back to what the portal found, its `outcome` is "automatic".
    """

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="eligibility_overrides")
    rule = models.CharField(_("rule"), max_length=60)
    outcome = models.CharField(_("outcome"), max_length=10)
    reason = models.TextField(_("reason"))
    decided_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided at"))

    class Meta:
        ordering = ["application", "-decided_at", "-pk"]
        verbose_name = _("override of a rule")
        verbose_name_plural = _("overrides of rules")
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="an_override_gives_its_reason"),
            models.CheckConstraint(
                condition=Q(outcome__in=["pass", "fail", "automatic"]), name="an_override_passes_fails_or_is_set_back"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id}/{self.rule}: {self.outcome}"


class Clarification(models.Model):
    """A question to the applicants about what they submitted, with a deadline of its own."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="clarifications")
    question = models.TextField(_("question"), max_length=4000)
    asked_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked at"))
    due_at = models.DateTimeField(_("to be answered before"))
    first_due_at = models.DateTimeField(_("to be answered before, as it was asked"), null=True, blank=True)
    extended_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    extended_at = models.DateTimeField(_("deadline moved at"), null=True, blank=True)
    answer = models.TextField(_("answer"), max_length=8000, blank=True)
    answered_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)

    class Meta:
        ordering = ["application", "-asked_at"]
        verbose_name = _("clarification")
        constraints = [
            models.CheckConstraint(condition=Q(due_at__gt=F("asked_at")), name="a_clarification_leaves_time_to_answer"),
            models.CheckConstraint(
                condition=Q(answer="", answered_by__isnull=True, answered_at__isnull=True)
                | (~Q(answer="") & Q(answered_by__isnull=False, answered_at__isnull=False)),
                name="an_answered_clarification_names_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(first_due_at__isnull=True, extended_by__isnull=True, extended_at__isnull=True)
                | Q(first_due_at__isnull=False, extended_by__isnull=False, extended_at__isnull=False),
                name="a_moved_deadline_names_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return self.question[:60]

    def get_absolute_url(self) -> str:
        """The page on which its applicants answer it."""
        return reverse("clarification_answer", args=[self.application_id, self.pk])

    @property
    def status(self) -> ClarificationStatus:
        if self.answered_at:
            return ClarificationStatus.ANSWERED
        return ClarificationStatus.CANCELLED if self.cancelled_at else ClarificationStatus.ASKED

    def is_open_at(self, at: datetime) -> bool:
        """Tell whether an answer that arrives at `at` counts: before the deadline, the instant itself excluded."""
        return self.status == ClarificationStatus.ASKED and at < self.due_at


class SubmissionText(models.Model):
    """The words of a submission, for finding the same project elsewhere. `shingles` are hashes of runs of words."""

    submission = models.OneToOneField(Submission, on_delete=models.PROTECT, related_name="text")
    words = models.TextField(_("words"))
    shingles = ArrayField(models.BigIntegerField(), verbose_name=_("shingles"), default=list)

    class Meta:
        verbose_name = _("text of a submission")
        verbose_name_plural = _("texts of submissions")
        indexes = [GinIndex(fields=["shingles"], fastupdate=False, name="submission_by_shingles")]

    def __str__(self) -> str:
        return f"text of {self.submission_id}"
