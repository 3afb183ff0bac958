"""The columns that several rooms share: country, euros, a ratio."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

ZERO = Decimal("0.00")


def country_field(**options: Any) -> models.CharField[str, str]:
    return models.CharField(_("country"), max_length=2, validators=[RegexValidator(r"^[A-Z]{2}$")], **options)


def eur_field(label: Any, **options: Any) -> models.DecimalField[Decimal, Decimal]:
    return models.DecimalField(label, max_digits=14, decimal_places=2, **options)


def rate_field(label: Any, **options: Any) -> models.DecimalField[Decimal, Decimal]:
    """A ratio between 0 and 1."""
    return models.DecimalField(label, max_digits=5, decimal_places=4, **options)
