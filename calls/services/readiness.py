"""What must hold of a call before it is published, each thing with its words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from calls.coherence import TOPICS_MIN, Clash, Rows, clashes, rows_of, settings_of
from calls.models import Call, Criterion
from calls.states import Selection

if TYPE_CHECKING:
    from calls.form_definition import FormDefinition

MIN_OPEN_DAYS = 60


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to see to before a call is published. `gap` says what is missing.

    What is not required is advice; what `takes_reason` may be missing when a reason is recorded.
    """

    title: str
    is_done: bool
    gap: str
    is_required: bool = True
    takes_reason: bool = False


def publishing_checks(call: Call) -> list[Check]:
    """Everything that must hold of a call before it is published, in the order people set it up.

    Legal source: FSTP rules of the grant agreement, "open at least two months", "published criteria".
    """
    rows = rows_of(call)
    found = clashes(settings_of(call), rows)
    form = call.forms.first()
    return [
        _window(call),
        *_coherence(call, rows, found),
        *_scheme(call),
        *_payment(call),
        Check(_("Application form"), form is not None, _("The call has no application form.")),
        *_questions(call, form.parsed() if form else None),
        *_money(call),
        *_advice(call),
    ]


def publishing_gaps(call: Call, *, reason: str = "") -> list[str]:
    """What still stands between a draft and its publication, in words; empty when nothing does."""
    missing = [check for check in publishing_checks(call) if check.is_required and not check.is_done]
    return [check.gap for check in missing if not (check.takes_reason and reason)]


def _window(call: Call) -> Check:
    return Check(
        _("Open for at least two months"),
        (call.closes_at - call.opens_at).days >= MIN_OPEN_DAYS,
        _("The call must be open for at least two months."),
        takes_reason=True,
    )


def _coherence(call: Call, rows: Rows, found: Sequence[Clash]) -> Iterable[Check]:
    """One check for each part of the settings that the call uses."""
    parts = (
        (_("Amounts and numbers fit together"), True, AMOUNTS),
        (
            _("Cut-off dates"),
            bool(call.selection == Selection.CUT_OFFS or rows.cut_offs),
            {"selection", "cut_offs"},
        ),
        (
            _("Roles in the project"),
            bool(rows.project_roles or call.role_combinations),
            {"project_roles", "role_combinations"},
        ),
        (_("Topics"), bool(rows.topics or _asked_topics(call)), {"topics", *TOPICS_MIN.values()}),
        (_("Stages"), bool(rows.stages), {"selection", "stages"}),
    )
    for title, is_used, names in parts:
        reasons = dict.fromkeys(clash.reason for clash in found if clash.name in names)
        if is_used:
            yield Check(title, not reasons, " ".join(reasons))


AMOUNTS = {
    "support_min_eur", "support_max_per_partner_eur", "funding_rate", "partners_max", "duration_max_months",
    "reviews_per_application",
}  # fmt: skip


def _scheme(call: Call) -> Iterable[Check]:
    criteria = list(call.criteria.all())
    weights = [criterion.weight for criterion in criteria]
    gap = _scheme_gap(call, criteria)
    if call.reviews_per_application:
        yield Check(_("Evaluation criteria"), bool(weights), _("The call has no evaluation criteria."))
        yield Check(
            _("Weights add up to 100 %"),
            not weights or sum(weights) == Decimal(1),
            _("The weights of the criteria must add up to 100 %."),
        )
    yield Check(_("Scheme complete"), not gap, gap)


def _scheme_gap(call: Call, criteria: list[Criterion]) -> str:
    """Where the evaluation settings cannot work together, in words; empty when they can. Without experts none counts."""
    if not call.reviews_per_application:
        return ""
    best = sum((criterion.scale_max for criterion in criteria), Decimal(0))
    known = {f"criterion:{criterion.code}" for criterion in criteria}
    if criteria and call.total_threshold is not None and call.total_threshold > best:
        return _("The overall threshold is higher than the best total.")
    if call.divergence_rate is not None and call.reviews_per_application < 2:
        return _("A difference that calls a third expert needs two experts per application.")
    if criteria and any(step.startswith("criterion:") and step not in known for step in call.tie_breaks):
        return _("Equal scores are ordered by a criterion that the call does not have.")
    return ""


def _payment(call: Call) -> Iterable[Check]:
    rates = [rule.rate for rule in call.instalment_rules.all()]
    yield Check(
        _("Instalments add up to 100 %"),
        bool(rates) and sum(rates) == Decimal(1),
        _("The instalments must add up to 100 %."),
    )


def _asked_topics(call: Call) -> list[str]:
    """The codes of the questions by which applicants choose topics, where the call asks for some."""
    return [name.removesuffix("_min") for name in TOPICS_MIN.values() if getattr(call, name)]


def _questions(call: Call, form: FormDefinition | None) -> Iterable[Check]:
    """The form asks what the rules of the call judge: topics without fail, the rest is decided by people otherwise."""
    if form is None:
        return
    common = set(chain(*([one.code for one in part.questions] for part in form.sections if not part.per_partner)))
    own = set(chain(*([one.code for one in part.questions] for part in form.sections if part.per_partner)))
    if needed := _asked_topics(call):
        missing = [code for code in needed if code not in common]
        words = _("The application form does not ask for: %(codes)s. Add these standard questions.")
        yield Check(_("Form asks for topics"), not missing, words % {"codes": ", ".join(missing)})
    missing = [*(code for code in _judged(call) if code not in common)]
    missing += ["de_minimis_eur"] if call.is_de_minimis and "de_minimis_eur" not in own else []
    words = _("The portal cannot check a rule whose question the form does not ask: %(codes)s.")
    yield Check(_("Form asks what the rules judge"), not missing, words % {"codes": ", ".join(missing)}, False)


def _judged(call: Call) -> list[str]:
    months = call.duration_min_months is not None or call.duration_max_months is not None
    return [*(["duration_months"] if months else []), *(["trl_start", "trl_end"] if call.trl_rise_min else [])]


def _money(call: Call) -> Iterable[Check]:
    line = call.budget_line
    yield Check(
        _("Money for at least one award"),
        line.available_eur >= call.support_max_eur,
        _("The budget line has less money left than one award may cost."),
    )
    yield Check(
        _("Budget line of this Eurocluster"),
        line.eurocluster_id == call.eurocluster_id,
        _("The budget line belongs to another Eurocluster."),
    )


def _advice(call: Call) -> Iterable[Check]:
    yield Check(
        _("Guidelines attached"),
        call.documents.filter(removed_at__isnull=True).exists(),
        _("The call offers no document, such as guidelines for applicants or a model agreement."),
        is_required=False,
    )
    yield Check(
        _("Conflict rules: partners who cannot apply"),
        not call.excludes_consortium or call.eurocluster.partners.exists(),
        _("The partners of the Eurocluster are not entered, so applicants cannot see whom the rule excludes."),
        is_required=False,
    )
    yield Check(
        _("Contact for questions"),
        bool(call.eurocluster.contact_email),
        _("The Eurocluster has no contact address for applicants."),
        is_required=False,
    )
