"""The questions of a draft change in place; those of a public call wait until they are put into force."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from audit.models import Event
from calls import form_editing, services
from calls.call_file import write_call_file
from calls.changes import changes_of
from calls.form_changes import Difference, change_between, same_questions
from calls.form_definition import parse
from calls.form_editing import EditRefused, digest_of
from calls.models import Call, CallForm, Corrigendum
from calls.standard_questions import add_standard_question, missing_questions, small_form, standard_questions
from calls.states import CallStatus
from tests.factories.accounts import UserFactory
from tests.factories.calls import AT, CLOSES_AT, CallFactory, definition

pytestmark = pytest.mark.django_db
QUESTION = {"kind": "yes_no", "label": "Voucher?", "guidance": "", "required": True}
ADD = partial(form_editing.add_question, section="project", question=QUESTION)
LABEL = partial(
    form_editing.change_question,
    section="project",
    code="title",
    question={"kind": "short_text", "label": "Name of the project", "guidance": "", "required": True},
)


@pytest.fixture
def manager() -> User:
    return UserFactory(full_name="Chiara Piovesan")


@pytest.fixture
def draft() -> Call:
    return CallFactory(draft=True)


@pytest.fixture
def public() -> Call:
    return CallFactory()


def newest(call: Call) -> CallForm:
    found = call.forms.first()
    assert found
    return found


def digest(call: Call) -> str:
    return digest_of(newest(call).parsed())


def change(call: Call, by: User, edit: Any = ADD, *, expected: str | None = None, at: datetime = AT) -> CallForm:
    seen = digest(call) if expected is None else expected
    return services.change_form(call_id=call.pk, edit=edit, expected=seen, by=by, at=at)


def put_in_force(call: Call, by: User, *, reason: str = "A question was missing.", at: datetime = AT) -> Corrigendum:
    return services.put_form_in_force(call_id=call.pk, expected=digest(call), reason=reason, by=by, at=at)


def versions(call: Call) -> list[tuple[int, bool]]:
    return list(call.forms.order_by("version").values_list("version", "is_pending"))


# --- Changing ----------------------------------------------------------------------------------------


def test_a_draft_changes_in_place(draft: Call, manager: User) -> None:
    for _ in range(3):
        change(draft, manager)
    assert versions(draft) == [(1, False)]
    codes = [question.code for question in newest(draft).parsed().section("project").questions]
    assert codes[-3:] == ["voucher", "voucher_2", "voucher_3"]
    assert Event.objects.about(newest(draft)).filter(action="call.form_changed").count() == 3


def test_changes_of_a_public_call_wait_in_one_version(public: Call, manager: User) -> None:
    for _ in range(3):
        change(public, manager)
    assert versions(public) == [(1, False), (2, True)]
    assert public.forms.in_force()[0].definition == definition()


@pytest.mark.parametrize(
    ("status", "at"),
    [
        (CallStatus.PUBLISHED, CLOSES_AT),
        (CallStatus.EVALUATION, AT),
        (CallStatus.DECIDED, AT),
        (CallStatus.IMPLEMENTATION, AT),
        (CallStatus.ARCHIVED, AT),
        (CallStatus.CANCELLED, AT),
    ],
)
def test_past_its_closing_nothing_changes(manager: User, status: CallStatus, at: datetime) -> None:
    call = CallFactory(status=status)
    with pytest.raises(services.FormFixed):
        change(call, manager, at=at)
    assert newest(call).definition == definition()


def test_a_public_call_takes_changes_until_just_before_it_closes(public: Call, manager: User) -> None:
    assert change(public, manager, at=CLOSES_AT - timedelta(microseconds=1)).is_pending


def test_the_second_of_two_tabs_is_refused(draft: Call, manager: User) -> None:
    read = digest(draft)
    change(draft, manager, expected=read)
    with pytest.raises(services.FormMoved):
        change(draft, manager, LABEL, expected=read)
    assert newest(draft).parsed().section("project").question("title").label == "Title of the project"


def test_a_refused_operation_leaves_no_version(public: Call, manager: User) -> None:
    with pytest.raises(EditRefused):
        change(public, manager, partial(form_editing.remove_question, section="project", code="nothing"))
    assert versions(public) == [(1, False)]


def test_a_call_without_questions_gets_its_first_once(draft: Call, manager: User) -> None:
    draft.forms.all().delete()
    for _ in range(2):
        services.start_form(call_id=draft.pk, form=small_form(), by=manager, at=AT)
    assert versions(draft) == [(1, False)]
    with pytest.raises(services.FormMoved):
        change(CallFactory(draft=True), manager, expected="")


def test_only_one_version_waits(public: Call) -> None:
    public.forms.create(version=2, definition=definition(), is_pending=True, created_at=AT)
    with pytest.raises(IntegrityError, match="a_call_has_one_pending_form_version"), transaction.atomic():
        public.forms.create(version=3, definition=definition(), is_pending=True, created_at=AT)


def test_what_waits_can_be_thrown_away(public: Call, manager: User) -> None:
    with pytest.raises(services.NoPendingForm):
        services.discard_pending_form(call_id=public.pk, by=manager, at=AT)
    change(public, manager)
    services.discard_pending_form(call_id=public.pk, by=manager, at=AT)
    assert versions(public) == [(1, False)]
    assert Event.objects.about(public).filter(action="call.form_discarded").count() == 1


def test_what_waits_is_not_in_the_file_of_the_call(public: Call, manager: User) -> None:
    change(public, manager)
    assert "Voucher?" not in write_call_file(services.file_of(public))


# --- Putting into force ---------------------------------------------------------------------------------


def test_new_questions_are_published_as_a_corrigendum(public: Call, manager: User) -> None:
    change(public, manager)
    change(public, manager, LABEL)
    made = put_in_force(public, manager)
    assert versions(public) == [(1, False), (2, False)]
    assert (made.number, made.reason, made.published_by, made.published_at) == (
        1,
        "A question was missing.",
        manager,
        AT,
    )
    [told] = changes_of(public)
    assert [text.label for text in told.texts] == ["Questions of the application"]
    assert (
        told.texts[0]
        .before.splitlines()[0]
        .startswith("The project: Title of the project (short text, at most 150 characters, required)")
    )
    assert told.texts[0].after.splitlines() == [
        "The project: Name of the project (short text, required)",
        "The project: Voucher? (yes or no, required)",
    ]
    event = Event.objects.about(public).get(action="call.corrected")
    assert (event.actor_label, event.data["fields"], event.data["form_version"]) == ("Chiara Piovesan", ["form"], 2)


def test_the_next_change_makes_the_next_version(public: Call, manager: User) -> None:
    change(public, manager)
    put_in_force(public, manager)
    change(public, manager)
    assert versions(public) == [(1, False), (2, False), (3, True)]
    assert put_in_force(public, manager).number == 2


def test_it_needs_a_reason_and_something_that_changed(public: Call, manager: User) -> None:
    with pytest.raises(services.NoPendingForm):
        put_in_force(public, manager)
    change(public, manager)
    with pytest.raises(ValueError, match="reason"):
        put_in_force(public, manager, reason=" ")
    change(public, manager, partial(form_editing.remove_question, section="project", code="voucher"))
    with pytest.raises(services.NothingChanged):
        put_in_force(public, manager)
    assert versions(public) == [(1, False), (2, True)]


def test_what_is_put_into_force_is_what_was_read(public: Call, manager: User) -> None:
    change(public, manager)
    read = digest(public)
    change(public, manager)
    with pytest.raises(services.FormMoved):
        services.put_form_in_force(call_id=public.pk, expected=read, reason="R", by=manager, at=AT)


def test_a_draft_and_a_closed_call_put_nothing_into_force(draft: Call, public: Call, manager: User) -> None:
    change(public, manager)
    for call, at in ((draft, AT), (public, CLOSES_AT)):
        with pytest.raises(services.FormFixed):
            put_in_force(call, manager, at=at)


# --- What differs ------------------------------------------------------------------------------------


def test_what_came_went_and_changed_is_told_apart() -> None:
    old = parse(definition())
    new = LABEL(ADD(old))
    new = form_editing.remove_question(new, "project", "acronym")
    new = form_editing.move_question(new, "impact", "market", 0, to_section="excellence")
    change = change_between(old, new)
    assert [(one.sort, one.label) for one in change.differences] == [
        ("removed", "Acronym"),
        ("added", "Voucher?"),
        ("changed", "Name of the project"),
        ("changed", "Market and customers"),
    ]
    moved = form_editing.move_section(form_editing.move_question(old, "project", "summary", 0), "costs", 0)
    assert change_between(old, moved).differences == (
        Difference(
            "changed", "Costs and support", "The section itself", ("after “Implementation”",), ("at the beginning",)
        ),
        Difference("changed", "The project", "Summary", ("after “Acronym”",), ("at the beginning",)),
    )
    assert (change.reopened, change.lost) == (("Voucher?",), ("Acronym",))
    assert change_between(old, old).differences == ()
    assert same_questions(old, new)["impact", "market"] == ("excellence", "market")
    assert ("project", "acronym") not in same_questions(old, new)


def test_another_kind_or_other_people_make_another_question() -> None:
    old = parse(definition())
    raw = definition() | {}
    sections = [{**section, "per_partner": not section["per_partner"]} for section in raw["sections"]]
    assert same_questions(old, parse({**raw, "sections": sections})) == {}


# --- Standard questions ------------------------------------------------------------------------------


def test_the_settings_say_which_questions_are_missing() -> None:
    call = CallFactory(is_de_minimis=True, intervention_fields_min=1)
    call.topics.create(kind="intervention_field", code="product", title="Product innovation", position=1)
    topics, form = list(call.topics.all()), newest(call).parsed()
    assert [one.code for one in missing_questions(call, form, topics)] == ["intervention_fields", "de_minimis_eur"]
    for code in ("intervention_fields", "de_minimis_eur"):
        form = add_standard_question(form, code, topics=topics)
    assert missing_questions(call, form, topics) == []
    question = form.section("project").question("intervention_fields")
    assert [(option.value, option.label) for option in question.options] == [("product", "Product innovation")]
    assert form.section("costs").question("de_minimis_eur").kind == "money"
    with pytest.raises(EditRefused, match="in the form already"):
        add_standard_question(form, "de_minimis_eur", topics=topics)


def test_a_question_about_topics_needs_topics() -> None:
    call = CallFactory()
    found = {one.code: one for one in standard_questions(call, small_form(), [])}
    assert found["activity_types"].gap
    assert not found["acronym"].gap
    with pytest.raises(EditRefused, match="name none to choose from"):
        add_standard_question(small_form(), "activity_types", topics=[])


def test_a_section_is_made_where_the_form_has_none_of_the_sort() -> None:
    form = form_editing.remove_section(form_editing.remove_section(small_form(), "costs"), "declarations")
    form = add_standard_question(form, "requested_support", topics=[])
    form = add_standard_question(form, "is_sme", topics=[])
    assert [(section.code, section.per_partner) for section in form.sections] == [
        ("project", False),
        ("costs", True),
        ("declarations", True),
    ]


def test_the_small_form_asks_what_a_usual_call_judges() -> None:
    call = CallFactory(trl_rise_min=None)
    assert missing_questions(call, small_form(), []) == []
