"""A manager builds the form of a call in the browser; two tabs never overwrite each other, and nothing typed is lost."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import Event
from calls.form_definition import KINDS, FormDefinition
from calls.form_editing import digest_of
from calls.form_words import KIND_HINTS, KIND_LABELS
from calls.forms.form_builder import ROW_FORMS, SETTING_FIELDS
from calls.models import Call
from calls.states import CallStatus
from tests.factories.calls import CallFactory, team_member
from tests.responses import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def call() -> Call:
    return CallFactory(draft=True, code="loom-1")


@pytest.fixture
def manager(call: Call, client: Client) -> User:
    user = team_member(call.eurocluster)
    client.force_login(user)
    return user


@pytest.fixture
def builder(call: Call, manager: User, client: Client) -> Builder:
    return Builder(call, client)


class Builder:
    def __init__(self, call: Call, client: Client) -> None:
        self.call, self.client = call, client

    @property
    def form(self) -> FormDefinition:
        newest = self.call.forms.first()
        assert newest
        return newest.parsed()

    def url(self, name: str, *args: str) -> str:
        return reverse(name, args=[self.call.code, *args])

    def send(self, name: str, *args: str, query: str = "", expected: str = "", **data: Any) -> HttpResponse:
        data = {"expected": expected or digest_of(self.form), **data}
        return self.client.post(self.url(name, *args) + query, data)

    def codes(self, section: str) -> list[str]:
        return [question.code for question in self.form.section(section).questions]

    def page(self) -> str:
        return self.client.get(self.url("form_builder")).content.decode()


def told(answer: HttpResponse, client: Client) -> str:
    """What the page says after a click."""
    assert answer.status_code == 302
    return client.get(answer["Location"]).content.decode()


# --- The table of kinds --------------------------------------------------------------------------------


def test_every_kind_has_its_words_and_every_setting_its_field() -> None:
    assert set(KIND_LABELS) == set(KIND_HINTS) == set(KINDS)
    settings = {setting for kind in KINDS.values() for setting in kind.settings}
    assert settings == set(SETTING_FIELDS) | set(ROW_FORMS)


SENT: dict[str, dict[str, Any]] = {
    "short_text": {"max_length": "80"},
    "long_text": {"max_length": "900"},
    "number": {"minimum": "0.5", "maximum": "1 000"},
    "money": {"minimum": "", "maximum": "30,000"},
    "percentage": {},
    "date": {},
    "yes_no": {},
    "one_of": {"options": "Red\n\n  Dark   green\r\n"},
    "many_of": {"options": "Red\nGreen"},
    "declaration": {},
    "files": {"max_files": "3", "max_size_mb": "5", "file_types": ["pdf", "odt"]},
    "cost_table": {
        "categories-TOTAL_FORMS": "5",
        "categories-INITIAL_FORMS": "0",
        "categories-0-label": "Staff",
        "categories-0-rate": "50",
        "categories-1-label": "Subcontracting",
        "categories-1-max_share": "30",
        "categories-2-label": "Coaching",
        "categories-2-unit_cost": "250",
        "categories-2-unit": "day",
        "categories-3-label": "Overheads",
        "categories-3-flat_rate": "7.25",
        "categories-3-of": ["0", "2"],
        "categories-4-label": "Office",
        "categories-4-flat_rate": "15 %",
    },
    "work_plan": {"max_packages": "5"},
    "indicators": {
        "max_own": "2",
        "indicators-TOTAL_FORMS": "1",
        "indicators-INITIAL_FORMS": "0",
        "indicators-0-label": "Jobs",
        "indicators-0-unit": "people",
    },
}
KEPT: dict[str, dict[str, Any]] = {
    "short_text": {"max_length": 80},
    "number": {"minimum": "0.5", "maximum": 1000},
    "money": {"maximum": 30000},
    "one_of": {"options": [{"value": "red", "label": "Red"}, {"value": "dark_green", "label": "Dark green"}]},
    "files": {"max_files": 3, "max_size_mb": 5, "file_types": ["pdf", "odt"]},
    "cost_table": {
        "categories": [
            {"code": "staff", "label": "Staff", "guidance": "", "rate": "0.5"},
            {"code": "subcontracting", "label": "Subcontracting", "guidance": "", "max_share": "0.3"},
            {"code": "coaching", "label": "Coaching", "guidance": "", "unit_cost": 250, "unit": "day"},
            {
                "code": "overheads",
                "label": "Overheads",
                "guidance": "",
                "flat_rate": "0.0725",
                "of": ["staff", "coaching"],
            },
            {"code": "office", "label": "Office", "guidance": "", "flat_rate": "0.15"},
        ]
    },
    "work_plan": {"max_packages": 5},
    "indicators": {"max_own": 2, "indicators": [{"code": "jobs", "label": "Jobs", "unit": "people"}]},
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_question_can_be_added_and_saved_again(builder: Builder, kind: str) -> None:
    query = f"?kind={kind}"
    assert builder.client.get(builder.url("form_question_create", "costs") + query).status_code == 200
    answer = builder.send("form_question_create", "costs", query=query, label="How much?", required="on", **SENT[kind])
    assert "“How much?” is added." in told(answer, builder.client)
    stored = builder.call.forms.get().definition["sections"][-2]["questions"][-1]
    assert (stored["code"], stored["kind"], stored["required"]) == ("how_much", kind, True)
    assert {name: stored[name] for name in KEPT.get(kind, {})} == KEPT.get(kind, {})
    page = builder.client.get(builder.url("form_question_change", "costs", "how_much"))
    again = builder.send("form_question_change", "costs", "how_much", **shown(page))
    assert again.status_code == 302, again.content.decode()
    assert builder.call.forms.get().definition["sections"][-2]["questions"][-1] == stored


COSTS = {"required": "on", "label": "Costs", "categories-TOTAL_FORMS": "3", "categories-INITIAL_FORMS": "0"}
WRONG_ROWS = [
    ({"0-label": "Staff", "1-label": "More", "1-flat_rate": "7", "1-of": ["2"]}, "“Row 3” is empty or removed."),
    (
        {
            "0-label": "Staff",
            "1-label": "More",
            "1-flat_rate": "7",
            "1-of": ["2"],
            "2-label": "Rent",
            "2-flat_rate": "1",
        },
        "“Rent” is a flat rate itself.",
    ),
    ({"0-label": "Staff", "1-label": "More", "1-of": ["0"]}, "Write how many per cent of the ticked categories it is."),
    (
        {"0-label": "Staff", "1-label": "More", "1-flat_rate": "7", "1-of": ["1"]},
        "1 is not one of the available choices.",
    ),
    (
        {"0-label": "Staff", "0-flat_rate": "7", "0-unit_cost": "3", "0-unit": "day"},
        "A category is a flat rate or has a unit cost, not both.",
    ),
    ({"0-label": "Staff", "0-unit_cost": "3"}, "Write what one unit is, for instance a day of work."),
    ({"0-label": "Staff", "0-unit": "day"}, "Write what one unit costs."),
    ({"0-label": "Staff", "0-flat_rate": "101"}, "Ensure this value is less than or equal to 100."),
    ({"0-label": "Staff", "0-flat_rate": "0"}, "Ensure this value is greater than or equal to 0.01."),
    (
        {"0-label": "Staff", "0-flat_rate": "7"},
        "categories are all flat rates: nothing is left that they are a share of",
    ),
]


@pytest.mark.parametrize(("typed", "words"), WRONG_ROWS)
def test_what_cannot_be_worked_out_is_refused_in_words(builder: Builder, typed: dict[str, Any], words: str) -> None:
    rows = {f"categories-{name}": value for name, value in typed.items()}
    answer = builder.send("form_question_create", "costs", query="?kind=cost_table", **COSTS, **rows)
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert '<details class="disclosure" open>' in answer.content.decode()


def test_a_category_that_a_flat_rate_names_is_not_removed(builder: Builder) -> None:
    builder.send("form_question_create", "costs", query="?kind=cost_table", label="Costs", **SENT["cost_table"])
    page = builder.client.get(builder.url("form_question_change", "costs", "costs"))
    again = shown(page) | {"categories-0-DELETE": "on"}
    answer = builder.send("form_question_change", "costs", "costs", **again)
    assert "“Staff” is empty or removed." in text_of(answer)
    again["categories-3-of"] = ["2"]
    assert builder.send("form_question_change", "costs", "costs", **again).status_code == 302
    [table] = [
        one for one in builder.call.forms.get().definition["sections"][-2]["questions"] if one["code"] == "costs"
    ]
    assert [one["code"] for one in table["categories"]] == ["subcontracting", "coaching", "overheads", "office"]
    assert table["categories"][2]["of"] == ["coaching"]


def shown(page: HttpResponse) -> dict[str, Any]:
    """What a browser would send back from the page as it is."""
    context: Any = page.context
    rows = context["rows"]
    forms = [context["form"], *(rows.forms if rows else []), *([rows.management_form] if rows else [])]
    data = {field.html_name: field.value() for form in forms for field in form}
    return {name: value for name, value in data.items() if value not in (None, "", False)}


def test_a_cost_table_is_not_offered_in_a_common_section(builder: Builder) -> None:
    page = builder.client.get(builder.url("form_question_create", "project")).content.decode()
    assert "?kind=work_plan" in page
    assert "?kind=cost_table" not in page
    assert "?kind=cost_table" in builder.client.get(builder.url("form_question_create", "costs")).content.decode()


# --- Questions and sections -------------------------------------------------------------------------------


def test_what_is_wrong_comes_back_with_what_was_typed(builder: Builder) -> None:
    answer = builder.send("form_question_create", "project", query="?kind=one_of", label="Colour", options="Red\nRed")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Two lines are the same." in page
    assert 'value="Colour"' in page
    answer = builder.send("form_question_create", "project", query="?kind=number", label="N", minimum="9", maximum="2")
    assert "The largest value is below the smallest." in answer.content.decode()


def test_an_option_keeps_its_value_when_others_come(builder: Builder) -> None:
    before = builder.form.section("project").question("activity").options
    lines = "\n".join(["Something else", *(option.label for option in before)])
    builder.send("form_question_change", "project", "activity", label="Activity", required="on", options=lines)
    after = builder.form.section("project").question("activity").options
    assert (after[0].value, after[1:]) == ("something_else", before)


def test_a_condition_is_picked_from_earlier_answers(builder: Builder) -> None:
    builder.send("form_question_create", "project", query="?kind=yes_no", label="Voucher?", required="on")
    page = builder.client.get(builder.url("form_question_create", "impact") + "?kind=short_text")
    choices = dict(page.context["form"].fields["show_if"].choices)
    assert set(choices) == {"Kind of activity", "Voucher?"}
    yes = next(value for value, label in choices["Voucher?"] if label == "Yes")
    other = choices["Kind of activity"][0][0]
    sent = {"query": "?kind=short_text", "label": "Which?", "required": "on"}
    refused = builder.send("form_question_create", "impact", **sent, show_if=[yes, other])
    assert "Choose answers of one question only." in refused.content.decode()
    builder.send("form_question_create", "impact", **sent, show_if=[yes])
    condition = builder.form.section("impact").question("which").show_if
    assert condition
    assert (condition.question, condition.values) == ("project.voucher", (True,))
    assert "Only if “Voucher?” is yes" in builder.page()
    refused = builder.send("form_question_remove", "project", "voucher")
    assert "decides whether “Which?” is shown" in told(refused, builder.client).replace("&quot;", '"')
    assert "voucher" in builder.codes("project")


def test_a_section_is_added_changed_and_removed(builder: Builder) -> None:
    sent = {"title": "Ethics", "guidance": "Briefly.", "per_partner": "yes", "first_label": "Why?"}
    answer = builder.send("form_section_create", **sent, first_kind="long_text")
    assert answer.status_code == 302
    assert builder.form.section("ethics").per_partner
    builder.send("form_section_change", "ethics", title="Ethics and data", guidance="", per_partner="")
    section = builder.form.section("ethics")
    assert (section.title, section.per_partner, section.questions[0].max_length) == ("Ethics and data", False, 1000)
    builder.send("form_section_remove", "ethics")
    assert "ethics" not in [one.code for one in builder.form.sections]


# --- Moving -----------------------------------------------------------------------------------------------


def test_the_buttons_move_a_question_step_by_step_through_the_sections(builder: Builder) -> None:
    page = builder.page()
    buttons = re.findall(r'name="move" value="([^"]+)" data-step="(up|down)" data-for="([^"]+)"', page)
    steps = {(anchor, step): move for move, step, anchor in buttons}
    assert ("section-project", "up") not in steps
    assert ("question-project-title", "up") not in steps
    told_page = told(builder.send("form_move", move=steps["question-project-acronym", "up"]), builder.client)
    assert "“Acronym” is now question 1 of “The project”." in told_page
    assert builder.codes("project")[:2] == ["acronym", "title"]
    builder.send("form_move", move=steps["question-excellence-challenge", "up"])
    assert builder.codes("project")[-1] == "challenge"
    builder.send("form_move", move=steps["section-costs", "up"])
    assert [one.code for one in builder.form.sections][3:5] == ["costs", "implementation"]


def test_after_a_move_the_page_opens_at_the_thing(builder: Builder) -> None:
    answer = builder.send("form_move", move="question:project:title:excellence:1")
    assert answer["Location"].endswith("#question-excellence-title")


@pytest.mark.parametrize(
    "move",
    ["", "question", "section:project", "section:project:-1", "question:project:title:project:x", "form:project:1",
     "section:nothing:1", "question:project:nothing:project:1", "question:project:title:nothing:1",
     "section:project:²", "section:project:99999"],
)  # fmt: skip
def test_a_move_that_means_nothing_changes_nothing(builder: Builder, move: str) -> None:
    before = digest_of(builder.form)
    assert builder.send("form_move", move=move).status_code == 302
    assert digest_of(builder.form) == before


# --- Two tabs, and calls that are public or closed ------------------------------------------------------------


def test_a_second_tab_is_refused_and_keeps_what_was_typed(builder: Builder) -> None:
    read = digest_of(builder.form)
    builder.send("form_move", move="question:project:acronym:project:0")
    answer = builder.send("form_question_change", "project", "title", expected=read, label="My words", max_length="90")
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "What you typed is below" in page
    assert 'value="My words"' in page
    assert builder.form.section("project").question("title").label == "Title of the project"
    shown_digest = re.search(r'name="expected" value="([0-9a-f]+)"', page)
    assert shown_digest
    builder.send("form_question_change", "project", "title", expected=shown_digest[1], label="My words")
    assert builder.form.section("project").question("title").label == "My words"


def test_a_second_tab_that_moves_is_told(builder: Builder) -> None:
    read = digest_of(builder.form)
    builder.send("form_move", move="question:project:acronym:project:0")
    page = told(builder.send("form_move", expected=read, move="section:costs:0"), builder.client)
    assert "Nothing was overwritten" in page
    assert builder.form.sections[0].code == "project"


def test_a_public_call_says_that_changes_wait(client: Client) -> None:
    call = CallFactory(closes_at="2999-06-30T15:00:00Z")
    client.force_login(team_member(call.eurocluster))
    builder = Builder(call, client)
    assert "waits until you put it into force" in builder.page()
    assert reverse("form_put_in_force", args=[call.code]) not in builder.page()
    builder.send("form_move", move="question:project:acronym:project:0")
    page = builder.page()
    assert "1 difference to the questions in force." in page
    assert reverse("form_put_in_force", args=[call.code]) in page
    builder.client.post(builder.url("form_discard"))
    assert call.forms.count() == 1


def test_a_closed_call_is_read_only(client: Client) -> None:
    call = CallFactory(status=CallStatus.ARCHIVED)
    client.force_login(team_member(call.eurocluster))
    builder = Builder(call, client)
    page = builder.page()
    assert "these questions stay as they are" in page
    assert 'name="move"' not in page
    assert "can no longer change" in told(builder.send("form_move", move="section:costs:0"), client)
    answer = builder.send("form_question_change", "project", "title", label="Mine", max_length="9")
    assert (answer.status_code, 'value="Mine"' in answer.content.decode()) == (409, True)


# --- Standard questions, and a call without any ---------------------------------------------------------------


def test_what_the_settings_need_is_added_by_a_click(builder: Builder) -> None:
    Call.objects.filter(pk=builder.call.pk).update(is_de_minimis=True)
    assert "Missing: add" in builder.page()
    builder.send("form_standard", code="de_minimis_eur")
    assert "de_minimis_eur" in builder.codes("costs")
    page = builder.page()
    assert "Missing: add" not in page
    assert "The form asks everything" in page


def test_choices_about_topics_are_those_of_the_settings(builder: Builder) -> None:
    for position, code in enumerate(("product", "process"), start=1):
        builder.call.topics.create(kind="activity_type", code=code, title=code.title(), position=position)
    builder.send("form_standard", code="activity_types")
    builder.call.topics.filter(code="process").update(title="Processes")
    url = builder.url("form_question_change", "project", "activity_types")
    assert 'name="options"' not in builder.client.get(url).content.decode()
    builder.send("form_question_change", "project", "activity_types", label="Activities", required="on")
    options = builder.form.section("project").question("activity_types").options
    assert [(one.value, one.label) for one in options] == [("product", "Product"), ("process", "Processes")]


def test_a_call_without_questions_begins_with_a_small_form(builder: Builder) -> None:
    builder.call.forms.all().delete()
    assert "Begin with a small form" in builder.page()
    builder.client.post(builder.url("form_start"))
    assert [one.code for one in builder.form.sections] == ["project", "costs", "declarations"]
    assert builder.page().count('data-place="section:') == 3


def test_what_is_not_there_is_missing(builder: Builder) -> None:
    for name, args in (
        ("form_section_change", ["nothing"]),
        ("form_question_create", ["nothing"]),
        ("form_question_change", ["project", "nothing"]),
    ):
        assert builder.client.get(builder.url(name, *args)).status_code == 404


def test_every_change_of_a_click_is_written_down(builder: Builder, manager: User) -> None:
    builder.send("form_move", move="section:costs:0")
    event = Event.objects.about(builder.call.forms.get()).get()
    assert (event.action, event.actor_id) == ("call.form_changed", manager.pk)
