"""A call in words: its Markdown made safe, and its settings as sentences that a person can check themselves by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import nh3
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from markdown_it import MarkdownIt

from calls.countries import country_names
from calls.states import ProposalsPerSme

if TYPE_CHECKING:
    from calls.models import Call, Criterion

SECTION = re.compile(r"^##[ \t]+(\S.*)$", re.MULTILINE)  # one pass: what may follow the title is cut off afterwards
TAGS = {
    "a", "blockquote", "br", "code", "em", "h3", "h4", "hr", "li", "ol", "p", "pre", "strong", "table", "tbody", "td", "th",
    "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


# --- Markdown ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TextSection:
    title: str
    html: SafeString


def rendered(markdown: str) -> SafeString:
    """Markdown as HTML that may stand in a page: no raw HTML, no scripts, no images, headings from h3 down."""
    tokens = _markdown.parse(markdown)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = "h3" if token.tag in {"h1", "h2", "h3"} else "h4"
    html = _markdown.renderer.render(tokens, _markdown.options, {})
    clean = nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        set_tag_attribute_values={"table": {"class": "table"}},
    )
    return mark_safe(clean)  # noqa: S308 — nh3 has just cleaned it


def sections(markdown: str) -> list[TextSection]:
    """The text cut at its second-level headings; what stands before the first one has no title."""
    parts = SECTION.split(markdown.replace("\r\n", "\n"))
    titles = [title.rstrip(" \t#") for title in parts[1::2]]
    titled = [("", parts[0]), *zip(titles, parts[2::2], strict=True)]
    return [TextSection(title, rendered(text)) for title, text in titled if title or text.strip()]


# --- Lists of words ---------------------------------------------------------------------------


def all_of(words: Sequence[str]) -> str:
    return _joined(words, _("%(first)s and %(last)s"))


def one_of(words: Sequence[str]) -> str:
    return _joined(words, _("%(first)s or %(last)s"))


def _joined(words: Sequence[str], pattern: str) -> str:
    if len(words) < 2:
        return "".join(words)
    return pattern % {"first": ", ".join(words[:-1]), "last": words[-1]}


def euros(amount: Decimal) -> str:
    return f"€{amount:,.0f}" if amount == amount.to_integral_value() else f"€{amount:,.2f}"


def percent(rate: Decimal) -> str:
    return f"{(rate * 100).normalize():f} %"


def figure(value: Decimal) -> str:
    """A mark or threshold without idle zeros: 3, 10.5."""
    return f"{value.normalize():f}"


# --- Who can apply ----------------------------------------------------------------------------


def who_can_apply(call: Call, sector_names: Sequence[str], eurocluster_name: str) -> list[str]:
    """The conditions that the portal checks, one sentence each, in the order people read them."""
    found: Iterable[str] = (
        _composition(call),
        _sme_condition(call),
        _sectors(call, sector_names),
        _countries(call),
        _duration(call),
        _readiness(call),
        _one_proposal(call),
        _("One enterprise receives at most %(max)s over all calls of %(eurocluster)s.")
        % {"max": euros(call.sme_ceiling_eur), "eurocluster": eurocluster_name},
        _("Partners of %(eurocluster)s, their staff and their affiliates cannot apply.")
        % {"eurocluster": eurocluster_name},
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


def _countries(call: Call) -> str:
    sentences = []
    if call.countries_allowed:
        sentences.append(_("From %(names)s.") % {"names": one_of(country_names(call.countries_allowed))})
    if call.countries_one_of:
        sentences.append(_("At least one from %(names)s.") % {"names": one_of(country_names(call.countries_one_of))})
    if call.countries_min_distinct > 1:
        sentences.append(_("From at least %(min)s different countries.") % {"min": call.countries_min_distinct})
    return " ".join(sentences)


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


# --- How it is decided ------------------------------------------------------------------------


def how_it_is_decided(call: Call, criteria: Sequence[Criterion]) -> list[str]:
    best = sum((criterion.scale_max for criterion in criteria), Decimal(0))
    found = (_readers(call), _total(call, best), _divergence(call), *_edge(call), _ties(call, criteria))
    return [sentence for sentence in found if sentence]


def _readers(call: Call) -> str:
    count = call.reviews_per_application
    return ngettext(
        "%(count)s independent expert, who first declares to have no conflict of interest, marks every criterion.",
        "%(count)s independent experts, who first declare to have no conflict of interest, mark every criterion.",
        count,
    ) % {"count": count}


def _total(call: Call, best: Decimal) -> str:
    if call.total_threshold is None:
        return ""
    values = {"threshold": figure(call.total_threshold), "best": figure(best)}
    return _("A proposal needs at least %(threshold)s of %(best)s points in all.") % values


def _divergence(call: Call) -> str:
    if call.divergence_rate is None:
        return ""
    return _(
        "When two totals differ by more than %(rate)s of the higher one, a third expert is asked"
        " and the two closest count."
    ) % {"rate": percent(call.divergence_rate)}


def _edge(call: Call) -> tuple[str, str]:
    funded = _("The weighted score makes the ranking. Proposals are funded down the list while the budget lasts.")
    return funded, _EDGES[call.edge_rule]()


_EDGES = {
    "stop": lambda: _(
        "The first proposal that the money left cannot pay in full, and all below it, form the reserve list."
    ),
    "skip": lambda: _(
        "A proposal that the money left cannot pay in full goes to the reserve list;"
        " smaller ones below it may still be funded."
    ),
    "offer_remainder": lambda: _(
        "The first proposal that the money left cannot pay in full is offered what is left;"
        " those below form the reserve list."
    ),
}


def _ties(call: Call, criteria: Sequence[Criterion]) -> str:
    steps = [tie_step(step, criteria) for step in call.tie_breaks]
    if not steps:
        return ""
    return _("Equal scores are ordered by %(steps)s.") % {"steps": _(", then ").join(steps)}


def tie_step(step: str, criteria: Sequence[Criterion]) -> str:
    if step.startswith("criterion:"):
        code = step.removeprefix("criterion:")
        title = next((one.title for one in criteria if one.code == code), code)
        return _("the mark for “%(title)s”") % {"title": title}
    words = {
        "uncovered_topics": _("topics that no higher proposal covers"),
        "country_balance": _("the balance of countries"),
        "earlier_submission": _("the earlier submission"),
    }
    return words.get(step, step)
