"""Operations on a form: every result can be asked, and what cannot be asked is refused with the reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls import form_editing as editing
from calls.form_definition import FormDefinition, parse, to_json
from calls.form_editing import EditRefused, NotInForm, digest_of
from calls.standard_questions import small_form
from tests.factories.calls import definition


@pytest.fixture
def form() -> FormDefinition:
    return small_form()


def yes_no(label: str = "Do you need a service voucher?", **more: Any) -> dict[str, Any]:
    return {"kind": "yes_no", "label": label, "guidance": "", "required": True, **more}


def only_if(question: str, value: Any = True) -> dict[str, Any]:
    return {"show_if": {"question": question, "is": value}}


def codes(form: FormDefinition, section: str) -> list[str]:
    return [question.code for question in form.section(section).questions]


@pytest.fixture
def conditional(form: FormDefinition) -> FormDefinition:
    """`project.voucher` decides about `project.why` and about the question `what` of the section `plan`."""
    form = editing.add_question(form, "project", {**yes_no("Voucher"), "code": "voucher"})
    form = editing.add_question(form, "project", yes_no("Why") | only_if("project.voucher"))
    section = {"title": "Plan", "guidance": "", "per_partner": False}
    form = editing.add_section(form, section, first=yes_no("First"))
    return editing.add_question(form, "plan", yes_no("What") | only_if("project.voucher", value=False))


# --- Sections ------------------------------------------------------------------------------------


def test_a_section_comes_with_its_first_question(form: FormDefinition) -> None:
    section = {"title": "Health data & ethics", "guidance": "Briefly.", "per_partner": False}
    changed = editing.add_section(form, section, first=yes_no("Is data used?"))
    made = changed.sections[-1]
    assert (made.code, made.title, made.guidance) == ("health_data_ethics", "Health data & ethics", "Briefly.")
    assert [question.code for question in made.questions] == ["is_data_used"]
    again = editing.add_section(changed, section, first=yes_no("Is data used?"))
    assert (again.sections[-1].code, again.sections[-1].questions[0].code) == ("health_data_ethics_2", "is_data_used_2")


def test_a_section_keeps_its_code_and_questions_when_its_words_change(form: FormDefinition) -> None:
    words = {"title": "Facts", "guidance": "", "per_partner": False}
    changed = editing.change_section(form, "project", words)
    assert changed.section("project").title == "Facts"
    assert changed.section("project").questions == form.section("project").questions


def test_the_last_section_stays(form: FormDefinition) -> None:
    for code in ("costs", "declarations"):
        form = editing.remove_section(form, code)
    with pytest.raises(EditRefused, match="at least one section"):
        editing.remove_section(form, "project")


@pytest.mark.parametrize(
    ("position", "order"),
    [
        (0, ["declarations", "project", "costs"]),
        (1, ["project", "declarations", "costs"]),
        (99, ["project", "costs", "declarations"]),
    ],
)
def test_a_section_moves_to_a_position(form: FormDefinition, position: int, order: list[str]) -> None:
    changed = editing.move_section(form, "declarations", position)
    assert [section.code for section in changed.sections] == order


# --- Questions -------------------------------------------------------------------------------------


def test_a_question_gets_a_code_that_is_free_in_the_whole_form(form: FormDefinition) -> None:
    changed = editing.add_question(form, "costs", yes_no("Summary"), position=0)
    assert codes(changed, "costs") == ["summary_2", "requested_support"]


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("Title", "title_2"),  # the rules read `title`; only the standard question has that code
        ("2 reasons?", "reasons"),
        ("Причини", "question"),
        ("x" * 300, "x" * 46),
    ],
)
def test_a_code_is_made_from_the_label(label: str, code: str) -> None:
    assert editing.new_code(label, editing.RESERVED) == code


def test_a_question_keeps_its_code_and_kind_when_it_changes(form: FormDefinition) -> None:
    changed = editing.change_question(
        form, "project", "title", {"kind": "money", "label": "Name", "guidance": "", "required": False, "max_length": 9}
    )
    question = changed.section("project").question("title")
    assert (question.code, question.kind, question.label, question.required) == ("title", "short_text", "Name", False)


def test_the_last_question_of_a_section_stays(form: FormDefinition) -> None:
    for refused in (
        partial(editing.remove_question, form, "costs", "requested_support"),
        partial(editing.move_question, form, "costs", "requested_support", 0, to_section="declarations"),
    ):
        with pytest.raises(EditRefused, match="at least one question"):
            refused()


def test_a_question_moves_within_its_section_and_into_another(form: FormDefinition) -> None:
    moved = editing.move_question(form, "project", "summary", 0)
    assert codes(moved, "project") == ["summary", "title", "acronym", "duration_months"]
    moved = editing.move_question(moved, "project", "summary", 1, to_section="declarations")
    assert codes(moved, "project") == ["title", "acronym", "duration_months"]
    assert codes(moved, "declarations")[:2] == ["no_double_funding", "summary"]


@pytest.mark.parametrize(
    "edit",
    [
        partial(editing.remove_section, code="nothing"),
        partial(editing.change_question, section="project", code="nothing", question=yes_no()),
        partial(editing.move_question, section="nothing", code="title", position=0),
        partial(editing.move_question, section="project", code="title", position=0, to_section="nothing"),
    ],
)
def test_what_is_not_in_the_form_is_refused(form: FormDefinition, edit: Callable[[FormDefinition], Any]) -> None:
    with pytest.raises(NotInForm):
        edit(form)


def test_a_mistake_is_told_by_the_labels_of_its_place(form: FormDefinition) -> None:
    with pytest.raises(EditRefused) as refusal:
        editing.add_question(form, "costs", {"kind": "cost_table", "label": "Costs", "categories": []})
    assert refusal.value.reason == "Costs and support · Costs · categories must be a list with at least one entry"
    staff = {"code": "staff", "label": "Staff"}
    overheads = {"code": "overheads", "label": "Overheads", "flat_rate": "0.07", "of": ["travel"]}
    table = {"kind": "cost_table", "label": "Costs", "categories": [staff, overheads]}
    with pytest.raises(EditRefused) as refusal:
        editing.add_question(form, "costs", table)
    assert refusal.value.reason == "Costs and support · Costs · Overheads · of “travel” is no category of this table"


# --- Conditions --------------------------------------------------------------------------------------


def test_a_condition_is_written_as_short_as_its_place_allows(conditional: FormDefinition) -> None:
    conditions = [one.show_if for section in conditional.sections for one in section.questions if one.show_if]
    assert [(one.question, one.values) for one in conditions] == [("voucher", (True,)), ("project.voucher", (False,))]


@pytest.mark.parametrize(
    "edit",
    [
        partial(editing.remove_question, section="project", code="voucher"),
        partial(editing.remove_section, code="project"),
    ],
)
def test_a_question_on_which_others_depend_stays(conditional: FormDefinition, edit: Callable[..., Any]) -> None:
    with pytest.raises(EditRefused, match=r"“Voucher” decides whether “Wh.+” is shown"):
        edit(conditional)


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (partial(editing.move_question, section="project", code="why", position=0), "has to come after it"),
        (partial(editing.move_section, code="plan", position=0), "“What” depends on the answer to “Voucher”"),
        (
            partial(
                editing.change_section,
                code="project",
                section={"title": "The project", "guidance": "", "per_partner": True},
            ),
            "asked of every partner",
        ),
        (
            partial(editing.add_question, section="project", question=yes_no("X") | only_if("project.title", "x")),
            "does not offer",
        ),
        (
            partial(editing.add_question, section="project", question=yes_no("X") | only_if("project.voucher", "x")),
            "does not offer",
        ),
        (
            partial(editing.add_question, section="project", question=yes_no("X") | only_if("project.gone")),
            "not in the form",
        ),
    ],
)
def test_a_condition_points_back_at_an_answer_that_exists(
    conditional: FormDefinition, edit: Callable[..., Any], reason: str
) -> None:
    with pytest.raises(EditRefused, match=reason):
        edit(conditional)


def test_conditions_follow_the_question_they_name(conditional: FormDefinition) -> None:
    moved = editing.remove_question(conditional, "project", "why")
    moved = editing.move_question(moved, "project", "voucher", 0, to_section="plan")
    condition = moved.section("plan").question("what").show_if
    assert condition
    assert (condition.question, condition.values) == ("voucher", (False,))


def test_earlier_questions_that_everybody_reads_may_decide(conditional: FormDefinition) -> None:
    form = conditional

    def offered(section: str, question: str | None = None) -> list[str]:
        return [one.reference for one in editing.deciders(form, section, question)]

    assert offered("project", "title") == []
    assert offered("project", "why") == ["project.voucher"]
    assert offered("plan") == ["project.voucher", "project.why"]
    assert offered("plan", "") == ["project.voucher", "project.why", "plan.first", "plan.what"]
    assert offered("") == ["project.voucher", "project.why", "plan.first", "plan.what"]
    assert "declarations.is_sme" in offered("declarations", "true_and_complete")


# --- Any sequence -------------------------------------------------------------------------------------

PLACES = st.integers(0, 6)
LABELS = st.sampled_from(["Title", "Costs", "Why?", "Сума", "9 lives", "Why"])


@st.composite
def edits(draw: st.DrawFn) -> Callable[[FormDefinition], FormDefinition]:
    """Any operation on whatever the form holds by then, sensible or not."""
    sort = draw(
        st.sampled_from(["add section", "add", "condition", "move section", "move", "remove section", "remove"])
    )
    first, second, third, place = draw(PLACES), draw(PLACES), draw(PLACES), draw(PLACES)
    label, per_partner = draw(LABELS), draw(st.booleans())

    def edit(form: FormDefinition) -> FormDefinition:
        section = form.sections[first % len(form.sections)]
        question = section.questions[second % len(section.questions)]
        other = form.sections[third % len(form.sections)]
        words = {"title": label, "guidance": "", "per_partner": per_partner}
        if sort == "add section":
            return editing.add_section(form, words, first=yes_no(label))
        if sort == "add":
            return editing.add_question(form, section.code, yes_no(label), position=place)
        if sort == "condition":
            other_question = other.questions[place % len(other.questions)]
            reference = f"{other.code}.{other_question.code}"
            return editing.add_question(form, section.code, yes_no(label) | only_if(reference, per_partner))
        if sort == "move section":
            return editing.move_section(form, section.code, place)
        if sort == "move":
            return editing.move_question(form, section.code, question.code, place, to_section=other.code)
        if sort == "remove section":
            return editing.remove_section(form, section.code)
        return editing.remove_question(form, section.code, question.code)

    return edit


@given(st.lists(edits(), max_size=15))
def test_any_sequence_of_operations_leaves_a_form_that_can_be_asked(
    operations: list[Callable[[FormDefinition], FormDefinition]],
) -> None:
    form = parse(definition())
    for operation in operations:
        before = digest_of(form)
        try:
            form = operation(form)
        except EditRefused:
            assert digest_of(form) == before
    assert parse(json.loads(json.dumps(to_json(form)))) == form
    asked = [question.code for section in form.sections for question in section.questions]
    assert len(asked) == len(set(asked))


def test_the_digest_changes_with_the_form_and_with_nothing_else(form: FormDefinition) -> None:
    assert digest_of(form) == digest_of(parse(to_json(form)))
    assert digest_of(form) != digest_of(editing.move_question(form, "project", "title", 1))
