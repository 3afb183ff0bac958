"""What one submission and one saving ask of the database, counted exactly: in the last minute of a call each counts 300 times."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from applications import services as applications
from applications.models import Membership
from applications.states import MemberRole
from calls.models import CallForm
from tests import scenes

SAVING, SUBMITTING, ONE_MORE_TO_TELL = 8, 34, 4


@pytest.fixture
def draft(db: None) -> scenes.Pair:
    owner = scenes.eurocluster()
    return scenes.pair(scenes.open_call(owner, scenes.budget_line(owner))).fill()


def asked(work: Callable[[], object]) -> list[str]:
    with CaptureQueriesContext(connection) as found:
        work()
    return [one["sql"] for one in found if "SAVEPOINT" not in one["sql"]]


def submit(draft: scenes.Pair) -> Callable[[], object]:
    return lambda: applications.submit_application(
        application_id=draft.application.pk, number=1, by=draft.lead, at=scenes.OPEN
    )


def test_a_submission(draft: scenes.Pair) -> None:
    assert len(asked(submit(draft))) == SUBMITTING


def test_each_further_person_to_tell_costs_four(draft: scenes.Pair) -> None:
    Membership.objects.create(
        organisation=draft.organisations[0],
        user=scenes.person("Ana Pop"),
        role=MemberRole.MEMBER,
        joined_at=scenes.OPEN,
    )
    assert len(asked(submit(draft))) == SUBMITTING + ONE_MORE_TO_TELL


def test_a_saving_reads_all_answers_once(draft: scenes.Pair) -> None:
    section = draft.form.section("project")
    saved = draft.application.answers.get(section_code="project")

    def save() -> object:
        return applications.save_section(
            application_id=draft.application.pk,
            section=section,
            participation_id=None,
            answers=saved.answers | {"acronym": "FELT"},
            expected_version=saved.version,
            by=draft.lead,
            at=scenes.OPEN,
        )

    statements = asked(save)
    assert len(statements) == SAVING
    assert sum('FROM "applications_sectionanswers"' in one for one in statements) == 1


def test_a_form_is_read_once_and_a_changed_one_anew(draft: scenes.Pair) -> None:
    once, again = (CallForm.objects.get(pk=draft.application.form_id) for _ in range(2))
    assert once.parsed() is again.parsed()
    again.definition = again.definition | {"sections": again.definition["sections"][:1]}
    assert len(again.parsed().sections) == 1 < len(once.parsed().sections)
