"""Which country joins a list, and from which day one leaves it."""

from __future__ import annotations

from typing import Any

import pycountry
from django import forms
from django.utils.translation import gettext_lazy as _

from calls.countries import country_name


def _every_country() -> list[tuple[str, Any]]:
    """A list may hold any country of the world, and Kosovo, which has no code of its own in the standard yet."""
    codes = {one.alpha_2 for one in pycountry.countries} | {"XK"}
    return [("", _("Choose")), *sorted(((code, country_name(code)) for code in codes), key=lambda row: row[1])]


def _day(label: Any, help_text: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date", "class": "short"}, format="%Y-%m-%d")
    return forms.DateField(label=label, help_text=help_text, widget=widget)


class CountryJoinsForm(forms.Form):
    use_required_attribute = False
    country = forms.ChoiceField(label=_("Country"), choices=_every_country)
    since_on = _day(_("Since"), _("The first day on which it stands on the list, in Brussels."))


class CountryLeavesForm(forms.Form):
    use_required_attribute = False
    until_on = _day(_("Left on"), _("The first day on which it no longer stands on the list."))
