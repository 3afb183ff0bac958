"""One call from publication to payment, in a browser, with a real worker, by everybody who takes part."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sepaxml
import xmlschema
from django.utils import timezone
from playwright.sync_api import expect
from pypdf import PdfReader

from applications.models import Application
from applications.section_forms import PREFIX
from audit import services as audit
from audit.models import Event
from calls.models import BudgetLine, Call
from documents.models import Document
from eurocluster_portal import reference_data
from eurocluster_portal.demo import population
from eurocluster_portal.demo.people import PASSWORD
from notifications.models import Message
from tests.journeys.conftest import MAILED, Person
from tests.live import LivePortal, wait_until
from vouchers.models import Claim, GrantAgreement, PaymentBatch, Voucher

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

PROJECT = population.projects("recentre-innovation")[1]
CODE = "recentre-innovation-journey"
TITLE = "Vouchers for innovation across furniture, IT and energy"
SIGNUP_PASSWORD = "eleven tonnes of beech"
MARKS = {"evaluator1": ("4", "4.5", "4"), "evaluator2": ("3.5", "4", "4.5")}


def test_one_call_from_publication_to_payment(portal: LivePortal, people: Callable[[str], Person]) -> None:
    journey = Journey(portal, people)
    journey.the_manager_publishes_a_call()
    journey.a_visitor_reads_it()
    journey.two_companies_sign_up()
    journey.the_lead_starts_and_invites()
    journey.the_partner_joins()
    journey.both_answer()
    journey.the_partner_confirms()
    journey.the_lead_submits()
    journey.the_deadline_passes()
    journey.the_manager_checks_and_assigns()
    journey.the_experts_mark()
    journey.the_manager_ranks_and_decides()
    journey.all_sign_the_agreement()
    journey.the_lead_claims()
    journey.two_finance_officers_pay()
    journey.everything_adds_up()


class Journey:
    """The steps in order; what one person learns, such as an address, the next ones use."""

    def __init__(self, portal: LivePortal, people: Callable[[str], Person]) -> None:
        self.portal = portal
        self.manager, self.visitor = people("manager"), people("visitor")
        self.lead, self.partner = people("lead"), people("partner")
        self.experts = {"evaluator1": people("evaluator1"), "evaluator2": people("evaluator2")}
        self.finance, self.second = people("finance"), people("second")
        lead, partner = PROJECT.partners[:2]
        self.companies = {
            "lead": (self.lead, population.company(lead.company), lead),
            "partner": (self.partner, population.company(partner.company), partner),
        }

    # --- The call ----------------------------------------------------------------------------
    def the_manager_publishes_a_call(self) -> None:
        manager = self.manager
        manager.go("/accounts/login/")
        manager.look("01-sign-in")
        manager.sign_in("manager.recentre@demo.example", PASSWORD)
        manager.look("02-manager-desk-empty")
        template = Call.objects.get(
            code__startswith="recentre-innovation-2", published_at__gte=timezone.now() - timedelta(90)
        )
        manager.go(f"/manage/recentre/calls/new/?template={template.code}")
        today = timezone.localdate()
        manager.fill(
            code=CODE,
            title=TITLE,
            opens_on=(today - timedelta(days=30)).isoformat(),
            closes_on=(today + timedelta(days=40)).isoformat(),
        )
        manager.look("03-call-new")
        manager.press("Save the draft")
        expect(manager.page).to_have_url(re.compile(rf"/manage/calls/{CODE}/$"))
        manager.look("04-call-draft")
        expect(manager.page.get_by_role("heading", level=1)).to_contain_text(TITLE)
        manager.go(f"/manage/calls/{CODE}/publish/")
        manager.look("05-call-publish")
        manager.press("Publish the call")
        expect(manager.page).to_have_url(re.compile(rf"/manage/calls/{CODE}/$"))
        manager.look("06-call-published")

    def a_visitor_reads_it(self) -> None:
        visitor = self.visitor
        visitor.go("/")
        visitor.look("07-home")
        visitor.go("/calls/")
        visitor.look("08-calls")
        visitor.follow(TITLE)
        expect(visitor.page.get_by_text("€52,000").first).to_be_visible()
        visitor.look("09-call")

    # --- Applying ----------------------------------------------------------------------------
    def two_companies_sign_up(self) -> None:
        for name, (person, company, _) in self.companies.items():
            person.go("/accounts/signup/")
            person.fill(full_name=company.contact.full_name, email=company.contact.email, password1=SIGNUP_PASSWORD)
            person.look(f"10-sign-up-{name}")
            person.press("Create the account")
            mail = person.mail("confirm", to=company.contact.email)
            person.go(person.link_in(mail, "confirm-email"))
            person.press("Yes, confirm")
            expect(person.page).to_have_url(re.compile(r"/desk/$"))
            person.look(f"11-desk-{name}-empty")

    def describe(self, person: Person, company: population.Company, shot: str) -> None:
        person.page.get_by_text("How to reach it").click()
        spaced = f"{company.vat_number[:2]} {company.vat_number[2:5]} {company.vat_number[5:]}"
        person.fill(
            legal_name=company.legal_name,
            country=company.country,
            vat_number=spaced,
            registration_number=company.registration_number,
            street=company.street,
            postcode=company.postcode,
            city=company.city,
            website=company.website,
            nace=company.nace,
            founded_on=company.founded_on.isoformat(),
            headcount=str(company.headcount),
            turnover_eur=str(company.turnover_eur),
            balance_sheet_eur=str(company.balance_sheet_eur),
            description=company.description,
        )
        for sector in company.sectors:
            person.page.get_by_role("checkbox", name=SECTORS[sector]).check()
        person.look(shot)
        person.press("Save the organisation")

    def the_lead_starts_and_invites(self) -> None:
        lead, company, part = self.companies["lead"]
        lead.go(f"/calls/{CODE}/")
        lead.follow("Start an application")
        lead.look("12-start-without-organisation")
        lead.follow("Describe your organisation")
        self.describe(lead, company, "13-organisation")
        lead.page.get_by_role("radio", name=company.legal_name).check(force=True)
        lead.page.get_by_role("radio", name=SECTORS[part.sector]).check(force=True)
        lead.look("14-start")
        lead.press("Start")
        lead.look("15-task-list-new")
        self.application = Application.objects.get(call__code=CODE)
        lead.follow("Invite or remove partners")
        guest = self.companies["partner"][1]
        lead.fill(organisation_name=guest.legal_name, email=guest.contact.email)
        lead.press("Send the invitation")
        lead.look("16-partner-invited")

    def the_partner_joins(self) -> None:
        partner, company, part = self.companies["partner"]
        mail = partner.mail("invit", to=company.contact.email)
        link = partner.link_in(mail, "invitations")
        self.visitor.go(link)
        self.visitor.look("17-invitation-signed-out")
        partner.go(link)
        partner.look("18-invitation")
        partner.follow("Describe your organisation")
        self.describe(partner, company, "19-organisation-partner")
        partner.page.get_by_role("radio", name=company.legal_name).check(force=True)
        partner.page.get_by_role("radio", name=SECTORS[part.sector]).check(force=True)
        partner.press("Join as a partner")
        partner.look("20-task-list-partner")

    def answer(self, person: Person, section: str, answers: dict[str, Any], participation: int | None = None) -> None:
        tail = f"{participation}/" if participation else ""
        person.go(f"/applications/{self.application.pk}/sections/{section}/{tail}")
        person.fill(**{f"{PREFIX}-{code}": "on" if value is True else str(value) for code, value in answers.items()})

    def both_answer(self) -> None:
        rows = {
            row.organisation.legal_name: row.pk
            for row in self.application.participations.select_related("organisation")
        }
        for section, answers in PROJECT.answers.items():
            self.answer(self.lead, section, answers)
            self.lead.look(f"21-section-{section}")
            self.lead.press("Save and continue")
        for name, (person, company, part) in self.companies.items():
            for section, answers in part.answers.items():
                self.answer(person, section, answers, rows[company.legal_name])
                person.look(f"22-{name}-{section}")
                person.press("Save and continue")

    def the_partner_confirms(self) -> None:
        partner = self.companies["partner"][0]
        partner.go(f"/applications/{self.application.pk}/")
        partner.follow("Read and confirm")
        partner.fill(confirmed="on")
        partner.look("22-partner-confirms")
        partner.press("Confirm")
        expect(partner.page.get_by_text("has confirmed its part")).to_be_visible()

    def the_lead_submits(self) -> None:
        lead = self.lead
        lead.go(f"/applications/{self.application.pk}/")
        lead.look("23-task-list-done")
        lead.go(f"/applications/{self.application.pk}/check/")
        lead.fill(declaration="on")
        lead.look("24-check-answers")
        lead.press("Submit the application")
        expect(lead.page).to_have_url(re.compile(r"/submitted/1/$"))
        lead.look("25-confirmation")
        self.application.refresh_from_db()
        receipt = wait_for_document("receipt")
        assert_pdf(self.portal, receipt, self.application.reference, PROJECT.title, "Co-funded by the European Union")
        for _, company, _ in self.companies.values():
            assert self.application.reference in lead.mail(self.application.reference, to=company.contact.email)

    def the_deadline_passes(self) -> None:
        """Time itself cannot be waited for: the closing instant is moved to now, after everything that was handed in."""
        Call.objects.filter(code=CODE).update(closes_at=timezone.now())

    # --- Evaluation --------------------------------------------------------------------------
    def the_manager_checks_and_assigns(self) -> None:
        manager = self.manager
        manager.go("/desk/")
        manager.look("26-manager-desk-to-check")
        manager.go(f"/manage/calls/{CODE}/applications/")
        manager.look("27-applications")
        manager.go(f"/manage/applications/{self.application.pk}/eligibility/")
        manager.fill(decision="eligible")
        manager.look("28-eligibility")
        manager.press("Record the decision")
        for expert in ("Annelies Vercauteren", "Henrik Lindqvist"):
            manager.go(f"/manage/calls/{CODE}/evaluation/")
            manager.page.locator("details:not([open]):has(select[name=expert]) > summary").click()
            option = manager.page.locator("select[name=expert] option", has_text=expert).first
            manager.page.locator("select[name=expert]").first.select_option(option.get_attribute("value"))
            manager.press("Ask this expert")
        manager.look("29-evaluation-assigned")

    def the_experts_mark(self) -> None:
        for name, expert in self.experts.items():
            expert.sign_in(f"{name}@demo.example", PASSWORD)
            expert.go("/evaluation/")
            expert.look(f"30-{name}-list")
            expert.follow(re.compile(self.application.reference or ""))
            expect(expert.page.get_by_text(PROJECT.answers["excellence"]["solution"][:40])).to_have_count(0)
            expert.fill(declares_no_conflict="on")
            expert.look(f"31-{name}-declaration")
            expert.press("Accept and open the proposal")
            for code, mark in zip(("excellence", "impact", "implementation"), MARKS[name], strict=True):
                expert.fill(**{f"mark_{code}": mark})
                comment = population.review_comments(code, Decimal(mark))[0]
                expert.fill(**{f"comment_{code}": comment + " " + comment})
            expert.look(f"32-{name}-review")
            expert.press("Check and submit")
            expect(expert.page).to_have_url(re.compile(r"/review/check/$"))
            expert.look(f"33-{name}-check")
            expert.press("Submit the review")
            expert.look(f"34-{name}-done")

    def the_manager_ranks_and_decides(self) -> None:
        manager = self.manager
        manager.go(f"/manage/calls/{CODE}/ranking/")
        manager.look("35-ranking-before")
        manager.press("Make the ranking list")
        manager.look("36-ranking")
        manager.fill(is_confirmed="on")
        manager.press(re.compile("Decide and reserve"))
        manager.look("37-decided")
        line = BudgetLine.objects.get(calls__code=CODE)
        assert line.reserved_eur == PROJECT.requested_eur
        assert line.available_eur == Decimal("1040000.00") - PROJECT.requested_eur
        letter = wait_for_document("result_letter")
        text = assert_pdf(self.portal, letter, self.application.reference, "Co-funded by the European Union")
        assert "Vercauteren" not in text
        self.lead.go(f"/applications/{self.application.pk}/result/")
        self.lead.look("38-result")

    # --- Agreement and money -----------------------------------------------------------------
    def all_sign_the_agreement(self) -> None:
        manager = self.manager
        manager.go("/agreements/")
        manager.look("39-agreements")
        manager.press(re.compile("Prepare agreement"))
        self.agreement = GrantAgreement.objects.get(application=self.application)
        wait_until(lambda: GrantAgreement.objects.filter(status="ready").exists(), timeout=MAILED, what="the agreement")
        expect(manager.page.get_by_role("link", name="Download the PDF")).to_be_visible()  # the page follows by itself
        document = Document.objects.get(pk=self.agreement.document_id)
        names = [company.legal_name for _, company, _ in self.companies.values()]
        assert_pdf(self.portal, document, *names, "Co-funded by the European Union", PROJECT.title, "25,000.00")
        for name, person in (("lead", self.lead), ("partner", self.partner), ("manager", manager)):
            person.go(f"/agreements/{self.agreement.pk}/")
            person.fill(signatory_name=f"{name.title()} Signatory", agreed="on")
            person.look(f"40-sign-{name}")
            person.press("Sign the agreement")
            person.look(f"41-signed-{name}")
        line = BudgetLine.objects.get(calls__code=CODE)
        assert (line.reserved_eur, line.committed_eur) == (Decimal(0), PROJECT.requested_eur)
        assert Voucher.objects.filter(agreement=self.agreement).count() == len(PROJECT.partners)

    def the_lead_claims(self) -> None:
        lead, company, _ = self.companies["lead"]
        voucher = Voucher.objects.get(organisation__legal_name=company.legal_name)
        lead.go("/vouchers/")
        lead.look("42-vouchers")
        lead.go(f"/organisations/{voucher.organisation_id}/bank-account/")
        spaced = " ".join(company.bank.iban[at : at + 4] for at in range(0, len(company.bank.iban), 4))
        lead.fill(holder=company.bank.holder, iban=spaced, bic=company.bank.bic)
        lead.look("43-bank-account")
        lead.press("Save the account")
        lead.go(f"/vouchers/{voucher.pk}/")
        lead.fill(confirmed="on")
        lead.look("44-voucher")
        lead.press(re.compile("Claim instalment 1"))
        lead.look("45-claimed")
        self.claim = Claim.objects.get()
        assert self.claim.amount_eur == voucher.amount_eur / 2

    def two_finance_officers_pay(self) -> None:
        finance, second = self.finance, self.second
        finance.sign_in("finance.recentre@demo.example", PASSWORD)
        finance.look("46-finance-desk")
        finance.go(f"/claims/{self.claim.pk}/")
        finance.look("47-claim")
        finance.press(re.compile("^Approve"))
        finance.go("/finance/recentre/")
        finance.page.get_by_role("checkbox").first.check()
        finance.look("48-claims-to-pay")
        finance.press("Prepare the batch")
        batch = PaymentBatch.objects.get()
        finance.go(f"/finance/batches/{batch.pk}/")
        finance.look("49-batch-prepared")
        expect(finance.page.get_by_role("button", name=re.compile("^Release"))).to_have_count(0)
        second.sign_in("finance2.recentre@demo.example", PASSWORD)
        second.go(f"/finance/batches/{batch.pk}/")
        second.press(re.compile("^Release"))
        document = wait_for_document("bank_file")
        expect(second.page.get_by_role("button", name="Mark as paid")).to_be_visible()  # the page follows by itself
        second.look("50-batch-released")
        self.assert_bank_file(document)
        second.press("Mark as paid")
        second.look("51-batch-paid")

    def assert_bank_file(self, document: Document) -> None:
        schema = Path(sepaxml.__file__).parent / "schemas" / "pain.001.001.09.xsd"
        content = stored(self.portal, document)
        xmlschema.XMLSchema(schema).validate(content.decode())
        assert f"{self.claim.amount_eur:.2f}" in content.decode()
        assert self.companies["lead"][1].bank.iban in content.decode()

    def everything_adds_up(self) -> None:
        manager = self.manager
        manager.go("/desk/")
        manager.look("52-manager-desk")
        manager.go("/manage/recentre/budget/")
        manager.look("53-budget")
        line = BudgetLine.objects.get(calls__code=CODE)
        parts = (line.available_eur, line.reserved_eur, line.committed_eur, line.paid_eur)
        assert sum(parts) == line.allocated_eur == Decimal("1040000.00")
        assert line.paid_eur == self.claim.amount_eur
        for amount in (line.allocated_eur, *parts):
            expect(manager.page.get_by_text(f"€{amount:,.2f}").first).to_be_attached()
        assert self.portal.is_in_order()
        self.every_step_left_its_trace()

    def every_step_left_its_trace(self) -> None:
        actions = set(Event.objects.values_list("action", flat=True))
        assert actions >= ACTIONS
        report = audit.verify_chain()
        assert (report.first_bad_position, report.checked) == (None, Event.objects.count())
        wait_until(lambda: not Message.objects.filter(sent_at__isnull=True).exists(), timeout=MAILED, what="every mail")
        assert set(Message.objects.values_list("kind", flat=True)) >= MESSAGES


ACTIONS = {
    "call.created", "call.published", "organisation.described", "application.started", "partner.invited", "partner.joined",
    "participation.confirmed", "application.submitted", "application.checked", "assignment.made",
    "assignment.accepted", "review.submitted",
    "call.evaluation", "ranking.made", "decision.made", "application.awarded", "call.decided", "agreement.prepared",
    "agreement.ready", "agreement.signed_by_party", "agreement.signed", "voucher.issued", "call.implementation",
    "bank_account.recorded", "voucher.active", "claim.submitted", "claim.approved", "batch.prepared", "batch.released",
    "batch.paid", "claim.paid",
}  # fmt: skip
MESSAGES = {
    "partner_invited", "partner_joined", "participation_confirmed", "application_submitted", "eligibility_decided",
    "assignment_made", "assignment_answered", "result_decided", "agreement_ready", "agreement_signed", "claim_approved",
    "claim_paid",
}  # fmt: skip
SECTORS = {row["code"]: row["name"] for row in reference_data.read("euroclusters.json")["sectors"]}


def wait_for_document(kind: str) -> Document:
    ready = Document.objects.filter(kind=kind, status="ready")
    found: Document = wait_until(ready.first, timeout=MAILED, what=f"a {kind}")
    return found


def stored(portal: LivePortal, document: Document) -> bytes:
    return next((portal.home / "documents").rglob(document.uuid.hex)).read_bytes()


def assert_pdf(portal: LivePortal, document: Document, *words: str) -> str:
    path = next((portal.home / "documents").rglob(document.uuid.hex))
    text = " ".join(" ".join(page.extract_text().split()) for page in PdfReader(path).pages)
    for word in words:
        assert word in text, f"{word!r} is not in {document.title}"
    return text
