"""What an organisation says of itself as a version that is kept, and what changed from one to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from applications.models import Organisation
from applications.snapshot import organisation_content
from applications.states import SizeCategory

#: The parts of a description in the order in which they are read, with the words for each.
LABELS: Mapping[str, Any] = {
    "legal_name": _("Legal name"),
    "legal_form": _("Legal form"),
    "country": _("Country"),
    "vat_number": _("VAT number"),
    "registration_number": _("Registration number"),
    "street": _("Street and number"),
    "postcode": _("Postcode"),
    "city": _("Town"),
    "website": _("Website"),
    "contact_name": _("Contact person"),
    "contact_email": _("E-mail address of the contact"),
    "contact_phone": _("Telephone of the contact"),
    "sectors": _("Sectors"),
    "nace": _("Main activity (NACE code)"),
    "founded_on": _("Founded on"),
    "headcount": _("Headcount"),
    "turnover_eur": _("Turnover"),
    "balance_sheet_eur": _("Balance sheet total"),
    "size_category": _("Size"),
    "periods": _("Accounting periods"),
    "description": _("What the organisation does"),
}
CONTACT = ("contact_name", "contact_email", "contact_phone", "website")


@dataclass(frozen=True, slots=True)
class Change:
    """`name` is the part of the description; `was` and `now` are as they are kept, `_shown` as they are read."""

    name: str
    was: Any
    now: Any

    @property
    def label(self) -> Any:
        return LABELS[self.name]

    @property
    def was_shown(self) -> Any:
        return _shown(self.name, self.was)

    @property
    def now_shown(self) -> Any:
        return _shown(self.name, self.now)


def _shown(name: str, value: Any) -> Any:
    """Days as days and sizes in words; the page writes amounts and countries."""
    if name == "founded_on":
        return date.fromisoformat(value)
    if name == "size_category":
        return dict(SizeCategory.choices).get(value, value)
    if name == "periods":
        return [one | {"ends_on": date.fromisoformat(one["ends_on"])} for one in value]
    return value


def description_of(organisation: Organisation) -> dict[str, Any]:
    """Everything an organisation says of itself now, as JSON."""
    periods = organisation.periods.order_by("-ends_on")
    return (
        organisation_content(organisation)
        | {name: getattr(organisation, name) for name in CONTACT}
        | {
            "sectors": sorted(sector.name for sector in organisation.sectors.all()),
            "periods": [
                {
                    "ends_on": one.ends_on.isoformat(),
                    "headcount": f"{one.headcount:.2f}",
                    "turnover_eur": f"{one.turnover_eur:.2f}",
                    "balance_sheet_eur": f"{one.balance_sheet_eur:.2f}",
                    "is_estimate": one.is_estimate,
                }
                for one in periods
            ],
        }
    )


def changes_between(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[Change]:
    """What differs of the parts that both know: earlier versions lack what was asked for later."""
    both = [name for name in LABELS if name in was and name in now]
    return [Change(name, was[name], now[name]) for name in both if was[name] != now[name]]


def changed_since(content: Mapping[str, Any]) -> list[tuple[str, list[Change]]]:
    """The partners of a sealed version whose organisation says something else by now: name when sealed, and what differs."""
    sealed = [partner["organisation"] for partner in content["partners"]]
    known = Organisation.objects.in_bulk([one["id"] for one in sealed if "id" in one])
    pairs = [(one, known[one["id"]]) for one in sealed if one.get("id") in known]
    found = [(one["legal_name"], changes_between(one, organisation_content(now))) for one, now in pairs]
    return [(name, changes) for name, changes in found if changes]
