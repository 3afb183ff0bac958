"""A call with everything that decides who may apply and what they get."""

from __future__ import annotations

import functools
import json
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from calls import phases
from calls.form_definition import FormDefinition, parse
from calls.models.columns import eur_field, rate_field
from calls.models.countries import CountryList
from calls.models.euroclusters import Eurocluster, Sector
from calls.models.money import BudgetLine
from calls.querysets import CallFormQuerySet, CallQuerySet
from calls.states import (
    CallStatus,
    EdgeRule,
    InstalmentTrigger,
    ProposalsPerSme,
    Selection,
    Strand,
    SupportKind,
    TopicKind,
)


class Call(models.Model):
    """An open call for applications, with every setting that decides who may apply and what they get."""

    eurocluster = models.ForeignKey(Eurocluster, on_delete=models.PROTECT, related_name="calls")
    budget_line = models.ForeignKey(BudgetLine, on_delete=models.PROTECT, related_name="calls")
    code = models.SlugField(_("code"), max_length=60, unique=True)
    title = models.CharField(_("title"), max_length=200)
    summary = models.CharField(_("summary"), max_length=400)
    description = models.TextField(_("description"), help_text=_("Markdown."))
    strand = models.CharField(_("strand"), max_length=20, choices=Strand)
    status = models.CharField(_("status"), max_length=15, choices=CallStatus, default=CallStatus.DRAFT)
    opens_at = models.DateTimeField(_("opens"), help_text=_("Brussels time."))
    closes_at = models.DateTimeField(
        _("closes"), help_text=_("Brussels time. Applications are taken until just before this instant.")
    )
    selection = models.CharField(_("when it is decided"), max_length=12, choices=Selection, default=Selection.DEADLINE)
    publication_asked_at = models.DateTimeField(_("publication asked for at"), null=True, blank=True)
    publication_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    frozen_at = models.DateTimeField(_("frozen at"), null=True, blank=True)
    frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    freeze_reason = models.TextField(_("why it is frozen"), blank=True)
    cancel_reason = models.TextField(_("why it was cancelled"), blank=True)

    support_kind = models.CharField(_("kind of support"), max_length=15, choices=SupportKind)
    support_min_eur = eur_field(_("smallest support"), null=True, blank=True)
    support_max_eur = eur_field(_("largest support per project"))
    support_max_per_partner_eur = eur_field(_("largest support per organisation"), null=True, blank=True)
    subcontracting_max_rate = rate_field(_("largest share of the costs that is subcontracted"), null=True, blank=True)
    funding_rate = rate_field(_("share of costs that is funded"), default=Decimal(1))
    sme_ceiling_eur = eur_field(
        _("ceiling per SME over all calls of the Eurocluster"), default=Decimal(settings.SME_CEILING_EUR)
    )
    awards_max = models.PositiveIntegerField(_("largest number of awards"), null=True, blank=True)

    partners_min = models.PositiveSmallIntegerField(_("fewest partners"), default=1)
    partners_max = models.PositiveSmallIntegerField(_("most partners"), null=True, blank=True)
    sectors = models.ManyToManyField(Sector, verbose_name=_("sectors"), related_name="calls", blank=True)
    sectors_min_distinct = models.PositiveSmallIntegerField(_("fewest different sectors"), default=1)
    countries_min_distinct = models.PositiveSmallIntegerField(_("fewest different countries"), default=1)
    countries_allowed = ArrayField(
        models.CharField(max_length=2), verbose_name=_("countries that may apply"), default=list, blank=True
    )
    countries_one_of = ArrayField(
        models.CharField(max_length=2), verbose_name=_("at least one partner from"), default=list, blank=True
    )
    country_list = models.ForeignKey(
        CountryList,
        verbose_name=_("list of countries that may apply"),
        on_delete=models.PROTECT,
        related_name="calls",
        null=True,
        blank=True,
    )
    nace_allowed = ArrayField(
        models.CharField(max_length=7), verbose_name=_("NACE sections, divisions or classes"), default=list, blank=True
    )
    firm_age_months_min = models.PositiveSmallIntegerField(
        _("smallest age of an organisation in months"), null=True, blank=True
    )
    role_combinations = ArrayField(
        models.CharField(max_length=20),
        verbose_name=_("allowed numbers of organisations per role"),
        default=list,
        blank=True,
        help_text=_("In the order of the roles, for example 2+1."),
    )
    is_sme_only = models.BooleanField(_("SMEs only"), default=True)
    others_join_unpaid = models.BooleanField(_("others may take part unpaid"), default=False)
    proposals_per_sme = models.CharField(
        _("proposals per SME"), max_length=6, choices=ProposalsPerSme, default=ProposalsPerSme.ONE
    )
    excludes_consortium = models.BooleanField(_("partners of the Eurocluster and affiliates excluded"), default=True)
    intervention_fields_min = models.PositiveSmallIntegerField(_("fewest intervention fields"), default=0)
    activity_types_min = models.PositiveSmallIntegerField(_("fewest types of activity"), default=0)
    is_de_minimis = models.BooleanField(
        _("de minimis applies"), default=False, help_text=_("Regulation (EU) 2023/2831.")
    )
    duration_min_months = models.PositiveSmallIntegerField(_("shortest duration in months"), null=True, blank=True)
    duration_max_months = models.PositiveSmallIntegerField(_("longest duration in months"), null=True, blank=True)
    trl_rise_min = models.PositiveSmallIntegerField(_("smallest rise in technology readiness"), null=True, blank=True)

    reviews_per_application = models.PositiveSmallIntegerField(_("experts per application"), default=2)
    experts_from_elsewhere = models.BooleanField(_("experts come from another country"), default=False)
    total_threshold = models.DecimalField(
        _("overall threshold"), max_digits=6, decimal_places=2, null=True, blank=True, default=Decimal(10)
    )
    divergence_rate = rate_field(
        _("difference that calls a third expert"), null=True, blank=True, default=Decimal("0.3")
    )
    edge_rule = models.CharField(_("at the edge of the budget"), max_length=20, choices=EdgeRule, default=EdgeRule.STOP)
    tie_breaks = ArrayField(models.CharField(max_length=40), verbose_name=_("order of tie-breaks"), default=list)
    retention_years = models.PositiveSmallIntegerField(_("years that rejected files are kept"), default=2)
    provenance = models.JSONField(_("where the values come from"), default=dict, blank=True)

    objects = CallQuerySet.as_manager()

    class Meta:
        ordering = ["-closes_at"]
        verbose_name = _("call")
        constraints = [
            models.CheckConstraint(condition=Q(opens_at__lt=F("closes_at")), name="a_call_opens_before_it_closes"),
            models.CheckConstraint(
                condition=Q(status=CallStatus.DRAFT) | Q(status=CallStatus.CANCELLED) | Q(published_at__isnull=False),
                name="a_call_past_draft_names_when_it_was_published",
            ),
            models.CheckConstraint(
                condition=Q(publication_asked_at__isnull=True, publication_asked_by__isnull=True)
                | Q(publication_asked_at__isnull=False, publication_asked_by__isnull=False),
                name="a_publication_is_asked_for_by_somebody_at_some_time",
            ),
            models.CheckConstraint(
                condition=Q(publication_asked_by__isnull=True)
                | Q(published_by__isnull=True)
                | ~Q(publication_asked_by=F("published_by")),
                name="who_asks_for_a_publication_does_not_publish",
            ),
            models.CheckConstraint(
                condition=Q(frozen_at__isnull=True, frozen_by__isnull=True, freeze_reason="")
                | (Q(frozen_at__isnull=False, frozen_by__isnull=False) & ~Q(freeze_reason="")),
                name="a_frozen_call_says_why_when_and_by_whom",
            ),
            models.CheckConstraint(condition=Q(support_max_eur__gt=0), name="a_call_supports_with_a_positive_amount"),
            models.CheckConstraint(
                condition=Q(support_min_eur__isnull=True) | Q(support_min_eur__lte=F("support_max_eur")),
                name="a_call_has_its_smallest_support_below_its_largest",
            ),
            models.CheckConstraint(
                condition=Q(funding_rate__gt=0) & Q(funding_rate__lte=1), name="a_call_funds_a_share_up_to_all"
            ),
            models.CheckConstraint(
                condition=Q(partners_max__isnull=True) | Q(partners_min__lte=F("partners_max")),
                name="a_call_asks_for_no_more_partners_than_it_allows",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("call_detail", args=[self.code])

    def phase_at(self, at: datetime) -> phases.Phase:
        return phases.phase_of(
            status=self.status, opens_at=self.opens_at, closes_at=self.closes_at, at=at, frozen_at=self.frozen_at
        )

    @property
    def is_frozen(self) -> bool:
        """Frozen and still to be decided upon; later phases have left it behind."""
        return self.frozen_at is not None and self.status == CallStatus.PUBLISHED

    @property
    def phase(self) -> phases.Phase:
        """The phase now, for display only; services judge by the instant they are given."""
        return self.phase_at(timezone.now())

    def get_stage_display(self) -> str:
        """Where the call stands in the public list; of rows read `with_stage`."""
        return str(phases.Stage(self.stage).label)  # type: ignore[attr-defined]


class CutOff(models.Model):
    """An instant before the closing of a call at which what came in so far is decided. The closing is the last one."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="cut_offs")
    closes_at = models.DateTimeField(_("cut-off"))

    class Meta:
        ordering = ["call", "closes_at"]
        verbose_name = _("cut-off date")
        constraints = [
            models.UniqueConstraint(fields=["call", "closes_at"], name="a_cut_off_is_unique_in_a_call"),
        ]

    def __str__(self) -> str:
        return f"{self.closes_at:%Y-%m-%d %H:%M}"


class ProjectRole(models.Model):
    """What an organisation may be in a project, e.g. challenge owner or solution provider."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="project_roles")
    code = models.SlugField(_("code"), max_length=40)
    title = models.CharField(_("title"), max_length=80)
    position = models.PositiveSmallIntegerField(_("position"))

    class Meta:
        ordering = ["call", "position"]
        verbose_name = _("role in the project")
        constraints = [
            models.UniqueConstraint(fields=["call", "code"], name="a_project_role_is_unique_in_a_call"),
            models.UniqueConstraint(fields=["call", "position"], name="a_project_role_has_its_own_position"),
        ]

    def __str__(self) -> str:
        return self.title


class Topic(models.Model):
    """An intervention field or a type of activity that a call funds; applicants choose among them."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="topics")
    kind = models.CharField(_("kind"), max_length=20, choices=TopicKind)
    code = models.SlugField(_("code"), max_length=40)
    title = models.CharField(_("title"), max_length=150)
    position = models.PositiveSmallIntegerField(_("position"))

    class Meta:
        ordering = ["call", "kind", "position"]
        verbose_name = _("topic")
        constraints = [
            models.UniqueConstraint(fields=["call", "kind", "code"], name="a_topic_is_unique_in_a_call"),
        ]

    def __str__(self) -> str:
        return self.title


class Stage(models.Model):
    """One step of a funnel: how many applications go on from it, or are awarded in the last. No rows: one step."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="stages")
    position = models.PositiveSmallIntegerField(_("position"))
    title = models.CharField(_("title"), max_length=100)
    places = models.PositiveSmallIntegerField(_("places"))

    class Meta:
        ordering = ["call", "position"]
        verbose_name = _("stage")
        constraints = [
            models.UniqueConstraint(fields=["call", "position"], name="a_stage_has_its_own_position"),
            models.CheckConstraint(condition=Q(places__gt=0), name="a_stage_has_places"),
        ]

    def __str__(self) -> str:
        return self.title


class Criterion(models.Model):
    """One thing that experts mark."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="criteria")
    code = models.SlugField(_("code"), max_length=40)
    title = models.CharField(_("title"), max_length=100)
    guidance = models.CharField(_("what experts look at"), max_length=500)
    position = models.PositiveSmallIntegerField(_("position"))
    weight = rate_field(_("weight"))
    scale_max = models.DecimalField(_("best mark"), max_digits=5, decimal_places=1, default=Decimal(5))
    step = models.DecimalField(_("step"), max_digits=3, decimal_places=1, default=Decimal("0.5"))
    threshold = models.DecimalField(_("threshold"), max_digits=5, decimal_places=1, null=True, blank=True)

    class Meta:
        ordering = ["call", "position"]
        verbose_name = _("criterion")
        verbose_name_plural = _("criteria")
        constraints = [
            models.UniqueConstraint(fields=["call", "code"], name="a_criterion_is_unique_in_a_call"),
            models.CheckConstraint(condition=Q(weight__gt=0) & Q(weight__lte=1), name="a_criterion_weighs_up_to_all"),
            models.CheckConstraint(
                condition=Q(threshold__isnull=True) | Q(threshold__lte=F("scale_max")),
                name="a_criterion_has_its_threshold_on_its_scale",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class InstalmentRule(models.Model):
    """One part of every award of a call, and what makes it due."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="instalment_rules")
    position = models.PositiveSmallIntegerField(_("position"))
    trigger = models.CharField(_("due on"), max_length=20, choices=InstalmentTrigger)
    rate = rate_field(_("share"))

    class Meta:
        ordering = ["call", "position"]
        verbose_name = _("instalment rule")
        constraints = [
            models.UniqueConstraint(fields=["call", "position"], name="an_instalment_has_its_own_position"),
            models.CheckConstraint(condition=Q(rate__gt=0) & Q(rate__lte=1), name="an_instalment_is_a_share_up_to_all"),
        ]

    def __str__(self) -> str:
        return f"{self.position}. {self.get_trigger_display()}"


class CallForm(models.Model):
    """One version of the questions of a call. A version that somebody has answered never changes.

    A pending version is being written; it counts for nobody until it is put into force.
    """

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="forms")
    version = models.PositiveSmallIntegerField(_("version"))
    definition = models.JSONField(_("sections and questions"))
    is_pending = models.BooleanField(_("not in force yet"), default=False, db_default=False)
    created_at = models.DateTimeField(_("created at"))

    objects = CallFormQuerySet.as_manager()

    class Meta:
        ordering = ["call", "-version"]
        verbose_name = _("application form")
        constraints = [
            models.UniqueConstraint(fields=["call", "version"], name="a_form_version_is_unique_in_a_call"),
            models.UniqueConstraint(
                fields=["call"], condition=Q(is_pending=True), name="a_call_has_one_pending_form_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.call_id} v{self.version}"

    def parsed(self) -> FormDefinition:
        return _read_once(json.dumps(self.definition))


@functools.lru_cache(maxsize=64)
def _read_once(definition: str) -> FormDefinition:
    """By its text, so that a changed definition is read anew; what is read never changes and may be shared."""
    return parse(json.loads(definition))
