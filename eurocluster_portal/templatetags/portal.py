"""Template pieces of the portal: money, status, deadlines, plots. Always loaded (settings, builtins)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import pycountry
from django import forms, template
from django.db import models
from django.template.context import Context
from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()

BRUSSELS = ZoneInfo("Europe/Brussels")
CENT = Decimal("0.01")
NOTHING = "–"
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"

# The one table of the status vocabulary: what a status means to a reader, as a colour with a word.
STATUS_KINDS: dict[str, dict[str, str]] = {
    "call": {
        "draft": "neutral",
        "published": "neutral",
        "upcoming": "neutral",
        "open": "green",
        "frozen": "amber",
        "closed": "neutral",
        "evaluation": "blue",
        "decided": "violet",
        "implementation": "blue",
        "archived": "neutral",
        "cancelled": "red",
    },
    "application": {
        "draft": "neutral",
        "submitted": "blue",
        "eligible": "blue",
        "ineligible": "red",
        "awarded": "green",
        "reserve": "violet",
        "rejected": "neutral",
        "withdrawn": "neutral",
    },
    "assignment": {
        "invited": "amber",
        "accepted": "blue",
        "reviewed": "green",
        "declined": "neutral",
        "conflict": "red",
        "withdrawn": "neutral",
    },
    "review": {"draft": "amber", "submitted": "green"},
    "agreement": {
        "draft": "neutral",
        "ready": "violet",
        "part_signed": "violet",
        "signed": "green",
        "closed": "neutral",
        "cancelled": "red",
    },
    "voucher": {
        "issued": "neutral",
        "active": "blue",
        "completed": "green",
        "expired": "neutral",
        "cancelled": "red",
    },
    "claim": {"submitted": "amber", "approved": "blue", "batched": "violet", "paid": "green", "rejected": "red"},
    "recovery": {"asked": "amber", "received": "green", "cancelled": "neutral"},
    "transfer": {"proposed": "amber", "approved": "green", "refused": "red", "withdrawn": "neutral"},
    "batch": {"prepared": "amber", "released": "violet", "paid": "green", "cancelled": "neutral"},
    "task": {"not_started": "neutral", "in_progress": "blue", "completed": "green", "cannot_start": "neutral"},
}
MODEL_NAMES = {"grantagreement": "agreement", "paymentbatch": "batch", "budgettransfer": "transfer"}


# --- Money and figures -----------------------------------------------------------------------
@register.filter
def eur(value: Decimal | int | str | None, style: str = "") -> str:
    """€52,000 or €52,000.50; `|eur:"cents"` always shows cents."""
    if value is None or value == "":
        return NOTHING
    amount = Decimal(value).quantize(CENT, rounding=ROUND_HALF_UP)
    sign = "−" if amount < 0 else ""
    with_cents = style == "cents" or amount != amount.to_integral_value()
    return f"{sign}€{abs(amount):,.2f}" if with_cents else f"{sign}€{abs(amount):,.0f}"


@register.filter
def percent(rate: Decimal | float | str | None) -> str:
    """0.4 → 40 %, with at most two decimals and a space that does not break."""
    if rate is None or rate == "":
        return NOTHING
    share = (Decimal(str(rate)) * 100).quantize(CENT, rounding=ROUND_HALF_UP)
    return f"{share:f}".rstrip("0").rstrip(".") + f"{NO_BREAK_SPACE}%"


@register.filter
def country(code: str | None) -> str:
    return country_name(code.upper()) if code else NOTHING


@lru_cache(maxsize=300)
def country_name(code: str) -> str:
    """The everyday name of an ISO 3166 country; tax numbers write EL for Greece."""
    found = pycountry.countries.get(alpha_2="GR" if code == "EL" else code)
    return getattr(found, "common_name", found.name) if found else code


# --- Time ------------------------------------------------------------------------------------
@register.filter
def brussels(instant: datetime | None) -> str:
    return _time_element(instant, "l j F Y, H:i", _("Brussels time"))


@register.filter
def brussels_short(instant: datetime | None) -> str:
    return _time_element(instant, "j M Y, H:i", css="time-short")


def _time_element(instant: datetime | None, shape: str, clock: str = "", css: str = "time-long") -> str:
    if instant is None:
        return NOTHING
    words = f"{formats.date_format(instant.astimezone(BRUSSELS), shape)} {clock}".strip()
    return format_html('<time class="{}" datetime="{}">{}</time>', css, instant.isoformat(), words)


def remaining(left: timedelta) -> str:
    """12 days 04:31 (hours and minutes), on the last day 04:31:10; portal.js writes the same."""
    minutes, seconds = divmod(int(left.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} {ngettext('day', 'days', days)} {hours:02}:{minutes:02}"
    return f"{hours:02}:{minutes:02}:{seconds:02}"


@register.inclusion_tag("components/deadline.html", takes_context=True)
def deadline(context: Context, instant: datetime, *, small: bool = False) -> dict[str, Any]:
    """The time left until `instant`, judged by the arrival of the request."""
    now = context["received_at"]
    is_past = instant <= now
    words = _("Closed") if is_past else remaining(instant - now)
    return {"instant": instant, "now": now, "is_past": is_past, "remaining": words, "small": small}


# --- Status ----------------------------------------------------------------------------------
@register.simple_tag
def pill(noun: str, status: str, label: str = "") -> SafeString:
    """Dot and word for a status: `{% pill "claim" claim.status claim.get_status_display %}`."""
    kind = STATUS_KINDS[noun].get(str(status), "neutral")
    return status_pill(kind, label or _status_word(status))


def _status_word(status: str) -> str:
    return str(getattr(status, "label", "") or str(status).replace("_", " ").capitalize())


@register.simple_tag(name="status_pill")
def status_pill(kind: str, label: str) -> SafeString:
    """Dot and word; kind is neutral, blue, green, amber, red or violet."""
    return format_html('<span class="pill pill-{}">{}</span>', kind, label)


@register.filter(name="pill")
def pill_of(thing: models.Model) -> SafeString:
    name = str(thing._meta.model_name)
    return pill(MODEL_NAMES.get(name, name), thing.status, thing.get_status_display())  # type: ignore[attr-defined]


# --- Forms -----------------------------------------------------------------------------------
@dataclass(frozen=True)
class FieldProblem:
    anchor: str
    message: str


@register.inclusion_tag("components/error_summary.html")
def error_summary(*things: forms.BaseForm | forms.BaseFormSet[Any] | list[Any]) -> dict[str, Any]:
    """Every error of the forms (or formsets, or lists of forms) given, each linked to its field."""
    return {"problems": [problem for thing in things for problem in _problems(thing)]}


def _problems(thing: Any) -> list[FieldProblem]:
    if isinstance(thing, list):
        return [problem for form in thing for problem in _problems(form)]
    if isinstance(thing, forms.BaseFormSet):
        own = [FieldProblem("", str(error)) for error in thing.non_form_errors()] if thing.is_bound else []
        return own + [problem for form in thing.forms for problem in _problems(form)]
    if not isinstance(thing, forms.BaseForm) or not thing.is_bound:
        return []
    general = [FieldProblem("", str(error)) for error in thing.non_field_errors()]
    return general + [_field_problem(field, error) for field in thing for error in field.errors]


def _field_problem(field: forms.BoundField, error: object) -> FieldProblem:
    return FieldProblem(_anchor(field), f"{str(field.label).rstrip('.:?')}: {error}")


def _anchor(field: forms.BoundField) -> str:
    """The id that takes the focus: of a radio group its first button."""
    return field.id_for_label or f"{field.auto_id}_0"


@register.filter
def is_optional(field: forms.BoundField) -> bool:
    """Where a whole form may be answered in part (`marks_optional = False`), nothing needs to say so by itself."""
    return not field.field.required and getattr(field.form, "marks_optional", True)


# --- Plots -----------------------------------------------------------------------------------
@dataclass(frozen=True)
class Bar:
    name: str
    label: str
    amount: Decimal
    share: Decimal
    x: int
    y: int
    height: int
    row_x: str
    row_width: str


PLOT_TOP = 26
PLOT_HEIGHT = 168
BAR_STEP = 128
BAR_GAP = 16


@register.inclusion_tag("components/waterfall.html")
def waterfall(line: Any, title: str = "") -> dict[str, Any]:
    """A budget line as bars: allocated = reserved + committed + paid + recovered + available."""
    bars = waterfall_bars(line)
    width = len(bars) * BAR_STEP - BAR_GAP
    return {"bars": bars, "title": title or str(line), "base": PLOT_TOP + PLOT_HEIGHT, "width": width}


def waterfall_bars(line: Any) -> list[Bar]:
    whole = line.allocated or Decimal(1)
    bars = [_bar("allocated", _("Allocated"), line.allocated, Decimal(0), whole, 0)]
    before = Decimal(0)
    for place, (name, label) in enumerate(_parts(line), start=1):
        amount = getattr(line, name)
        bars.append(_bar(name, label, amount, before, whole, place))
        before += amount
    return bars


def _parts(line: Any) -> list[tuple[str, str]]:
    """What was recovered is shown once there is some."""
    recovered = [("recovered", _("Recovered"))] if getattr(line, "recovered", 0) else []
    return [
        ("reserved", _("Reserved")),
        ("committed", _("Committed")),
        ("paid", _("Paid")),
        *recovered,
        ("available", _("Available")),
    ]


def _bar(name: str, label: str, amount: Decimal, before: Decimal, whole: Decimal, place: int) -> Bar:
    top = round(before / whole * PLOT_HEIGHT)
    bottom = round((before + amount) / whole * PLOT_HEIGHT)
    return Bar(
        name=name,
        label=label,
        amount=amount,
        share=amount / whole,
        x=place * BAR_STEP,
        y=PLOT_TOP + top,
        height=max(bottom - top, 1 if amount else 0),
        row_x=f"{before / whole * 100:.2f}",
        row_width=f"{amount / whole * 100:.2f}",
    )
