"""Costs that are worked out: flat rates on other categories, and units at a fixed cost each."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from applications import services
from applications.carrying import carried, costs_lost
from applications.conflicts import clashes, resolved
from applications.copying import fillable
from applications.cost_tables import CostTable, amounts_in, cost_faults, normal_units, read_table, sealed_costs
from applications.declared import costs_eur
from applications.invariants.submissions import violations
from applications.models import Application, SetAside, Submission
from applications.reading import sections_of
from applications.sealed_forms import form_of
from applications.section_forms import DraftSectionForm
from applications.set_aside import words_of
from applications.snapshot import canonical_json, sha256_of
from applications.table_widgets import WIDGETS
from applications.tasks import receipt_context
from applications.terms import PLAIN, Terms
from calls import form_editing as editing
from calls import services as calls
from calls.form_changes import change_between
from calls.form_definition import Category, FormDefinition, Question, Section, to_json
from calls.form_editing import digest_of
from calls.models import Call
from tests.factories.applications import AT, draft, hand_in, lead_of
from tests.factories.calls import CallFactory, team_member
from tests.responses import text_of
from vouchers.contract import _costs

STAFF, TRAVEL = Category("staff", "Staff"), Category("travel", "Travel")
DAYS = Category("days", "Coaching", unit_cost=Decimal("250.00"), unit="day")
OVERHEADS = Category("overheads", "Overheads", flat_rate=Decimal("0.07"))
OFFICE = Category("office", "Office", flat_rate=Decimal("0.15"), of=("staff",))
TERMS = Terms(funding_rate=Decimal("0.5"))


def asked(*categories: Category) -> Question:
    return Question("costs", "cost_table", "Costs", categories=categories)


def form_with(*categories: Category) -> FormDefinition:
    title = Question("title", "short_text", "Title")
    return FormDefinition(
        (
            Section("project", "Project", "", False, (title,)),
            Section("costs", "Costs", "", True, (asked(*categories),)),
        )
    )


def table(*categories: Category, **typed: str) -> CostTable:
    return read_table(asked(*categories), typed, TERMS)


def amounts(read: CostTable) -> dict[str, str]:
    return {row.category.code: str(row.amount) for row in read.rows}


# --- What is worked out -----------------------------------------------------------------------------


def test_a_flat_rate_is_its_share_of_what_it_names() -> None:
    read = table(STAFF, OFFICE, TRAVEL, DAYS, OVERHEADS, staff="1000.00", travel="300.00", days="2.5")
    assert amounts(read) == {
        "staff": "1000.00",
        "office": "150.00",
        "travel": "300.00",
        "days": "625.00",
        "overheads": "134.75",  # 7 % of 1,925: other flat rates are no part of it
    }
    assert (read.total, read.support) == (Decimal("2209.75"), Decimal("1104.88"))
    assert [row.note for row in read.rows] == [
        "",
        "15 % of Staff",
        "",
        "2.5 × €250 per day",
        "7 % of all costs entered",
    ]


@pytest.mark.parametrize(
    ("staff", "overheads"),
    [
        ("1.50", "0.11"),
        ("0.07", "0.00"),
        ("0.08", "0.01"),
        ("0.00", "0.00"),
        ("10.50", "0.74"),
        ("9999999999.99", "700000000.00"),
    ],
)
def test_a_flat_rate_is_rounded_once_half_up(staff: str, overheads: str) -> None:
    assert amounts(table(STAFF, OVERHEADS, staff=staff))["overheads"] == overheads


@pytest.mark.parametrize(
    ("cost", "units", "amount"),
    [("0.01", "0.5", "0.01"), ("0.05", "0.1", "0.01"), ("250", "12", "3000.00"), ("99.99", "0.33", "33.00")],
)
def test_units_are_rounded_once_half_up(cost: str, units: str, amount: str) -> None:
    days = Category("days", "Days", unit_cost=Decimal(cost), unit="day")
    assert amounts(table(days, days=units)) == {"days": amount}


def test_the_sum_is_rounded_and_not_its_parts() -> None:
    read = table(STAFF, TRAVEL, OVERHEADS, staff="0.75", travel="0.75")
    assert amounts(read)["overheads"] == "0.11"  # of 1.50; twice 0.0525 would be 0.10


def test_what_cannot_be_read_counts_as_nothing_and_no_answer_is_no_table() -> None:
    assert amounts(table(STAFF, DAYS, OVERHEADS, staff="a lot", days="many"))["overheads"] == "0.00"
    assert amounts_in(asked(STAFF, OVERHEADS), {}) == {}
    assert amounts_in(asked(STAFF, OVERHEADS), {"overheads": "99.00"}) == {}  # nothing of a flat rate is typed
    assert amounts(table(STAFF, OVERHEADS, staff="100.00", overheads="99.00"))["overheads"] == "7.00"


def test_the_largest_share_and_the_funded_share_hold_for_what_is_worked_out() -> None:
    capped = Category("overheads", "Overheads", rate=Decimal(1), max_share=Decimal("0.05"), flat_rate=Decimal("0.07"))
    question = asked(STAFF, capped)
    faults = cost_faults(question, {"staff": "100.00"}, TERMS)
    assert [(one.place, one.words) for one in faults] == [
        ("overheads", "Overheads: €7 is more than 5 % of your costs of €107.")
    ]
    assert read_table(question, {"staff": "100.00"}, TERMS).support == Decimal("57.00")


@pytest.mark.parametrize(
    ("units", "words"),
    [
        ("many", "Coaching: write a number of units, for example 12 or 12.5."),
        ("99999999999", "Coaching: write a number of units, for example 12 or 12.5."),
        ("40000000", "Coaching: write a number of units, for example 12 or 12.5."),
        ("-1", "Coaching: costs cannot be below zero."),
    ],
)
def test_what_is_no_number_of_units_is_said(units: str, words: str) -> None:
    assert [one.words for one in cost_faults(asked(DAYS), {"days": units}, PLAIN)] == [words]
    assert read_table(asked(DAYS), {"days": units}, PLAIN).total == 0


@pytest.mark.parametrize(
    ("typed", "stored"), [("12", "12"), ("12,50", "12.5"), ("1 200", "1200"), ("0", "0"), ("some", "some")]
)
def test_a_number_of_units_is_stored_as_text(typed: str, stored: str) -> None:
    assert normal_units(typed) == stored


cents = st.integers(0, 10**9).map(lambda amount: f"{Decimal(amount).scaleb(-2):.2f}")
flat_rates = st.integers(1, 10_000).map(lambda points: Decimal(points).scaleb(-4))


@st.composite
def tables(draw: st.DrawFn) -> tuple[tuple[Category, ...], dict[str, str]]:
    typed = {f"t{n}": draw(cents) for n in range(draw(st.integers(1, 4)))}
    units = {
        f"u{n}": f"{draw(st.integers(0, 9999))}.{draw(st.integers(0, 99)):02d}" for n in range(draw(st.integers(0, 2)))
    }
    bases = [*typed, *units]
    categories = [
        *(Category(code, code, rate=draw(st.none() | flat_rates)) for code in typed),
        *(Category(code, code, unit_cost=Decimal(draw(st.integers(1, 99_999))).scaleb(-2), unit="day") for code in units),
        *(
            Category(f"f{n}", f"f{n}", flat_rate=draw(flat_rates), of=tuple(draw(st.lists(st.sampled_from(bases), unique=True))))
            for n in range(draw(st.integers(1, 3)))
        ),
    ]  # fmt: skip
    return tuple(draw(st.permutations(categories))), typed | units


@given(tables(), st.randoms(use_true_random=False))
def test_the_parts_add_up_and_their_order_does_not_matter(
    made: tuple[tuple[Category, ...], dict[str, str]], shuffler: Any
) -> None:
    categories, typed = made
    read = table(*categories, **typed)
    found = {row.category.code: row.amount for row in read.rows}
    assert sum(found.values()) == read.total
    assert sum(row.support for row in read.rows) == read.support
    for row in read.rows:
        if row.category.is_flat:
            base = sum(found[code] for code in row.category.of or typed)
            assert abs(row.amount - base * row.category.flat_rate) <= Decimal("0.005")
    shuffled = list(categories)
    shuffler.shuffle(shuffled)
    again = table(*shuffled, **typed)
    assert amounts(again) == amounts(read)
    assert (again.total, again.support) == (read.total, read.support)
    sealed = sealed_costs(asked(*categories), typed)
    assert sealed_costs(asked(*categories), sealed) == sealed
    assert amounts_in(asked(*categories), sealed) == found


# --- The page, conflicts, other versions ----------------------------------------------------------


def test_nothing_is_read_from_the_page_for_a_flat_rate_and_units_have_a_name_of_their_own() -> None:
    widget = WIDGETS["cost_table"](asked(STAFF, DAYS, OVERHEADS), TERMS)
    typed = {"q-staff": "100", "q-days": "300", "q-overheads": "999"}
    assert widget.value_from_datadict(typed, {}, "q") == {"staff": "100.00"}
    stored = {"staff": "100.00", "days": "2.5"}
    assert widget.value_from_datadict(widget.typed("q", stored), {}, "q") == stored
    page = widget.render("q", stored)
    assert 'name="q-days-units"' in page
    assert 'name="q-overheads"' not in page
    assert "<span data-amount>€50.75</span>" in page


def test_of_two_numbers_of_units_one_is_kept() -> None:
    form = form_with(STAFF, DAYS, OVERHEADS)
    section = form.section("costs")
    theirs, data = {"costs": {"staff": "100.00", "days": "2"}}, QueryDict(mutable=True)
    data.update({"a-costs-staff": "100", "a-costs-days-units": "3"})
    typed = DraftSectionForm(section, data=data)
    assert typed.is_valid()
    [clash] = clashes(section, mine=typed.answers, theirs=theirs, form=typed)
    assert [(one.label, one.theirs, one.mine, one.unit) for one in clash.costs] == [("Coaching", "2", "3", "day")]
    data.update({"keep-costs": "both", "both-costs-days": "theirs"})
    assert resolved(section, data, theirs, typed.answers)["a-costs-days-units"] == "2"


NEW_WAYS = [
    ((STAFF, OVERHEADS), (STAFF, Category("overheads", "Overheads")), {"staff": "1.00"}, {}),
    ((STAFF, Category("overheads", "Overheads")), (STAFF, OVERHEADS), {"staff": "1.00"}, {"overheads": "2.00"}),
    ((Category("days", "Days"), STAFF), (DAYS, STAFF), {"staff": "1.00"}, {"days": "5.00"}),
    ((DAYS, STAFF), (Category("days", "Days", unit_cost=Decimal(9), unit="week"), STAFF), {"staff": "1.00"}, {"days": "5"}),
    ((DAYS, STAFF), (Category("days", "Days", unit_cost=Decimal(9), unit="day"), STAFF), {"staff": "1.00", "days": "5"}, {}),
    ((STAFF, TRAVEL), (STAFF,), {"staff": "1.00"}, {"travel": "3.00"}),
]  # fmt: skip


@pytest.mark.parametrize(("before", "now", "kept", "lost"), NEW_WAYS)
def test_what_was_typed_stays_where_it_says_the_same(
    before: tuple[Category, ...], now: tuple[Category, ...], kept: dict[str, str], lost: dict[str, str]
) -> None:
    answer = kept | lost
    old, new = form_with(*before), form_with(*now)
    assert carried(old, new, {"costs": {"costs": answer}}) == {"costs": {"costs": kept}}
    assert costs_lost(old.section("costs").question("costs"), new.section("costs").question("costs"), answer) == lost
    assert fillable(old, new, {"costs": {"costs": answer}}, {}) == {"costs": {"costs": kept}}


def test_units_set_aside_are_told_with_their_unit() -> None:
    assert words_of(asked(STAFF, DAYS), {"staff": "5.00", "days": "3"}) == "Staff: 5.00\nCoaching: 3 × day"


def test_rules_and_the_agreement_read_what_was_worked_out() -> None:
    bought = Category("subcontracting", "Bought", flat_rate=Decimal("0.25"), of=("staff",))
    form = form_with(STAFF, DAYS, bought)
    own = {"costs": {"costs": {"staff": "100.00", "days": "2"}}}
    found = {"staff": Decimal(100), "days": Decimal(500), "subcontracting": Decimal(25)}
    assert costs_eur(form, {}, own) == found
    sealed = {"costs": {"costs": sealed_costs(form.section("costs").question("costs"), own["costs"]["costs"])}}
    assert costs_eur(form, {}, sealed) == found
    assert _costs(form, sealed) == [
        ("Staff", Decimal("100.00")),
        ("Coaching (2 × €250 per day)", Decimal("500.00")),
        ("Bought (25 % of Staff)", Decimal("25.00")),
    ]  # fmt: skip


# --- From the draft to the seal -------------------------------------------------------------------

pages = pytest.mark.usefixtures("during_the_call")


@pytest.fixture
def call(db: None) -> Call:
    """It funds 70 % of costs; overheads are 7 % of all costs entered."""
    call = CallFactory(
        funding_rate=Decimal("0.7"), trl_rise_min=None, partners_min=1, sectors_min_distinct=1, countries_one_of=[]
    )
    call.forms.update(definition=to_json(form_with(STAFF, DAYS, OVERHEADS)))
    return call


@pytest.fixture
def application(call: Call) -> Application:
    return draft(call)


def save(application: Application, code: str, at: datetime = AT, **answers: Any) -> None:
    section = application.form.parsed().section(code)
    row = application.participations.get(role="lead") if section.per_partner else None
    saved = application.answers.filter(section_code=code).first()
    services.save_section(
        application_id=application.pk,
        section=section,
        participation_id=row.pk if row else None,
        answers=answers,
        expected_version=saved.version if saved else 0,
        by=lead_of(application),
        at=at,
    )


def costs_page(application: Application) -> str:
    return reverse("partner_section_edit", args=[application.pk, "costs", application.participations.get().pk])


@pages
def test_the_page_of_the_section_works_without_scripts(client: Client, application: Application) -> None:
    client.force_login(lead_of(application))
    typed = {"expected_version": 0, "a-costs-staff": "1 000,50", "a-costs-days-units": "2,5", "a-costs-overheads": "1"}
    assert client.post(costs_page(application), typed).status_code == 302
    row = application.answers.get(section_code="costs")
    assert row.answers == {"costs": {"staff": "1000.50", "days": "2.5"}}
    assert row.is_complete
    application.refresh_from_db()
    assert application.requested_eur == Decimal("1217.50")  # 70 % of 1,000.50 + 625 + 113.79 (exactly 113.785)
    page = text_of(client.get(costs_page(application)))
    for words in ("7 % of all costs entered", "€250 per day", "€625", "€113.79", "€1,739.29", "€1,217.50"):
        assert words in page, words
    assert 'name="a-costs-overheads"' not in page


def sealed_costs_of(submission: Submission) -> Any:
    return submission.content["partners"][0]["sections"]["costs"]["costs"]


@pages
def test_the_seal_holds_the_amounts_and_what_they_were_worked_out_from(
    client: Client, application: Application
) -> None:
    save(application, "project", title="Oak")
    save(application, "costs", costs={"staff": "1000.50", "days": "2.5"})
    submission = hand_in(application)
    assert sealed_costs_of(submission) == {
        "staff": "1000.50",
        "days": {"units": "2.5", "amount": "625.00"},
        "overheads": "113.79",
    }
    assert submission.content["requested_eur"] == "1217.50"
    assert application.answers.get(section_code="costs").answers == {"costs": {"staff": "1000.50", "days": "2.5"}}
    client.force_login(lead_of(application))
    page = text_of(client.get(reverse("application_read", args=[application.pk])))
    for words in ("2.5 × €250 per day", "7 % of all costs entered", "€113.79", "€1,739.29"):
        assert words in page, words
    assert [row.total for row in receipt_context(submission)["costs"].rows] == [
        Decimal("1000.50"),
        Decimal("625.00"),
        Decimal("113.79"),
    ]
    assert list(violations()) == []


@pages
def test_an_amount_that_does_not_follow_is_found_even_under_a_new_seal(application: Application) -> None:
    save(application, "project", title="Oak")
    save(application, "costs", costs={"staff": "100.00", "days": "1"})
    submission = hand_in(application)
    for damage in ({"overheads": "70.00"}, {"days": {"units": "1", "amount": "520.00"}}):
        content = copy.deepcopy(submission.content)
        content["partners"][0]["sections"]["costs"]["costs"] |= damage
        canonical = canonical_json(content)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
        Submission.objects.update(content=content, canonical=canonical, sha256=sha256_of(canonical))
        assert list(violations()) == [f"{application.reference} version 1: “Costs” does not follow from what was typed"]


@pages
def test_a_version_sealed_before_is_read_by_its_own_rate(application: Application) -> None:
    save(application, "project", title="Oak")
    save(application, "costs", costs={"staff": "100.00"})
    submission = hand_in(application)
    at = AT + timedelta(hours=1)
    announce(application.call, STAFF, DAYS, Category("overheads", "Overheads", flat_rate=Decimal("0.25")), at=at)
    services.take_over_form(application_id=application.pk, by=lead_of(application), at=at)
    application.refresh_from_db()
    first = sections_of(form_of(application, submission.content), submission.content)[1].answers[0].value
    assert [str(row.amount) for row in first.rows] == ["100.00", "0.00", "7.00"]
    hand_in(application, number=2, at=at)
    assert [sealed_costs_of(one)["overheads"] for one in application.submissions.order_by("number")] == [
        "7.00",
        "25.00",
    ]
    assert list(violations()) == []


# --- A new version of the questions ---------------------------------------------------------------


def announce(call: Call, *categories: Category, at: datetime) -> None:
    manager = team_member(call.eurocluster)
    question = to_json(form_with(*categories))["sections"][1]["questions"][0]
    edit = partial(editing.change_question, section="costs", code="costs", question=question)
    newest = call.forms.first()
    assert newest
    made = calls.change_form(call_id=call.pk, edit=edit, expected=digest_of(newest.parsed()), by=manager, at=AT)
    expected = digest_of(made.parsed())
    services.announce_form(call_id=call.pk, expected=expected, reason="Simpler.", by=manager, at=at)


@pages
def test_an_amount_that_is_worked_out_from_now_on_is_set_aside(client: Client, application: Application) -> None:
    save(application, "costs", costs={"staff": "1000.00", "days": "3"})
    announce(
        application.call,
        Category("staff", "Staff", flat_rate=Decimal("0.2")),
        Category("days", "Coaching"),
        TRAVEL,
        at=AT + timedelta(hours=1),
    )
    assert application.answers.get(section_code="costs").answers == {"costs": {}}
    assert SetAside.objects.get().texts == [["Costs", "Staff: 1000.00\nCoaching: 3 × day"]]
    application.refresh_from_db()
    assert application.requested_eur == Decimal("0.00")
    save(application, "costs", at=AT + timedelta(hours=2), costs={"days": "50.00", "travel": "50.00"})
    application.refresh_from_db()
    assert application.requested_eur == Decimal("84.00")  # 70 % of 50 + 50 + 20
    client.force_login(lead_of(application))
    assert "20 % of all costs entered" in text_of(client.get(costs_page(application)))


PLAIN_COSTS = (Category("staff", "Staff"), Category("days", "Days"), Category("overheads", "Overheads"), TRAVEL)


@pages
def test_a_page_opened_before_loses_nothing_and_misreads_nothing(client: Client, db: None) -> None:
    call = CallFactory(funding_rate=Decimal(1))
    call.forms.update(definition=to_json(form_with(*PLAIN_COSTS)))
    application = draft(call)
    announce(call, STAFF, DAYS, OVERHEADS, at=AT)
    client.force_login(lead_of(application))
    typed = {"a-costs-staff": "100", "a-costs-days": "300", "a-costs-overheads": "5,5", "a-costs-travel": "about 9"}
    answer = client.post(costs_page(application), {"expected_version": 0, **typed}, follow=True)
    assert "No longer asked: “Costs”" in text_of(answer)
    assert application.answers.get(section_code="costs").answers == {"costs": {"staff": "100.00"}}
    assert SetAside.objects.get().texts == [
        ["Costs", "Days: 300.00"],
        ["Costs", "Overheads: 5.50"],
        ["Costs", "Travel: about 9"],
    ]
    application.refresh_from_db()
    assert application.requested_eur == Decimal("107.00")


def test_the_page_before_it_counts_says_whose_amounts_go() -> None:
    change = change_between(form_with(*PLAIN_COSTS), form_with(STAFF, DAYS, OVERHEADS))
    assert change.lost == ("Costs: Days", "Costs: Overheads", "Costs: Travel")
    assert change_between(form_with(STAFF, DAYS, OVERHEADS), form_with(*PLAIN_COSTS)).lost == ("Costs: Coaching",)
    [difference] = change_between(form_with(STAFF, OVERHEADS), form_with(STAFF, OFFICE)).differences
    assert (difference.before, difference.after) == (
        ("Staff / Overheads (7 % of all costs entered), required",),
        ("Staff / Office (15 % of Staff), required",),
    )


@pages
def test_a_new_rate_changes_what_a_draft_asks_for_and_nothing_that_was_typed(application: Application) -> None:
    save(application, "costs", costs={"staff": "1000.00"})
    before = application.answers.get(section_code="costs").version
    announce(
        application.call,
        STAFF,
        DAYS,
        Category("overheads", "Overheads", flat_rate=Decimal("0.25")),
        at=AT + timedelta(hours=1),
    )
    row = application.answers.get(section_code="costs")
    assert (row.answers, row.version) == ({"costs": {"staff": "1000.00"}}, before)
    assert not SetAside.objects.exists()
    application.refresh_from_db()
    assert application.requested_eur == Decimal("875.00")


@pages
def test_typed_costs_are_copied_to_a_call_with_another_rate(application: Application) -> None:
    save(application, "costs", costs={"staff": "1000.00", "days": "3"})
    other = CallFactory(funding_rate=Decimal(1))
    other.forms.update(definition=to_json(form_with(STAFF, OFFICE)))
    organisation = application.participations.get().organisation
    target = draft(other, lead=organisation)
    services.copy_answers(application_id=target.pk, source=application, by=lead_of(target), at=AT)
    assert target.answers.get(section_code="costs").answers == {"costs": {"staff": "1000.00"}}
    target.refresh_from_db()
    assert target.requested_eur == Decimal("1150.00")
