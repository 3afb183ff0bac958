"""Euroclusters, their teams and calls. The default call asks what the RE-CENTRE innovation call asks."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import factory
from django.conf import settings
from factory.django import DjangoModelFactory

from accounts.models import User
from calls.models import BudgetLine, Call, CallForm, Criterion, Eurocluster, InstalmentRule, Sector, TeamRole
from calls.states import CallStatus, InstalmentTrigger, Role, Strand, SupportKind
from tests.factories.accounts import UserFactory

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)  # within the window of an open call
OPENS_AT = AT - timedelta(days=30)
CLOSES_AT = datetime(2026, 6, 30, 15, 0, tzinfo=UTC)  # 17:00 in Brussels
SECTORS = {"furniture-interiors": "Furniture and interiors", "it": "Information technology", "energy": "Energy"}


@cache
def definition(name: str = "recentre-innovation") -> dict[str, Any]:
    """The questions of one of the real calls."""
    return json.loads((settings.BASE_DIR / f"calls/data/forms/{name}.json").read_text())


class SectorFactory(DjangoModelFactory):
    class Meta:
        model = Sector
        django_get_or_create = ("code",)

    code = "it"
    name = factory.LazyAttribute(lambda sector: SECTORS.get(sector.code, sector.code))


class EuroclusterFactory(DjangoModelFactory):
    class Meta:
        model = Eurocluster

    slug = factory.Sequence("recentre{:05}".format)
    name = factory.Sequence("RE-CENTRE {:05}".format)
    full_name = "cRoss-sEctoral Cluster approach for higher CompEtitiveNess"
    mission = "New business models for furniture, IT and energy."
    accent = "#1b7043"
    reference_prefix = factory.Sequence("R{:05}".format)
    strands = [Strand.INNOVATE]


class BudgetLineFactory(DjangoModelFactory):
    class Meta:
        model = BudgetLine

    eurocluster = factory.SubFactory(EuroclusterFactory)
    code = factory.Sequence("line-{:05}".format)
    title = "Innovation"
    strand = Strand.INNOVATE
    allocated_eur = Decimal("1040000.00")
    available_eur = factory.SelfAttribute("allocated_eur")


class CallFactory(DjangoModelFactory):
    """A published call that is open at AT."""

    class Meta:
        model = Call
        skip_postgeneration_save = True

    eurocluster = factory.SubFactory(EuroclusterFactory)
    budget_line = factory.SubFactory(BudgetLineFactory, eurocluster=factory.SelfAttribute("..eurocluster"))
    code = factory.Sequence("innovation-{:05}".format)
    title = "Innovation vouchers"
    summary = "Up to 52,000 EUR for projects of two SMEs."
    description = "For SMEs."
    strand = Strand.INNOVATE
    status = CallStatus.PUBLISHED
    opens_at = OPENS_AT
    closes_at = CLOSES_AT
    published_at = factory.SelfAttribute("opens_at")
    support_kind = SupportKind.LUMP_SUM
    support_max_eur = Decimal("52000.00")
    partners_min = 2
    sectors_min_distinct = 2
    countries_one_of = ["BG", "ES", "IT", "RO"]
    duration_min_months = 6
    duration_max_months = 12
    trl_rise_min = 2

    class Params:
        draft = factory.Trait(status=CallStatus.DRAFT, published_at=None)

    @factory.post_generation
    def settings(call: Call, create: bool, extracted: object, **kwargs: Any) -> None:  # noqa: N805
        call.sectors.set([SectorFactory(code=code) for code in SECTORS])
        for position, code in enumerate(["excellence", "impact", "implementation"], start=1):
            Criterion.objects.create(
                call=call,
                code=code,
                title=code.capitalize(),
                guidance="…",
                position=position,
                weight=Decimal("0.4") if position == 1 else Decimal("0.3"),
                threshold=3,
            )
        for position, trigger in enumerate([InstalmentTrigger.SIGNATURE, InstalmentTrigger.FINAL_REPORT], start=1):
            InstalmentRule.objects.create(call=call, position=position, trigger=trigger, rate=Decimal("0.5"))
        CallForm.objects.create(call=call, version=1, definition=definition(), created_at=call.opens_at)


class TeamRoleFactory(DjangoModelFactory):
    class Meta:
        model = TeamRole

    user = factory.SubFactory(UserFactory)
    role = Role.MANAGER
    eurocluster = factory.SubFactory(EuroclusterFactory)
    given_at = OPENS_AT


def team_member(eurocluster: Eurocluster, role: Role = Role.MANAGER) -> User:
    """A person with a role for the Eurocluster."""
    return TeamRoleFactory(eurocluster=eurocluster, role=role).user
