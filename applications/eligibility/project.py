"""The project itself: how long, and how far it goes."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from applications.eligibility.facts import FAIL, PASS, UNKNOWN, CallRules, Finding, Proposal
from applications.eligibility.words import joined_and, percent


def duration(rules: CallRules, proposal: Proposal) -> Finding | None:
    low, high, months = rules.duration_min, rules.duration_max, proposal.duration_months
    if low is None and high is None:
        return None
    if months is None:
        return UNKNOWN, _("The duration is not given yet.")
    fits = (low is None or months >= low) and (high is None or months <= high)
    lasts = ngettext("The project lasts %(months)s month;", "The project lasts %(months)s months;", months) % {
        "months": months
    }
    return (PASS if fits else FAIL), f"{lasts} {_duration_asked(low, high)}"


def _duration_asked(low: int | None, high: int | None) -> str:
    values = {"low": low, "high": high}
    if low is None:
        return _("the call allows at most %(high)s months.") % values
    if high is None:
        return _("the call asks for at least %(low)s months.") % values
    return _("the call asks for %(low)s to %(high)s months.") % values


def trl_rise(rules: CallRules, proposal: Proposal) -> Finding | None:
    if rules.trl_rise_min is None:
        return None
    if proposal.trl_start is None or proposal.trl_end is None:
        return UNKNOWN, _("The technology readiness levels are not given yet.")
    rise = proposal.trl_end - proposal.trl_start
    evidence = _(
        "Technology readiness goes from level %(start)s to %(end)s; the call asks for a rise of at least %(min)s."
    ) % {"start": proposal.trl_start, "end": proposal.trl_end, "min": rules.trl_rise_min}
    return (PASS if rise >= rules.trl_rise_min else FAIL), evidence


def intervention_fields(rules: CallRules, proposal: Proposal) -> Finding | None:
    asked = ngettext(
        "the call asks for at least %(min)s intervention field.",
        "the call asks for at least %(min)s intervention fields.",
        rules.intervention_fields_min,
    )
    return _topics(rules.intervention_fields_min, proposal.intervention_fields, asked)


def activity_types(rules: CallRules, proposal: Proposal) -> Finding | None:
    asked = ngettext(
        "the call asks for at least %(min)s type of activity.",
        "the call asks for at least %(min)s types of activity.",
        rules.activity_types_min,
    )
    return _topics(rules.activity_types_min, proposal.activity_types, asked)


def _topics(least: int, chosen: tuple[str, ...] | None, asked: str) -> Finding | None:
    if not least:
        return None
    if chosen is None:
        return UNKNOWN, _("The form does not ask for it; a person has to look.")
    count = len(set(chosen))
    found = ngettext("%(count)s is chosen;", "%(count)s are chosen;", count) % {"count": count}
    return (PASS if count >= least else FAIL), f"{found} {asked % {'min': least}}"


def double_funding(rules: CallRules, proposal: Proposal) -> Finding | None:
    """The same costs are never funded twice; whether two like texts mean the same project, a person decides."""
    if proposal.alike is None:
        return None
    if not proposal.alike:
        return PASS, _("No other application of any Eurocluster has nearly the same text.")
    names = [f"{one.reference} ({percent(one.rate)})" for one in proposal.alike]
    return UNKNOWN, _("Compare with these applications, whose texts share so much with this one: %(names)s.") % {
        "names": joined_and(names)
    }
