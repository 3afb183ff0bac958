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
from calls.models import BudgetLine, Call, Eurocluster
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
}


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
