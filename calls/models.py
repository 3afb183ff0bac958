"""Euroclusters, their teams and money, and the calls they publish."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from calls import phases
from calls.form_definition import FormDefinition, parse
from calls.querysets import CallQuerySet, EuroclusterQuerySet, TeamRoleQuerySet
from calls.states import Bucket, CallStatus, EdgeRule, InstalmentTrigger, Role, Strand, SupportKind

ZERO = Decimal("0.00")


def country_field(**options: Any) -> models.CharField[str, str]:
    return models.CharField(_("country"), max_length=2, validators=[RegexValidator(r"^[A-Z]{2}$")], **options)


def eur_field(label: Any, **options: Any) -> models.DecimalField[Decimal, Decimal]:
    return models.DecimalField(label, max_digits=14, decimal_places=2, **options)


def rate_field(label: Any, **options: Any) -> models.DecimalField[Decimal, Decimal]:
    """A ratio between 0 and 1."""
    return models.DecimalField(label, max_digits=5, decimal_places=4, **options)


class Sector(models.Model):
    """One word of the common sector vocabulary; a Eurocluster works in several."""

    code = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=100)

    class Meta:
        ordering = ["name"]
        verbose_name = _("sector")

    def __str__(self) -> str:
        return self.name


class Eurocluster(models.Model):
    slug = models.SlugField(_("short address"), unique=True)
    name = models.CharField(_("name"), max_length=40)
    full_name = models.CharField(_("full name"), max_length=250)
    mission = models.TextField(_("mission"))
    accent = models.CharField(_("accent colour"), max_length=7, validators=[RegexValidator(r"^#[0-9a-f]{6}$")])
    reference_prefix = models.CharField(_("prefix of references"), max_length=6, unique=True)
    strands = ArrayField(models.CharField(max_length=20, choices=Strand), verbose_name=_("strands"), default=list)
    sectors = models.ManyToManyField(Sector, verbose_name=_("sectors"), related_name="euroclusters")
    website = models.URLField(_("website"), blank=True)
    contact_email = models.EmailField(_("contact"), blank=True)
    payer_name = models.CharField(_("name of the paying account"), max_length=70, blank=True)
    payer_iban = models.CharField(_("IBAN of the paying account"), max_length=34, blank=True)
    payer_bic = models.CharField(_("BIC of the paying account"), max_length=11, blank=True)
    payer_country = country_field(blank=True)
    payer_town = models.CharField(_("town of the payer"), max_length=35, blank=True)
    payer_postcode = models.CharField(_("postcode of the payer"), max_length=16, blank=True)
    payer_street = models.CharField(_("street of the payer"), max_length=70, blank=True)

    objects = EuroclusterQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = _("Eurocluster")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("eurocluster_detail", args=[self.slug])

    def strand_names(self) -> list[str]:
        return [str(Strand(strand).label) for strand in self.strands]


class ClusterPartner(models.Model):
    """A cluster organisation in the consortium of a Eurocluster."""

    eurocluster = models.ForeignKey(Eurocluster, on_delete=models.CASCADE, related_name="partners")
    name = models.CharField(_("name"), max_length=150)
    country = country_field()
    is_coordinator = models.BooleanField(_("coordinates the consortium"), default=False)

    class Meta:
        ordering = ["-is_coordinator", "name"]
        verbose_name = _("cluster partner")
        constraints = [
            models.UniqueConstraint(fields=["eurocluster", "name"], name="a_partner_joins_a_eurocluster_once"),
            models.UniqueConstraint(
                fields=["eurocluster"], condition=Q(is_coordinator=True), name="a_eurocluster_has_one_coordinator"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.country})"


class TeamRole(models.Model):
    """A role that a person holds for a Eurocluster, or for all where `eurocluster` is empty."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="team_roles")
    role = models.CharField(_("role"), max_length=15, choices=Role)
    eurocluster = models.ForeignKey(
        Eurocluster, on_delete=models.PROTECT, related_name="team_roles", null=True, blank=True
    )
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    given_at = models.DateTimeField(_("given at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = TeamRoleQuerySet.as_manager()

    class Meta:
        verbose_name = _("team role")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "eurocluster"],
                condition=Q(ended_at__isnull=True),
                nulls_distinct=False,
                name="a_person_holds_a_role_once",
            ),
            models.CheckConstraint(
                condition=Q(eurocluster__isnull=False) | Q(role__in=[Role.ADMINISTRATOR, Role.OBSERVER]),
                name="only_administrators_and_observers_serve_all_euroclusters",
            ),
            models.CheckConstraint(
                condition=~Q(role=Role.ADMINISTRATOR) | Q(eurocluster__isnull=True),
                name="an_administrator_serves_all_euroclusters",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()}: {self.user_id} for {self.eurocluster_id or 'all'}"


class BudgetLine(models.Model):
    """A part of a Eurocluster's money for third parties.

    The four counters always add up to what was allocated. Only `calls.services.ledger` writes them, each time together
    with the ledger entry that explains the movement.
    """

    eurocluster = models.ForeignKey(Eurocluster, on_delete=models.PROTECT, related_name="budget_lines")
    code = models.SlugField(_("code"))
    title = models.CharField(_("title"), max_length=150)
    strand = models.CharField(_("strand"), max_length=20, choices=Strand)
    allocated_eur = eur_field(_("allocated"), default=ZERO)
    available_eur = eur_field(_("available"), default=ZERO)
    reserved_eur = eur_field(_("reserved"), default=ZERO)
    committed_eur = eur_field(_("committed"), default=ZERO)
    paid_eur = eur_field(_("paid"), default=ZERO)

    class Meta:
        ordering = ["eurocluster", "code"]
        verbose_name = _("budget line")
        constraints = [
            models.UniqueConstraint(
                fields=["eurocluster", "code"], name="a_budget_line_code_is_unique_in_a_eurocluster"
            ),
            models.CheckConstraint(
                condition=Q(available_eur__gte=0)
                & Q(reserved_eur__gte=0)
                & Q(committed_eur__gte=0)
                & Q(paid_eur__gte=0),
                name="a_budget_line_is_never_overspent",
            ),
            models.CheckConstraint(
                condition=Q(allocated_eur=F("available_eur") + F("reserved_eur") + F("committed_eur") + F("paid_eur")),
                name="a_budget_line_adds_up",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class LedgerEntry(models.Model):
    """One movement of money between two buckets of a line. Append-only, by trigger."""

    line = models.ForeignKey(BudgetLine, on_delete=models.PROTECT, related_name="entries")
    source = models.CharField(_("from"), max_length=10, choices=Bucket)
    target = models.CharField(_("to"), max_length=10, choices=Bucket)
    amount_eur = eur_field(_("amount"))
    key = models.CharField(_("key"), max_length=120, unique=True)
    cause_label = models.CharField(_("kind of cause"), max_length=60)
    cause_id = models.CharField(_("cause"), max_length=40)
    memo = models.CharField(_("memo"), max_length=250)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    at = models.DateTimeField(_("at"), db_index=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        indexes = [models.Index(fields=["cause_label", "cause_id"], name="ledger_entry_by_cause")]
        constraints = [
            models.CheckConstraint(condition=Q(amount_eur__gt=0), name="a_ledger_entry_moves_a_positive_amount"),
            models.CheckConstraint(condition=~Q(source=F("target")), name="a_ledger_entry_moves_between_two_buckets"),
        ]

    def __str__(self) -> str:
        return f"{self.source} → {self.target}: {self.amount_eur} EUR"


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
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )

    support_kind = models.CharField(_("kind of support"), max_length=15, choices=SupportKind)
    support_min_eur = eur_field(_("smallest support"), null=True, blank=True)
    support_max_eur = eur_field(_("largest support per project"))
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
    is_sme_only = models.BooleanField(_("SMEs only"), default=True)
    others_join_unpaid = models.BooleanField(_("others may take part unpaid"), default=False)
    has_one_proposal_per_sme = models.BooleanField(_("one proposal per SME"), default=True)
    duration_min_months = models.PositiveSmallIntegerField(_("shortest duration in months"), null=True, blank=True)
    duration_max_months = models.PositiveSmallIntegerField(_("longest duration in months"), null=True, blank=True)
    trl_rise_min = models.PositiveSmallIntegerField(_("smallest rise in technology readiness"), null=True, blank=True)

    reviews_per_application = models.PositiveSmallIntegerField(_("experts per application"), default=2)
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
        return phases.phase_of(status=self.status, opens_at=self.opens_at, closes_at=self.closes_at, at=at)

    @property
    def phase(self) -> phases.Phase:
        """The phase now, for display only; services judge by the instant they are given."""
        return self.phase_at(timezone.now())

    def get_stage_display(self) -> str:
        """Where the call stands in the public list; of rows read `with_stage`."""
        return str(phases.Stage(self.stage).label)  # type: ignore[attr-defined]


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
    """One version of the questions of a call. A version that somebody has answered never changes."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="forms")
    version = models.PositiveSmallIntegerField(_("version"))
    definition = models.JSONField(_("sections and questions"))
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        ordering = ["call", "-version"]
        verbose_name = _("application form")
        constraints = [models.UniqueConstraint(fields=["call", "version"], name="a_form_version_is_unique_in_a_call")]

    def __str__(self) -> str:
        return f"{self.call_id} v{self.version}"

    def parsed(self) -> FormDefinition:
        return parse(self.definition)
