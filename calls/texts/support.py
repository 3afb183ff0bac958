"""How much a call gives, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from calls.states import SupportKind
from calls.texts.words import euros, percent

if TYPE_CHECKING:
    from calls.models import Call


def how_much(call: Call) -> list[str]:
    found = (
        _per_project(call),
        _share(call),
        _per_organisation(call),
        _subcontracting(call),
        _awards(call),
        _de_minimis(call),
    )
    return [sentence for sentence in found if sentence]


def _per_project(call: Call) -> str:
    low, high = call.support_min_eur, call.support_max_eur
    if low and low != high:
        words = _("%(low)s to %(high)s per project") % {"low": euros(low), "high": euros(high)}
    elif low or call.support_kind == SupportKind.FIXED_VOUCHER:
        words = _("%(high)s per project") % {"high": euros(high)}
    else:
        words = _("Up to %(high)s per project") % {"high": euros(high)}
    return f"{words} ({str(call.get_support_kind_display()).lower()})."


def _share(call: Call) -> str:
    return _("At most %(rate)s of the costs.") % {"rate": percent(call.funding_rate)} if call.funding_rate < 1 else ""


def _per_organisation(call: Call) -> str:
    most = call.support_max_per_partner_eur
    return "" if most is None else _("At most %(max)s for one organisation in a project.") % {"max": euros(most)}


def _subcontracting(call: Call) -> str:
    rate = call.subcontracting_max_rate
    if rate is None:
        return ""
    return (
        _("At most %(rate)s of the costs are subcontracted.") % {"rate": percent(rate)}
        if rate
        else _("Nothing is subcontracted.")
    )


def _awards(call: Call) -> str:
    return _("At most %(count)s projects are funded.") % {"count": call.awards_max} if call.awards_max else ""


def _de_minimis(call: Call) -> str:
    """Legal source: Regulation (EU) 2023/2831, Article 3(2)."""
    if not call.is_de_minimis:
        return ""
    return _(
        "The support is de minimis aid: one undertaking, counted with its group, receives at most €300,000 of such aid in"
        " one Member State over three years (Regulation (EU) 2023/2831)."
    )
