"""The call asks otherwise while somebody types: the words stay on the page, are set aside by themselves, and lead to what is
asked now; what the browser kept for a place that is gone finds its way, too."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from applications import services
from calls import form_editing as editing
from calls import services as calls
from calls.form_editing import digest_of
from calls.states import Role
from tests import scenes
from tests.attached import call_with_files
from tests.journeys.conftest import PASSWORD, PATIENCE, Person, let_sign_in
from tests.live import LivePortal, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture
def made(transactional_db: None) -> scenes.Pair:
    owner = scenes.eurocluster("loom", "LOOM")  # beside those of the reference data
    then = scenes.now() - timedelta(minutes=5)
    made = scenes.pair(call_with_files(owner), at=then)
    let_sign_in(made.lead)
    return made


def ask_otherwise(made: scenes.Pair, edit: Callable[..., Any]) -> None:
    call = made.application.call
    newest, manager = call.forms.first(), scenes.team_member(Role.MANAGER, call.eurocluster)
    assert newest
    pending = calls.change_form(
        call_id=call.pk, edit=edit, expected=digest_of(newest.parsed()), by=manager, at=scenes.now()
    )
    services.announce_form(
        call_id=call.pk, expected=digest_of(pending.parsed()), reason="Shorter.", by=manager, at=scenes.now()
    )


def texts(made: scenes.Pair) -> list[str]:
    return [text for row in made.application.set_aside.all() for _label, text in row.texts]


def answered(made: scenes.Pair, section: str, question: str) -> str:
    """What is kept of an answer; nothing until the section is saved, which comes after the setting aside."""
    row = made.application.answers.filter(section_code=section).first()
    return row.answers.get(question, "") if row else ""


def test_no_word_is_lost_when_the_questions_change(
    portal: LivePortal, people: Callable[[str], Person], made: scenes.Pair
) -> None:
    lead = people("lead")
    lead.sign_in(made.lead.email, PASSWORD)
    home = made.application.get_absolute_url()
    excellence = reverse("section_edit", args=[made.application.pk, "excellence"])
    a_question_goes(lead, made, excellence)
    the_section_goes(lead, made, excellence)
    the_browser_kept_more_than_there_is_room_for(lead, made)
    the_browser_kept_words_of_a_section_that_is_gone(lead, made, home, excellence)
    throw_away(lead, made)


def a_question_goes(lead: Person, made: scenes.Pair, excellence: str) -> None:
    page = lead.go(excellence)
    ask_otherwise(made, partial(editing.remove_question, section="excellence", code="novelty"))
    page.locator('textarea[name="a-novelty"]').fill("Nobody did it before.")
    expect(page.locator("#saved")).to_contain_text("no longer asked")
    assert texts(made) == ["Nobody did it before."]
    page.locator('textarea[name="a-challenge"]').fill("Waste of wood.")
    page.locator('textarea[name="a-novelty"]').fill("Nobody did it before us.")
    wait_until(
        lambda: texts(made) == ["Nobody did it before us."] and answered(made, "excellence", "challenge"),
        timeout=PATIENCE,
        what="keeping what was typed since",
    )
    assert answered(made, "excellence", "challenge") == "Waste of wood."
    lead.look("words-01-question-gone")


def the_section_goes(lead: Person, made: scenes.Pair, excellence: str) -> None:
    page = lead.go(excellence)
    ask_otherwise(made, partial(editing.remove_section, code="excellence"))
    page.locator('textarea[name="a-challenge"]').fill("Waste of good wood.")
    expect(page.locator("#saved")).to_contain_text("This section cannot be written any more.")
    wait_until(lambda: "Waste of good wood." in texts(made), timeout=PATIENCE, what="setting the words aside")
    expect(page.locator('textarea[name="a-challenge"]')).to_have_value("Waste of good wood.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This section cannot be written any more")
    lead.look("words-02-section-gone")
    lead.problems = [one for one in lead.problems if "409" not in one]  # meant, and noted in the console
    assert texts(made).count("Waste of good wood.") == 1


def keep_in_browser(lead: Person, made: scenes.Pair, path: str, *pairs: tuple[str, str]) -> None:
    """What `drafting.js` keeps when it cannot save."""
    kept = {"state": "lost", "version": "0", "page": "c" * 32, "turn": 3, "typed": [list(pair) for pair in pairs]}
    lead.page.evaluate(
        "([key, kept]) => sessionStorage.setItem(key, JSON.stringify(kept))", [f"typed:{made.lead.pk}:{path}", kept]
    )


def the_browser_kept_more_than_there_is_room_for(lead: Person, made: scenes.Pair) -> None:
    project = reverse("section_edit", args=[made.application.pk, "project"])
    keep_in_browser(lead, made, project, ("a-title", "Chairs of waste"), ("a-plan-7-title", "A package further down"))
    page = lead.go(project)
    page.get_by_role("button", name="Put it back").click()
    expect(page.get_by_text("More was put back than this page shows")).to_be_visible()
    wait_until(lambda: "A package further down" in texts(made), timeout=PATIENCE, what="saving what has no place")
    wait_until(lambda: answered(made, "project", "title"), timeout=PATIENCE, what="saving what has one")
    assert answered(made, "project", "title") == "Chairs of waste"


def the_browser_kept_words_of_a_section_that_is_gone(
    lead: Person, made: scenes.Pair, home: str, excellence: str
) -> None:
    keep_in_browser(lead, made, excellence, ("a-solution", "Typed before the session ended."))
    page = lead.go(home)
    expect(page.get_by_text("This browser kept words that you typed")).to_be_visible()
    assert "Typed before the session ended." in texts(made)
    assert page.evaluate("Object.keys(sessionStorage).filter((key) => key.includes('excellence')).length") == 0


def throw_away(lead: Person, made: scenes.Pair) -> None:
    page = lead.go(reverse("texts_aside", args=[made.application.pk]))
    lead.look("words-03-set-aside")
    count = made.application.set_aside.count()
    page.get_by_role("button", name="Throw away").first.click()
    expect(page.get_by_text("The texts are thrown away.")).to_be_visible()
    assert made.application.set_aside.count() == count - 1
