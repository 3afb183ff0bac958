"""Experts, what they are asked to read, their marks, and the lists and decisions that follow."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Mod
from django.db.models.lookups import Exact
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from applications.models import Application, Submission
from calls.models import Call, Criterion, CutOff, Eurocluster, country_field, eur_field
from evaluation.querysets import AssignmentQuerySet, DecisionQuerySet, ExpertQuerySet
from evaluation.states import LIVE, AssignmentStatus, Outcome

person = settings.AUTH_USER_MODEL


class Expert(models.Model):
    """An independent person who may be asked to evaluate."""

    user = models.OneToOneField(person, on_delete=models.PROTECT, related_name="expert")
    country = country_field()
    organisation = models.CharField(_("organisation"), max_length=150, blank=True)
    languages = ArrayField(models.CharField(max_length=3), verbose_name=_("languages"), default=list)
    expertise = ArrayField(models.CharField(max_length=60), verbose_name=_("fields of expertise"), default=list)
    bio = models.CharField(_("about"), max_length=500, blank=True)
    euroclusters = models.ManyToManyField(Eurocluster, verbose_name=_("in the pool of"), related_name="experts")

    objects = ExpertQuerySet.as_manager()

    class Meta:
        ordering = ["user__full_name"]
        verbose_name = _("expert")

    def __str__(self) -> str:
        return f"expert {self.user_id}"


class Assignment(models.Model):
    """One expert, one application. Content is shown only after the declaration of no conflict."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="assignments")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="assignments")
    expert = models.ForeignKey(Expert, on_delete=models.PROTECT, related_name="assignments")
    stage = models.PositiveSmallIntegerField(_("stage of the call"), default=1)
    status = models.CharField(_("status"), max_length=10, choices=AssignmentStatus, default=AssignmentStatus.INVITED)
    due_on = models.DateField(_("due on"))
    assigned_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField(_("assigned at"))
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    has_declared_no_conflict = models.BooleanField(_("declared to have no conflict of interest"), default=False)
    answer_note = models.TextField(_("reason"), blank=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        verbose_name = _("assignment")
        constraints = [
            models.UniqueConstraint(
                fields=["application", "expert", "stage"],
                condition=Q(status__in=sorted(LIVE)),
                name="an_expert_reads_an_application_once_per_stage",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[AssignmentStatus.ACCEPTED, AssignmentStatus.REVIEWED])
                | (Q(has_declared_no_conflict=True) & Q(answered_at__isnull=False)),
                name="an_expert_declares_no_conflict_before_reading",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.expert_id} reads {self.application_id}"

    def get_absolute_url(self) -> str:
        return reverse("assignment_detail", args=[self.pk])


class Review(models.Model):
    """The marks and comments of one expert on one application."""

    assignment = models.OneToOneField(Assignment, on_delete=models.PROTECT, related_name="review")
    comment = models.TextField(_("overall comment"), blank=True)
    version = models.PositiveIntegerField(_("version"), default=0)
    saved_at = models.DateTimeField(_("saved at"))
    submitted_at = models.DateTimeField(_("submitted at"), null=True, blank=True)
    total = models.DecimalField(_("sum of the marks"), max_digits=7, decimal_places=2, null=True, blank=True)

    class Meta:
        verbose_name = _("review")
        constraints = [
            models.CheckConstraint(
                condition=Q(submitted_at__isnull=True) | Q(total__isnull=False), name="a_submitted_review_has_its_total"
            ),
        ]

    def __str__(self) -> str:
        return f"review {self.assignment_id}"


class Score(models.Model):
    """One mark for one criterion, in steps of half a point."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="scores")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    mark = models.DecimalField(_("mark"), max_digits=5, decimal_places=1, null=True, blank=True)
    comment = models.TextField(_("comment"), blank=True)

    class Meta:
        ordering = ["review", "criterion__position"]
        verbose_name = _("score")
        constraints = [
            models.UniqueConstraint(fields=["review", "criterion"], name="a_criterion_is_marked_once_per_review"),
            models.CheckConstraint(
                condition=Q(mark__isnull=True) | (Q(mark__gte=0) & Q(mark__lte=100)), name="a_mark_is_from_0_to_100"
            ),
            models.CheckConstraint(
                condition=Q(mark__isnull=True) | Exact(Mod("mark", Decimal("0.5")), Decimal(0)),  # type: ignore[arg-type]
                name="a_mark_is_in_half_points",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.criterion_id}: {self.mark}"


class RankingList(models.Model):
    """The order of the applications of a call that are decided together, as worked out at one instant.

    They are those of one stage that came in before one cut-off (empty: the closing). `is_by_arrival` marks a list of a
    call that serves who comes first; such a call has many, each decided at once. Otherwise a newer list replaces an older.
    """

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="ranking_lists")
    number = models.PositiveIntegerField(_("number"))
    cut_off = models.ForeignKey(CutOff, on_delete=models.PROTECT, related_name="ranking_lists", null=True, blank=True)
    stage = models.PositiveSmallIntegerField(_("stage of the call"), default=1)
    is_by_arrival = models.BooleanField(_("in order of arrival"), default=False)
    made_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("made at"))
    available_eur = eur_field(_("available on the budget line"))
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        ordering = ["call", "-number"]
        verbose_name = _("ranking list")
        constraints = [
            models.UniqueConstraint(fields=["call", "number"], name="a_ranking_list_has_its_own_number"),
            models.UniqueConstraint(
                fields=["call", "cut_off", "stage"],
                condition=Q(decided_at__isnull=False, is_by_arrival=False),
                nulls_distinct=False,
                name="a_stage_of_a_call_is_decided_by_one_ranking_list",
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decided_by__isnull=True)
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="a_decided_ranking_list_names_who_decided",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.call_id} list {self.number}"


class RankingEntry(models.Model):
    """One application on a ranking list: marks, position, every tie-break applied and what the list proposes."""

    ranking_list = models.ForeignKey(RankingList, on_delete=models.CASCADE, related_name="entries")
    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="ranking_entries")
    position = models.PositiveIntegerField(_("position"))
    marks = models.JSONField(_("mean mark per criterion"))
    total = models.DecimalField(_("sum of the marks"), max_digits=7, decimal_places=2)
    score = models.DecimalField(_("weighted score"), max_digits=7, decimal_places=2)
    failed = ArrayField(models.CharField(max_length=40), verbose_name=_("thresholds missed"), default=list)
    tie_steps = ArrayField(models.TextField(), verbose_name=_("tie-breaks applied"), default=list)
    proposed = models.CharField(_("proposed"), max_length=10, choices=Outcome)
    proposed_eur = eur_field(_("proposed amount"))
    reason = models.TextField(_("reason"))

    class Meta:
        ordering = ["ranking_list", "position"]
        verbose_name = _("ranking entry")
        verbose_name_plural = _("ranking entries")
        constraints = [
            models.UniqueConstraint(
                fields=["ranking_list", "application"], name="an_application_is_ranked_once_per_list"
            ),
            models.UniqueConstraint(fields=["ranking_list", "position"], name="a_position_is_held_once_per_list"),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.application_id}"


class Decision(models.Model):
    """What was decided on one application. An award reserves its money in the same transaction."""

    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="decision")
    entry = models.ForeignKey(RankingEntry, on_delete=models.PROTECT, related_name="decisions")
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    amount_eur = eur_field(_("amount"))
    decided_by = models.ForeignKey(person, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("decided at"))

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("decision")
        constraints = [
            models.CheckConstraint(
                condition=(Q(outcome=Outcome.FUNDED) & Q(amount_eur__gt=0))
                | (~Q(outcome=Outcome.FUNDED) & Q(amount_eur=0)),
                name="a_funding_decision_names_the_amount",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id}: {self.outcome}"
