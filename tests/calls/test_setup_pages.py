"""A manager sets up a call from an earlier one, changes it and publishes it; nothing typed is lost on the way."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from audit.models import Event
from calls.forms import CallForm
from calls.forms.call_rows import ROWS
from calls.models import BudgetLine, Call, CountryList, Eurocluster
from calls.states import CallStatus
from tests.factories.calls import BudgetLineFactory, CallFactory, EuroclusterFactory, team_member

pytestmark = pytest.mark.django_db
NEW = "/manage/recentre/calls/new/"


@pytest.fixture
def eurocluster() -> Eurocluster:
    return EuroclusterFactory(slug="recentre", name="RE-CENTRE")


@pytest.fixture
def template(eurocluster: Eurocluster) -> Call:
    line = BudgetLineFactory(eurocluster=eurocluster, code="innovation")
    return CallFactory(
        eurocluster=eurocluster,
        budget_line=line,
        code="innovation-2023",
        title="Vouchers for innovation",
        status=CallStatus.ARCHIVED,
        tie_breaks=["criterion:impact", "criterion:excellence", "country_balance", "earlier_submission"],
        awards_max=20,
    )


@pytest.fixture
def manager(client: Client, eurocluster: Eurocluster) -> User:
    user = team_member(eurocluster)
    client.force_login(user)
    return user


def shown_fields(answer: HttpResponse) -> dict[str, Any]:
    """What a browser would send back from the page as it is."""
    data: dict[str, Any] = {}
    context: Any = answer.context
    formsets = [context[name] for name in ROWS]
    for form in (context["form"], *chain(*(formset.forms for formset in formsets))):
        for field in form:
            value = field.value()
            if value is not False and value not in (None, ""):
                data[field.html_name] = value
    for formset in formsets:
        data |= {field.html_name: field.value() for field in formset.management_form}
    return data


def typed(client: Client, address: str, **changes: Any) -> dict[str, Any]:
    return shown_fields(client.get(address)) | changes


DATES = {"opens_on": "2027-03-01", "opens_time": "09:00", "closes_on": "2027-06-01", "closes_time": "17:00"}


# --- Setting up ---------------------------------------------------------------------------------


def test_a_call_starts_from_an_earlier_one(client: Client, template: Call, manager: User) -> None:
    chosen = client.get(NEW).content.decode()
    assert "?template=innovation-2023" in chosen
    data = typed(client, f"{NEW}?template=innovation-2023", title="Vouchers 2027", code="innovation-2027", **DATES)
    assert client.post(f"{NEW}?template=innovation-2023", data).headers["Location"] == "/manage/calls/innovation-2027/"
    call = Call.objects.get(code="innovation-2027")
    assert (call.status, call.title, call.eurocluster_id) == (
        CallStatus.DRAFT,
        "Vouchers 2027",
        template.eurocluster_id,
    )
    assert call.opens_at == datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
    assert call.closes_at == datetime(2027, 6, 1, 15, 0, tzinfo=UTC)  # summer time
    same = (
        "summary", "budget_line_id", "support_kind", "support_max_eur", "funding_rate", "sme_ceiling_eur", "awards_max",
        "partners_min", "partners_max", "countries_one_of", "countries_allowed", "trl_rise_min", "tie_breaks", "edge_rule",
        "total_threshold", "divergence_rate", "is_sme_only", "proposals_per_sme", "duration_max_months",
    )  # fmt: skip
    assert {name: getattr(call, name) for name in same} == {name: getattr(template, name) for name in same}
    assert set(call.sectors.all()) == set(template.sectors.all())
    rows = ("code", "title", "guidance", "weight", "scale_max", "step", "threshold")
    assert list(call.criteria.values_list(*rows)) == list(template.criteria.values_list(*rows))
    assert list(call.instalment_rules.values_list("trigger", "rate")) == [
        ("signature", Decimal("0.5")),
        ("final_report", Decimal("0.5")),
    ]
    assert call.forms.get().definition == template.forms.get().definition
    assert [event.actor for event in Event.objects.about(call)] == [manager]


def test_a_call_may_start_with_nothing(client: Client, template: Call, manager: User) -> None:
    data = typed(
        client,
        f"{NEW}?template=nothing",
        title="First",
        code="first",
        summary="Short.",
        description="Long.",
        strand="train",
        support_kind="lump_sum",
        support_max_eur="30 000,50",
        budget_line=template.budget_line.pk,
        form_of=template.pk,
        **DATES,
        **{f"criteria-{row}-guidance": "How good is it?" for row in range(3)},
    )
    assert client.post(f"{NEW}?template=nothing", data).status_code == 302
    call = Call.objects.get(code="first")
    assert call.support_max_eur == Decimal("30000.50")
    assert list(call.criteria.values_list("code", "weight")) == [
        ("excellence", Decimal("0.35")),
        ("impact", Decimal("0.35")),
        ("implementation", Decimal("0.3")),
    ]


def test_the_address_of_the_next_edition_is_free(client: Client, template: Call, manager: User) -> None:
    first = client.get(f"{NEW}?template=innovation-2023").context["form"].initial["code"]
    CallFactory(code=first)
    second = client.get(f"{NEW}?template=innovation-2023").context["form"].initial["code"]
    year = datetime.now(UTC).year
    assert (first, second) == (f"innovation-{year}", f"innovation-{year}-2")


def test_a_template_of_another_eurocluster_leaves_the_budget_line_open(client: Client, manager: User) -> None:
    CallFactory(code="foreign-2023", title="Foreign")
    initial = client.get(f"{NEW}?template=foreign-2023").context["form"].initial
    assert (initial["title"], initial["budget_line"]) == ("Foreign", None)


def test_a_foreign_draft_is_no_template(client: Client, manager: User) -> None:
    CallFactory(code="secret-2027", title="Secret plans", draft=True)
    for address in (NEW, f"{NEW}?template=secret-2027"):
        assert b"Secret plans" not in client.get(address).content


BAD = {
    "opens_time": ({"opens_on": "2027-03-28", "opens_time": "02:30"}, "This time does not exist on that day"),
    "closes_on": ({"closes_on": "2027-03-01", "closes_time": "09:00"}, "The call must close after it opens."),
    "opens_on": ({"opens_on": "next week"}, "Enter a valid date."),
    "support_max_eur": ({"support_max_eur": "NaN"}, "Enter a number."),
    "support_min_eur": ({"support_min_eur": "52000.01"}, "The smallest support is above the largest."),
    "funding_rate": ({"funding_rate": "100.01"}, "Ensure this value is less than or equal to 100."),
    "partners_max": ({"partners_max": "1"}, "This is below the fewest."),
    "duration_max_months": ({"duration_max_months": "5"}, "This is below the shortest."),
    "code": ({"code": "INNOVATION-2023"}, "Another call has this address already."),
    "budget_line": ({"budget_line": "999999"}, "Select a valid choice."),
    "edge_rule": ({"edge_rule": "give_all"}, "Select a valid choice."),
    "countries_one_of": ({"countries_one_of": ["RO", "XX"]}, "Select a valid choice."),
    "support_max_per_partner_eur": (
        {"support_max_per_partner_eur": "52000.01"},
        "One organisation would receive more than the whole project.",
    ),
    "sme_ceiling_eur": ({"sme_ceiling_eur": "-1"}, "Ensure this value is greater than or equal to 0."),
    "subcontracting_max_rate": ({"subcontracting_max_rate": "101"}, "Ensure this value is less than or equal to 100."),
    "selection": ({"selection": "cut_offs"}, "Name at least one cut-off date before the closing"),
    "country_list": ({"country_list": "999999"}, "Select a valid choice."),
    "nace_allowed": ({"nace_allowed": "C, 31, 04"}, "“04” is no NACE section, division or class."),
    "firm_age_months_min": ({"firm_age_months_min": "-6"}, "Ensure this value is greater than or equal to 0."),
    "role_combinations": ({"role_combinations": "1+1, 2+x"}, "“2+x” is no combination: write a number for each role"),
    "intervention_fields_min": ({"intervention_fields_min": "1"}, "The call asks for more than the 0 that it names."),
    "reviews_per_application": (
        {"reviews_per_application": "0"},
        "Only a call that is decided first come, first served can do without experts.",
    ),
}
#: Refusals that other fields take part in, by the field that tells them.
BAD_TOGETHER = {
    "a fixed voucher in part": (
        {"support_kind": "fixed_voucher", "funding_rate": "50"},
        {"funding_rate": ["A fixed voucher pays its whole value: the share is 100 %."]},
    ),
    "a fixed voucher of two values": (
        {"support_kind": "fixed_voucher", "support_min_eur": "20000"},
        {"support_min_eur": ["A fixed voucher has one value: the smallest support equals the largest."]},
    ),
    "roles and numbers": (
        {"project_roles-0-title": "Owner", "project_roles-1-title": "Provider", "role_combinations": "1+1, 1+0"},
        {"role_combinations": ["“1+0” makes 1 organisations, which the numbers of organisations do not allow."]},
    ),
    "combinations without roles": (
        {"role_combinations": "1+1"},
        {"role_combinations": ["“1+1” does not fit: the call has 0 roles."]},
    ),
    "cut-offs of a call with one deadline": (
        {"cut_offs-0-closes_on": "2027-04-01"},
        {"selection": ["The call has cut-off dates, but is not decided at them."]},
    ),
    "stages in the order of arrival": (
        {"selection": "first_come", "stages-0-title": "A", "stages-0-places": "2", "stages-1-title": "B", "stages-1-places": "1"},
        {"selection": ["First come, first served is decided in one step: it has no stages."]},
    ),
}  # fmt: skip
CUT = {"selection": "cut_offs", "cut_offs-0-closes_on": "2027-04-01"}
BETWEEN = {"closes_on": ["A cut-off lies between the opening and the closing."]}
#: Refusals in a row: what is typed, which rows, which of them, and what it says.
BAD_ROWS: dict[str, tuple[dict[str, str], str, int, dict[str, list[str]]]] = {
    "cut-off before the opening": (CUT | {"cut_offs-0-closes_on": "2027-02-28"}, "cut_offs", 0, BETWEEN),
    "cut-off at the opening": (
        CUT | {"cut_offs-0-closes_on": "2027-03-01", "cut_offs-0-closes_time": "09:00"}, "cut_offs", 0, BETWEEN,
    ),
    "cut-off at the closing": (CUT | {"cut_offs-1-closes_on": "2027-06-01"}, "cut_offs", 1, BETWEEN),
    "cut-off twice": (
        CUT | {"cut_offs-1-closes_on": "2027-04-01"}, "cut_offs", 1, {"closes_on": ["This cut-off stands here twice."]},
    ),
    "cut-off in the lost hour": (
        CUT | {"cut_offs-0-closes_on": "2027-03-28", "cut_offs-0-closes_time": "02:30"}, "cut_offs", 0,
        {"closes_time": ["This time does not exist on that day: the clocks in Brussels are put forward over it."]},
    ),
    "cut-off on no day": (CUT | {"cut_offs-0-closes_on": "soon"}, "cut_offs", 0, {"closes_on": ["Enter a valid date."]}),
    "role twice": (
        {"project_roles-0-title": "Owner", "project_roles-1-title": "owner"}, "project_roles", 1,
        {"title": ["Two roles have the same name."]},
    ),
    "topic without kind": ({"topics-0-title": "Studies"}, "topics", 0, {"kind": ["This field is required."]}),
    "topic twice": (
        {f"topics-{row}-{name}": value for row in (0, 1) for name, value in (("kind", "activity_type"), ("title", "Study"))},
        "topics", 1, {"title": ["Two topics have the same name."]},
    ),
    "one stage": (
        {"stages-0-title": "Pitch", "stages-0-places": "3"}, "stages", 0,
        {"title": ["One stage alone is no funnel: add another one or remove it."]},
    ),
    "stages that rise": (
        {"stages-0-title": "A", "stages-0-places": "3", "stages-1-title": "B", "stages-1-places": "13"}, "stages", 1,
        {"places": ["Fewer applications go on from each stage than from the one before."]},
    ),
    "stage of nobody": (
        {"stages-0-title": "A", "stages-0-places": "0"}, "stages", 0,
        {"places": ["Ensure this value is greater than or equal to 1."]},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("field", "case"), BAD.items(), ids=BAD)
def test_bad_input_is_told_at_its_field_and_kept(
    client: Client, template: Call, manager: User, field: str, case: tuple[dict[str, Any], str]
) -> None:
    changes, words = case
    data = typed(
        client, f"{NEW}?template=innovation-2023", title="Ähnlich ünd länger", **(DATES | {"code": "new"} | changes)
    )
    answer = client.post(NEW, data)
    assert answer.status_code == 200
    form: CallForm = answer.context["form"]
    assert list(form.errors) == [field]
    assert words in str(form.errors[field])
    shown = answer.content.decode()
    assert "<title>Error:" in shown
    assert f'href="#{form[field].id_for_label or form[field].auto_id + "_0"}"' in shown
    assert form["title"].value() == "Ähnlich ünd länger"
    assert form[field].value() == changes.get(field, data.get(field))
    assert not Call.objects.exclude(pk=template.pk).exists()


@pytest.mark.parametrize("case", BAD_TOGETHER.values(), ids=BAD_TOGETHER)
def test_settings_that_contradict_each_other_are_told_at_one_of_them(
    client: Client, template: Call, manager: User, case: tuple[dict[str, Any], dict[str, list[str]]]
) -> None:
    changes, errors = case
    answer = client.post(NEW, typed(client, f"{NEW}?template=innovation-2023", **(DATES | {"code": "new"} | changes)))
    assert answer.context["form"].errors == errors
    assert not Call.objects.exclude(pk=template.pk).exists()


@pytest.mark.parametrize("case", BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_bad_row_is_told_in_its_row_and_kept(
    client: Client, template: Call, manager: User, case: tuple[dict[str, str], str, int, dict[str, list[str]]]
) -> None:
    changes, name, index, errors = case
    data = typed(client, f"{NEW}?template=innovation-2023", **(DATES | {"code": "new"} | changes))
    answer = client.post(NEW, data)
    assert answer.status_code == 200
    rows = answer.context[name]
    assert rows.forms[index].errors == errors
    assert answer.context["form"].errors == {}
    assert [part.anchor for part in answer.context["parts"] if part.has_errors] == [PART_OF[name]]
    shown = answer.content.decode()
    assert f'href="#{rows.forms[index][next(iter(errors))].id_for_label}"' in shown
    assert {field: shown_fields(answer).get(field) for field in changes} == changes
    assert not Call.objects.exclude(pk=template.pk).exists()


PART_OF = {"cut_offs": "when", "project_roles": "together", "topics": "project", "stages": "decision"}


def test_every_setting_is_typed_and_kept(client: Client, template: Call, manager: User) -> None:
    near = CountryList.objects.create(code="near", title="Near")
    changes = {
        "selection": "cut_offs",
        "cut_offs-0-closes_on": "2027-05-01",
        "cut_offs-1-closes_on": "2027-04-01",
        "cut_offs-1-closes_time": "12:00",
        "support_max_per_partner_eur": "30 000",
        "subcontracting_max_rate": "25",
        "is_de_minimis": "on",
        "country_list": near.pk,
        "nace_allowed": "c, 62.01 C",
        "firm_age_months_min": "6",
        "proposals_per_sme": "latest",
        "project_roles-0-title": "Challenge owner",
        "project_roles-1-title": "Solution provider",
        "role_combinations": "1+1; 2+1",
        "topics-0-kind": "intervention_field",
        "topics-0-title": "New products",
        "intervention_fields_min": "1",
        "experts_from_elsewhere": "on",
        "stages-0-title": "Pitch",
        "stages-0-places": "25",
        "stages-1-title": "Final",
        "stages-1-places": "3",
        "retention_years": "5",
    }
    data = typed(client, f"{NEW}?template=innovation-2023", **(DATES | {"code": "new"} | changes))
    del data["excludes_consortium"]
    assert client.post(NEW, data).status_code == 302
    call = Call.objects.get(code="new")
    assert {
        name: getattr(call, name)
        for name in (
            "selection", "support_max_per_partner_eur", "subcontracting_max_rate", "is_de_minimis", "country_list",
            "nace_allowed", "firm_age_months_min", "proposals_per_sme", "role_combinations", "intervention_fields_min",
            "activity_types_min", "experts_from_elsewhere", "retention_years", "excludes_consortium",
        )
    } == {
        "selection": "cut_offs", "support_max_per_partner_eur": Decimal(30_000), "subcontracting_max_rate": Decimal("0.25"),
        "is_de_minimis": True, "country_list": near, "nace_allowed": ["C", "62.01"], "firm_age_months_min": 6,
        "proposals_per_sme": "latest", "role_combinations": ["1+1", "2+1"], "intervention_fields_min": 1,
        "activity_types_min": 0, "experts_from_elsewhere": True, "retention_years": 5, "excludes_consortium": False,
    }  # fmt: skip
    assert list(call.cut_offs.values_list("closes_at", flat=True)) == [
        datetime(2027, 4, 1, 10, 0, tzinfo=UTC),
        datetime(2027, 5, 1, 15, 0, tzinfo=UTC),
    ]
    assert list(call.project_roles.values_list("code", "title", "position")) == [
        ("challenge-owner", "Challenge owner", 1),
        ("solution-provider", "Solution provider", 2),
    ]
    assert list(call.topics.values_list("kind", "code")) == [("intervention_field", "new-products")]
    assert list(call.stages.values_list("title", "places")) == [("Pitch", 25), ("Final", 3)]
    # The form shows them again; a row marked for removal goes.
    again = typed(client, "/manage/calls/new/edit/", **{"cut_offs-0-DELETE": "on"})
    assert client.post("/manage/calls/new/edit/", again).status_code == 302
    assert call.cut_offs.get().closes_at == datetime(2027, 5, 1, 15, 0, tzinfo=UTC)
    assert (call.project_roles.count(), call.topics.count(), call.stages.count()) == (2, 1, 2)
    assert Event.objects.about(call).get(action="call.changed").data == {"fields": []}
    # The next edition takes over all but the dates.
    copy = client.get(f"{NEW}?template=new")
    assert copy.context["cut_offs"].initial_form_count() == 0
    assert [form.initial["title"] for form in copy.context["stages"].initial_forms] == ["Pitch", "Final"]
    assert copy.context["form"].initial["role_combinations"] == ["1+1", "2+1"]


def test_a_fixed_voucher_needs_its_value_once(client: Client, template: Call, manager: User) -> None:
    changes = {"support_kind": "fixed_voucher", "support_max_eur": "250", "code": "fixed"}
    assert client.post(NEW, typed(client, f"{NEW}?template=innovation-2023", **(DATES | changes))).status_code == 302
    assert Call.objects.get(code="fixed").support_min_eur == Decimal(250)


@pytest.mark.parametrize(
    ("scale", "best", "threshold"),
    [("five", [5, 5, 5], 10), ("twenty-five", [15, 5, 5], 15), ("hundred", [40, 40, 20], 60)],
)
def test_a_call_from_nothing_begins_with_a_usual_scale(
    client: Client, eurocluster: Eurocluster, manager: User, scale: str, best: list[int], threshold: int
) -> None:
    assert f"?template=nothing&amp;scale={scale}" in client.get(NEW).content.decode()
    context: Any = client.get(f"{NEW}?template=nothing&scale={scale}").context
    rows = [form.initial for form in context["criteria"].initial_forms]
    assert [row["scale_max"] for row in rows] == best
    assert sum(row["weight"] for row in rows) == 1
    assert context["form"].initial["total_threshold"] == threshold
    named = {
        step.removeprefix("criterion:") for step in context["form"].initial["tie_breaks"].split(",") if ":" in step
    }
    assert named <= {row["code"] for row in rows}


def test_a_call_without_experts_needs_no_criteria(client: Client, draft: Call, manager: User) -> None:
    Call.objects.filter(pk=draft.pk).update(selection="first_come", reviews_per_application=0)
    draft.criteria.all().delete()
    assert "The call is published." in client.post("/manage/calls/draft/publish/", follow=True).content.decode()


def test_topics_that_the_form_does_not_ask_for_hold_up_the_publication(
    client: Client, draft: Call, manager: User
) -> None:
    Call.objects.filter(pk=draft.pk).update(intervention_fields_min=1)
    draft.topics.create(kind="intervention_field", code="a", title="A", position=1)
    page = client.get("/manage/calls/draft/publish/").content.decode()
    assert "The application form does not ask for: intervention_fields. Add these standard questions." in page
    client.post("/manage/calls/draft/publish/")
    draft.refresh_from_db()
    assert draft.status == CallStatus.DRAFT


def test_a_line_of_another_eurocluster_cannot_be_chosen(client: Client, template: Call, manager: User) -> None:
    foreign: BudgetLine = BudgetLineFactory()
    data = typed(client, f"{NEW}?template=innovation-2023", code="new", budget_line=foreign.pk, **DATES)
    assert list(client.post(NEW, data).context["form"].errors) == ["budget_line"]


def test_a_tie_break_names_a_criterion_of_the_call(client: Client, template: Call, manager: User) -> None:
    data = typed(client, f"{NEW}?template=innovation-2023", code="new", **DATES) | {"criteria-1-DELETE": "on"}
    answer = client.post(NEW, data)
    assert "criteria that the call does not have: impact" in str(answer.context["form"].errors["tie_breaks"])


def test_criteria_are_checked(client: Client, template: Call, manager: User) -> None:
    base = typed(client, f"{NEW}?template=innovation-2023", code="new", **DATES)
    twice = client.post(NEW, base | {"criteria-1-code": "excellence"}).context["criteria"]
    assert twice.non_form_errors() == ["Two criteria have the same name."]
    high = client.post(NEW, base | {"criteria-0-threshold": "5.5"}).context["criteria"]
    assert high.forms[0].errors == {"threshold": ["The threshold is above the best mark."]}


def test_a_further_criterion_gets_its_code_from_its_name(client: Client, template: Call, manager: User) -> None:
    data = typed(client, f"{NEW}?template=innovation-2023", code="new", **DATES) | {
        "criteria-3-title": "Green transition",
        "criteria-3-guidance": "How much is saved?",
        "criteria-3-weight": "12.5",
        "criteria-3-scale_max": "5",
        "criteria-3-step": "0.5",
    }
    assert client.post(NEW, data).status_code == 302
    last = Call.objects.get(code="new").criteria.last()
    assert last is not None
    assert (last.code, last.weight, last.threshold) == ("green-transition", Decimal("0.125"), None)


# --- Changing and publishing --------------------------------------------------------------------


@pytest.fixture
def draft(template: Call) -> Call:
    return CallFactory(
        draft=True,
        eurocluster=template.eurocluster,
        budget_line=template.budget_line,
        code="draft",
        tie_breaks=["earlier_submission"],
    )


def test_a_draft_is_changed(client: Client, draft: Call, manager: User) -> None:
    data = typed(client, "/manage/calls/draft/edit/", title="Better title", **{"criteria-0-weight": "30"})
    assert client.post("/manage/calls/draft/edit/", data).headers["Location"] == "/manage/calls/draft/"
    draft.refresh_from_db()
    assert draft.title == "Better title"
    assert draft.criteria.get(position=1).weight == Decimal("0.3")
    assert [form.version for form in draft.forms.all()] == [1]
    assert Event.objects.about(draft).get().data == {"fields": ["title"]}


def test_other_questions_are_another_version(client: Client, draft: Call, template: Call, manager: User) -> None:
    data = typed(client, "/manage/calls/draft/edit/", form_of=template.pk)
    client.post("/manage/calls/draft/edit/", data)
    assert [form.version for form in draft.forms.all()] == [2, 1]


def test_a_published_call_does_not_change(client: Client, draft: Call, manager: User) -> None:
    data = typed(client, "/manage/calls/draft/edit/", title="Too late")
    client.post("/manage/calls/draft/publish/")
    answer = client.post("/manage/calls/draft/edit/", data, follow=True)
    assert "so they cannot change" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.title == "Innovation vouchers"


def test_publishing(client: Client, draft: Call, manager: User) -> None:
    before = client.get("/manage/calls/draft/publish/").content.decode()
    assert (before.count(">Done<"), before.count(">Advised<")) == (10, 3)
    answer = client.post("/manage/calls/draft/publish/", follow=True)
    assert "The call is published." in answer.content.decode()
    draft.refresh_from_db()
    assert (draft.status, draft.published_by) == (CallStatus.PUBLISHED, manager)
    again = client.post("/manage/calls/draft/publish/", follow=True)
    assert "The call is no longer a draft." in again.content.decode()
    assert Event.objects.about(draft).filter(action="call.published").count() == 1


def test_a_short_window_asks_for_a_reason(client: Client, draft: Call, manager: User) -> None:
    draft.closes_at = draft.opens_at + timedelta(days=59)
    draft.save()
    page = client.get("/manage/calls/draft/publish/").content.decode()
    assert ">Give a reason<" in page
    assert "Why the call is open for less than two months" in page
    refused = client.post("/manage/calls/draft/publish/", {"reason": "Haste & <hurry>"}).content.decode()
    assert "Haste &amp; &lt;hurry&gt;" in refused
    assert "at least 20 characters" in refused
    assert client.post("/manage/calls/draft/publish/").status_code == 200
    draft.refresh_from_db()
    assert draft.status == CallStatus.DRAFT
    reason = "The mission to Mexico leaves in May."
    client.post("/manage/calls/draft/publish/", {"reason": reason})
    draft.refresh_from_db()
    assert draft.status == CallStatus.PUBLISHED
    assert Event.objects.about(draft).get(action="call.published").data["reason"] == reason


def test_an_incomplete_draft_is_not_published(client: Client, draft: Call, manager: User) -> None:
    draft.criteria.all().delete()
    page = client.get("/manage/calls/draft/publish/").content.decode()
    assert "The call has no evaluation criteria." in page
    assert ">Publish the call</button>" not in page
    answer = client.post("/manage/calls/draft/publish/")
    assert "something is still missing" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.status == CallStatus.DRAFT


@pytest.mark.parametrize("rows", [1, 4])
def test_queries_of_the_templates(
    client: Client, eurocluster: Eurocluster, manager: User, rows: int, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        CallFactory(eurocluster=eurocluster)
    with django_assert_num_queries(5):
        client.get(NEW)


@pytest.mark.parametrize("rows", [1, 4])
def test_queries_of_the_form(
    client: Client, template: Call, manager: User, rows: int, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        CallFactory()
    with django_assert_num_queries(17):
        client.get(f"{NEW}?template=innovation-2023")
