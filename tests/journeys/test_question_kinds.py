"""Tables and conditions in a browser: what follows while one types, what is saved by itself, and the same without scripts."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from applications.models import Application
from tests.factories.accounts import UserFactory
from tests.factories.applications import OrganisationFactory, draft, lead_of
from tests.factories.calls import CallFactory
from tests.journeys.conftest import PATIENCE, Person
from tests.live import LivePortal, wait_until
from tests.question_kinds import FORM

PASSWORD = "correct-horse-battery"
pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def an_application() -> Application:
    now = timezone.now()
    call = CallFactory(
        opens_at=now - timedelta(days=30),
        closes_at=now + timedelta(days=30),
        funding_rate=Decimal("0.7"),
        trl_rise_min=None,
    )
    call.forms.update(definition=FORM)
    member = UserFactory()
    member.password = PBKDF2PasswordHasher().encode(PASSWORD, "salt-of-the-real-portal")
    member.save()
    return draft(call, lead=OrganisationFactory(member=member), at=now)


def test_tables_and_conditions(portal: LivePortal, people: Callable[[str], Person]) -> None:
    application = an_application()
    row = application.participations.get()
    person = people("applicant")
    page = person.page
    person.sign_in(lead_of(application).email, PASSWORD)

    # A question comes when it applies and goes when it does not, and is saved by itself.
    page.goto(reverse("section_edit", args=[application.pk, "project"]))
    question = page.get_by_label("Which countries?")
    expect(question).to_be_hidden()
    page.get_by_label("Yes", exact=True).check()
    expect(question).to_be_visible()
    expect(page.locator("[data-questions-status]")).to_have_text("More questions are asked below.")
    person.fill(**{"a-title": "Oak", "a-duration_months": "9", "a-countries": "Chile"})
    expect(page.locator("#saved")).to_contain_text("Saved")
    wait_until(
        lambda: application.answers.filter(section_code="project", answers__countries="Chile").exists(),
        timeout=PATIENCE,
        what="the automatic saving",
    )
    page.get_by_label("No", exact=True).check()
    expect(question).to_be_hidden()
    page.get_by_label("Yes", exact=True).check()
    person.look("kinds-condition")
    person.press("Save and continue")

    # A work plan grows package by package.
    expect(page).to_have_url(re.compile("/plan/"))
    person.fill(
        **{
            "a-work_plan-0-title": "Build",
            "a-work_plan-0-starts_month": "1",
            "a-work_plan-0-ends_month": "6",
            "a-work_plan-0-lead": str(row.pk),
            "a-work_plan-0-milestones-0-title": "First try",
            "a-work_plan-0-milestones-0-month": "4",
        }
    )
    person.look("kinds-plan")
    person.press("Save and add a package")
    expect(page.get_by_role("group", name="Package 2 (new)")).to_be_visible()
    person.fill(**{"a-work_plan-1-title": "Test", "a-work_plan-1-starts_month": "7", "a-work_plan-1-ends_month": "5"})
    person.fill(**{"a-aims-jobs-baseline": "3", "a-aims-jobs-target": "many", "a-aims-own-0-label": "Patents"})
    person.press("Save and continue")
    expect(page.locator("[data-error-summary]")).to_contain_text("it ends in month 5, before it starts in month 7.")
    person.look("kinds-plan-errors")
    _forgive_refusals(person)
    person.fill(**{"a-work_plan-1-ends_month": "9", "a-aims-jobs-target": "5"})
    person.fill(**{"a-aims-own-0-baseline": "0", "a-aims-own-0-target": "2"})
    person.press("Save and continue")

    # The totals follow while one types, and the server says the same.
    expect(page).to_have_url(re.compile("/travel/"))
    page.goto(reverse("partner_section_edit", args=[application.pk, "costs", row.pk]))
    person.fill(**{"a-costs-staff": "10 000,01 €", "a-costs-trips": "1000"})
    expect(page.locator("[data-total]")).to_have_text("€11,000.01")
    expect(page.locator("[data-total-support]")).to_have_text("€7,400.01")
    typed = page.locator("[data-support]").all_text_contents()
    person.look("kinds-costs")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(re.compile(r"/applications/\d+/$"))
    page.goto(reverse("partner_section_edit", args=[application.pk, "costs", row.pk]))
    assert page.locator("[data-support]").all_text_contents() == typed
    expect(page.locator("[data-total-support]")).to_have_text("€7,400.01")

    page.goto(reverse("application_check", args=[application.pk]))
    expect(page.get_by_role("heading", name="Costs of all partners")).to_be_visible()
    person.look("kinds-check")
    page.goto(reverse("application_read", args=[application.pk]))
    person.look("kinds-read")


def test_the_script_shares_support_out_as_the_server_does(portal: LivePortal, people: Callable[[str], Person]) -> None:
    """Odd cents, many categories, flat rates and units: every row and the total, while typing and without scripts."""
    application = an_application()
    application.call.forms.update(definition=_form_of_rates(None, "0.5", "0.3333", "0.25", "1", "0.0001"))
    person = people("applicant")
    person.sign_in(lead_of(application).email, PASSWORD)
    row = application.participations.get()
    address = reverse("partner_section_edit", args=[application.pk, "costs", row.pk])
    person.go(address)
    person.look("kinds-costs-worked-out")
    for units, amounts in (
        ("0.5", ["0.01"] * 6),
        ("2,25", ["0.05", "33.33", "1.005", "99.99", ".5", "10"]),
        ("many", ["1,234.5", "7", "", "x", "-1", "3"]),
    ):
        person.go(address)
        person.fill(**{f"a-costs-c{n}": amount for n, amount in enumerate(amounts)}, **{"a-costs-days-units": units})
        worked_out = "[data-amount], [data-support], [data-total], [data-total-support]"
        before = person.page.locator(worked_out).all_text_contents()
        with person.page.expect_navigation():
            person.page.get_by_role("button", name="Save", exact=True).click()
        plain = person.page.context.request.get(address).text()
        assert re.findall(r"data-(?:amount|support|total|total-support)>([^<]*)<", plain) == before, amounts
    _forgive_refusals(person)


def _forgive_refusals(person: Person) -> None:
    """A page that comes back with what is wrong answers 422, and the console notes it."""
    person.problems = [problem for problem in person.problems if "status of 422" not in problem]


def _form_of_rates(*rates: str | None) -> dict[str, Any]:
    form = copy.deepcopy(FORM)
    categories = [
        {"code": f"c{n}", "label": f"C{n}", **({"rate": rate} if rate else {})} for n, rate in enumerate(rates)
    ]
    categories += [
        {"code": "all", "label": "All", "flat_rate": "0.07", "rate": "0.5"},
        {"code": "days", "label": "Days", "unit_cost": "33.33", "unit": "day"},
        {"code": "some", "label": "Some", "flat_rate": "0.0725", "of": ["c0", "c4", "days"]},
    ]
    form["sections"][3]["questions"] = [
        {"code": "costs", "kind": "cost_table", "label": "Costs", "categories": categories}
    ]
    return form
