"""What a grant agreement says: every value of templates/documents/agreement.html, each read once.

Sources: the call's settings, the award, and the sealed submission (never the answers as they may stand today). Names,
addresses and accounts of the parties are those of the day the agreement is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from applications.cost_tables import amounts_in, read_table
from applications.sealed_forms import form_of
from applications.terms import PLAIN, REQUESTED
from calls.form_definition import FormDefinition, Question, Section
from calls.money import ZERO
from calls.rules import MANAGING
from vouchers.instalments import plan
from vouchers.models import BankAccount, GrantAgreement

if TYPE_CHECKING:
    from applications.models import Participation, Submission
    from calls.models import Eurocluster, InstalmentRule

# Periods of the agreement, in days. Nothing public was found; these are our own defaults.
PAYMENT_DAYS = 30
REPORT_DAYS = 30
REMEDY_DAYS = 30
#: Answers that stand in Annex I besides those of the form's first section.
PLANNING = frozenset({"work_plan", "indicators", "b2b_goals"})
#: Answers that the agreement shows elsewhere.
FACTS = frozenset({"title", "acronym", "duration_months"})


@dataclass(frozen=True, slots=True)
class Beneficiary:
    """One beneficiary as the agreement names it; `costs` and `declarations` come from the sealed submission."""

    participation: Participation
    signatories: list[str]
    account: BankAccount | None
    instalments: list[Decimal]
    costs: list[tuple[str, Decimal]]
    declarations: list[str]

    @property
    def organisation(self) -> Any:
        return self.participation.organisation

    @property
    def share_eur(self) -> Decimal:
        return self.participation.awarded_eur or ZERO


@dataclass(frozen=True, slots=True)
class Answer:
    label: str
    text: str

    @property
    def is_short(self) -> bool:
        """Stands in a line with others, not as a paragraph of its own."""
        return len(self.text) <= 80


def context_of(agreement: GrantAgreement) -> dict[str, Any]:
    """The values of the agreement, for its template."""
    application = agreement.application
    call, submission = application.call, application.submissions.first()
    form = form_of(application, submission.content if submission else {})
    rules = list(call.instalment_rules.all())
    beneficiaries = _beneficiaries(agreement, form, submission, rules)
    cluster_partners = list(call.eurocluster.partners.all())
    answers = _answers(form, submission)
    return {
        "agreement": agreement,
        "accent": call.eurocluster.slug,
        "application": application,
        "call": call,
        "eurocluster": call.eurocluster,
        "submission": submission,
        "coordinator": next((one for one in cluster_partners if one.is_coordinator), None),
        "cluster_partners": cluster_partners,
        "funder_signatories": _managers(call.eurocluster),
        "beneficiaries": beneficiaries,
        "lead": beneficiaries[0],
        "is_alone": len(beneficiaries) == 1,
        "rules": rules,
        "instalment_totals": _column_sums([one.instalments for one in beneficiaries]),
        "duration_months": _duration(submission) or call.duration_max_months,
        "short_answers": [one for one in answers if one.is_short],
        "long_answers": [one for one in answers if not one.is_short],
        "declarations": _common(one.declarations for one in beneficiaries),
        "payment_days": PAYMENT_DAYS,
        "report_days": REPORT_DAYS,
        "remedy_days": REMEDY_DAYS,
    }


def _beneficiaries(
    agreement: GrantAgreement, form: FormDefinition, submission: Submission | None, rules: Sequence[InstalmentRule]
) -> list[Beneficiary]:
    rows = agreement.application.participations.select_related("organisation", "sector").order_by("role", "pk")
    participations = list(rows.prefetch_related("organisation__memberships__user"))
    accounts = BankAccount.objects.filter(
        organisation__in=[row.organisation_id for row in participations], is_current=True
    )
    account_of = {account.organisation_id: account for account in accounts}
    sealed = {part["participation"]: part["sections"] for part in submission.content["partners"]} if submission else {}
    return [
        Beneficiary(
            participation=row,
            signatories=_members(row),
            account=account_of.get(row.organisation_id),
            instalments=plan(row.awarded_eur or ZERO, [rule.rate for rule in rules]),
            costs=_costs(form, sealed.get(row.pk, {})),
            declarations=_declarations(form, sealed.get(row.pk, {})),
        )
        for row in participations
    ]


def _members(row: Participation) -> list[str]:
    return sorted(str(one.user) for one in row.organisation.memberships.all() if one.left_at is None)


def _managers(eurocluster: Eurocluster) -> list[str]:
    held = eurocluster.team_roles.filter(role__in=MANAGING, ended_at__isnull=True).select_related("user")
    return sorted({str(one.user) for one in held})


def _column_sums(rows: Sequence[Sequence[Decimal]]) -> list[Decimal]:
    return [sum(column, ZERO) for column in zip(*rows, strict=True)]


# --- From the sealed submission ---------------------------------------------------------------


def _duration(submission: Submission | None) -> int | None:
    sections = submission.content["sections"].values() if submission else ()
    found = next((answers["duration_months"] for answers in sections if answers.get("duration_months")), None)
    return int(Decimal(str(found))) if found else None


def _answers(form: FormDefinition, submission: Submission | None) -> list[Answer]:
    """The first section, and the answers that plan the work: what Annex I says of the project."""
    given = submission.content["sections"] if submission else {}
    common = [section for section in form.sections if not section.per_partner]
    return [
        Answer(question.label, text_of(question, given[section.code][question.code]))
        for place, section in enumerate(common)
        for question in section.questions
        if (place == 0 or question.code in PLANNING or question.kind in PLANNING)
        and question.code not in FACTS
        and given.get(section.code, {}).get(question.code) not in (None, "", [])
    ]


def text_of(question: Question, answer: Any) -> str:
    """A stored answer as people read it."""
    labels = {option.value: option.label for option in question.options}
    if question.kind in LINES:
        return "\n".join(LINES[question.kind](one) for one in answer)
    if isinstance(answer, bool):
        return _("Yes") if answer else _("No")
    if isinstance(answer, list):
        return ", ".join(labels.get(one, str(one)) for one in answer)
    return labels.get(answer, str(answer))


def _package(package: Mapping[str, Any]) -> str:
    """A work package in lines: its months, what is done, and what is reached when."""
    months = {"start": package["starts_month"], "end": package["ends_month"]}
    head = f"{package['title']} ({_('months %(start)s to %(end)s') % months})"
    points = [*package.get("milestones", ()), *package.get("deliverables", ())]
    reached = [f"– {point['title']} ({_('month %(month)s') % {'month': point['month']}})" for point in points]
    return "\n".join([head, *filter(None, [package.get("description")]), *reached])


def _indicator(row: Mapping[str, Any]) -> str:
    unit = f" {row['unit']}" if row.get("unit") else ""
    words = _("%(label)s: from %(baseline)s to %(target)s%(unit)s")
    return words % {**row, "unit": unit}


def _file(row: Mapping[str, Any]) -> str:
    return str(row["filename"])


LINES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "work_plan": _package,
    "indicators": _indicator,
    "files": _file,
}


def _own_questions(form: FormDefinition, kind: str) -> Iterable[tuple[Section, Question]]:
    """The questions of a kind that every partner answers for itself."""
    own = (section for section in form.sections if section.per_partner)
    return ((section, question) for section in own for question in section.questions if question.kind == kind)


def _costs(form: FormDefinition, sealed: dict[str, Any]) -> list[tuple[str, Decimal]]:
    """Costs that were asked for one by one, then those of the cost tables."""
    single = [
        (question.label, Decimal(str(sealed.get(section.code, {}).get(question.code) or 0)))
        for section, question in _own_questions(form, "money")
        if question.code not in REQUESTED
    ]
    return single + [
        (f"{row.category.label} ({row.note})" if row.note else row.category.label, row.amount)
        for section, question in _own_questions(form, "cost_table")
        if amounts_in(question, answer := sealed.get(section.code, {}).get(question.code))
        for row in read_table(question, answer, PLAIN).rows
    ]


def _declarations(form: FormDefinition, sealed: dict[str, Any]) -> list[str]:
    return [
        question.label
        for section, question in _own_questions(form, "declaration")
        if sealed.get(section.code, {}).get(question.code) is True
    ]


def _common(lists: Iterable[list[str]]) -> list[str]:
    """The declarations that every beneficiary made, in the order of the form."""
    first, *others = [*lists]
    return [one for one in first if all(one in other for other in others)]
