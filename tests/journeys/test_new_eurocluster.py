"""A new Eurocluster publishes a call from nothing: no code, no administrator after the first page."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from audit import services as audit
from audit.models import Event
from calls.models import BudgetLine, Call, Eurocluster, LedgerEntry, TeamRole
from calls.states import CallStatus
from eurocluster_portal.demo.people import PASSWORD
from tests.journeys.conftest import Person
from tests.live import LivePortal

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

SIGNUP_PASSWORD = "nine looms and a dye house"
OWNER, MANAGER = "helene.aubry@textiles.example", "pieter.claes@textiles.example"
CODE, TITLE = "loom-innovation-1", "Innovation vouchers for textile SMEs"


def test_a_new_eurocluster_publishes_a_call_from_nothing(
    portal: LivePortal, people: Callable[[str], Person], tmp_path: Path
) -> None:
    administrator, owner, manager, visitor = (people(name) for name in ("admin", "owner", "manager", "visitor"))
    the_administrator_adds_it(administrator)
    the_owner_joins(owner, visitor)
    the_owner_describes_it(owner, tmp_path / "logo.jpg")
    the_manager_joins(owner, manager)
    the_manager_publishes_a_call(manager)
    a_visitor_reads_it(visitor)
    others_see_nothing_of_the_team(people("other"))
    all_is_written_down()


def the_administrator_adds_it(administrator: Person) -> None:
    administrator.sign_in("admin@demo.example", PASSWORD)
    administrator.follow("Add a Eurocluster")
    administrator.fill(
        name="LOOM",
        slug="loom",
        full_name="Linking origins of mending and weaving",
        mission="Helps textile SMEs in four countries to reuse fibres.",
        accent="#ffee00",
        reference_prefix="LOOM",
        owner_email=OWNER,
    )
    administrator.page.get_by_role("checkbox", name="Innovate for strategic autonomy").check()
    administrator.press("Add it and invite the owner")
    expect(administrator.page.get_by_role("alert")).to_contain_text("too light to be read")
    administrator.look("n01-new-refused")
    administrator.fill(accent="#6b2fa0")
    administrator.press("Add it and invite the owner")
    expect(administrator.page).to_have_url(re.compile(r"/manage/loom/partners/$"))
    partners = {"0": ("Flanders Textile Valley", "BE"), "1": ("Techtera", "FR"), "2": ("ATEVAL", "ES")}
    for row, (name, country) in partners.items():
        administrator.fill(**{f"partners-{row}-name": name, f"partners-{row}-country": country})
    administrator.page.get_by_role("checkbox", name="Coordinates the consortium").first.check()
    administrator.look("n02-partners")
    administrator.press("Save the partners")
    administrator.look("n03-manage-without-line")
    administrator.follow("Open a budget line")
    administrator.fill(
        title="Innovation vouchers",
        code="innovation",
        strand="innovate",
        allocated_eur="1,200,000",
        reason="Grant agreement 101999999, annex 1, table 3",
    )
    administrator.look("n04-budget-line")
    administrator.press("Open the line")
    expect(administrator.page.get_by_text("€1,200,000").first).to_be_visible()
    administrator.go("/manage/")
    administrator.look("n05-euroclusters")


def join(person: Person, full_name: str, email: str, shot: str) -> None:
    """From the mail over the sign-up to the page of the Eurocluster."""
    link = person.link_in(person.mail("invited to the team", to=email), "team-invitations")
    person.go(link)
    person.look(f"{shot}-invitation-signed-out")
    person.follow("Create an account")
    person.fill(full_name=full_name, email=email, password1=SIGNUP_PASSWORD)
    person.press("Create the account")
    person.go(person.link_in(person.mail("confirm", to=email), "confirm-email"))
    person.press("Yes, confirm")
    person.go(link)
    person.look(f"{shot}-invitation")
    person.press("Accept the invitation")
    expect(person.page).to_have_url(re.compile(r"/manage/loom/$"))


def the_owner_joins(owner: Person, visitor: Person) -> None:
    join(owner, "Hélène Aubry", OWNER, "n06-owner")
    owner.look("n07-manage-owner")
    visitor.go(owner.link_in(owner.mail("invited to the team", to=OWNER), "team-invitations"))
    expect(visitor.page.get_by_text("It was accepted.")).to_be_visible()
    visitor.look("n08-invitation-over")


def the_owner_describes_it(owner: Person, logo: Path) -> None:
    Image.new("RGB", (1200, 500), "#6b2fa0").save(logo)
    owner.go("/manage/loom/profile/")
    owner.fill(website="https://loom.example/", contact_email="hello@loom.example")
    owner.page.locator('[name="logo"]').set_input_files(logo)
    owner.press("Save the profile")
    owner.go("/manage/loom/profile/")
    owner.look("n09-profile")
    owner.go("/manage/loom/payer/")
    owner.fill(
        payer_name="Flanders Textile Valley",
        payer_iban="BE68 5390 0754 7034",
        payer_town="Kortrijk",
        payer_country="BE",
    )
    owner.look("n10-payer")
    owner.press("Save the account")
    expect(owner.page.get_by_text("BE68…7034")).to_be_visible()


def the_manager_joins(owner: Person, manager: Person) -> None:
    owner.go("/manage/loom/team/")
    owner.fill(email=MANAGER, role="manager")
    owner.press("Send the invitation")
    owner.look("n11-team-invited")
    join(manager, "Pieter Claes", MANAGER, "n12-manager")
    owner.mail("is now in the team of LOOM", to=OWNER)


def the_manager_publishes_a_call(manager: Person) -> None:
    manager.follow("Set up a call")
    manager.look("n13-choose-template")
    manager.page.locator('a[href*="template=recentre-innovation"]').first.click()
    manager.fill(title=TITLE, code=CODE, awards_max="20")
    manager.page.locator('[name="budget_line"]').select_option(label="Innovation vouchers")
    manager.press("Save the draft")
    expect(manager.page).to_have_url(re.compile(rf"/manage/calls/{CODE}/$"))
    manager.go(f"/manage/calls/{CODE}/publish/")
    manager.look("n14-publish")
    manager.press("Publish the call")
    expect(manager.page).to_have_url(re.compile(rf"/manage/calls/{CODE}/$"))


def a_visitor_reads_it(visitor: Person) -> None:
    visitor.go("/euroclusters/loom/")
    expect(visitor.page.get_by_role("img", name="Logo of LOOM")).to_be_visible()
    expect(visitor.page.get_by_text("Belgium · coordinator")).to_be_visible()
    visitor.look("n15-public-page")
    visitor.follow(TITLE)
    expect(visitor.page.get_by_role("heading", level=1)).to_contain_text(TITLE)
    visitor.look("n16-call")


def others_see_nothing_of_the_team(other: Person) -> None:
    other.sign_in("manager.recentre@demo.example", PASSWORD)
    for path in ("", "team/", "profile/", "partners/", "payer/", "budget/"):
        answer = other.context.request.get(f"/manage/loom/{path}")
        assert (path, answer.status) == (path, 404)


def all_is_written_down() -> None:
    loom = Eurocluster.objects.get(slug="loom")
    call = Call.objects.get(code=CODE)
    assert (call.status, call.eurocluster) == (CallStatus.PUBLISHED, loom)
    assert loom.payer_iban == "BE68539007547034"
    held = TeamRole.objects.filter(eurocluster=loom).order_by("id").values_list("user__email", "role")
    assert list(held) == [(OWNER, "owner"), (MANAGER, "manager")]
    line = BudgetLine.objects.get(eurocluster=loom)
    entries = LedgerEntry.objects.filter(line=line).values_list("source", "target", "amount_eur", "memo")
    memo = "Grant agreement 101999999, annex 1, table 3"
    assert list(entries) == [("outside", "available", Decimal("1200000.00"), memo)]
    actions = Event.objects.about(loom).order_by("id").values_list("action", flat=True)
    assert list(actions) == [
        "eurocluster.created",
        "team.invited",
        "eurocluster.partners_changed",
        "eurocluster.logo_changed",
        "eurocluster.changed",
        "eurocluster.payer_changed",
        "team.invited",
    ]
    assert audit.verify_chain().is_whole
