"""Declaring de minimis aid, and what the rule makes of it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from applications.assessment import over_ceiling
from applications.models import DeMinimisAid, GroupMember, Organisation
from applications.services.de_minimis import declare_aid, remove_aid
from audit.models import Event
from calls.models import BudgetLine
from tests import scenes
from tests.applications.variations import ASKED, DE_MINIMIS, Applicants, Variation, by, firm

GRANTED = {"member_state": "RO", "granted_on": date(2026, 1, 15), "amount_eur": Decimal("290000.01"), "grantor": "ADR"}


def declare(organisation: Organisation, **changes: Any) -> DeMinimisAid:
    person = organisation.memberships.get().user
    return declare_aid(organisation_id=organisation.pk, by=person, at=scenes.OPEN, **GRANTED | changes)


@pytest.fixture
def applicants(db: None) -> Applicants:
    line: BudgetLine = scenes.budget_line(scenes.eurocluster())
    return Applicants(Variation({"is_de_minimis": True}, partner=(ASKED, DE_MINIMIS)).call(line))


def outcome(applicants: Applicants, **says: str) -> str:
    application, _lead = applicants.draft(by(firm("10000", known_as="us", says=says)))
    return dict(applicants.assess(application))["de_minimis"]


def us(applicants: Applicants) -> Organisation:
    return applicants.of(firm(known_as="us"))[1]


def test_the_larger_of_what_is_listed_and_answered_counts(applicants: Applicants) -> None:
    assert outcome(applicants) == "unknown"
    declare(us(applicants), amount_eur=Decimal("290000.00"))
    assert outcome(applicants) == "pass"
    assert outcome(applicants, de_minimis_eur="290000.01") == "fail"
    declare(us(applicants), amount_eur=Decimal("0.01"))
    assert outcome(applicants, de_minimis_eur="5") == "fail"


def test_another_member_state_and_more_than_three_years_ago_do_not_count(applicants: Applicants) -> None:
    declare(us(applicants), member_state="ES")
    assert outcome(applicants, de_minimis_eur="0") == "pass"
    declare(us(applicants), granted_on=date(2023, 5, 29))  # the call closes on 29 May 2026
    assert outcome(applicants) == "pass"
    declare(us(applicants), granted_on=date(2023, 5, 30))
    assert outcome(applicants) == "fail"


def test_aid_of_the_group_counts_and_is_looked_at_again_at_the_award(applicants: Applicants) -> None:
    waiting = applicants.submit(by(firm("10000", known_as="us", says={"de_minimis_eur": "0"})))
    mother = scenes.organisation(scenes.person("Applicant"), legal_name="Mother SRL")
    declare(mother)
    assert over_ceiling(applicants.call, [waiting.pk], scenes.AFTER) == {}
    GroupMember.objects.create(organisation=mother, name=us(applicants).legal_name, country="RO", is_linked=True)
    why = over_ceiling(applicants.call, [waiting.pk], scenes.AFTER)[waiting.pk]
    assert "300,000.01 EUR of de minimis aid" in why
    assert "Declared in the application: 0 EUR; listed for the group: 290,000.01 EUR; the larger counts." in why
    later = scenes.AFTER.replace(year=2029)
    assert over_ceiling(applicants.call, [waiting.pk], later) == {}  # the window ends with the award


def test_what_is_declared_is_sealed(applicants: Applicants) -> None:
    declare(us(applicants), amount_eur=Decimal("1200.00"))
    sealed = applicants.submit(by(firm("10000", known_as="us"))).submissions.get()
    assert sealed.content["de_minimis_aid"] == [
        {
            "organisation": us(applicants).pk,
            "member_state": "RO",
            "granted_on": "2026-01-15",
            "amount_eur": "1200.00",
            "grantor": "ADR",
        }
    ]


def test_declaring_and_removing_on_the_page(db: None) -> None:
    person = scenes.person("Applicant")
    firm_ = scenes.organisation(person)
    client = Client()
    client.force_login(person)
    address = reverse("de_minimis_aid", args=[firm_.pk])
    typed = {"member_state": "RO", "granted_on": "15.1.2026", "amount_eur": "12 000,50", "grantor": "Ministry"}
    assert client.post(address, typed | {"granted_on": "2999-01-01"}).status_code == 422
    assert client.post(address, typed | {"amount_eur": "0"}).status_code == 422
    assert client.post(address, typed).status_code == 302
    row = firm_.de_minimis_aid.get()
    assert (row.amount_eur, row.granted_on) == (Decimal("12000.50"), date(2026, 1, 15))
    assert "€12,000.50" in client.get(address).content.decode()
    assert address in client.get(firm_.get_absolute_url()).content.decode()
    client.post(reverse("de_minimis_remove", args=[firm_.pk, row.pk]))
    assert not firm_.de_minimis_aid.exists()
    remove_aid(organisation_id=firm_.pk, aid_id=row.pk, by=person, at=scenes.OPEN)  # again, without effect
    told = Event.objects.about(firm_).filter(action__startswith="de_minimis_aid").order_by("pk")
    assert [one.action for one in told] == ["de_minimis_aid.declared", "de_minimis_aid.removed"]
