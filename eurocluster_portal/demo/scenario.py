"""The demo scenario: a believable population on the current editions, every step made through the services.

It needs the reference data and the demo people. An edition that already moved on without any application is first put back
to published, because the population has to apply before it can be evaluated.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from itertools import cycle, islice

from django.db import transaction

from accounts.models import User
from applications import services as applications
from applications.confirming import fingerprints
from applications.models import Application, Organisation, Participation
from applications.states import ApplicationStatus, PartnerRole
from audit import services as audit
from calls.models import Call, Sector
from calls.phases import BRUSSELS
from calls.states import CallStatus
from eurocluster_portal.demo import population
from eurocluster_portal.demo.accounts import account_for, enrol_evaluators
from eurocluster_portal.demo.groups import GROUPS
from evaluation import services as evaluation
from evaluation.models import Assignment, Expert
from evaluation.services.reviewing import Given
from vouchers import services as vouchers
from vouchers.models import GrantAgreement, PaymentBatch
from vouchers.tasks import render_agreement, write_bank_file

STRONG = (("4.5", "4.5", "4"), ("4", "4.5", "4.5"))
GOOD = (("4", "3.5", "4"), ("3.5", "4", "3.5"))
FAIR = (("3.5", "3", "3.5"), ("3.5", "3.5", "3"))
WEAK = (("3", "2.5", "2.5"), ("2.5", "3", "3"))
#: Marks of the two experts for each DREAM proposal in turn: eight are funded, two wait, two miss a threshold.
DREAM_MARKS = (STRONG, GOOD, STRONG, FAIR, GOOD, WEAK, STRONG, GOOD, FAIR, GOOD, WEAK, STRONG)


class NothingToFill(Exception):
    """The current editions have applications already, or are not there."""


@dataclass(frozen=True)
class Edition:
    """A current edition of a call with the people who run it."""

    call: Call
    manager: User
    finance: tuple[User, User]

    def during(self, share: float) -> datetime:
        """An instant in the call's window: 0 at its opening, 1 at its closing."""
        return self.call.opens_at + (self.call.closes_at - self.call.opens_at) * share

    def after(self, days: int, hour: int = 10) -> datetime:
        """A working hour some days after the closing."""
        day = self.call.closes_at.astimezone(BRUSSELS).date() + timedelta(days=days)
        return datetime.combine(day, time(hour), tzinfo=BRUSSELS)


class Scenario:
    def __init__(self, *, at: datetime) -> None:
        self.at = at
        self.sectors = {sector.code: sector for sector in Sector.objects.all()}

    # --- Who there is ------------------------------------------------------------------------
    def edition(self, prefix: str, team: str) -> Edition:
        call = Call.objects.filter(code__startswith=f"{prefix}-").exclude(code__endswith="-2023").first()
        if call is None or call.applications.exists():
            raise NothingToFill(prefix)
        if call.status != CallStatus.PUBLISHED:
            call = reopen_empty_call(call, at=self.at)
        names = (f"manager.{team}", f"finance.{team}", f"finance2.{team}")
        manager, *finance = (User.objects.get(email=f"{name}@demo.example") for name in names)
        return Edition(call, manager, (finance[0], finance[1]))

    @cached_property
    def organisations(self) -> dict[str, Organisation]:
        """Every demo company, described by its contact person."""
        at = self.at - timedelta(days=280)
        found = {one.key: self._organisation(one, at) for one in population.companies()}
        for key, group in GROUPS.items():
            applications.declare_sme(
                organisation_id=found[key].pk, surroundings=group, by=self.contact(key), at=at + timedelta(days=1)
            )
        return found

    def _organisation(self, one: population.Company, at: datetime) -> Organisation:
        contact = account_for(one.contact.email, one.contact.full_name, at)
        known = Organisation.objects.filter(vat_number=one.vat_number).first()
        plain = (
            "legal_name", "country", "vat_number", "registration_number", "street", "postcode", "city", "website", "nace",
            "founded_on", "headcount", "turnover_eur", "balance_sheet_eur", "description",
        )  # fmt: skip
        return known or applications.describe_organisation(
            fields={name: getattr(one, name) for name in plain},
            sectors=[self.sectors[code] for code in one.sectors],
            by=contact,
            at=at,
        )

    def contact(self, key: str) -> User:
        one = population.company(key).contact
        return account_for(one.email, one.full_name, self.at - timedelta(days=280))

    @cached_property
    def experts(self) -> list[Expert]:
        return enrol_evaluators([one.email for one in population.evaluators()], self.at - timedelta(days=270))

    @cached_property
    def recentre(self) -> Edition:
        return self.edition("recentre-innovation", "recentre")

    @cached_property
    def desire(self) -> Edition:
        return self.edition("desire", "desire")

    @cached_property
    def dream(self) -> Edition:
        return self.edition("dream-innovation", "dream")

    # --- Applying ----------------------------------------------------------------------------
    def draft(self, edition: Edition, project: population.Project, at: datetime, *, joined: bool = True) -> Application:
        """A draft of which the partners, invited by the lead, have joined, or are still asked to."""
        lead, *others = project.partners
        roles = [*edition.call.project_roles.all()]  # the lead takes the first, its partners the last
        by = self.contact(lead.company)
        application = applications.start_application(
            call_id=edition.call.pk,
            organisation=self.organisations[lead.company],
            sector=self.sectors.get(lead.sector),
            by=by,
            at=at,
            project_role=roles[0] if roles else None,
        )
        for other in others:
            guest = self.contact(other.company)
            invitation = applications.invite_partner(
                application_id=application.pk,
                email=guest.email,
                organisation_name=self.organisations[other.company].legal_name,
                by=by,
                at=at,
            )
            if joined:
                applications.accept_invitation(
                    token=invitation.token,
                    organisation=self.organisations[other.company],
                    sector=self.sectors.get(other.sector),
                    by=guest,
                    at=at,
                    project_role=roles[-1] if roles else None,
                )
        return application

    def answer(
        self, application: Application, project: population.Project, at: datetime, *, leave_out: Iterable[str] = ()
    ) -> None:
        """Answer the common sections as the lead and its own sections as each partner."""
        form = application.form.parsed()
        own = {self.organisations[one.company].pk: one for one in project.partners}
        rows = list(application.participations.select_related("organisation").order_by("role", "pk"))
        for section in (section for section in form.sections if section.code not in leave_out):
            for row in rows if section.per_partner else [None]:
                partner = own[row.organisation_id] if row else project.partners[0]
                answers = partner.answers[section.code] if row else project.answers[section.code]
                applications.save_section(
                    application_id=application.pk,
                    section=section,
                    participation_id=row.pk if row else None,
                    answers=answers,
                    expected_version=0,
                    by=self.contact(partner.company),
                    at=at,
                )

    def confirm(self, application: Application, at: datetime) -> None:
        """Every partner stands behind its costs and declarations."""
        partners = list(application.participations.filter(role=PartnerRole.PARTNER).select_related("confirmed_by"))
        current = fingerprints(application, partners, application.answers.all())
        for row in partners:
            applications.confirm_participation(
                application_id=application.pk,
                participation_id=row.pk,
                sha256=current[row.pk],
                by=row.confirmed_by,
                at=at,
            )

    def submit(self, edition: Edition, project: population.Project, at: datetime) -> Application:
        application = self.draft(edition, project, at)
        self.answer(application, project, at)
        self.confirm(application, at)
        applications.submit_application(
            application_id=application.pk, number=1, by=self.contact(project.partners[0].company), at=at
        )
        application.refresh_from_db()
        return application

    def spread(self, edition: Edition, count: int, until: float = 0.97) -> list[datetime]:
        """Instants of submission: few early, most towards the end."""
        return [edition.during(until * ((number + 1) / count) ** 0.5) for number in range(count)]

    # --- The open call -----------------------------------------------------------------------
    def fill_open_call(self) -> None:
        """Drafts in every state of progress, submissions, a withdrawal, partners who have not answered yet."""
        edition, now = self.recentre, self.at
        projects = population.projects("recentre-innovation")
        window = (now - edition.call.opens_at).total_seconds()
        moments = [edition.call.opens_at + timedelta(seconds=window * (n + 1) / 22) for n in range(len(projects))]
        tales = [
            *[("declarations",)],
            *[None] * 8,
            *[("costs", "declarations"), ("declarations",), ("implementation", "costs", "declarations")],
            *[("excellence", "impact", "implementation", "costs", "declarations"), ("impact", "declarations")],
        ]
        for project, at, left_out in zip(projects, moments, tales, strict=False):
            if left_out is None:
                self.submit(edition, project, at)
            else:
                self.answer(self.draft(edition, project, at), project, at, leave_out=left_out)
        second_thoughts, *waiting = islice(zip(projects, moments, strict=True), len(tales), len(tales) + 3)
        project, at = second_thoughts
        self._withdraw(self.submit(edition, project, at), project, at + timedelta(hours=3))
        for project, at in waiting:
            self.draft(edition, project, at, joined=False)

    def _withdraw(self, application: Application, project: population.Project, at: datetime) -> None:
        by = self.contact(project.partners[0].company)
        applications.withdraw_application(application_id=application.pk, by=by, at=at)

    # --- Evaluation --------------------------------------------------------------------------
    def check(
        self, edition: Edition, application: Application, at: datetime, *, reason: str = "", rule: str = ""
    ) -> None:
        applications.decide_eligibility(
            application_id=application.pk, is_eligible=not reason, note=reason, rule=rule, by=edition.manager, at=at
        )

    def readers(self, application: Application, number: int) -> list[Expert]:
        """Three experts from other countries than the applicants, another three for each number."""
        countries = set(application.participations.values_list("organisation__country", flat=True))
        free = [expert for expert in self.experts if expert.country not in countries]
        return list(islice(cycle(free), number * 2, number * 2 + 3))

    def assign(self, edition: Edition, application: Application, reader: Expert, at: datetime) -> Assignment:
        return evaluation.assign_expert(
            application_id=application.pk,
            expert_id=reader.pk,
            due_on=(at + timedelta(days=21)).date(),
            by=edition.manager,
            at=at,
        )

    def accept(self, assignment: Assignment, at: datetime) -> Assignment:
        return evaluation.accept_assignment(assignment_id=assignment.pk, by=assignment.expert.user, at=at)

    def mark(
        self, assignment: Assignment, marks: Sequence[str], at: datetime, *, hand_in: bool = True, seed: int = 0
    ) -> None:
        """Give marks with comments; with `hand_in` all of them, else only as far as `marks` go."""
        criteria = list(assignment.application.call.criteria.all())
        given = {
            criterion.code: Given(mark=Decimal(mark), comment=_comment(criterion.code, Decimal(mark), seed))
            for criterion, mark in zip(criteria, marks, strict=False)
        }
        by = assignment.expert.user
        evaluation.save_review(assignment_id=assignment.pk, given=given, comment="", expected_version=0, by=by, at=at)
        if hand_in:
            evaluation.submit_review(assignment_id=assignment.pk, by=by, at=at)

    def review(
        self, edition: Edition, application: Application, number: int, marks: Sequence[Sequence[str]], at: datetime
    ) -> None:
        """Two experts accept, mark and hand in."""
        for place, (reader, given) in enumerate(zip(self.readers(application, number), marks, strict=False)):
            assignment = self.accept(self.assign(edition, application, reader, at), at + timedelta(days=2))
            self.mark(assignment, given, at + timedelta(days=9 + place), seed=number * 2 + place)

    def fill_evaluation(self) -> None:
        """A call whose experts are at work: some done, some late, one in conflict, two that differ too much."""
        edition = self.desire
        projects = population.projects("desire")
        handed_in = [
            self.submit(edition, project, at)
            for project, at in zip(projects[:-1], self.spread(edition, len(projects) - 1), strict=True)
        ]
        unfinished = self.draft(edition, projects[-1], edition.during(0.9))
        self.answer(unfinished, projects[-1], edition.during(0.95), leave_out=("costs", "declarations"))
        *checked, _unchecked, late_thoughts = handed_in
        self._withdraw(late_thoughts, projects[-2], edition.call.closes_at - timedelta(minutes=12))
        for application in checked[:-1]:
            self.check(edition, application, edition.after(2))
        self.check(
            edition,
            checked[-1],
            edition.after(3),
            reason="The enterprise register shows a parent company with 900 staff.",
            rule="sme_status",
        )
        self._let_experts_work(edition, checked[:-1])

    def _let_experts_work(self, edition: Edition, eligible: Sequence[Application]) -> None:
        at = edition.after(4)
        done, at_odds, halfway, asked, conflict = eligible[:4], eligible[4], eligible[5], eligible[6], eligible[7]
        for number, application in enumerate(done):
            self.review(edition, application, number, (STRONG, GOOD, FAIR, GOOD)[number], at)
        self.review(edition, at_odds, 4, (("5", "4.5", "4.5"), ("2.5", "3", "2.5")), at)
        first, second, _ = self.readers(halfway, 5)
        self.mark(self.accept(self.assign(edition, halfway, first, at), at), GOOD[0], at + timedelta(days=8), seed=31)
        self.mark(
            self.accept(self.assign(edition, halfway, second, at), at), ("4",), at + timedelta(days=9), hand_in=False
        )
        for reader in self.readers(asked, 6)[:2]:
            self.assign(edition, asked, reader, edition.after(12))
        self._refuse(edition, conflict, at)

    def _refuse(self, edition: Edition, application: Application, at: datetime) -> None:
        first, second, third = self.readers(application, 7)
        evaluation.declare_conflict(
            assignment_id=self.assign(edition, application, first, at).pk,
            note="I advised the lead on another product in 2024.",
            by=first.user,
            at=at + timedelta(days=1),
        )
        evaluation.decline_assignment(
            assignment_id=self.assign(edition, application, second, at).pk,
            note="On leave until the end of the month.",
            by=second.user,
            at=at + timedelta(days=1),
        )
        self.accept(self.assign(edition, application, third, at + timedelta(days=2)), at + timedelta(days=3))

    # --- Implementation ----------------------------------------------------------------------
    def fill_implementation(self) -> None:
        """A decided call: funded, reserve and rejected; agreements, vouchers and payments in every state."""
        edition = self.dream
        projects = population.projects("dream")
        moments = self.spread(edition, len(projects))
        handed_in = [self.submit(edition, project, at) for project, at in zip(projects, moments, strict=True)]
        *eligible, one_refused, another_refused = handed_in
        for application in eligible:
            self.check(edition, application, edition.after(2))
        for application in (one_refused, another_refused):
            self.check(
                edition,
                application,
                edition.after(3),
                reason="The manufacturing site lies outside the partner countries.",
            )
        for number, (application, marks) in enumerate(zip(eligible, DREAM_MARKS, strict=True)):
            self.review(edition, application, number, marks, edition.after(5))
        ranking = evaluation.make_ranking_list(call_id=edition.call.pk, by=edition.manager, at=edition.after(40))
        evaluation.decide_ranking(ranking_list_id=ranking.pk, by=edition.manager, at=edition.after(42))
        self._agree_and_pay(edition)

    def _agree_and_pay(self, edition: Edition) -> None:
        rows = Application.objects.filter(call=edition.call, status=ApplicationStatus.AWARDED).order_by("pk")
        awarded = list(rows)
        agreements = [self.prepare(edition, application) for application in awarded[:-1]]
        *signed, part_signed, _ready = agreements
        for agreement in signed:
            self.sign(edition, agreement)
        self.sign(edition, part_signed, only_lead=True)
        self._claim(edition, signed)

    def prepare(self, edition: Edition, application: Application) -> GrantAgreement:
        at = edition.after(60)
        agreement = vouchers.prepare_agreement(application_id=application.pk, by=edition.manager, at=at)
        with transaction.atomic():
            render_agreement({"agreement": agreement.pk}, at=at)
        agreement.refresh_from_db()
        return agreement

    def sign(self, edition: Edition, agreement: GrantAgreement, *, only_lead: bool = False) -> None:
        rows = list(agreement.application.participations.select_related("organisation").order_by("role", "pk"))
        parties: list[tuple[int | None, User]] = [(row.organisation_id, self._signatory(row)) for row in rows]
        parties = parties[:1] if only_lead else [*parties, (None, edition.manager)]
        for number, (organisation_id, by) in enumerate(parties):
            vouchers.sign_agreement(
                agreement_id=agreement.pk,
                organisation_id=organisation_id,
                signatory_name=by.full_name,
                document_sha256=agreement.document.sha256,
                ip_address="127.0.0.1",
                by=by,
                at=edition.after(63 + number),
            )

    def _signatory(self, row: Participation) -> User:
        return User.objects.filter(memberships__organisation=row.organisation_id).order_by("pk")[0]

    def _claim(self, edition: Edition, signed: Sequence[GrantAgreement]) -> None:
        """Claims of the first instalment: paid, in a batch, approved and just submitted."""
        paid, batched, approved, submitted = signed[:2], signed[2:3], signed[3:4], signed[4:]
        for agreement in paid:
            self._pay(edition, [self._submit_claim(row, edition.after(75)) for row in _lead_first(agreement)])
        lately = self.at - timedelta(days=6)
        waiting = [
            [self._submit_claim(row, lately) for agreement in some for row in _lead_first(agreement)]
            for some in (batched, approved, submitted)
        ]
        for claim in [*waiting[0], *waiting[1]]:
            vouchers.approve_claim(claim_id=claim, by=edition.finance[0], at=self.at - timedelta(days=4))
        self._prepare_batch(edition, waiting[0], self.at - timedelta(days=1))

    def _prepare_batch(self, edition: Edition, claims: Sequence[int], at: datetime) -> PaymentBatch:
        return vouchers.prepare_batch(
            eurocluster_id=edition.call.eurocluster_id,
            claim_ids=claims,
            execution_on=(at + timedelta(days=4)).date(),
            by=edition.finance[0],
            at=at,
        )

    def _pay(self, edition: Edition, claims: Sequence[int]) -> None:
        preparer, releaser = edition.finance
        for claim in claims:
            vouchers.approve_claim(claim_id=claim, by=preparer, at=edition.after(80))
        batch = self._prepare_batch(edition, claims, edition.after(81))
        vouchers.release_batch(batch_id=batch.pk, by=releaser, at=edition.after(82))
        write_bank_file({"batch": batch.pk}, at=edition.after(82))
        vouchers.mark_batch_paid(batch_id=batch.pk, by=preparer, at=edition.after(86))

    def _submit_claim(self, row: Participation, at: datetime) -> int:
        by = self._signatory(row)
        bank = next(one.bank for one in population.companies() if one.contact.email == by.email)
        vouchers.record_bank_account(
            organisation_id=row.organisation_id, holder=bank.holder, iban=bank.iban, bic=bank.bic, by=by, at=at
        )
        instalment = row.voucher.instalments.order_by("position")[0]
        return vouchers.submit_claim(instalment_id=instalment.pk, note="", by=by, at=at).pk


def _lead_first(agreement: GrantAgreement) -> list[Participation]:
    """The partners of an agreement that hold a voucher, the lead first."""
    rows = agreement.application.participations.filter(voucher__isnull=False).select_related("voucher")
    return sorted(rows, key=lambda row: (row.role != PartnerRole.LEAD, row.pk))


def _comment(criterion: str, mark: Decimal, seed: int) -> str:
    comments = population.review_comments(criterion, mark)
    return comments[seed % len(comments)]


def reopen_empty_call(call: Call, *, at: datetime) -> Call:
    """Put an edition that nobody applied to back to published, so that the population can apply to it."""
    Call.objects.filter(pk=call.pk, applications__isnull=True).update(status=CallStatus.PUBLISHED)
    audit.record("call.rewound_for_demo", subject=call, actor=None, at=at)
    call.refresh_from_db()
    return call


@transaction.atomic
def play(*, at: datetime) -> None:
    """Fill the current editions.

    Raises:
        NothingToFill: an edition is missing or has applications already; nothing is changed then.
    """
    scenario = Scenario(at=at)
    scenario.fill_implementation()
    scenario.fill_evaluation()
    scenario.fill_open_call()
