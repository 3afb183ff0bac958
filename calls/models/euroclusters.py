"""Euroclusters, their partners and the roles people hold in their teams."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from calls.models.columns import country_field
from calls.querysets import EuroclusterQuerySet, TeamRoleQuerySet
from calls.states import Role, Strand

INVITATION_LASTS = timedelta(days=14)


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
    publishes_with_two = models.BooleanField(
        _("a second person publishes"),
        default=False,
        help_text=_("Who asks for the publication of a call never publishes it."),
    )
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
    vat_number = models.CharField(_("VAT number"), max_length=20, blank=True)
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


class Affiliate(models.Model):
    """An organisation tied to a partner of the consortium, which may therefore not apply. Legal source: FSTP rules."""

    eurocluster = models.ForeignKey(Eurocluster, on_delete=models.CASCADE, related_name="affiliates")
    name = models.CharField(_("name"), max_length=200)
    country = country_field()
    vat_number = models.CharField(_("VAT number"), max_length=20, blank=True)
    relation = models.CharField(_("how it is tied, and to whom"), max_length=200)

    class Meta:
        ordering = ["name"]
        verbose_name = _("affiliate")
        constraints = [
            models.UniqueConstraint(
                fields=["eurocluster", "name", "country"], name="an_affiliate_is_named_once_in_a_eurocluster"
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


class TeamInvitation(models.Model):
    """A request to a person, by e-mail, to take a role in the team of a Eurocluster."""

    eurocluster = models.ForeignKey(Eurocluster, on_delete=models.PROTECT, related_name="team_invitations")
    role = models.CharField(_("role"), max_length=15, choices=Role)
    email = models.EmailField(_("e-mail address"))
    token = models.UUIDField(_("token"), default=uuid.uuid4, unique=True, editable=False)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField(_("invited at"))
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)

    class Meta:
        ordering = ["-invited_at"]
        verbose_name = _("team invitation")
        constraints = [
            models.UniqueConstraint(
                fields=["eurocluster", "role", "email"],
                condition=Q(accepted_at__isnull=True, cancelled_at__isnull=True),
                name="a_person_is_invited_to_a_role_once",
            ),
            models.CheckConstraint(
                condition=~Q(role=Role.ADMINISTRATOR), name="administrators_are_not_invited_by_a_eurocluster"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email}: {self.get_role_display()}"

    @property
    def is_pending(self) -> bool:
        return not (self.accepted_at or self.cancelled_at)

    @property
    def expires_at(self) -> datetime:
        return self.invited_at + INVITATION_LASTS

    def is_open_at(self, at: datetime) -> bool:
        return self.is_pending and at < self.expires_at
