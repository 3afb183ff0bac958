"""Awards, agreements, vouchers, claims and batches, each brought to its stage by the services.

`Scene` is one Eurocluster with its people and a call; the functions below take an award of it one stage further each.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

from django.conf import settings

from accounts.models import User
from applications.models import Application, Membership, Organisation, Participation, Submission
from applications.snapshot import canonical_json, content_of, sha256_of
from applications.states import ApplicationStatus, MemberRole, PartnerRole
from calls import services as calls
from calls.models import BudgetLine, Call, CallForm, ClusterPartner, Eurocluster, InstalmentRule, Sector
from calls.states import CallStatus, Role, Strand, SupportKind
from documents import services as documents
from tests.factories.accounts import UserFactory
from vouchers import services, tasks
from vouchers.models import Claim, GrantAgreement, PaymentBatch, Voucher

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PDF = b"%PDF-1.7 an agreement"
IBANS = [
    "RO49AAAA1B31007593840000",
    "IT60X0542811101000000123456",
    "ES9121000418450200051332",
    "BG80BNBG96611020345678",
]
PLACES = [
    ("RO", "Cluj-Napoca", "400001"),
    ("IT", "Treviso", "31100"),
    ("ES", "Amposta", "43870"),
    ("BG", "Sofia", "1000"),
]
NAMES = ["Nordfurn SRL", "Legno Digitale S.r.l.", "Cadira Viva S.L.", "Зелена Енергия ООД"]
SECTORS = [("furniture-interiors", "Furniture and interiors"), ("it", "Information technology"), ("energy", "Energy")]
numbers = count(1)


@dataclass
class Scene:
    """One Eurocluster: two finance officers, a manager, an owner, an observer, a call of 1,040,000 EUR."""

    slug: str = "recentre"
    name: str = "RE-CENTRE"
    prefix: str = "REC"
    eurocluster: Eurocluster = field(init=False)
    line: BudgetLine = field(init=False)
    call: Call = field(init=False)
    form: CallForm = field(init=False)
    people: dict[str, User] = field(init=False)

    def __post_init__(self) -> None:
        self.eurocluster = Eurocluster.objects.create(
            slug=self.slug,
            name=self.name,
            full_name="cRoss-sEctoral Cluster approach for higher CompEtitiveNess",
            mission="New business models for furniture, IT and energy.",
            accent="#1b7043",
            reference_prefix=self.prefix,
            strands=[Strand.INNOVATE],
            payer_name=f"{self.name} Eurocluster",
            payer_iban="IT60X0542811101000000123456",
            payer_bic="UNCRITMM",
            payer_country="IT",
            payer_town="Treviso",
            payer_postcode="31100",
            payer_street="Via dell'Esempio 1",
        )
        for name, country in (("CSM-DID", "IT"), ("CENFIM", "ES"), ("Cluj IT Cluster", "RO")):
            ClusterPartner.objects.create(eurocluster=self.eurocluster, name=name, country=country)
        self.people = {
            "manager": self.member("Marta Managèra", Role.MANAGER),
            "finance": self.member("Franco Finanza", Role.FINANCE),
            "second": self.member("Felicia Bani", Role.FINANCE),
            "owner": self.member("Oriol Dueño", Role.OWNER),
            "observer": self.member("Olga Beobachter", Role.OBSERVER),
        }
        self.line = BudgetLine.objects.create(
            eurocluster=self.eurocluster, code="innovation", title=f"{self.name} innovation", strand=Strand.INNOVATE
        )
        calls.allocate_to_line(
            line_id=self.line.pk,
            amount_eur=Decimal("1040000.00"),
            cause=self.line,
            key=f"allocate:{self.slug}",
            memo="Grant",
            by=None,
            at=AT,
        )
        self._open_call()

    def member(self, name: str, role: Role) -> User:
        user = UserFactory(full_name=name)
        calls.give_role(user=user, role=role, eurocluster=self.eurocluster, by=None, at=AT - timedelta(days=90))
        return user

    def _open_call(self) -> None:
        self.call = Call.objects.create(
            eurocluster=self.eurocluster,
            budget_line=self.line,
            code=f"{self.slug}-innovation",
            title=f"{self.name} innovation vouchers",
            summary="Up to 52,000 EUR.",
            description="For SMEs.",
            strand=Strand.INNOVATE,
            status=CallStatus.DECIDED,
            opens_at=AT - timedelta(days=160),
            closes_at=AT - timedelta(days=60),
            published_at=AT - timedelta(days=170),
            support_kind=SupportKind.LUMP_SUM,
            support_max_eur=Decimal("52000.00"),
            duration_max_months=12,
        )
        for position, trigger in enumerate(("signature", "final_report"), start=1):
            InstalmentRule.objects.create(call=self.call, position=position, trigger=trigger, rate=Decimal("0.5"))
        definition = Path(settings.BASE_DIR, "calls/data/forms/recentre-innovation.json").read_text(encoding="utf-8")
        self.form = CallForm.objects.create(
            call=self.call, version=1, definition=json.loads(definition), created_at=AT - timedelta(days=170)
        )

    def award(self, *shares: str, title: str = "From workshop waste to acoustic panels") -> Application:
        """An awarded application, one organisation per share; its money is reserved."""
        amounts = [Decimal(share) for share in shares or ("30000.00", "22000.01")]
        people = [UserFactory(full_name=f"{first} {last}") for first, last in zip(FIRST, LAST, strict=True)]
        people = people[: len(amounts)]
        application = Application.objects.create(
            call=self.call,
            form=self.form,
            reference=f"{self.prefix}-2026-{next(numbers):04d}",
            status=ApplicationStatus.AWARDED,
            title=title,
            acronym="PANELS",
            requested_eur=sum(amounts),
            awarded_eur=sum(amounts),
            created_by=people[0],
            created_at=AT - timedelta(days=100),
            changed_at=AT - timedelta(days=70),
            submitted_at=AT - timedelta(days=70),
            submitted_by=people[0],
            decided_at=AT - timedelta(days=5),
        )
        for place, (person, amount) in enumerate(zip(people, amounts, strict=True)):
            participation_of(application, person, place, amount)
        seal(application)
        calls.reserve_money(
            line_id=self.line.pk,
            amount_eur=application.awarded_eur,
            cause=application,
            key=f"reserve:{application.reference}",
            memo=f"Award {application.reference}",
            by=self.people["manager"],
            at=AT - timedelta(days=5),
        )
        return application


FIRST, LAST = ["Ana", "Bruno", "Carla", "Dimitar"], ["Pop", "Rossi", "Vidal", "Ivanov"]


def participation_of(application: Application, person: User, place: int, amount: Decimal) -> Participation:
    country, city, postcode = PLACES[place]
    code, name = SECTORS[place % 3]
    sector, _ = Sector.objects.get_or_create(code=code, defaults={"name": name})
    organisation = Organisation.objects.create(
        legal_name=NAMES[place],
        country=country,
        vat_number=f"{country}{next(numbers):08d}",
        registration_number=f"J12/{next(numbers)}/2011",
        street="Strada Exemplului 1",
        postcode=postcode,
        city=city,
        founded_on=AT.date() - timedelta(days=3000),
        headcount=Decimal(24),
        turnover_eur=Decimal(2_100_000),
        balance_sheet_eur=Decimal(1_400_000),
        size_category="small",
        created_at=AT - timedelta(days=100),
    )
    Membership.objects.create(
        organisation=organisation, user=person, role=MemberRole.ADMIN, joined_at=AT - timedelta(days=100)
    )
    return Participation.objects.create(
        application=application,
        call=application.call,
        organisation=organisation,
        role=PartnerRole.PARTNER if place else PartnerRole.LEAD,
        sector=sector,
        requested_eur=amount,
        awarded_eur=amount,
        confirmed_at=AT - timedelta(days=90),
        confirmed_by=person,
    )


SUMMARY = (
    "Two workshops throw away eleven tonnes of beech off-cuts a year. We turn them into acoustic panels whose performance "
    "is computed before the first board is pressed, and bring the method from laboratory scale to a line that a ten-person "
    "workshop can run. The first panels go to three schools that measure the effect for a year."
)
WORK_PLAN = (
    "Months 1–3: material tests and acoustic model (Legno Digitale).\nMonths 2–6: press tools and pilot line (Nordfurn).\n"
    "Months 6–9: first series of 120 panels and installation in three schools.\nMonths 8–10: measurement, report."
)
INDICATORS = "Off-cuts reused: 0 → 9 t a year.\nPanels installed: 0 → 120.\nModel error: 12 dB → 3 dB."


def seal(application: Application) -> Submission:
    rows = list(application.participations.select_related("organisation", "sector"))
    content = content_of(application, rows, [])
    content["sections"] = {
        "project": {
            "title": application.title,
            "acronym": "PANELS",
            "summary": SUMMARY,
            "activity": "circular_products",
            "trl_start": "4",
            "trl_end": "7",
        },
        "impact": {"indicators": INDICATORS},
        "implementation": {"work_plan": WORK_PLAN, "duration_months": "10"},
    }
    declared = dict.fromkeys(
        ["no_double_funding", "is_sme", "no_exclusion_ground", "no_conflict", "true_and_complete", "data_protection"],
        True,
    )
    for part in content["partners"]:
        part["sections"] = {
            "costs": {
                "staff_costs": "24000.00",
                "subcontracting": "6000.00",
                "requested_support": part["requested_eur"],
            },
            "declarations": declared,
        }
    canonical = canonical_json(content)
    return Submission.objects.create(
        application=application,
        number=1,
        submitted_at=application.submitted_at,
        submitted_by=application.created_by,
        content=content,
        canonical=canonical,
        sha256=sha256_of(canonical),
    )


# --- One stage further ------------------------------------------------------------------------


def prepared(scene: Scene, *shares: str, **options: Any) -> GrantAgreement:
    application = scene.award(*shares, **options)
    return services.prepare_agreement(application_id=application.pk, by=scene.people["manager"], at=AT)


def ready(scene: Scene, *shares: str, content: bytes = PDF, **options: Any) -> GrantAgreement:
    agreement = prepared(scene, *shares, **options)
    documents.fill_with_bytes(document_id=agreement.document_id, content=content, at=AT)
    services.mark_agreement_ready(agreement_id=agreement.pk, at=AT)
    return GrantAgreement.objects.select_related("document", "application__call__eurocluster").get(pk=agreement.pk)


def people_of(agreement: GrantAgreement) -> list[User]:
    """One person per beneficiary, lead first."""
    rows = agreement.application.participations.order_by("role", "pk")
    return [row.organisation.memberships.get().user for row in rows]


def sign(agreement: GrantAgreement, organisation_id: int | None, by: User, **options: Any) -> Any:
    given = {"signatory_name": by.full_name, "document_sha256": agreement.document.sha256, "ip_address": "192.0.2.7"}
    return services.sign_agreement(
        agreement_id=agreement.pk, organisation_id=organisation_id, by=by, at=options.pop("at", AT), **given | options
    )


def signed(scene: Scene, *shares: str, **options: Any) -> GrantAgreement:
    agreement = ready(scene, *shares, **options)
    for row in agreement.application.participations.order_by("role", "pk"):
        sign(agreement, row.organisation_id, row.organisation.memberships.get().user)
    sign(agreement, None, scene.people["manager"])
    agreement.refresh_from_db()
    return agreement


def with_account(voucher: Voucher, place: int = 0) -> Voucher:
    person = voucher.organisation.memberships.get().user
    services.record_bank_account(
        organisation_id=voucher.organisation_id,
        holder=voucher.organisation.legal_name,
        iban=IBANS[place],
        bic="",
        by=person,
        at=AT,
    )
    return voucher


def claimed(scene: Scene, *shares: str, agreement: GrantAgreement | None = None) -> list[Claim]:
    """The first instalment of every voucher of one signed agreement, claimed."""
    agreement = agreement or signed(scene, *shares)
    claims = []
    for place, voucher in enumerate(agreement.vouchers.order_by("number")):
        with_account(voucher, place)
        person = voucher.organisation.memberships.get().user
        first = voucher.instalments.get(position=1)
        claims.append(services.submit_claim(instalment_id=first.pk, note="", by=person, at=AT))
    return claims


def approved(scene: Scene, *shares: str) -> list[Claim]:
    claims = claimed(scene, *shares)
    return [services.approve_claim(claim_id=one.pk, by=scene.people["finance"], at=AT) for one in claims]


def batched(scene: Scene, *shares: str) -> PaymentBatch:
    return services.prepare_batch(
        eurocluster_id=scene.eurocluster.pk,
        claim_ids=[one.pk for one in approved(scene, *shares)],
        execution_on=AT.date() + timedelta(days=2),
        by=scene.people["finance"],
        at=AT,
    )


def released(scene: Scene, *shares: str) -> PaymentBatch:
    return services.release_batch(batch_id=batched(scene, *shares).pk, by=scene.people["second"], at=AT)


def written(batch: PaymentBatch) -> PaymentBatch:
    """The batch with its bank file, which the worker writes after the release."""
    tasks.write_bank_file({"batch": batch.pk}, at=AT)
    return batch


def paid(scene: Scene, *shares: str) -> PaymentBatch:
    batch = written(released(scene, *shares))
    return services.mark_batch_paid(batch_id=batch.pk, by=scene.people["finance"], at=AT)
