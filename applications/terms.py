"""What an answer is measured by besides its own question: the call, the project's length and its partners."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from calls.form_definition import FormDefinition, known_answers

if TYPE_CHECKING:
    from applications.models import Participation, SectionAnswers
    from calls.models import Call

DURATION = "duration_months"
#: The question whose answer is the amount (EUR) a partner asks for, in the forms of the first calls and since.
REQUESTED = frozenset({"requested_support", "requested_eur"})


@dataclass(frozen=True, slots=True)
class Terms:
    """`funding_rate` is a share (0–1), `support_max_eur` the most one partner can ask for; `None` means no limit.

    `duration_months` is what the project says, else the longest the call allows. `partners` are participations
    with their names. Where the form asks for the amount itself, no support `follows_from_costs`.
    """

    funding_rate: Decimal = Decimal(1)
    support_max_eur: Decimal | None = None
    duration_months: int | None = None
    partners: tuple[tuple[int, str], ...] = ()
    follows_from_costs: bool = True

    def for_months(self, answer: Any) -> Terms:
        """The same terms when `answer` is the project's duration; an unreadable one changes nothing."""
        months = whole_months(answer)
        return replace(self, duration_months=months) if months else self


PLAIN = Terms()


def terms_of(
    call: Call, form: FormDefinition, participations: Iterable[Participation], known: Mapping[str, Any]
) -> Terms:
    """`known` holds the shown answers of the common sections, by "section.code"."""
    limits = [one for one in (call.support_max_eur, call.support_max_per_partner_eur) if one is not None]
    terms = Terms(
        funding_rate=call.funding_rate,
        support_max_eur=min(limits, default=None),
        follows_from_costs=not asks_for_amount(form),
        duration_months=call.duration_max_months,
        partners=tuple((row.pk, row.organisation.legal_name) for row in participations),
    )
    for reference, answer in known.items():
        if reference.endswith(f".{DURATION}"):
            return terms.for_months(answer)
    return terms


def asks_for_amount(form: FormDefinition) -> bool:
    own = (question for section in form.sections if section.per_partner for question in section.questions)
    return any(question.code in REQUESTED for question in own)


def terms_in(form: FormDefinition, content: Mapping[str, Any], funding_rate: Decimal) -> Terms:
    """The terms by which a sealed version (or a draft in the same shape) is read."""
    names = tuple((one["participation"], one["organisation"]["legal_name"]) for one in content["partners"])
    return Terms(funding_rate=funding_rate, partners=names, follows_from_costs=not asks_for_amount(form))


def known_of(form: FormDefinition, answers: Iterable[SectionAnswers]) -> dict[str, Any]:
    """The shown answers of the common sections, by "section.code"."""
    return known_answers(form, {row.section_code: row.answers for row in answers if row.participation_id is None})


def whole_months(answer: Any) -> int | None:
    try:
        months = Decimal(str(answer))
    except ArithmeticError:
        return None
    is_whole = months.is_finite() and months == months.to_integral_value()
    return int(months) if is_whole and 0 < months < 1000 else None
