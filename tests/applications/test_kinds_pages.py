"""The kinds with rows and the conditions as applicants meet them, without JavaScript."""

from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from applications import services
from applications.models import Application, SectionAnswers
from applications.services.submitting import Incomplete
from applications.tasks import receipt_context
from calls.models import Call
from tests.factories.applications import AT, draft, hand_in, join, lead_of, member_of
from tests.factories.calls import CallFactory
from tests.question_kinds import FORM, GIVEN
from tests.responses import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("during_the_call")]

PLAN_QUESTION = FORM["sections"][1]["questions"][0]


@pytest.fixture
def call() -> Call:
    call = CallFactory(
        funding_rate=Decimal("0.7"), trl_rise_min=None, partners_min=1, sectors_min_distinct=1, countries_one_of=[]
    )
    call.forms.update(definition=FORM)
    return call


@pytest.fixture
def application(call, client) -> Application:
    application = draft(call)
    client.force_login(lead_of(application))
    return application


def save(application: Application, code: str, **changes: Any) -> SectionAnswers:
    section = application.form.parsed().section(code)
    row = application.participations.get(role="lead") if section.per_partner else None
    saved = application.answers.filter(section_code=code, participation=row).first()
    return services.save_section(
        application_id=application.pk,
        section=section,
        participation_id=row.pk if row else None,
        answers=GIVEN[code] | changes,
        expected_version=saved.version if saved else 0,
        by=lead_of(application),
        at=AT,
    )


def fill(application: Application, **changes: Any) -> None:
    for code, answers in GIVEN.items():
        save(application, code, **{key: value for key, value in changes.items() if key in answers})
    application.refresh_from_db()


def address(application: Application, code: str) -> str:
    section = application.form.parsed().section(code)
    if section.per_partner:
        row = application.participations.get(role="lead")
        return reverse("partner_section_edit", args=[application.pk, code, row.pk])
    return reverse("section_edit", args=[application.pk, code])


def send(client, application, code, typed, **options):
    version = next(iter(application.answers.filter(section_code=code).values_list("version", flat=True)), 0)
    return client.post(address(application, code), {"expected_version": version, **typed}, **options)


def stored(application: Application, code: str) -> dict[str, Any]:
    return dict(application.answers.get(section_code=code).answers)


# --- Cost table -------------------------------------------------------------------------------


def test_a_cost_table_is_saved_and_comes_back_with_its_totals(client, application) -> None:
    response = send(client, application, "costs", {"a-costs-staff": "10 000,01 €", "a-costs-trips": "1000"})
    assert response.status_code == 302
    assert stored(application, "costs") == {"costs": {"staff": "10000.01", "trips": "1000.00"}}
    application.refresh_from_db()
    assert application.requested_eur == Decimal("7400.01")  # 7000.007 + 400
    page = text_of(client.get(address(application, "costs")))
    assert 'value="10000.01"' in page
    assert 'value="1000"' in page
    assert "€11,000.01" in page
    assert "€7,400.01" in page


def test_a_wrong_amount_is_kept_and_named_at_its_place(client, application) -> None:
    response = send(client, application, "costs", {"a-costs-staff": "10 000", "a-costs-trips": "a lot"})
    assert response.status_code == 422
    page = text_of(response)
    words = "Trips: write an amount in euros, for example 26 000 or 26,000.50."
    assert page.count(words) == 3  # in the summary, above the table and at the cell
    assert 'id="id_a-costs-trips" value="a lot" inputmode="decimal" aria-invalid="true"' in page
    assert stored(application, "costs")["costs"] == {"staff": "10000.00", "trips": "a lot"}
    application.refresh_from_db()
    assert application.requested_eur == Decimal("7000.00")


def test_the_share_of_a_category_and_the_support_of_the_call_are_limits(client, application) -> None:
    typed = {"a-costs-staff": "80 000", "a-costs-trips": "90 000"}
    page = text_of(send(client, application, "costs", typed))
    assert "Trips: €90,000 is more than 50 % of your costs of €170,000." in page
    assert "The support would be €92,000; the call gives a partner at most €52,000." in page


def test_costs_of_one_partner_do_not_change_those_of_the_other(client, application) -> None:
    fill(application)
    other = join(application)
    section = application.form.parsed().section("costs")
    services.save_section(
        application_id=application.pk,
        section=section,
        participation_id=other.pk,
        answers={"costs": {"staff": "100.00"}},
        expected_version=0,
        by=member_of(other.organisation),
        at=AT,
    )
    asked = dict(application.participations.values_list("role", "requested_eur"))
    assert asked == {"lead": Decimal("7400.01"), "partner": Decimal("70.00")}
    application.refresh_from_db()
    assert application.requested_eur == Decimal("7470.01")
    page = text_of(client.get(reverse("application_check", args=[application.pk])))
    assert "Costs of all partners" in page
    for amount in ("€10,000.01", "€10,100.01", "€11,100.01", "€7,470.01"):
        assert amount in page


# --- Work plan --------------------------------------------------------------------------------

PACKAGE = {
    "a-work_plan-0-title": "Build",
    "a-work_plan-0-description": "We build it.\r\nTwice.",
    "a-work_plan-0-starts_month": "1",
    "a-work_plan-0-ends_month": "9",
    "a-work_plan-0-milestones-0-title": "First try",
    "a-work_plan-0-milestones-0-month": "4",
}


def test_a_work_plan_is_saved_and_comes_back_with_room_for_one_more(client, application) -> None:
    lead = application.participations.get()
    response = send(client, application, "plan", {**PACKAGE, "a-work_plan-0-lead": lead.pk, "add": "work_plan"})
    assert response.headers["Location"] == f"{address(application, 'plan')}#id_a-work_plan-new"
    assert stored(application, "plan")["work_plan"] == [
        {
            "title": "Build",
            "description": "We build it.\nTwice.",
            "starts_month": 1,
            "ends_month": 9,
            "lead": lead.pk,
            "milestones": [{"title": "First try", "month": 4}],
            "deliverables": [],
        }
    ]
    page = text_of(client.get(address(application, "plan")))
    assert 'value="Build"' in page
    assert f'<option value="{lead.pk}" selected>' in page
    assert "Package 2 (new)" in page
    assert "Package 3" not in page


def test_months_outside_the_project_are_named_and_kept(client, application) -> None:
    save(application, "project")
    typed = PACKAGE | {"a-work_plan-0-starts_month": "6", "a-work_plan-0-ends_month": "4"}
    typed |= {"a-work_plan-0-milestones-0-month": "10", "a-work_plan-1-title": "Half a package"}
    response = send(client, application, "plan", typed)
    page = text_of(response)
    assert response.status_code == 422
    assert "Package 1: it ends in month 4, before it starts in month 6." in page
    assert "Package 1: month 10 is after the end of the project, which takes 9 months." in page
    assert "Package 2:" not in page  # what is still to be written is no error in a draft
    assert stored(application, "plan")["work_plan"][1]["title"] == "Half a package"


def test_a_half_written_plan_cannot_be_submitted(client, application) -> None:
    fill(application, work_plan=[GIVEN["plan"]["work_plan"][0] | {"ends_month": None}])
    with pytest.raises(Incomplete):
        hand_in(application)
    page = text_of(client.get(reverse("application_check", args=[application.pk])))
    assert "Package 1: write the month in which it ends." in page


def test_a_plan_of_more_packages_than_allowed_is_kept_and_refused(client, application) -> None:
    typed = {f"a-work_plan-{n}-title": f"P{n}" for n in range(4)}
    page = text_of(send(client, application, "plan", typed))
    assert "There are 4 work packages; at most 3 are possible." in page
    assert len(stored(application, "plan")["work_plan"]) == 4


def test_of_two_plans_saved_at_once_each_package_is_chosen(client, application) -> None:
    theirs = [{"title": title, "starts_month": 1, "ends_month": 9} for title in ("Build", "Sell")]
    save(application, "plan", work_plan=theirs)
    sent = PACKAGE | {"expected_version": "0", "a-work_plan-1-title": "Learn"}
    asked = client.post(address(application, "plan"), sent)
    page = text_of(asked)
    assert (asked.status_code, "Choose for each package" in page) == (409, True)
    [clash] = [one for one in asked.context["clashes"] if one.packages]
    assert [(one.title, one.theirs is None, one.mine is None) for one in clash.packages] == [
        ("Build", False, False),
        ("Sell", False, True),
        ("Learn", True, False),
    ]
    build, sell, learn = (one.name for one in clash.packages)
    chosen = {"resolving": "yes", "clash": [one.question.code for one in asked.context["clashes"]], build: "mine"}
    chosen |= {one.name: "both" if one.packages else "theirs" for one in asked.context["clashes"]}
    chosen |= {sell: "neither", learn: "both", "expected_version": str(asked.context["theirs"].version)}
    client.post(address(application, "plan"), sent | chosen)
    kept = stored(application, "plan")["work_plan"]
    assert [(one["title"], len(one["milestones"])) for one in kept] == [("Build", 1), ("Learn", 0)]


# --- Indicators -------------------------------------------------------------------------------


def test_indicators_are_saved_with_those_of_ones_own(client, application) -> None:
    typed = {"a-aims-jobs-baseline": "3", "a-aims-jobs-target": "4,5"}
    typed |= {"a-aims-own-0-label": "Patents", "a-aims-own-0-unit": "", "a-aims-own-0-target": "two"}
    response = send(client, application, "plan", typed)
    assert response.status_code == 422
    assert "Patents: write the figure you aim at as a number." in text_of(response)
    assert stored(application, "plan")["aims"] == [
        {"code": "jobs", "label": "Jobs", "unit": "people", "baseline": "3", "target": "4.5"},
        {"code": None, "label": "Patents", "unit": "", "baseline": "", "target": "two"},
    ]
    assert 'value="Patents"' in text_of(client.get(address(application, "plan")))


# --- Conditions -------------------------------------------------------------------------------


def test_a_hidden_question_is_neither_asked_nor_sealed_but_kept(client, application) -> None:
    fill(application)
    page = client.get(address(application, "project")).content.decode()
    assert '<div data-question="countries" data-deciding="abroad" data-values="[&quot;yes&quot;]" hidden>' in page
    content = hand_in(application).content
    assert content["sections"]["project"] == {"title": "Oak", "duration_months": "9", "abroad": False}
    assert "travel" not in content["sections"]
    assert content["partners"][0]["sections"]["costs"] == {"costs": {"staff": "10000.01", "trips": "1000.00"}}
    assert "secret" not in application.submissions.get().canonical
    assert stored(application, "project")["countries"] == "secret Chile"
    assert stored(application, "travel") == {"why": "secret reason"}


def test_a_question_that_appears_is_shown_after_saving(client, application) -> None:
    typed = {"a-title": "Oak", "a-duration_months": "9", "a-abroad": "yes", "shown": "title duration_months abroad"}
    response = send(client, application, "project", typed | {"then": "next"}, follow=True)
    assert response.redirect_chain[-1][0] == address(application, "project")
    assert "Because of your answers 1 more question is asked: “Which countries?”." in text_of(response)
    assert '<div data-question="countries" data-deciding="abroad" data-values="[&quot;yes&quot;]">' in (
        response.content.decode()
    )
    again = typed | {"a-countries": "Chile", "shown": "title duration_months abroad countries", "then": "next"}
    assert send(client, application, "project", again).headers["Location"] == address(application, "plan")


def test_a_hidden_section_is_no_task_and_comes_when_it_applies(client, application) -> None:
    save(application, "project")
    task_list = text_of(client.get(application.get_absolute_url()))
    assert "Travel" not in task_list
    response = client.get(address(application, "travel"), follow=True)
    assert response.redirect_chain[-1][0] == application.get_absolute_url()
    assert "“Travel” does not apply" in text_of(response)
    save(application, "project", abroad=True)
    assert "Travel" in text_of(client.get(application.get_absolute_url()))
    assert send(client, application, "plan", {"then": "next"}).headers["Location"] == address(application, "travel")


def test_what_was_typed_into_a_section_ruled_out_meanwhile_is_kept(client, application) -> None:
    save(application, "project")
    response = send(client, application, "travel", {"a-why": "typed long ago"})
    assert response.status_code == 302
    assert stored(application, "travel") == {"why": "typed long ago"}


def test_a_question_ruled_out_by_another_section_is_left_out_and_its_answer_kept(client, application) -> None:
    fill(application)
    assert "We need a visa" not in text_of(client.get(address(application, "costs")))
    send(client, application, "costs", {"a-costs-staff": "5"})
    assert stored(application, "costs") == {"costs": {"staff": "5.00"}, "visa": True}
    save(application, "project", abroad=True)
    assert "We need a visa" in text_of(client.get(address(application, "costs")))


# --- Two people, and reading ------------------------------------------------------------------


def test_two_plans_are_shown_side_by_side_and_the_chosen_one_is_kept(client, application) -> None:
    save(application, "plan")
    theirs = stored(application, "plan")["work_plan"]
    mine = PACKAGE | {"a-work_plan-0-title": "Mine", "a-aims-jobs-baseline": "3", "a-aims-jobs-target": "5"}
    response = client.post(address(application, "plan"), {**mine, "expected_version": "0"})
    page = text_of(response)
    assert response.status_code == 409
    assert "<strong>Build</strong>" in page
    assert "<strong>Mine</strong>" in page
    assert "keep-aims" not in page
    choice = {"expected_version": "1", "resolving": "yes", "clash": "work_plan"}
    client.post(address(application, "plan"), {**mine, **choice, "keep-work_plan": "theirs"})
    assert stored(application, "plan")["work_plan"] == theirs
    client.post(address(application, "plan"), {**mine, **choice, "keep-work_plan": "mine"})
    assert stored(application, "plan")["work_plan"][0]["title"] == "Mine"


def test_a_sealed_version_is_read_with_its_tables(client, application) -> None:
    fill(application)
    hand_in(application)
    page = text_of(client.get(reverse("application_read", args=[application.pk])))
    for words in ("<strong>Build</strong>", "Months 1 to 9", "First try (month 4)", "€7,400.01", "70 %", "40 %"):
        assert words in page
    assert "Travel" not in page
    assert "secret" not in page
    context = receipt_context(application.submissions.get())
    assert [row.total for row in context["costs"].closing] == [Decimal("11000.01"), Decimal("7400.01")]


def test_far_too_much_text_is_refused_and_what_was_saved_stays(client, application) -> None:
    save(application, "plan")
    response = send(client, application, "plan", {"a-work_plan-0-description": "x" * 100_001})
    assert response.status_code == 422
    assert "There is far too much text to be kept." in text_of(response)
    assert stored(application, "plan")["work_plan"] == GIVEN["plan"]["work_plan"]


def test_the_longest_plan_travels_in_one_page(client, call, application) -> None:
    call.forms.update(
        definition={**FORM, "sections": [{**FORM["sections"][1], "questions": [{**PLAN_QUESTION, "max_packages": 30}]}]}
    )
    points = {
        f"a-work_plan-{n}-{kind}-{place}-{key}": "1"
        for n in range(30)
        for kind in ("milestones", "deliverables")
        for place in range(6)
        for key in ("title", "month")
    }
    typed = {f"a-work_plan-{n}-{key}": "1" for n in range(30) for key in ("title", "starts_month", "ends_month")}
    response = send(client, application, "plan", typed | points | {f"a-work_plan-{n}-lead": "" for n in range(30)})
    assert response.status_code == 302
    assert len(stored(application, "plan")["work_plan"]) == 30
