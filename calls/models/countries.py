"""Lists of countries whose members change over time, e.g. the Member States of the Union."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from calls.models.columns import country_field


class CountryList(models.Model):
    code = models.SlugField(_("code"), unique=True)
    title = models.CharField(_("title"), max_length=120)
    source = models.CharField(_("legal source"), max_length=250, blank=True)

    class Meta:
        ordering = ["title"]
        verbose_name = _("list of countries")
        verbose_name_plural = _("lists of countries")

    def __str__(self) -> str:
        return self.title


class CountryListMember(models.Model):
    """A country that stands on a list in the half-open period [since_on, until_on)."""

    country_list = models.ForeignKey(CountryList, on_delete=models.CASCADE, related_name="members")
    country = country_field()
    since_on = models.DateField(_("since"))
    until_on = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        ordering = ["country_list", "country", "since_on"]
        verbose_name = _("country of a list")
        constraints = [
            models.UniqueConstraint(
                fields=["country_list", "country", "since_on"], name="a_country_joins_a_list_once_on_a_day"
            ),
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gt=F("since_on")),
                name="a_country_leaves_a_list_after_it_joined",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country} since {self.since_on}"
