"""What happens to a call in public after it was published: changes, extensions, questions."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from calls.models.calls import Call
from calls.querysets import CallQuestionQuerySet
from documents.models import Document

person = settings.AUTH_USER_MODEL


class Corrigendum(models.Model):
    """A published change of a call: every field with its value before and after, and the reason. Never overwritten."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="corrigenda")
    number = models.PositiveSmallIntegerField(_("number"))
    changes = models.JSONField(_("what changed"), help_text=_("A list of field, label, before and after."))
    reason = models.TextField(_("reason"))
    published_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(_("published at"))

    class Meta:
        ordering = ["call", "-number"]
        verbose_name = _("corrigendum")
        verbose_name_plural = _("corrigenda")
        constraints = [
            models.UniqueConstraint(fields=["call", "number"], name="a_corrigendum_has_its_own_number"),
            models.CheckConstraint(condition=~Q(reason=""), name="a_corrigendum_gives_its_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.call_id} corrigendum {self.number}"


class Extension(models.Model):
    """A later deadline, as a new dated record beside the one before."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="extensions")
    closed_before_at = models.DateTimeField(_("closed before"))
    closes_at = models.DateTimeField(_("closes"))
    reason = models.TextField(_("reason"))
    published_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(_("published at"))

    class Meta:
        ordering = ["call", "-published_at"]
        verbose_name = _("extension")
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("closed_before_at")), name="an_extension_closes_later_than_before"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="an_extension_gives_its_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.call_id} until {self.closes_at:%Y-%m-%d %H:%M}"


class CallDocument(models.Model):
    """A file that the public page of a call offers: guidelines, a template, a model agreement."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="documents")
    title = models.CharField(_("title"), max_length=150)
    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="+")
    added_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(_("added at"))
    removed_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)

    class Meta:
        ordering = ["call", "added_at", "pk"]
        verbose_name = _("document of a call")
        verbose_name_plural = _("documents of calls")
        constraints = [
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, removed_by__isnull=True)
                | Q(removed_at__isnull=False, removed_by__isnull=False),
                name="a_call_document_is_removed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class CallQuestion(models.Model):
    """A question about a call; its answer is published without naming who asked."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="questions")
    text = models.TextField(_("question"), max_length=2000)
    asked_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked at"))
    published_text = models.TextField(_("question as published"), blank=True)
    answer = models.TextField(_("answer"), blank=True)
    answered_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    corrected_at = models.DateTimeField(_("corrected at"), null=True, blank=True)

    objects = CallQuestionQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at"]
        verbose_name = _("question")
        constraints = [
            models.CheckConstraint(
                condition=Q(answer="", answered_by__isnull=True, answered_at__isnull=True)
                | (~Q(answer="") & ~Q(published_text="") & Q(answered_by__isnull=False, answered_at__isnull=False)),
                name="an_answer_names_who_gave_it_and_when",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def stands_since(self) -> datetime | None:
        """When the words that are public now were published."""
        return self.corrected_at or self.answered_at


class EarlierAnswer(models.Model):
    """The words of a public answer before it was corrected; they stay readable. Never changed."""

    question = models.ForeignKey(CallQuestion, on_delete=models.PROTECT, related_name="earlier_answers")
    published_text = models.TextField(_("question as published"))
    answer = models.TextField(_("answer"))
    given_at = models.DateTimeField(_("given at"))
    reason = models.TextField(_("why it was corrected"))
    corrected_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+")
    corrected_at = models.DateTimeField(_("corrected at"))

    class Meta:
        ordering = ["question", "-corrected_at", "-pk"]
        verbose_name = _("earlier answer")
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="a_corrected_answer_gives_its_reason"),
        ]

    def __str__(self) -> str:
        return self.answer[:60]
