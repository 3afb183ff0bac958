"""A manager changes the questions of a public call: by keyboard, by mouse, with a condition; then they are put into force."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from calls.models import Call
from eurocluster_portal.demo.people import PASSWORD
from tests.journeys.conftest import Person
from tests.live import LivePortal

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def open_edition() -> Call:
    """The one of the reference data; its address tells the month in which it opened."""
    return Call.objects.get(code__startswith="recentre-innovation-", closes_at__gt=timezone.now())


def test_a_form_is_built_by_keyboard_and_mouse(portal: LivePortal, people: Callable[[str], Person]) -> None:
    manager = people("manager")
    manager.sign_in("manager.recentre@demo.example", PASSWORD)
    call = open_edition()
    form = f"/manage/calls/{call.code}/form/"
    manager.go(form)
    manager.look("f01-form")
    it_moves_by_keyboard(manager)
    it_moves_by_mouse(manager)
    it_asks_under_a_condition(manager, form)
    it_is_previewed(manager, form)
    it_comes_into_force(manager, form, call)


def order(manager: Person) -> list[str]:
    return [
        text.strip() for text in manager.page.locator("#section-project .build-list .task-name > a").all_text_contents()
    ]


def it_moves_by_keyboard(manager: Person) -> None:
    page = manager.page
    page.locator("#question-project-acronym a").focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(page).to_have_url(re.compile("#question-project-acronym$"))
    expect(page.locator("[data-builder-says]")).to_contain_text("“Acronym” is now question 3")
    expect(page.locator("#question-project-acronym a")).to_be_focused()
    assert order(manager)[:3] == ["Title of the project", "Summary", "Acronym"]
    page.locator("#question-project-title a").focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("[data-builder-says]")).to_have_text("It cannot go further in this direction.")


def it_moves_by_mouse(manager: Person) -> None:
    page = manager.page
    page.set_viewport_size({"width": 1280, "height": 1400})  # both ends of the way are on the screen
    page.evaluate("window.scrollTo(0, 0)")
    page.locator("#question-project-trl_start [data-handle]").hover()
    page.mouse.down()
    box = page.locator("#question-project-title").bounding_box()
    assert box
    page.mouse.move(box["x"] + 200, box["y"] + 4, steps=10)  # a drag begins with the first move and aims with the next
    page.mouse.move(box["x"] + 201, box["y"] + 4)
    page.mouse.up()
    expect(page).to_have_url(re.compile("#question-project-trl_start$"))
    expect(page.locator(".messages")).to_contain_text("is now question 1 of")
    assert order(manager)[:2] == ["Technology readiness level today", "Title of the project"]


def it_asks_under_a_condition(manager: Person, form: str) -> None:
    manager.go(f"{form}sections/project/new/")
    manager.look("f02-kinds")
    manager.follow("Yes or no")
    manager.fill(label="Do you need a service voucher?")
    manager.press("Add the question")
    manager.go(f"{form}sections/project/new/?kind=files")
    manager.page.locator("summary", has_text="condition").click()
    manager.look("f03-files")
    manager.fill(label="Offer of the provider")
    manager.page.get_by_label("Yes", exact=True).check()
    manager.press("Add the question")
    expect(manager.page.get_by_text("Only if “Do you need a service voucher?” is yes")).to_be_visible()
    manager.go(f"{form}sections/costs/new/?kind=cost_table")
    manager.look("f04-cost-table")
    it_has_overheads_worked_out(manager)
    manager.go(f"{form}new-section/")
    manager.look("f05-section")


def it_has_overheads_worked_out(manager: Person) -> None:
    """By keyboard: 7 % of the first row, before either has been saved."""
    page = manager.page
    manager.fill(**{"label": "Budget", "categories-0-label": "Staff", "categories-1-label": "Overheads"})
    page.locator("summary", has_text="Work the amount out").nth(1).focus()
    page.keyboard.press("Enter")
    manager.look("f04-cost-table-worked-out")
    manager.fill(**{"categories-1-flat_rate": "7"})
    page.locator('[name="categories-1-of"][value="0"]').press("Space")
    manager.press("Add the question")
    expect(page.get_by_text("Staff / Overheads (7 % of Staff)")).to_be_visible()


def it_is_previewed(manager: Person, form: str) -> None:
    page = manager.go(f"{form}preview/project/")
    expect(page.get_by_text("Offer of the provider").first).to_be_hidden()
    page.get_by_label("Yes", exact=True).check()
    expect(page.get_by_text("Offer of the provider").first).to_be_visible()
    manager.look("f06-preview")


def it_comes_into_force(manager: Person, form: str, call: Call) -> None:
    manager.go(form)
    manager.look("f07-waiting")
    manager.follow("Put the changes into force")
    manager.look("f08-put-into-force")
    manager.fill(reason="The service voucher was forgotten.")
    manager.press("Put into force and tell everybody")
    expect(manager.page.locator(".messages")).to_contain_text("The new questions count.")
    assert call.forms.in_force()[0].version == 2
    expect(manager.page.get_by_text("Questions of the application", exact=False).first).to_be_visible()
