"""Two people of two enterprises write one draft in two browsers: they see each other, a connection is lost, both change the
same answer, files go up and away, the partner confirms, the lead submits, changes something, submits again, withdraws."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, expect

from applications.models import Application, Submission
from applications.states import ApplicationStatus
from tests import scenes
from tests.attached import call_with_files, stored
from tests.documents import corpus
from tests.journeys.conftest import PASSWORD, PATIENCE, Person, let_sign_in
from tests.live import LivePortal, wait_until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture
def made(transactional_db: None) -> scenes.Pair:
    """Two SMEs whose draft is complete but for what they do here."""
    owner = scenes.eurocluster("loom", "LOOM")  # beside those of the reference data
    then = scenes.now() - timedelta(minutes=5)
    made = scenes.pair(call_with_files(owner, max_files=3), at=then).fill(at=then)
    for user in (made.lead, made.partner):
        let_sign_in(user)
    return made


def test_two_people_write_one_draft(
    portal: LivePortal, people: Callable[[str], Person], made: scenes.Pair, tmp_path: Path
) -> None:
    together = Together(portal, people, made)
    together.both_open_the_same_section()
    together.the_connection_of_the_lead_is_lost()
    together.both_changed_the_same_answer()
    together.files_go_up_and_away(tmp_path)
    together.the_partner_changes_its_costs_and_confirms()
    together.the_lead_submits()
    together.the_lead_changes_something_and_submits_again()
    together.the_lead_withdraws()
    assert portal.is_in_order()


class Together:
    def __init__(self, portal: LivePortal, people: Callable[[str], Person], made: scenes.Pair) -> None:
        self.portal, self.made = portal, made
        self.lead, self.partner = people("lead"), people("partner")
        self.home = made.application.get_absolute_url()
        self.excellence = reverse("section_edit", args=[made.application.pk, "excellence"])

    def stored(self, question: str, section: str = "excellence") -> str:
        return str(self.made.application.answers.get(section_code=section, participation=None).answers[question])

    def forgive(self, person: Person, *words: str) -> None:
        """Refusals and a lost connection are noted in the console of the browser; here they are meant."""
        person.problems = [problem for problem in person.problems if not any(word in problem for word in words)]

    # --- Writing -----------------------------------------------------------------------------

    def both_open_the_same_section(self) -> None:
        self.lead.sign_in(self.made.lead.email, PASSWORD)
        self.partner.sign_in(self.made.partner.email, PASSWORD)
        self.partner.go(self.excellence)
        self.lead.go(self.excellence)
        expect(self.lead.page.get_by_text(f"{self.made.partner.full_name} is writing here.")).to_be_visible()
        self.lead.look("together-01-present")

    def the_connection_of_the_lead_is_lost(self) -> None:
        page, saved = self.lead.page, self.lead.page.locator("#saved")
        novelty = self.area(self.lead, "novelty")
        page.context.set_offline(True)
        novelty.fill("Written without any connection.")
        expect(saved).to_contain_text("there is no connection")
        expect(novelty).to_have_value("Written without any connection.")
        self.lead.look("together-02-no-connection")
        page.context.set_offline(False)
        wait_until(
            lambda: self.stored("novelty") == "Written without any connection.", timeout=PATIENCE, what="the saving"
        )
        expect(saved).to_contain_text("Saved")
        self.forgive(self.lead, "ERR_INTERNET_DISCONNECTED", "Failed to load resource")

    def both_changed_the_same_answer(self) -> None:
        """The partner's page is older than what the lead saved."""
        self.area(self.partner, "challenge").fill("As the partner sees it.")
        expect(self.partner.page.locator("#saved")).to_contain_text("Nothing is overwritten")
        self.button(self.partner, "Save").click()
        expect(self.partner.page.get_by_role("heading", level=1)).to_have_text("Two people wrote this section")
        self.partner.look("together-03-conflict")
        self.forgive(self.partner, "status of 409")
        self.keep("challenge", "mine")
        self.keep("novelty", "theirs")
        self.partner.press("Save the chosen texts")
        expect(self.partner.page).to_have_url(re.compile(rf"{self.home}$"))
        assert self.stored("challenge") == "As the partner sees it."
        assert self.stored("novelty") == "Written without any connection."

    def keep(self, question: str, whose: str) -> None:
        self.partner.page.locator(f'[name="keep-{question}"][value="{whose}"]').check()

    def files_go_up_and_away(self, folder: Path) -> None:
        for name in ("plan.pdf", "old.pdf"):
            (folder / name).write_bytes(corpus.pdf(lambda writer, name=name: writer.add_metadata({"/Title": name})))
        page = self.lead.go(reverse("section_edit", args=[self.made.application.pk, "project"]))
        page.locator("#upload-annexes").set_input_files([folder / "plan.pdf", folder / "old.pdf"])
        expect(page.get_by_role("link", name="old.pdf")).to_be_visible()
        self.partner.go(reverse("question_files", args=[self.made.application.pk, "project", "annexes"]))
        self.partner.page.get_by_role("button", name=re.compile(r"Remove.*old\.pdf")).click()
        expect(self.partner.page.get_by_role("link", name="old.pdf")).to_have_count(0)
        assert stored(self.made) == ["plan.pdf"]

    # --- Submitting --------------------------------------------------------------------------

    def the_partner_changes_its_costs_and_confirms(self) -> None:
        row = self.made.application.participations.get(role="partner")
        self.partner.go(reverse("partner_section_edit", args=[self.made.application.pk, "costs", row.pk]))
        self.partner.fill(**{"a-requested_support": "25000"})
        self.button(self.partner, "Save").click()
        expect(self.partner.page).to_have_url(re.compile(rf"{self.home}$"))
        self.lead.go(f"{self.home}check/")
        expect(self.button(self.lead, "Submit the application")).to_have_count(0)  # not before the partner confirms
        self.partner.go(reverse("participation_confirm", args=[self.made.application.pk, row.pk]))
        self.partner.fill(confirmed="on")
        self.partner.look("together-04-confirm")
        self.button(self.partner, "Confirm").click()
        expect(self.partner.page).to_have_url(re.compile(rf"{self.home}$"))

    def submit(self, number: int) -> None:
        self.lead.go(f"{self.home}check/")
        self.lead.fill(declaration="on")
        self.lead.press("Submit the application")
        expect(self.lead.page).to_have_url(re.compile(rf"/submitted/{number}/$"))

    def the_lead_submits(self) -> None:
        self.submit(1)
        self.lead.look("together-05-submitted")
        receipt = self.lead.page.get_by_role("link", name="Download the receipt (PDF)")
        expect(receipt).to_be_visible(timeout=120_000)
        with self.lead.page.expect_download() as download:
            receipt.click()
        assert Path(download.value.path()).read_bytes().startswith(b"%PDF")
        sealed = Submission.objects.get()
        for words in ("As the partner sees it.", "Written without any connection.", "plan.pdf", "25000.00"):
            assert words in sealed.canonical
        assert "old.pdf" not in sealed.canonical
        reference = Application.objects.get().reference
        for user in (self.made.lead, self.made.partner):
            assert reference in self.lead.mail(reference, to=user.email)

    def the_lead_changes_something_and_submits_again(self) -> None:
        self.lead.go(self.excellence)
        self.area(self.lead, "solution").fill("Better than yesterday.")
        self.button(self.lead, "Save").click()
        expect(self.lead.page.get_by_text("What counts is version 1")).to_be_visible()
        self.partner.go(self.home)
        expect(self.partner.page.get_by_text("What counts is version 1")).to_be_visible()
        self.lead.look("together-06-changed")
        self.submit(2)
        assert list(Submission.objects.order_by("number").values_list("number", flat=True)) == [1, 2]
        assert Application.objects.get().status == ApplicationStatus.SUBMITTED

    def the_lead_withdraws(self) -> None:
        self.lead.go(self.home)
        self.lead.follow("Withdraw the application")
        self.lead.look("together-07-withdraw")
        self.lead.page.get_by_role("button", name=re.compile("Withdraw")).click()
        expect(self.lead.page).to_have_url(re.compile(rf"{self.home}$"))
        assert Application.objects.get().status == ApplicationStatus.WITHDRAWN
        self.partner.go(self.home)
        expect(self.partner.page.get_by_text("This application is out of the call")).to_be_visible()

    # --- Finding things on a page --------------------------------------------------------------

    def area(self, person: Person, question: str) -> Locator:
        return person.page.locator(f'textarea[name="a-{question}"]')

    def button(self, person: Person, name: str) -> Locator:
        return person.page.get_by_role("button", name=name, exact=True)
