"""Who plays in the demo scenario, and on which calls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cached_property

from accounts.models import User
from applications import services as applications
from applications.models import Organisation
from audit import services as audit
from calls.models import Call, Sector
from calls.phases import BRUSSELS
from calls.states import CallStatus
from eurocluster_portal.demo import population
from eurocluster_portal.demo.accounts import account_for, enrol_evaluators
from eurocluster_portal.demo.groups import GROUPS
from evaluation.models import Expert


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


class Cast:
    """The editions, companies and people of the scenario, made when first asked for."""

    def __init__(self, *, at: datetime) -> None:
        self.at = at
        self.sectors = {sector.code: sector for sector in Sector.objects.all()}

    @cached_property
    def recentre(self) -> Edition:
        return self._edition("recentre-innovation", "recentre")

    @cached_property
    def desire(self) -> Edition:
        return self._edition("desire", "desire")

    @cached_property
    def dream(self) -> Edition:
        return self._edition("dream-innovation", "dream")

    def _edition(self, prefix: str, team: str) -> Edition:
        call = Call.objects.filter(code__startswith=f"{prefix}-").exclude(code__endswith="-2023").first()
        if call is None or call.applications.exists():
            raise NothingToFill(prefix)
        if call.status != CallStatus.PUBLISHED:
            call = _reopen_empty_call(call, at=self.at)
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


def _reopen_empty_call(call: Call, *, at: datetime) -> Call:
    """Put an edition that nobody applied to back to published, so that the population can apply to it."""
    Call.objects.filter(pk=call.pk, applications__isnull=True).update(status=CallStatus.PUBLISHED)
    audit.record("call.rewound_for_demo", subject=call, actor=None, at=at)
    call.refresh_from_db()
    return call
