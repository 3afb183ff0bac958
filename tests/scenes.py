"""Things at a stage of their life, brought there through the services, on the real form of the RE-CENTRE innovation call."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from applications import services as applications
from applications.confirming import fingerprints, is_confirmed
from applications.models import Application, Organisation, Submission
from applications.progress import tasks_of
from applications.states import MemberRole, PartnerRole
from calls import services as calls
from calls.form_definition import FormDefinition, Section, parse
from calls.models import BudgetLine, Call, CountryList, CountryListMember, Eurocluster, Sector
from calls.phases import brussels_instant
from calls.states import EdgeRule, InstalmentTrigger, Role, Strand, SupportKind
from documents import services as documents
from evaluation import services as evaluation
from evaluation.models import Assignment, Expert, RankingList
from evaluation.services.reviewing import Given
from vouchers import services as vouchers
from vouchers.models import Claim, GrantAgreement, PaymentBatch, Voucher
from vouchers.tasks import render_agreement

FORM = json.loads((settings.BASE_DIR / "calls/data/forms/recentre-innovation.json").read_text(encoding="utf-8"))
OPENS = brussels_instant(datetime(2026, 3, 2).date(), time(9))
CLOSES = brussels_instant(datetime(2026, 5, 29).date(), time(17))
OPEN = OPENS + timedelta(days=10)
AFTER = CLOSES + timedelta(days=1)
IBANS = (
    "RO41BTRLRONCRT7505864254",
    "ES9121000418450200051332",
    "BG80BNBG96611020345678",
    "IT60X0542811101000000123456",
)
_numbers = itertools.count(1)


def now() -> datetime:
    return timezone.now()


def open_now() -> dict[str, datetime]:
    """A window around the present, for tests in which the portal itself reads the clock."""
    return {"opens_at": now() - timedelta(days=30), "closes_at": now() + timedelta(days=40)}


def person(name: str) -> User:
    number = next(_numbers)
    return User.objects.create_user(f"person{number:05}@portal.example", "correct-horse-battery", full_name=name)


def team_member(role: Role, eurocluster: Eurocluster, name: str = "") -> User:
    user = person(name or f"{role.label} {next(_numbers):05}")
    calls.give_role(user=user, role=role, eurocluster=eurocluster, by=None, at=OPENS)
    return user


def eurocluster(slug: str = "recentre", prefix: str = "RC") -> Eurocluster:
    made = Eurocluster.objects.create(
        slug=slug,
        name=slug.upper(),
        full_name=f"{slug} in full",
        mission="New business models for SMEs of three sectors.",
        accent="#1b7043",
        reference_prefix=prefix,
        strands=[Strand.INNOVATE],
        contact_email=f"{slug}@clusters.example",
        payer_name="CSM-DID",
        payer_iban="IT60X0542811101000000123456",
        payer_bic="BNLIITRR",
        payer_country="IT",
        payer_town="Pordenone",
        payer_postcode="33170",
        payer_street="Via Roma 1",
    )
    made.sectors.set(sectors())
    return made


def sectors() -> list[Sector]:
    names = {"furniture-interiors": "Furniture and interiors", "it": "Information technology", "energy": "Energy"}
    return [Sector.objects.get_or_create(code=code, defaults={"name": name})[0] for code, name in names.items()]


def listed_country(country: str = "IS", code: str = "near") -> CountryListMember:
    """A country that stands on a list since the day on which the calls of these scenes open."""
    near, _is_new = CountryList.objects.get_or_create(code=code, defaults={"title": "Countries nearby"})
    member, _is_new = CountryListMember.objects.get_or_create(country_list=near, country=country, since_on=OPENS.date())
    return member


def budget_line(owner: Eurocluster, amount_eur: str = "1040000.00", code: str = "innovation") -> BudgetLine:
    line = BudgetLine.objects.create(eurocluster=owner, code=code, title="Innovation vouchers", strand=Strand.INNOVATE)
    calls.allocate_to_line(
        line_id=line.pk,
        amount_eur=Decimal(amount_eur),
        cause=line,
        key=f"allocate:{line.pk}",
        memo="Grant",
        by=None,
        at=OPENS,
    )
    line.refresh_from_db()
    return line


def draft_call(owner: Eurocluster, line: BudgetLine, **changes: Any) -> Call:
    """A call with the settings of the RE-CENTRE innovation call, open from OPENS to CLOSES once it is published."""
    fields: dict[str, Any] = {
        "eurocluster": owner,
        "budget_line": line,
        "code": f"{owner.slug}-innovation-{next(_numbers):05}",
        "title": "Vouchers for innovation across furniture, IT and energy",
        "summary": "For at least two SMEs from two of the three sectors that build something together.",
        "description": "## What is funded\n\nA prototype, a feasibility study.",
        "strand": Strand.INNOVATE,
        "opens_at": OPENS,
        "closes_at": CLOSES,
        "support_kind": SupportKind.LUMP_SUM,
        "support_max_eur": Decimal("52000.00"),
        "partners_min": 2,
        "sectors_min_distinct": 2,
        "countries_one_of": ["BG", "ES", "IT", "RO"],
        "duration_min_months": 6,
        "duration_max_months": 12,
        "trl_rise_min": 2,
        "edge_rule": EdgeRule.STOP,
        "tie_breaks": ["criterion:impact", "criterion:excellence", "country_balance", "earlier_submission"],
    }
    return calls.create_call(
        fields=fields | changes,
        sectors=sectors(),
        criteria=[criterion("excellence", "0.4"), criterion("impact", "0.35"), criterion("implementation", "0.25")],
        instalments=[
            {"trigger": InstalmentTrigger.SIGNATURE, "rate": Decimal("0.5")},
            {"trigger": InstalmentTrigger.FINAL_REPORT, "rate": Decimal("0.5")},
        ],
        form=parse(FORM),
        by=None,
        at=OPENS - timedelta(days=20),
    )


def open_call(owner: Eurocluster, line: BudgetLine, **changes: Any) -> Call:
    """The same, published."""
    call = draft_call(owner, line, **changes)
    return calls.publish_call(call_id=call.pk, by=None, at=OPENS - timedelta(days=10))


def criterion(code: str, weight: str) -> dict[str, Any]:
    return {
        "code": code,
        "title": code.title(),
        "guidance": f"What experts look at for {code}.",
        "weight": Decimal(weight),
        "scale_max": Decimal(5),
        "step": Decimal("0.5"),
        "threshold": Decimal(3),
    }


def organisation(by: User, country: str = "RO", sector: str = "furniture-interiors", **changes: Any) -> Organisation:
    number = next(_numbers)
    fields = {
        "legal_name": f"Firm {number:05} SRL",
        "country": country,
        "vat_number": "",
        "registration_number": f"J12/{number:05}/2012",
        "street": "Strada Fabricii 84",
        "postcode": "400632",
        "city": "Cluj-Napoca",
        "nace": "31.09",
        "founded_on": datetime(2012, 3, 17).date(),
        "headcount": Decimal(34),
        "turnover_eur": Decimal("2410000.00"),
        "balance_sheet_eur": Decimal("1680000.00"),
        "description": "Makes beech furniture.",
    }
    return applications.describe_organisation(
        fields=fields | changes, sectors=Sector.objects.filter(code=sector), by=by, at=OPEN
    )


def colleague(of: Organisation, user: User, *, by: User, at: datetime = OPEN) -> User:
    """A person who acts for the organisation, too, by an invitation."""
    invitation = applications.invite_member(
        organisation_id=of.pk, email=user.email, role=MemberRole.MEMBER, by=by, at=at
    )
    applications.accept_member_invitation(token=invitation.token, by=user, at=at)
    return user


def answers_to(section: Section, **given: Any) -> dict[str, Any]:
    """A believable answer to every question of a section."""
    by_kind: dict[str, Any] = {
        "short_text": "Panels from workshop waste",
        "long_text": "Two workshops throw away eleven tonnes of beech off-cuts a year; we turn them into acoustic panels.",
        "number": "8",
        "money": "1000.00",
        "percentage": "50",
        "date": "2026-09-01",
        "yes_no": True,
        "declaration": True,
    }
    found = {question.code: by_kind.get(question.kind) for question in section.questions}
    for question in section.questions:
        if question.options:
            first = question.options[0].value
            found[question.code] = [first] if question.kind == "many_of" else first
    return found | given


@dataclass
class Pair:
    """Two SMEs of different sectors and countries, and the application they build."""

    call: Call
    lead: User
    partner: User
    application: Application
    organisations: list[Organisation] = field(default_factory=list)

    @property
    def form(self) -> FormDefinition:
        return self.application.form.parsed()

    def save(
        self, code: str, *, participation: Any = None, by: User | None = None, at: datetime = OPEN, **given: Any
    ) -> Any:
        saved = self.application.answers.filter(section_code=code, participation=participation).first()
        section = self.form.section(code)
        return applications.save_section(
            application_id=self.application.pk,
            section=section,
            participation_id=participation.pk if participation else None,
            answers=(saved.answers if saved else answers_to(section)) | given,
            expected_version=saved.version if saved else 0,
            by=by or self.lead,
            at=at,
        )

    def fill(
        self, *, requested: tuple[str, ...] = ("26000.00", "26000.00"), at: datetime = OPEN, **project: Any
    ) -> Pair:
        """Answer every question of every section."""
        for section in self.form.sections:
            if section.per_partner:
                continue
            known = {
                "project": {"acronym": "PANEL", "trl_start": "4", "trl_end": "6", **project},
                "implementation": {"duration_months": "9"},
            }
            self.save(section.code, at=at, **known.get(section.code, {}))
        rows = self.application.participations.order_by("role", "pk")
        for row, amount in zip(rows, requested, strict=False):
            user = self.lead if row.role == "lead" else self.partner
            self.save("costs", participation=row, by=user, at=at, requested_support=amount)
            self.save("declarations", participation=row, by=user, at=at)
        confirm(self.application, at=at)
        self.application.refresh_from_db()
        return self

    def submit(self, *, number: int = 1, at: datetime = OPEN) -> Submission:
        confirm(self.application, at=at)
        return applications.submit_application(application_id=self.application.pk, number=number, by=self.lead, at=at)


def confirm(application: Application, *, at: datetime = OPEN) -> None:
    """Every partner that has finished its own sections stands behind them, by the person who brought it in."""
    participations = list(application.participations.select_related("organisation"))
    answers = list(application.answers.all())
    tasks = tasks_of(application.form.parsed(), participations, answers, application.call)
    unfinished = {task.participation for task in tasks if not task.is_done}
    current = fingerprints(application, participations, answers)
    for row in participations:
        if row.role != PartnerRole.LEAD and row not in unfinished and not is_confirmed(row, current[row.pk]):
            applications.confirm_participation(
                application_id=application.pk,
                participation_id=row.pk,
                sha256=current[row.pk],
                by=row.confirmed_by,
                at=at,
            )


def pair(call: Call, *, countries: tuple[str, str] = ("RO", "ES"), at: datetime = OPEN, word: str = "") -> Pair:
    """A draft by a furniture firm that a software firm has joined; `word` marks the names of both."""
    lead, partner = person(f"Ioana Mureșan {word}".strip()), person(f"Javier Llorens {word}".strip())
    named = ({"legal_name": f"{word} Furniture SRL"}, {"legal_name": f"{word} Software SL"}) if word else ({}, {})
    furniture = organisation(lead, countries[0], "furniture-interiors", **named[0])
    software = organisation(partner, countries[1], "it", **named[1])
    return _joined(call, lead, partner, [furniture, software], at)


def another(made: Pair, call: Call | None = None, *, at: datetime = OPEN) -> Pair:
    """A second draft of the same two."""
    return _joined(call or made.call, made.lead, made.partner, made.organisations, at)


def _joined(call: Call, lead: User, partner: User, organisations: list[Organisation], at: datetime) -> Pair:
    furniture, software = organisations
    sector = {one.code: one for one in sectors()}
    application = applications.start_application(
        call_id=call.pk, organisation=furniture, sector=sector["furniture-interiors"], by=lead, at=at
    )
    invitation = applications.invite_partner(
        application_id=application.pk, email=partner.email, organisation_name=software.legal_name, by=lead, at=at
    )
    applications.accept_invitation(
        token=invitation.token, organisation=software, sector=sector["it"], by=partner, at=at
    )
    return Pair(call, lead, partner, application, [furniture, software])


def submitted(call: Call, **options: Any) -> Pair:
    made = pair(call).fill(**options)
    made.submit()
    made.application.refresh_from_db()
    return made


def eligible(call: Call, manager: User, **options: Any) -> Pair:
    made = submitted(call, **options)
    applications.decide_eligibility(application_id=made.application.pk, is_eligible=True, note="", by=manager, at=AFTER)
    made.application.refresh_from_db()
    return made


def expert(owner: Eurocluster, country: str = "BE", name: str = "Annelies Vercauteren") -> Expert:
    user = person(name)
    return evaluation.enrol_expert(
        user=user, fields={"country": country, "languages": ["en"]}, euroclusters=[owner], by=None, at=OPENS
    )


def review(made: Pair, reader: Expert, manager: User, marks: tuple[str, str, str]) -> None:
    assignment = marked(made, reader, manager, marks)
    evaluation.submit_review(assignment_id=assignment.pk, by=reader.user, at=AFTER)


def marked(made: Pair, reader: Expert, manager: User, marks: tuple[str, str, str]) -> Assignment:
    """Assign, accept without conflict, mark excellence, impact and implementation: ready to be submitted."""
    assignment = evaluation.assign_expert(
        application_id=made.application.pk,
        expert_id=reader.pk,
        due_on=(AFTER + timedelta(days=21)).date(),
        by=manager,
        at=AFTER,
    )
    evaluation.accept_assignment(assignment_id=assignment.pk, by=reader.user, at=AFTER)
    codes = ("excellence", "impact", "implementation")
    evaluation.save_review(
        assignment_id=assignment.pk,
        given={
            code: Given(mark=Decimal(mark), comment=f"A sound {code}.") for code, mark in zip(codes, marks, strict=True)
        },
        comment="",
        expected_version=0,
        by=reader.user,
        at=AFTER,
    )
    return assignment


def reviewed(
    call: Call, manager: User, readers: list[Expert], marks: tuple[str, str, str] = ("4", "4", "4"), **o: Any
) -> Pair:
    made = eligible(call, manager, **o)
    for reader in readers:
        review(made, reader, manager, marks)
    return made


def ranked(call: Call, manager: User) -> RankingList:
    return evaluation.make_ranking_list(call_id=call.pk, by=manager, at=AFTER)


def awarded(call: Call, manager: User, readers: list[Expert], **options: Any) -> Pair:
    made = reviewed(call, manager, readers, **options)
    evaluation.decide_ranking(ranking_list_id=ranked(call, manager).pk, by=manager, at=AFTER)
    made.application.refresh_from_db()
    return made


def agreement(made: Pair, manager: User, *, is_ready: bool = True, content: bytes | None = None) -> GrantAgreement:
    """The agreement, laid out as the worker does it; with `content` these bytes are the PDF, which is quicker."""
    prepared = vouchers.prepare_agreement(application_id=made.application.pk, by=manager, at=AFTER)
    if content is not None:
        documents.fill_with_bytes(document_id=prepared.document_id, content=content, at=AFTER)
        vouchers.mark_agreement_ready(agreement_id=prepared.pk, at=AFTER)
    elif is_ready:
        with transaction.atomic():
            render_agreement({"agreement": prepared.pk}, at=AFTER)
    return GrantAgreement.objects.select_related("document").get(pk=prepared.pk)


def signed(made: Pair, manager: User, *, content: bytes | None = None) -> GrantAgreement:
    """The agreement signed by both SMEs and the Eurocluster."""
    ready = agreement(made, manager, content=content)
    parties: list[tuple[Organisation | None, User]] = [
        (made.organisations[0], made.lead),
        (made.organisations[1], made.partner),
        (None, manager),
    ]
    for party, by in parties:
        vouchers.sign_agreement(
            agreement_id=ready.pk,
            organisation_id=party.pk if party else None,
            signatory_name=by.full_name,
            document_sha256=ready.document.sha256,
            ip_address="127.0.0.1",
            by=by,
            at=AFTER,
        )
    ready.refresh_from_db()
    return ready


def vouchers_of(made: Pair) -> list[Voucher]:
    """The lead's, then the partner's."""
    return list(Voucher.objects.filter(agreement__application=made.application).order_by("participation__role", "pk"))


def claimed(made: Pair, place: int, *, holder: str = "Account holder", note: str = "") -> Claim:
    """The first instalment of the lead (place 0) or the partner (1), claimed to an account named before."""
    voucher, by = vouchers_of(made)[place], (made.lead, made.partner)[place]
    vouchers.record_bank_account(
        organisation_id=voucher.organisation_id, holder=holder, iban=IBANS[place], bic="", by=by, at=AFTER
    )
    first = voucher.instalments.get(position=1)
    return vouchers.submit_claim(instalment_id=first.pk, note=note, by=by, at=AFTER)


def batched(claim: Claim, finance: User) -> PaymentBatch:
    """A batch of one claim, approved and prepared by the same finance officer: another person has to release it."""
    vouchers.approve_claim(claim_id=claim.pk, by=finance, at=AFTER)
    return vouchers.prepare_batch(
        eurocluster_id=claim.instalment.voucher.agreement.application.call.eurocluster_id,
        claim_ids=[claim.pk],
        execution_on=AFTER.date() + timedelta(days=2),
        by=finance,
        at=AFTER,
    )
