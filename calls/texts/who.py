"""Who can apply, in sentences by which people can check themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from calls import nace
from calls.coherence import TOPICS_MIN, Row, Rows, numbers_of
from calls.countries import country_names
from calls.country_lists import brussels_day
from calls.states import ProposalsPerSme, TopicKind
from calls.texts.words import all_of, euros, one_of

if TYPE_CHECKING:
    from calls.models import Call


def who_can_apply(
    call: Call, sector_names: Sequence[str], eurocluster_name: str, rows: Rows | None = None
) -> list[str]:
    """The conditions that the portal checks, one sentence each, in the order people read them."""
    rows = rows or Rows()
    found: Iterable[str] = (
        _composition(call),
        _roles(call, rows.project_roles),
        _sme_condition(call),
        _sectors(call, sector_names),
        _activities(call),
        _countries(call),
        _firm_age(call),
        _duration(call),
        _readiness(call),
        *(_topics(call, kind, rows.topics) for kind in TOPICS_MIN),
        _one_proposal(call),
        _("One enterprise receives at most %(max)s over all calls of %(eurocluster)s.")
        % {"max": euros(call.sme_ceiling_eur), "eurocluster": eurocluster_name},
        _("Partners of %(eurocluster)s, their staff and their affiliates cannot apply.")
        % {"eurocluster": eurocluster_name}
        if call.excludes_consortium
        else "",
    )
    return [sentence for sentence in found if sentence]


def _composition(call: Call) -> str:
    low, high = call.partners_min, call.partners_max
    values = {"low": low, "high": high, "who": _("SMEs") if call.is_sme_only else _("organisations")}
    if low <= 1 and high == 1:
        return _("One SME alone.") if call.is_sme_only else _("One organisation alone.")
    if low <= 1:
        return _alone_or_together(call, values)
    if high is None:
        return _("At least %(low)s %(who)s together.") % values
    if low == high:
        return _("Exactly %(low)s %(who)s together.") % values
    return _("From %(low)s to %(high)s %(who)s together.") % values


def _alone_or_together(call: Call, values: Mapping[str, object]) -> str:
    if call.partners_max is None:
        return _("One applicant alone, or several %(who)s together.") % values
    return _("One applicant alone, or up to %(high)s %(who)s together.") % values


def _roles(call: Call, rows: Sequence[Row]) -> str:
    titles = [row["title"] for row in rows]
    if not titles:
        return ""
    each = _("Each organisation has one role in the project: %(roles)s.") % {"roles": one_of(titles)}
    allowed = [_combination(numbers_of(one) or (), titles) for one in call.role_combinations]
    if not allowed:
        return each
    return f"{each} " + _("Allowed are: %(combinations)s.") % {"combinations": "; ".join(allowed)}


def _combination(numbers: Sequence[int], titles: Sequence[str]) -> str:
    """2 × Challenge owner and 1 × Solution provider."""
    parts = [f"{number} × {title}" for number, title in zip(numbers, titles, strict=False) if number]
    return all_of(parts)


def _sme_condition(call: Call) -> str:
    if not call.is_sme_only:
        return ""
    ceilings = _("fewer than 250 people, and at most €50 million turnover or €43 million balance sheet total")
    if call.others_join_unpaid:
        sentence = _(
            "Only small and medium-sized enterprises are paid: %(ceilings)s. Others may take part at their own expense."
        )
    else:
        sentence = _("Only small and medium-sized enterprises: %(ceilings)s.")
    return sentence % {"ceilings": ceilings}


def _sectors(call: Call, names: Sequence[str]) -> str:
    if call.sectors_min_distinct > 1:
        pattern = (
            _("From at least %(min)s different sectors of %(names)s.")
            if names
            else _("From at least %(min)s different sectors.")
        )
        return pattern % {"min": call.sectors_min_distinct, "names": all_of(names)}
    return _("From the sectors %(names)s.") % {"names": one_of(names)} if names else ""


def _activities(call: Call) -> str:
    names = [_activity(code) for code in call.nace_allowed]
    return _("Only organisations active in %(names)s.") % {"names": one_of(names)} if names else ""


def _activity(code: str) -> str:
    """Manufacturing (NACE C); of a class the title of its division."""
    return _("%(title)s (NACE %(code)s)") % {"title": nace.title_of(code), "code": code}


def _countries(call: Call) -> str:
    sentences = [_from_countries(call)]
    if call.countries_one_of:
        sentences.append(_("At least one from %(names)s.") % {"names": one_of(country_names(call.countries_one_of))})
    if call.countries_min_distinct > 1:
        sentences.append(_("From at least %(min)s different countries.") % {"min": call.countries_min_distinct})
    return " ".join(filter(None, sentences))


def _from_countries(call: Call) -> str:
    names = one_of(country_names(call.countries_allowed))
    if call.country_list is None:
        return _("From %(names)s.") % {"names": names} if names else ""
    day = formats.date_format(brussels_day(call.closes_at), "j F Y")
    values = {"list": call.country_list.title, "day": day, "names": names}
    if names:
        return _("From a country that on %(day)s stands on the list “%(list)s”, or from %(names)s.") % values
    return _("From a country that on %(day)s, the day of the closing, stands on the list “%(list)s”.") % values


def _firm_age(call: Call) -> str:
    months = call.firm_age_months_min
    if not months:
        return ""
    return ngettext(
        "Each organisation is at least %(months)s month old at the deadline.",
        "Each organisation is at least %(months)s months old at the deadline.",
        months,
    ) % {"months": months}


def _topics(call: Call, kind: TopicKind, rows: Sequence[Row]) -> str:
    names = [row["title"] for row in rows if row["kind"] == kind]
    if not names:
        return ""
    values = {"min": getattr(call, TOPICS_MIN[kind]), "names": "; ".join(names)}
    if kind == TopicKind.INTERVENTION_FIELD:
        at_least, free = (
            _("It serves at least %(min)s of the intervention fields: %(names)s."),
            _("Intervention fields: %(names)s."),
        )
    else:
        at_least, free = (
            _("It has at least %(min)s of the types of activity: %(names)s."),
            _("Types of activity: %(names)s."),
        )
    return (at_least if values["min"] else free) % values


def _duration(call: Call) -> str:
    months = duration(call)
    return _("The project lasts %(months)s.") % {"months": months} if months else ""


def duration(call: Call) -> str:
    """6 to 12 months, up to 9 months, or empty."""
    low, high = call.duration_min_months, call.duration_max_months
    if low and high:
        return _("%(low)s to %(high)s months") % {"low": low, "high": high}
    if high:
        return ngettext("up to %(high)s month", "up to %(high)s months", high) % {"high": high}
    return ngettext("at least %(low)s month", "at least %(low)s months", low) % {"low": low} if low else ""


def _readiness(call: Call) -> str:
    rise = call.trl_rise_min
    if not rise:
        return ""
    return ngettext(
        "It raises technology readiness by at least %(rise)s level.",
        "It raises technology readiness by at least %(rise)s levels.",
        rise,
    ) % {"rise": rise}


def _one_proposal(call: Call) -> str:
    return {
        ProposalsPerSme.ONE: _("Each organisation takes part in one proposal only."),
        ProposalsPerSme.LATEST: _("Of several proposals led by one organisation the one submitted last counts."),
    }.get(ProposalsPerSme(call.proposals_per_sme), "")
