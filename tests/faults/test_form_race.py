"""The questions of a call change on one connection while another one changes or answers them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

import pytest
from django.db import transaction

from accounts.models import User
from applications import services as applications
from applications.models import Application
from applications.services import drafting
from calls import form_editing as editing
from calls import services as calls
from calls.form_editing import digest_of
from calls.models import Call
from calls.services import form_versions
from calls.states import Role
from tests import scenes
from tests.faults.waiting import wait_until_somebody_waits

Beside = Callable[[Callable[[], str]], Future[str]]


# --- Two tabs on one form -------------------------------------------------------------------------------


@pytest.fixture
def draft(transactional_db: None) -> Call:
    owner = scenes.eurocluster()
    return scenes.draft_call(owner, scenes.budget_line(owner))


def digest(call: Call) -> str:
    newest = call.forms.first()
    assert newest
    return digest_of(newest.parsed())


def add(call: Call, label: str, expected: str, by: User) -> str:
    question = {"kind": "yes_no", "label": label, "guidance": "", "required": True}
    edit = partial(editing.add_question, section="project", question=question)
    try:
        calls.change_form(call_id=call.pk, edit=edit, expected=expected, by=by, at=scenes.OPEN)
    except calls.FormMoved:
        return "refused"
    return "changed"


def added(call: Call) -> list[str]:
    newest = call.forms.first()
    assert newest
    return [one.label for one in newest.parsed().section("project").questions if one.label in {"First", "Second"}]


def two_tabs(call: Call, beside: Beside) -> str:
    """Both read the form; the second changes it while the first has not committed yet."""
    manager, read = scenes.team_member(Role.MANAGER, call.eurocluster), digest(call)
    with transaction.atomic():
        assert add(call, "First", read, manager) == "changed"
        outcome = beside(lambda: add(call, "Second", read, manager))
        wait_until_somebody_waits()
    return outcome.result(timeout=60)


def test_of_two_tabs_at_the_same_instant_the_second_is_refused(draft: Call, beside: Beside) -> None:
    assert two_tabs(draft, beside) == "refused"
    assert added(draft) == ["First"]


def test_control_without_the_lock_the_first_change_is_lost(
    draft: Call, beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(form_versions, "lock_call", lambda call_id: Call.objects.get(pk=call_id))
    assert two_tabs(draft, beside) == "changed"
    assert added(draft) == ["Second"]


# --- An answer saved while new questions come into force ---------------------------------------------------


@pytest.fixture
def made(transactional_db: None) -> scenes.Pair:
    owner = scenes.eurocluster()
    return scenes.pair(scenes.open_call(owner, scenes.budget_line(owner))).fill()


def announce(made: scenes.Pair, manager: User) -> None:
    call = made.application.call
    calls.change_form(
        call_id=call.pk,
        edit=partial(editing.remove_question, section="project", code="summary"),
        expected=digest(call),
        by=manager,
        at=scenes.OPEN,
    )
    applications.announce_form(call_id=call.pk, expected=digest(call), reason="R.", by=manager, at=scenes.OPEN)


def save(made: scenes.Pair) -> str:
    try:
        made.save("project", title="Another title")
    except (applications.FormChanged, Application.DoesNotExist) as refusal:
        return type(refusal).__name__
    return "saved"


def change_while_saving(made: scenes.Pair, beside: Beside) -> str:
    manager = scenes.team_member(Role.MANAGER, made.application.call.eurocluster)
    with transaction.atomic():
        announce(made, manager)
        outcome = beside(lambda: save(made))
        wait_until_somebody_waits()
    return outcome.result(timeout=60)


def test_a_saving_waits_and_is_told_of_the_new_questions(made: scenes.Pair, beside: Beside) -> None:
    assert change_while_saving(made, beside) == "FormChanged"
    row = made.application.answers.get(section_code="project")
    assert "summary" not in row.answers
    assert row.answers["title"] != "Another title"


def test_control_without_holding_the_call_the_application_seems_gone(
    made: scenes.Pair, beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafting, "share_call_of", lambda application_id: Call.objects.get(applications=application_id))
    assert change_while_saving(made, beside) == "DoesNotExist"
